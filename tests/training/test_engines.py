"""One step from the same weights, batch, latents and noise: the same on both engines, and on two devices."""

import pytest
from helpers.stepping import check_updates, one_step, run_script, worst

pytest.importorskip("jax", reason="needs both engines: pip install jax")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The step of one_step.py on an engine, on one device or on two virtual ones; each is done once."""
    folder, done = tmp_path_factory.mktemp("steps"), {}

    def step(engine, devices=1):
        key = (engine, devices)
        if key not in done:
            done[key] = one_step(engine, folder / f"{engine}{devices}.npz", two=devices == 2)
        return done[key]

    return step


@pytest.fixture
def steps(saved):
    return saved("tensorflow"), saved("jax")


CASES = pytest.mark.parametrize("case", ["r1", "lazy", "wgan", "relativistic", "demodulated"])


@CASES
def test_both_start_from_the_same_numbers(steps, case):
    assert set(steps[0]) == set(steps[1])
    (name, gap), count = worst(*steps, case, "before")
    assert gap == 0 and count > 80, name


@CASES
def test_losses_agree(steps, case):
    (name, gap), count = worst(*steps, case, "log")
    assert gap < 1e-4 and count == {"wgan": 4}.get(case, 5), (name, gap)


@CASES
def test_gradients_agree_those_of_the_penalties_included(steps, case):
    (name, gap), count = worst(*steps, case, "gradient")
    assert gap < 1e-4 and count > 40, (name, gap)


@CASES
def test_updated_weights_averages_and_moments_agree(steps, case):
    (name, gap), count = worst(*steps, case, "after")
    assert gap < 1e-4 and count > 80, (name, gap)
    check_updates(*steps, case)


@CASES
@pytest.mark.long
@pytest.mark.parametrize("engine", ["tensorflow", "jax"])
def test_two_devices_make_the_update_of_one_with_the_whole_batch(saved, engine, case):
    two, one = saved(engine, 2), saved(engine)
    for kind, least in (("log", 4), ("after", 80)):
        (name, gap), count = worst(two, {k: v for k, v in one.items() if "gradient" not in k}, case, kind)
        assert gap < 1e-4 and count >= least, (name, gap)
    check_updates(two, one, case)


@pytest.mark.long
@pytest.mark.parametrize(
    ("first", "then"),
    [(("tensorflow", 1), ("jax", 2)), (("jax", 1), ("tensorflow", 2))],
    ids=["TensorFlow to JAX on two devices", "JAX to TensorFlow on two devices"],
)
def test_a_run_of_one_engine_goes_on_with_the_other(first, then, tmp_path):
    for engine, devices in (first, then):
        run_script("go_on", engine, tmp_path / "run", two=devices == 2)
    assert (tmp_path / "run" / "sample_output.png").is_file()
