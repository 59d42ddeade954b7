"""The trainer: a whole tiny run, what it leaves behind, and what it refuses."""

import json

from oasis_helpers import Generator, Trainer, make_config, sampling, weights
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import TrainingError
from oasis_helpers.training import checkpoint
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.training.cost import conv_macs, minutes_left, work_left
from oasis_helpers.training.history import History
from oasis_helpers.training.plots import fixed_samples
from oasis_helpers.training.schedule import make_schedule, schedule_table
from oasis_helpers.training.state import Networks
from oasis_helpers.weights import GENERATOR_FILE

import numpy as np
import pytest
from helpers.tiny import random_slices, tiny, weights_of
from PIL import Image


@pytest.fixture(scope="module")
def slices():
    return random_slices()


class Listener(Callback):
    def __init__(self):
        self.heard = []

    def on_log(self, trainer, row):
        self.heard.append("log")

    def on_phase_end(self, trainer, phase):
        self.heard.append(phase.name)

    def on_train_end(self, trainer):
        self.heard.append("end")


@pytest.fixture(scope="module")
def run(slices, tmp_path_factory):
    """One whole run; ``seen`` holds the batches that it was fed, ``heard`` what it told a callback."""
    trainer = Trainer(tiny(), slices, tmp_path_factory.mktemp("runs") / "run")
    feed, trainer.seen, listener = trainer.data.uint8_batch, [], Listener()
    trainer.data.uint8_batch = lambda *a, **k: trainer.seen.append(feed(*a, **k)) or trainer.seen[-1]
    trainer.fit([listener], progress=False)
    trainer.heard = listener.heard
    return trainer


def test_a_run_leaves_the_seed_projects_files(run):
    names = {p.name for p in run.folder.iterdir()}
    assert {"config.json", "metrics.jsonl", "checkpoint-0000000064.safetensors", GENERATOR_FILE} <= names
    assert {"model_loss.png", "sample_output.png", "generated_plot_e000.png"} <= names
    assert not [n for n in names if n.endswith(".tmp")]


def test_the_sample_image_holds_sixteen_enlarged_images(run):
    image = np.asarray(Image.open(run.folder / "sample_output.png"))
    assert image.shape == (4 * 128, 4 * 128) and image.dtype == np.uint8
    first = np.rot90(sampling.sample(run.generator, 0)[0])  # foreheads up
    assert np.array_equal(image[:128:16, :128:16], first)


def test_the_history_has_documented_lines(run):
    rows = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert rows == run.history.rows and len(rows) == 11
    wanted = {"kimg", "step", "resolution", "alpha", "d_loss", "g_loss", "real_logit", "fake_logit", "images_per_s"}
    assert all(wanted <= set(row) for row in rows)
    assert run.history.history["kimg"] == [row["kimg"] for row in rows]
    assert [row["resolution"] for row in rows] == [4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8]
    assert "r1" in run.history.history
    assert History.read(run.folder).rows == rows


def test_every_weight_that_should_learn_has_learned(run):
    fresh = Trainer(tiny(), run.data, run.folder.parent / "fresh")
    for a, b, variable in zip(weights_of(run), weights_of(fresh), run.nets.variables, strict=True):
        if variable.path.startswith(("g/", "d/", "ema/")):
            assert not np.array_equal(a, b), variable.path


def test_only_the_train_split_is_shown(run, slices):
    assert set(run.data.people) == {f"p{c}" for c in range(8)}
    train = {image.tobytes() for image in slices.split("train").level(8)}
    shown = {image.tobytes() for batch in run.seen if batch.shape[1] == 8 for image in batch}
    assert shown and shown <= train


def test_another_seed_starts_elsewhere(run, slices, tmp_path):
    a, b = Trainer(tiny(), slices, tmp_path / "a"), Trainer(tiny(seed=1), slices, tmp_path / "b")
    assert not np.array_equal(to_numpy(a.nets.d.from_gray[0].conv.kernel), to_numpy(b.nets.d.from_gray[0].conv.kernel))
    assert not np.array_equal(a.data.indices(0, 32, a.config.seed), b.data.indices(0, 32, b.config.seed))


def test_callbacks_hear_of_lines_phases_and_the_end(run):
    assert [h for h in run.heard if h != "log"] == ["4px_stable", "8px_fade", "8px_stable", "end"]
    assert run.heard.count("log") == len(run.history.rows)


# ---------------------------------------------------------------- drawing on the way


class Draw(Callback):
    """Draws at every line, as it is and with another truncation, and once more from a copy of the averaged generator.

    ``drawn`` holds by images: level and alpha, the images, and the copy that they should be of.
    """

    def __init__(self):
        self.drawn = {}

    def on_log(self, trainer, row):
        g = trainer.generator
        copy = Generator(trainer.config)
        for variable, value in zip(copy.variables, g.variables, strict=True):
            variable.assign(to_numpy(value))
        self.drawn[trainer.images] = (g.resolution, g.alpha), fixed_samples(g, 4), copy
        fixed_samples(g, psi=1.0)


@pytest.fixture(scope="module")
def drawing(slices, tmp_path_factory):
    """The same run as ``run``, but with a line for each step, and drawn at each."""
    trainer, draw = Trainer(tiny(log_kimg=0.004), slices, tmp_path_factory.mktemp("drawing") / "run"), Draw()
    trainer.fit([draw], progress=False)
    trainer.drawn = draw.drawn
    return trainer


def test_a_callback_draws_at_the_level_and_alpha_of_this_moment(drawing):
    assert list(drawing.drawn) == list(range(4, 65, 4))
    for images, (grown, drawn, copy) in drawing.drawn.items():
        resolution, alpha = (4, 1.0) if images <= 16 else (8, min((images - 16) / 16, 1.0))
        assert grown == (resolution, alpha) and drawn.shape == (4, resolution, resolution), images
        copy.grow_to(resolution, alpha)
        assert np.array_equal(drawn, sampling.sample(copy, range(4))), images
        if images in (20, 24, 28):  # in the fade; at 24 the run was saved, at the others not
            for other in (0.0, alpha - 0.25, 1.0):
                if other != alpha:
                    copy.grow_to(resolution, other)
                    assert not np.array_equal(drawn, sampling.sample(copy, range(4))), images


def test_drawing_in_a_callback_changes_neither_weights_nor_what_is_saved(run, drawing):
    for ours, theirs, variable in zip(weights_of(drawing), weights_of(run), run.nets.variables, strict=True):
        assert np.array_equal(ours, theirs), variable.path
    files = [checkpoint.checkpoints(trainer.folder) for trainer in (drawing, run)]
    files = [[*saved, saved[0].with_name(GENERATOR_FILE)] for saved in files]
    assert [file.name for file in files[0]] == [file.name for file in files[1]] and len(files[0]) == 4
    for pair in zip(*files, strict=True):
        (ours, state), (theirs, other) = map(weights.read_arrays, pair)
        assert ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in theirs)
        assert same_state(state) == same_state(other), pair


def same_state(state):
    """Return what was saved with the arrays, without the clock and what tells how often the run was logged."""
    clock_and_log = {"seconds", "history", "config", "pending", "about"}
    return {name: value for name, value in state.items() if name not in clock_and_log}


# ---------------------------------------------------------------- what is trained


def test_data_without_the_resolution_are_refused(slices, tmp_path):
    with pytest.raises(TrainingError, match=r"resolution: .*\[16\]"):
        Trainer(tiny(resolution=16), slices, tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "wgan-gp"},
        {"loss": "relativistic"},
        {"loss": "relativistic", "r1_interval": 1, "augment_p": 0.5},
        {"r1_interval": 1},
        {"r1_gamma": 0.0},
        {"synthesis": "demodulated", "loss": "relativistic"},
    ],
)
def test_every_kind_of_loss_trains(slices, tmp_path, changes):
    history = Trainer(tiny(start_resolution=8, total_kimg=0.016, **changes), slices, tmp_path / "run").fit(
        progress=False
    )
    assert np.isfinite(history.history["d_loss"]).all()
    has_r1 = changes.get("loss") != "wgan-gp" and changes.get("r1_gamma") != 0.0
    assert ("r1" in history.history) == has_r1


def test_no_average_means_the_generator_itself(slices, tmp_path):
    trainer = Trainer(tiny(start_resolution=8, total_kimg=0.016, ema_kimg=0.0), slices, tmp_path / "run")
    trainer.fit(progress=False)
    pairs = zip(trainer.nets.g.trainable_at(8), trainer.nets.ema.trainable_at(8), strict=True)
    assert all(np.array_equal(to_numpy(a), to_numpy(b)) for a, b in pairs)


@pytest.mark.parametrize("changes", [{"loss": "wgan-gp"}, {"r1_gamma": 0.0}])
def test_adam_is_not_corrected_for_a_penalty_that_is_off(changes):
    on, off = Networks(tiny(r1_interval=16)), Networks(tiny(r1_interval=16, **changes))
    assert on.d_optimizer.beta_2 == 0.99 ** (16 / 17) and off.d_optimizer.beta_2 == 0.99


def test_schedules_have_no_holes_and_end_at_the_total():
    for preset in ("smoke", "lab", "laptop", "gpu", "paper"):
        config = make_config(preset)
        phases = make_schedule(config)
        assert phases[0].start == 0 and phases[-1].end == config.total_kimg * 1000
        assert all(a.end == b.start for a, b in zip(phases, phases[1:], strict=False))
        assert phases[-1].resolution == config.resolution and phases[-1].kind == "stable"
        assert len(schedule_table(config).splitlines()) == len(phases) + 1


def test_a_short_total_cuts_the_schedule():
    phases = make_schedule(make_config("paper", total_kimg=1000))
    assert [(p.name, p.end) for p in phases] == [("8px_stable", 600_000), ("16px_fade", 1_000_000)]


@pytest.mark.parametrize("images", [0, 250_000, 600_000, 1_000_000, 5_900_000, 7_000_000, 24_999_999])
def test_the_work_left_by_hand(images):
    """The paper's levels end after 0.6, 1.8, 3.0, 4.2, 5.4 and 25 million images."""
    config = make_config("paper")
    ends = {8: 600_000, 16: 1_800_000, 32: 3_000_000, 64: 4_200_000, 128: 5_400_000, 256: 25_000_000}
    work, start = 0.0, 0
    for size, end in ends.items():
        still = min(end - start, end - images)  # all of a level that has not begun, and the rest of the present one
        work += max(still, 0) * conv_macs(config, size)
        start = end
    assert work_left(config, make_schedule(config), images) == pytest.approx(work)
    row = {"images_per_s": 5.0, "resolution": 32}
    minutes = work / (5.0 * conv_macs(config, 32)) / 60
    assert minutes_left(config, make_schedule(config), images, row) == pytest.approx(minutes)


def test_the_work_left_falls_to_zero():
    config = make_config("laptop")
    phases = make_schedule(config)
    left = [work_left(config, phases, images) for images in (0, 5_000, 15_000, 40_000, phases[-1].end - 1)]
    assert all(a > b > 0 for a, b in zip(left, left[1:], strict=False))
    assert work_left(config, phases, phases[-1].end) == 0
    # By hand, 8 px: the 3x3 convolution at 4 px, and two at 8 px.
    c = config.channels
    assert conv_macs(config, 8) == 9 * (16 * c(4) ** 2 + 64 * (c(4) * c(8) + c(8) ** 2))
