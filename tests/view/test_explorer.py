"""The latent-space explorer without a browser: settings, controls, files, and the still figure."""

import base64
import dataclasses
import io
import time

from oasis_helpers import load_generator, sampling
from oasis_helpers.errors import UserError
from oasis_helpers.view import panel as panel_module
from oasis_helpers.view.explorer import Explorer, Settings

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def generator():
    return load_generator()


@pytest.fixture
def explorer(generator, tmp_path):
    return Explorer(generator, folder=tmp_path / "explorer")


def in_panel(panel):
    """Return the image that the panel shows."""
    return np.asarray(Image.open(io.BytesIO(panel.image.value)))


# ---------------------------------------------------------------- settings


def test_the_image_is_that_of_sampling(explorer, generator):
    assert np.array_equal(explorer.image(), sampling.sample(generator, 0, 0.7)[0])
    explorer.change(seed=4, psi=0.5, noise="off")
    assert np.array_equal(explorer.image(), sampling.sample(generator, 4, 0.5, "off")[0])
    explorer.change(donor=9, from_donor=("coarse", "fine"))
    layers = sampling.layer_range(generator, "coarse") + sampling.layer_range(generator, "fine")
    assert np.array_equal(explorer.image(), sampling.mix(generator, [4], [9], layers, 0.5, "off")[0, 0])


def test_the_noise_is_that_of_the_seed_whatever_the_donor(explorer, generator):
    explorer.change(seed=4)
    assert np.array_equal(explorer.image(), sampling.sample(generator, 4, 0.7)[0])
    explorer.change(donor=9, from_donor=("middle",))
    assert np.array_equal(explorer.image(), sampling.mix(generator, [4], [9], "middle", 0.7)[0, 0])


def test_every_setting_changes_the_image(explorer):
    first = explorer.image()
    base = explorer.settings
    changes = [{"seed": 7}, {"psi": 0.2}, {"noise": "off"}, {"noise": "fresh"}]
    changes += [{"from_donor": (name,)} for name in explorer.ranges]
    changes += [{"amounts": tuple(3.0 * (k == i) for k in range(4))} for i in range(4)]
    for change in changes:
        explorer.change(**change)
        assert not np.array_equal(explorer.image(), first), change
        explorer.settings = base
    explorer.change(from_donor="coarse")
    mixed = explorer.image()
    assert not np.array_equal(explorer.image(explorer.change(donor=5)), mixed)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": "seven"}, "seed: .*'seven'"),
        ({"seed": -1}, "seed: .*-1"),
        ({"seed": [1, 2]}, r"seed: expected a whole number of at least 0, but got \[1, 2\]"),
        ({"donor": 1.5}, "donor: .*1.5"),
        ({"psi": -3}, "psi: .*-3"),
        ({"psi": None}, "psi: .*None"),
        ({"noise": "loud"}, "noise: .*'loud'"),
        ({"noise": ["off"]}, "noise: .*off"),
        ({"from_donor": ("corse",)}, "from_donor: expected any of coarse, middle, fine, but got 'corse'"),
        ({"from_donor": None}, "from_donor: expected any of coarse, middle, fine, but got None"),
        ({"from_donor": [["coarse"]]}, "from_donor: expected any of coarse, middle, fine, but got .'coarse'"),
        ({"amounts": (1, 2)}, "amounts: expected 4 numbers"),
        ({"amounts": (1, 2, 3, 99)}, "amounts: .*99"),
        ({"amounts": (1, 2, 3, float("nan"))}, "amounts: .*nan"),
        ({"amounts": "much"}, "amounts: .*'much'"),
        ({"sed": 3}, "sed: no such setting; the settings are seed"),
    ],
)
def test_bad_settings_are_one_clear_line_and_change_nothing(explorer, settings, message):
    with pytest.raises(UserError, match=message) as caught:
        explorer.change(**settings)
    assert "\n" not in str(caught.value)
    assert explorer.settings == Settings(amounts=(0.0,) * 4)


def test_the_generator_must_be_one():
    with pytest.raises(UserError, match="generator: expected a Generator"):
        Explorer("default")


def test_settings_in_words():
    assert str(Settings(3, 9, 0.7, ("coarse",), "off", (0.0, 1.5))) == (
        "seed 3, psi 0.7, coarse styles of seed 9, no noise, direction 1: +1.5"
    )


# ---------------------------------------------------------------- controls


def test_every_control_does_what_it_says(explorer):
    panel = explorer.panel
    before = in_panel(panel)
    moves = {"seed": 5, "psi": 0.3, "coarse": "donor", "donor": 8, "middle": "donor", "fine": "donor", "noise": "off"}
    moves |= {f"direction{k}": 2.0 for k in range(4)}
    assert set(moves) == set(panel.controls)
    for name, value in moves.items():
        panel.controls[name].value = value
        after = in_panel(panel)
        assert not np.array_equal(before, after), name
        before = after
    assert explorer.settings == Settings(5, 8, 0.3, ("coarse", "middle", "fine"), "off", (2.0,) * 4)
    assert str(explorer.settings) == panel.caption.value


def test_reset_and_random_seed(explorer):
    panel = explorer.panel
    panel.controls["direction1"].value = 2.0
    panel.controls["fine"].value = "donor"
    panel.controls["psi"].value = 0.1
    panel.controls["noise"].value = "off"
    panel.buttons["reset"].click()
    assert explorer.settings == Settings(amounts=(0.0,) * 4)
    assert np.array_equal(in_panel(panel)[3::6, 3::6], np.rot90(explorer.image()))
    seeds = set()
    for _ in range(5):
        panel.buttons["random"].click()
        seeds.add(explorer.settings.seed)
    assert len(seeds) > 2


def test_pin_keeps_an_image_and_lets_it_go(explorer):
    panel = explorer.panel
    assert panel.pinned_box.layout.display == "none"
    panel.buttons["pin"].click()
    pinned = panel.pinned_image.value
    assert panel.pinned_box.layout.display != "none" and pinned == panel.image.value
    panel.controls["seed"].value = 12
    assert panel.pinned_image.value == pinned != panel.image.value
    assert panel.pinned_caption.value == "pinned: seed 0, psi 0.7"
    panel.controls["seed"].value = 0
    panel.buttons["pin"].click()  # the same image again: it goes
    assert explorer.pinned is None and panel.pinned_box.layout.display == "none"


def test_saved_files_never_overwrite(explorer, tmp_path):
    panel = explorer.panel
    panel.buttons["png"].click()
    assert "brain-001.png" in panel.status.value
    panel.buttons["pin"].click()
    panel.controls["seed"].value = 3
    panel.buttons["png"].click()
    panel.buttons["gif"].click()
    files = sorted(file.name for file in (tmp_path / "explorer").iterdir())
    assert files == ["brain-001.png", "brain-002.png", "walk-001.gif"]
    one, both = (Image.open(tmp_path / "explorer" / name) for name in files[:2])
    assert both.width == 2 * one.width
    gif = Image.open(tmp_path / "explorer" / "walk-001.gif")
    last = 23  # there, then back
    gif.seek(last)
    assert np.array_equal(np.asarray(gif.convert("L"))[2::4, 2::4], np.rot90(explorer.image()))


def frame(path, number=0):
    """One frame of a GIF, as small as it was drawn."""
    gif = Image.open(path)
    gif.seek(number)
    return np.asarray(gif.convert("L"))[2::4, 2::4]


def test_a_walk_begins_at_the_pinned_brain_or_else_at_the_donor(explorer):
    explorer.change(seed=5, donor=9, from_donor=("coarse",), noise="off")
    donor = explorer.image(dataclasses.replace(explorer.settings, seed=9, from_donor=()))
    assert np.array_equal(frame(explorer.save_gif()), np.rot90(donor))
    explorer.pin()
    pinned = explorer.image()
    explorer.change(seed=3, from_donor=())
    assert np.array_equal(frame(explorer.save_gif()), np.rot90(pinned))


def test_every_frame_of_a_walk_is_shown_for_as_long(explorer):
    """24 frames in 3 seconds and 22 on the way back; GIF counts in hundredths of a second."""
    explorer.change(seed=5, donor=9)
    gif, durations = Image.open(explorer.save_gif()), []
    for number in range(gif.n_frames):
        gif.seek(number)
        durations.append(gif.info["duration"])
    assert durations == [120] * 46


def test_sliders_reach_where_they_start_and_wait_only_where_drawing_is_slow(generator, tmp_path, monkeypatch):
    panel = Explorer(generator, folder=tmp_path, psi=1.8, amounts=(-4.0, 0, 0, 4.5)).panel
    for name, value in (("psi", 1.8), ("direction0", -4.0), ("direction3", 4.5)):
        assert panel.controls[name].value == value
    for slow, follows in ((1e9, True), (0.0, False)):
        monkeypatch.setattr(panel_module, "SLOW", slow)
        panel.show()
        assert panel.controls["psi"].continuous_update is follows


def test_a_mistake_is_told_in_the_panel(explorer, tmp_path):
    panel = explorer.panel
    (tmp_path / "explorer").write_text("a file where the folder should be")
    panel.buttons["png"].click()
    assert "exists" in panel.status.value and "<b>" in panel.status.value
    panel.controls["seed"].value = 3  # and the panel goes on
    assert panel.status.value == "" and explorer.settings.seed == 3


# ---------------------------------------------------------------- without a browser


def test_the_same_line_shows_a_figure_and_a_panel(explorer):
    explorer.change(seed=3)
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == "Explorer: seed 3, psi 0.7"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    image = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert image.width > 100
    shown = explorer.figure().axes[0].images[0].get_array()
    assert np.array_equal(shown, np.rot90(explorer.image()))
    explorer.pin()
    assert len(explorer.figure().axes) == 2


def test_it_works_for_a_small_generator_without_fine_layers(generator):
    generator.grow_to(16)
    try:
        small = Explorer(generator)
        assert list(small.ranges) == ["coarse", "middle"] and "fine" not in small.panel.controls
        assert small.image().shape == (16, 16)
    finally:
        generator.grow_to(64)


def test_a_move_of_a_slider_is_quick(explorer):
    panel = explorer.panel
    times = []
    for k in range(8):
        started = time.perf_counter()
        panel.controls["direction0"].value = 0.1 * (k + 1)
        times.append(time.perf_counter() - started)
    assert np.median(times) < 0.5  # 0.2 on a free machine; tests run beside each other
