"""What people read of a run: the log as a table and as CSV, TensorBoard's files, and the figure that follows it."""

import base64
import csv
import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from oasis_helpers import make_config
from oasis_helpers.__main__ import main
from oasis_helpers.errors import UserError
from oasis_helpers.images import image_grid
from oasis_helpers.training import callbacks, plots, tensorboard
from oasis_helpers.training.cost import conv_macs, duration, minutes_left, work_left
from oasis_helpers.training.history import CSV_COLUMNS, History
from oasis_helpers.training.schedule import make_schedule
from oasis_helpers.training.tensorboard import SAMPLES_TAG, TensorBoard
from oasis_helpers.view import live
from oasis_helpers.view.live import LiveFigure, run_figure, status

import numpy as np
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def row(images=1000, resolution=8, alpha=1.0, **more):
    """A line as the trainer writes it."""
    return {
        "kimg": images / 1000,
        "step": images // 16,
        "resolution": resolution,
        "alpha": alpha,
        "d_loss": 1.25,
        "g_loss": 0.8,
        "real_logit": 0.31,
        "fake_logit": -0.42,
        **more,
        "images_per_s": 50.0,
        "hours": 0.5,
    }


@pytest.fixture
def run(tmp_path):
    """A run folder with three lines; only the second has r1, only the third has variety."""
    rows = [row(1000), row(2000, r1=0.0123), row(3000, resolution=16, alpha=0.25, variety=0.87)]
    History(rows, tmp_path)
    return tmp_path


# ---------------------------------------------------------------- reading, table, CSV


def test_a_log_is_read_back(run):
    assert [r["kimg"] for r in History.read(run).rows] == [1.0, 2.0, 3.0]
    assert History.read(str(run)).rows[2]["variety"] == 0.87


@pytest.mark.parametrize("end", ['{"kimg": 4.0, "st', "{", '{"kimg": 4.0, "d_loss": 1e', "\0\0\0\n", "\udcff"])
def test_a_half_written_last_line_is_left_out(run, end):
    with open(run / "metrics.jsonl", "ab") as file:
        file.write(end.encode("utf-8", "surrogateescape"))
    assert [r["kimg"] for r in History.read(run).rows] == [1.0, 2.0, 3.0]


def test_a_line_without_its_line_break_counts_when_it_is_whole(run):
    with open(run / "metrics.jsonl", "a") as file:
        file.write(json.dumps(row(4000)))
    assert len(History.read(run).rows) == 4


@pytest.mark.parametrize("broken", ['{"kimg": 4.0, "st', "7", "nonsense"])
def test_a_broken_line_before_the_last_is_named(run, broken):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    lines[1] = broken
    (run / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(UserError, match=r"metrics\.jsonl, line 2: expected a JSON object"):
        History.read(run)


def test_a_folder_without_a_log_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"^folder: expected a run with a log, but .* holds no metrics\.jsonl.*$"):
        History.read(tmp_path)


def test_every_column_is_documented():
    assert all(f"``{name}``" in History.__doc__ for name in CSV_COLUMNS)
    assert set(row(r1=1.0, variety=1.0)) == set(CSV_COLUMNS)


def test_the_csv_has_every_column_and_nothing_where_there_is_no_value(run, tmp_path):
    history = History.read(run)
    history.rows[1]["gradient"] = 5  # a field of a later version
    assert history.to_csv(tmp_path / "log.csv") == tmp_path / "log.csv"
    with open(tmp_path / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [*CSV_COLUMNS, "gradient"]
    assert [r["r1"] for r in rows] == ["", "0.0123", ""] and [r["variety"] for r in rows] == ["", "", "0.87"]
    assert [float(r["kimg"]) for r in rows] == [1, 2, 3] and [r["gradient"] for r in rows] == ["", "5", ""]


def test_the_table_shows_the_last_lines(run):
    lines = History.read(run).table(2).splitlines()
    assert lines[0].split() == [
        *("kimg", "px", "alpha", "d_loss", "g_loss", "real_logit", "fake_logit", "r1", "variety", "images/s", "hours")
    ]
    assert lines[1].split() == ["2.00", "8", "1.00", "1.250", "0.800", "0.310", "-0.420", "0.0123", "50.0", "0.500"]
    assert lines[2].split() == ["3.00", "16", "0.25", "1.250", "0.800", "0.310", "-0.420", "0.87", "50.0", "0.500"]
    assert len(lines) == 3 and len({len(line) for line in lines}) == 1
    assert lines[0].index("r1") + 2 == lines[1].index("0.0123") + 6  # right below its heading


def test_a_column_without_any_value_is_left_out_of_the_table(run):
    history = History.read(run)
    assert "variety" not in History(history.rows[:2]).table() and "r1" not in history.table(1)
    assert History([]).table() == ""
    assert "nan" in History([row(d_loss=float("nan"))]).table()


@pytest.mark.parametrize("lines", [0, -1, 1.5, True])
def test_the_number_of_lines_is_checked(lines):
    with pytest.raises(UserError, match=r"lines: expected a whole number from 1 up, but got"):
        History([row()]).table(lines)


def test_the_command_prints_and_writes(run, tmp_path, capsys):
    assert main(["log", str(run), "--lines", "1", "--csv", str(tmp_path / "out.csv")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split()[0] == "kimg" and out[1].split()[0] == "3.00" and len(out) == 3
    assert "3 lines are in" in out[2] and len((tmp_path / "out.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "holds no metrics.jsonl"),
        (["empty"], "has no whole line yet"),
        (["run", "--lines", "0"], "--lines: expected a whole number from 1 up"),
        (["run", "--csv", "nowhere/log.csv"], "nowhere/log.csv"),
    ],
)
def test_mistakes_with_the_command_are_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, rows in (("empty", []), ("run", [row()])):
        (tmp_path / name).mkdir()
        History(rows, tmp_path / name)
    assert main(["log", *arguments]) == 2
    err = capsys.readouterr().err.strip()
    assert err.startswith("error: ") and message in err and "\n" not in err


def test_the_command_needs_no_engine(run):
    code = "import sys; from oasis_helpers.__main__ import main; main(['log', sys.argv[1]]); "
    code += "print(sorted({'keras', 'tensorflow', 'jax', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code, run], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# ---------------------------------------------------------------- images


def test_a_grid_is_filled_row_by_row_with_foreheads_up():
    small = np.arange(3 * 4, dtype=np.uint8).reshape(3, 2, 2)
    grid = image_grid(small, columns=2, tile=2)
    assert grid.shape == (4, 4) and grid.dtype == np.uint8
    assert np.array_equal(grid[:2, 2:], np.rot90(small[1])) and np.array_equal(grid[2:, :2], np.rot90(small[2]))
    assert not grid[2:, 2:].any()
    large = image_grid(small, columns=8, tile=7)  # 2 px enlarged three times; no more columns than images
    assert large.shape == (6, 18) and np.array_equal(large[::3, ::3][:, :2], np.rot90(small[0]))
    apart = image_grid(small, columns=2, tile=2, gap=1)
    assert apart.shape == (5, 5) and (apart[2] == 255).all() and (apart[:, 2] == 255).all()
    assert np.array_equal(np.delete(np.delete(apart, 2, 0), 2, 1), grid)


def test_level_names_are_left_out_where_they_would_overlap():
    sizes = {100: 8, 200: 8, 300: 16, 5000: 16, 10_000: 32}
    history = History([row(images, resolution=size) for images, size in sizes.items()])
    figure = plots.loss_figure(history)
    losses, logits = figure.axes
    assert [text.get_text() for text in losses.texts] == ["32 px", "16 px"]  # 8 px begins right beside 16 px
    assert len(losses.lines) == len(logits.lines) == 2 + 3
    starts = {line.get_xdata()[0] for line in losses.lines[2:]}
    assert starts == {0.0, 0.2, 5.0}  # a level begins where the line before it ends


@pytest.mark.parametrize("levels", [8, 10, 12])
def test_level_names_do_not_touch_each_other(levels):
    names = [2 ** (3 + i % 8) for i in range(levels)]
    figure = run_figure(
        History([row(1000 * i, resolution=size) for i, size in enumerate(names)]), np.zeros((8, 8, 8), np.uint8), ""
    )
    figure.savefig(io.BytesIO())
    for axes in figure.axes[1:]:
        boxes = sorted(text.get_window_extent().extents[[0, 2]].tolist() for text in axes.texts)
        assert len(boxes) >= 4 and all(a[1] < b[0] for a, b in zip(boxes, boxes[1:], strict=False))


def test_curves_of_a_long_run_are_means_of_neighbours():
    history = History([row(i, r1=None, d_loss=float(i % 2), g_loss=None if i < 10 else 1.0) for i in range(4000)])
    losses, _ = plots.loss_figure(history).axes
    d_loss, g_loss = losses.lines[0], losses.lines[1]
    assert len(d_loss.get_xdata()) == 400 and set(d_loss.get_ydata()) == {0.5}
    assert d_loss.get_xdata()[0] == pytest.approx(np.mean(range(10)) / 1000)
    assert np.isnan(g_loss.get_ydata()[0]) and set(g_loss.get_ydata()[1:]) == {1.0}


def test_images_of_long_runs_have_names_of_their_own():
    assert [plots.progress_name(kimg) for kimg in (0.4, 79.6, 1234)] == [
        "generated_plot_e000.png", "generated_plot_e080.png", "generated_plot_e1234.png",
    ]  # fmt: skip


def test_a_single_line_is_a_visible_point():
    losses, _ = plots.loss_figure(History([row()])).axes
    assert losses.lines[0].get_marker() == "." and losses.lines[0].get_ydata().tolist() == [1.25]


def test_an_empty_history_is_drawn():
    assert plots.loss_figure(History()).axes[0].lines[0].get_xdata().size == 0


# ---------------------------------------------------------------- a trainer without networks


class Clock:
    """Stands still until it is told."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(callbacks, "time", clock)
    return clock


@pytest.fixture
def trainer(monkeypatch, tmp_path, clock):
    """What callbacks use of a trainer. ``drawn`` tells alpha and seeds of each drawing, which takes 2 seconds."""
    config = make_config("laptop")
    generator = Grown(resolution=8, alpha=1.0)
    fake = SimpleNamespace(config=config, phases=make_schedule(config), generator=generator, images=0, drawn=[])
    fake.folder, fake.history, fake.psi = tmp_path, History(), []

    def sample(generator, seeds, psi):
        fake.drawn.append((generator.alpha, list(seeds)))
        fake.psi.append(psi)
        clock.now += 2.0
        return np.full((len(seeds), 8, 8), 100, np.uint8)

    def log(callback, images, **fields):
        fake.images = images
        fake.history.append(row(images, **fields))
        line = fake.history.rows[-1]
        fake.generator = Grown(line["resolution"], line["alpha"])  # as the trainer does after every step
        callback.on_log(fake, line)

    fake.log = log
    monkeypatch.setattr(plots.sampling, "sample", sample)
    return fake


class Grown(NamedTuple):
    """A generator that draws nothing. Like a real one's, its level and alpha cannot be assigned."""

    resolution: int
    alpha: float


def test_samples_are_the_first_fixed_latents_at_the_level_and_alpha_of_the_generator(trainer):
    assert plots.fixed_samples(Grown(8, 0.25), 8).shape == (8, 8, 8)
    assert plots.fixed_samples(Grown(8, 0.5), psi=1.0).shape == (16, 8, 8)
    assert trainer.drawn == [(0.25, list(range(8))), (0.5, list(range(16)))]
    assert trainer.psi == [None, 1.0]  # None is the configuration's


def test_the_time_left_counts_dearer_levels(trainer):
    trainer.images = 12_000
    speed = 50.0 * conv_macs(trainer.config, 16)
    wanted = work_left(trainer.config, trainer.phases, 12_000) / speed / 60
    left = minutes_left(trainer.config, trainer.phases, 12_000, row(12_000, resolution=16))
    assert left == pytest.approx(wanted)
    images_left = trainer.phases[-1].end - 12_000
    assert wanted > images_left / 50 / 60  # what it would be if the later levels cost no more


def test_pace_keeps_work_rare(clock):
    def work(seconds):
        with pace.work():
            clock.now += seconds

    def waits(seconds):
        """Whether it is due after so many seconds, and not before."""
        clock.now += seconds - 0.01
        early = pace.due()
        clock.now += 0.02
        return pace.due() and not early

    pace = callbacks.Pace(5.0, share=0.1)
    assert pace.due()
    work(3.0)
    assert waits(5.0)  # the first one compiles
    work(1.0)
    assert waits(10.0)
    work(4.0)
    assert waits(10.0)  # a level's first one does so too
    with pytest.raises(RuntimeError), pace.work():
        clock.now += 3.0
        raise RuntimeError
    assert waits(30.0)  # work that failed counts as well
    work(0.1)
    assert waits(5.0)


# ---------------------------------------------------------------- TensorBoard


def read_events(folder):
    """What TensorBoard's own reader finds: {tag: [(step, value)]} and the steps and images of the samples."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder))
    events.Reload()
    scalars = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    images = events.Images(SAMPLES_TAG) if SAMPLES_TAG in events.Tags()["images"] else []
    return scalars, [(e.step, np.asarray(Image.open(io.BytesIO(e.encoded_image_string)))) for e in images]


@pytest.fixture
def board(trainer):
    pytest.importorskip("tensorboard")
    return TensorBoard(trainer.folder)


def test_numbers_and_samples_are_read_back(trainer, board, clock):
    trainer.log(board, 1000)
    clock.now += 30
    trainer.log(board, 2000, r1=0.5, resolution=16, alpha=0.25)
    board.on_phase_end(trainer, trainer.phases[1])
    board.on_train_end(trainer)
    scalars, images = read_events(trainer.folder / "tensorboard")
    assert scalars["loss/d_loss"] == [(1000, 1.25), (2000, 1.25)]
    assert scalars["penalty/r1"] == [(2000, 0.5)] and scalars["progress/resolution"] == [(1000, 8), (2000, 16)]
    sections = {tag.split("/")[1]: tag.split("/")[0] for tag in scalars}
    assert set(sections) == set(row(r1=0.5)) - {"kimg"} and "more" not in sections.values()
    assert [step for step, _ in images] == [1000, 2000]  # at the first line, and at the end of the phase
    wanted = image_grid(np.full((16, 8, 8), 100, np.uint8))
    assert all(np.array_equal(image, wanted) for _, image in images)


def test_samples_between_phases_are_rare(trainer, board, clock):
    for images in range(1000, 8000, 1000):  # due after 60 seconds, then after 100: drawing takes 2, 2 % of it
        trainer.log(board, images, alpha=images / 10_000)
        clock.now += 33
    assert [alpha for alpha, _ in trainer.drawn] == [0.1, 0.3, 0.7]


def test_a_resumed_run_shows_each_point_once(trainer, board):
    for images in (1000, 2000, 3000, 4000):
        trainer.log(board, images, d_loss=1.0)
    resumed = TensorBoard(trainer.folder)  # the first one was killed: its file is not closed
    for images in (3000, 4000, 5000):
        trainer.log(resumed, images, d_loss=2.0)
    scalars, _ = read_events(trainer.folder / "tensorboard")
    assert scalars["loss/d_loss"] == [(1000, 1), (2000, 1), (3000, 2), (4000, 2), (5000, 2)]
    assert len(list((trainer.folder / "tensorboard").iterdir())) == 2


def test_a_run_that_is_made_longer_opens_another_file(trainer, board):
    for images in (1000, 2000):
        trainer.log(board, images)
        board.on_train_end(trainer)
    scalars, _ = read_events(trainer.folder / "tensorboard")
    assert [step for step, _ in scalars["loss/d_loss"]] == [1000, 2000]
    assert len(list((trainer.folder / "tensorboard").iterdir())) == 2


def test_event_files_are_written_without_tensorflow(tmp_path):
    """Beside JAX, where importing TensorFlow would cost seconds, and memory of the GPU."""
    for name in ("tensorboard", "jax"):
        pytest.importorskip(name)
    code = "import sys, numpy, pathlib; from oasis_helpers.training.tensorboard import EventFile; "
    code += "file = EventFile(pathlib.Path(sys.argv[1]), 1); file.scalars(1, {'a/b': 2.0}); "
    code += "file.image(1, 'c', numpy.zeros((4, 4), 'uint8')); print('tensorflow' in sys.modules)"
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, "-c", code, tmp_path]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
    assert read_events(tmp_path)[0] == {"a/b": [(1, 2.0)]}


def test_a_disk_that_is_full_stops_the_curves_and_not_the_run(trainer, board, monkeypatch):
    trainer.log(board, 1000)

    def full(self, step, numbers):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensorboard.EventFile, "scalars", full)
    with pytest.warns(UserWarning, match="no more event files are written: .*No space left"):
        trainer.log(board, 2000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer.log(board, 3000)
        board.on_phase_end(trainer, trainer.phases[0])
        board.on_train_end(trainer)
    assert len(trainer.drawn) == 1


def test_without_the_package_training_goes_on_silently(monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert TensorBoard.if_installed(tmp_path) == []
    with pytest.raises(UserError, match=r"^tensorboard: expected the package .*; pip install tensorboard$"):
        TensorBoard(tmp_path)


def test_with_the_package_there_is_one_callback(tmp_path):
    pytest.importorskip("tensorboard")
    assert [type(callback) for callback in TensorBoard.if_installed(tmp_path)] == [TensorBoard]
    assert not list(tmp_path.iterdir())  # nothing before the first line


def test_a_broken_package_is_a_warning(monkeypatch, tmp_path):
    pytest.importorskip("tensorboard")

    def broken():
        raise TypeError("Descriptors cannot be created directly")

    monkeypatch.setattr(tensorboard, "load_package", broken)
    with pytest.warns(UserWarning, match="no event files are written: .*Descriptors"):
        assert TensorBoard.if_installed(tmp_path) == []


# ---------------------------------------------------------------- the live figure


@pytest.fixture
def notebook(monkeypatch):
    """What a notebook was sent to show."""
    shell = InteractiveShell.instance(display_pub_class=CapturingDisplayPublisher)
    shell.kernel = object()
    shell.display_pub.outputs.clear()
    yield shell.display_pub.outputs
    InteractiveShell.clear_instance()


def test_one_display_is_updated_in_place(trainer, notebook, clock):
    figure = LiveFigure(seconds=5)
    trainer.log(figure, 1000)
    trainer.log(figure, 2000)  # too early
    clock.now += 5.1
    trainer.log(figure, 3000, resolution=16, alpha=0.25)
    figure.on_train_end(trainer)
    assert [output["update"] for output in notebook] == [False, True, True]
    assert len({output["transient"]["display_id"] for output in notebook}) == 1
    assert [alpha for alpha, _ in trainer.drawn] == [1.0, 0.25, 0.25] and len(trainer.drawn[0][1]) == 8
    for output in notebook:
        image = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
        assert image.width > 900 and set(output["data"]) == {"image/png", "text/plain"}
    assert "16 px, fading in, alpha 0.25" in notebook[1]["data"]["text/plain"]
    assert notebook[1]["data"]["text/plain"].endswith(" left")
    assert notebook[2]["data"]["text/plain"].endswith("trained for 30.0 min + compiling")


def test_another_fit_gets_a_figure_of_its_own(trainer, notebook, clock):
    figure = LiveFigure()
    for images in (1000, 2000):
        trainer.log(figure, images)
        figure.on_train_end(trainer)
        clock.now += 100
    assert [output["update"] for output in notebook] == [False, True, False, True]
    assert notebook[0]["transient"] != notebook[2]["transient"]


def test_outside_of_a_notebook_nothing_is_drawn(trainer, capsys):
    assert not live.in_notebook()
    figure = LiveFigure()
    trainer.log(figure, 1000)
    figure.on_train_end(trainer)
    assert trainer.drawn == [] and capsys.readouterr() == ("", "")


def test_ipython_in_a_terminal_is_no_notebook(trainer, notebook):
    del InteractiveShell.instance().kernel
    trainer.log(LiveFigure(), 1000)
    assert trainer.drawn == [] and notebook == []


def test_no_figure_stays_open(trainer, notebook):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    trainer.log(LiveFigure(), 1000)
    assert len(notebook) == 1 and plt.get_fignums() == before


def test_the_figure_shows_samples_losses_and_logits():
    history = History([row(images, real_logit=None) for images in (1000, 2000)])
    history.rows[0]["d_loss"] = 3.0
    figure = run_figure(history, np.zeros((8, 16, 16), np.uint8), "a title")
    samples, losses, logits = figure.axes
    assert samples.images[0].get_array().shape == (128, 8 * 128 + 7 * 8) and figure.get_suptitle() == "a title"
    assert samples.images[0].get_clim() == (0, 255)  # a dark image is shown as dark
    assert losses.lines[0].get_ydata().tolist() == [3.0, 1.25] and losses.get_ylabel() == "Loss"
    assert np.isnan(logits.lines[0].get_ydata()).all() and logits.lines[1].get_ydata().tolist() == [-0.42, -0.42]
    styles = {line.get_linestyle() for line in losses.lines[:2]}
    assert len(styles) == 2  # told apart without colour


def test_the_status_line(trainer):
    trainer.images = 30_000
    text = status(trainer, row(30_000, resolution=64))
    total = trainer.phases[-1].end / 1000
    assert text.startswith(f"64 px, alpha 1  |  30.0 of {total:.1f} thousand images  |  50 images/s  |  ")
    minutes = minutes_left(trainer.config, trainer.phases, 30_000, row(30_000, resolution=64))
    assert text.endswith(f"  |  {duration(60 * minutes)} left") and minutes > 2
    assert status(trainer, row(30_000), done=True).endswith("  |  trained for 30.0 min + compiling")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seconds": -1}, "seconds: expected a number from 0 up, but got -1"),
        ({"seconds": "5"}, "seconds: expected a number from 0 up, but got '5'"),
        ({"samples": 0}, "samples: expected a whole number from 1 to 16, but got 0"),
        ({"samples": 17}, "samples: expected a whole number from 1 to 16, but got 17"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(UserError, match=message):
        LiveFigure(**arguments)
