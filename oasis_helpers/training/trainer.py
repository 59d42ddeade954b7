"""Training from the first 8 px blob to the last level, with everything kept in one run folder (notebook 05)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from oasis_helpers import engine, sampling, weights
from oasis_helpers.config import Config
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.errors import UserError
from oasis_helpers.paths import runs_dir
from oasis_helpers.training import checkpoint, pictures
from oasis_helpers.training.cost import conv_macs, work_left
from oasis_helpers.training.history import History
from oasis_helpers.training.schedule import Phase, make_schedule
from oasis_helpers.training.step import Networks, Step

import numpy as np
from tqdm.auto import tqdm

CONFIG_FILE = "config.json"
FIXED_SEEDS = range(16)  # the same latents in every progress picture
# tqdm's own guess of the time left assumes that every picture costs the same; ours is in the postfix.
BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} images, {elapsed}{postfix}"


class TrainingError(UserError):
    """A run that cannot start, or that had to stop."""


class Callback:
    """Called by the trainer; override what you need."""

    def on_log(self, trainer: Trainer, row: dict[str, Any]) -> None:
        """After each line of the history."""

    def on_phase_end(self, trainer: Trainer, phase: Phase) -> None:
        """When a level has faded in, or has been trained for its share."""

    def on_train_end(self, trainer: Trainer) -> None:
        """When the schedule is done."""


class Trainer:
    """Trains one configuration on one data set.

    Args:
        config: what to train and how.
        data: the slices; only its train split is shown to the networks.
        folder: the run folder; None makes a new one under ``runs/``. It will hold ``config.json``,
            ``metrics.jsonl``, ``checkpoint.safetensors``, ``generator.safetensors`` (the averaged one) and
            the pictures ``generated_plot_eNNN.png`` (NNN thousand images shown), ``model_loss.png`` and
            ``sample_output.png``.
        resume: continue the run in that folder from its last checkpoint.

    Raises:
        TrainingError: the data cannot feed the configuration, or the folder holds another run.
    """

    def __init__(self, config: Config, data: Pyramid, folder: str | Path | None = None, resume: bool = False) -> None:
        """See the class."""
        self.config, self.data = config, _training_slices(config, data)
        self.folder = _run_folder(config, folder, resume)
        self.phases = make_schedule(config)
        self.nets = Networks(config)
        self._step: Step | None = None
        self.images, self.steps, self.seconds = 0, 0, 0.0
        self.phase = ""  # the phase that the optimisers were set up for
        self.history = History(folder=None)
        if resume:
            state = checkpoint.load_checkpoint(self.nets, self.folder)
            self.images, self.steps, self.seconds = state["images"], state["steps"], state["seconds"]
            self.phase = state["phase"]
            self.history = History(state["history"])
        self.history = History(self.history.rows, self.folder)

    @property
    def generator(self) -> Any:
        """The averaged generator, the one to sample from."""
        return self.nets.ema

    def fit(self, callbacks: Sequence[Callback] = (), progress: bool = True) -> History:
        """Train to the end of the schedule.

        Args:
            callbacks: called at each log line, phase end and at the end.
            progress: show a bar with images shown, images/s, level, alpha and time left.

        Returns:
            The history; ``history.history["d_loss"]`` is a list, as in Keras.

        Raises:
            TrainingError: a loss is no longer a finite number; the last saved state is kept.
        """
        total = self.phases[-1].end
        bar = tqdm(total=total, initial=self.images, disable=not progress, mininterval=0.5, bar_format=BAR)
        with bar:
            for phase in self.phases:
                if self.images < phase.end:
                    self._run_phase(phase, callbacks, bar)
                    for callback in callbacks:
                        callback.on_phase_end(self, phase)
        pictures.save_grid(sampling.sample(self.generator, FIXED_SEEDS), self.folder / pictures.SAMPLES)
        for callback in callbacks:
            callback.on_train_end(self)
        return self.history

    def _run_phase(self, phase: Phase, callbacks: Sequence[Callback], bar: tqdm) -> None:
        """Train one phase, logging and saving on the way, and leave its picture."""
        # Resuming inside a phase keeps Adam's moments as they were saved.
        self.nets.set_level(phase.resolution, phase.learning_rate, reset=phase.name != self.phase)
        self.phase = phase.name
        step = self._compiled_step(phase, bar)
        log, snapshot = self.config.log_kimg * 1000, self.config.snapshot_kimg * 1000
        pending: list[dict[str, Any]] = []
        since, shown = self._clock(), self.images
        while self.images < phase.end:
            alpha, before = phase.alpha(self.images), self.images
            real = self.data.uint8_batch(
                phase.resolution, self.images, phase.batch_size, self.config.seed, flip=self.config.flip
            )
            pending.append(step(real, alpha, self.steps))
            self.images += phase.batch_size
            self.steps += 1
            bar.update(phase.batch_size)
            if self.images // log > before // log or self.images >= phase.end:
                row = self._log_row(phase, alpha, pending, shown, since)
                bar.set_postfix_str(self._bar_text(row))
                for callback in callbacks:
                    callback.on_log(self, row)
                pending, since, shown = [], self._clock(), self.images
            if self.images // snapshot > before // snapshot and self.images < phase.end:
                self.save(phase.alpha(self.images))
                # A line that a save interrupts starts its clock again, so that images/s stays the step's own.
                since, shown = self._clock(), self.images
        self.save(phase.alpha(self.images))
        grid = sampling.sample(self.generator, FIXED_SEEDS)
        pictures.save_grid(grid, self.folder / pictures.progress_name(self.images / 1000))
        pictures.save_losses(self.history, self.folder / pictures.LOSSES)

    def _compiled_step(self, phase: Phase, bar: tqdm) -> Step:
        """Return the step of a level; it is compiled once for both of the level's phases."""
        if self._step is None or (self._step.resolution, self._step.batch_size) != (phase.resolution, phase.batch_size):
            bar.set_postfix_str(f"{phase.resolution} px: compiling the step, this can take a minute")
            self._step = Step(self.nets, phase.resolution, phase.batch_size)
        return self._step

    def _clock(self) -> float:
        """Return seconds on a clock that stands still while the step is compiled."""
        return time.perf_counter() - self._step.compile_seconds

    def _log_row(
        self, phase: Phase, alpha: float, pending: list[dict[str, Any]], shown: int, since: float
    ) -> dict[str, Any]:
        """Average what came since the last line; the only place where the device is waited for."""
        values: dict[str, list[float]] = {}
        for logs in pending:
            for name, value in logs.items():
                values.setdefault(name, []).append(float(engine.to_numpy(value)))
        seconds = self._clock() - since
        self.seconds += seconds
        means = {name: float(np.mean(v)) for name, v in values.items()}
        row = {
            "kimg": round(self.images / 1000, 4),
            "step": self.steps,
            "resolution": phase.resolution,
            "alpha": round(alpha, 4),
            **means,
            "images_per_s": round((self.images - shown) / seconds, 3),
            "hours": round(self.seconds / 3600, 5),
        }
        for name, value in means.items():
            if not np.isfinite(value):
                raise TrainingError(
                    f"{name} is {value} at {row['kimg']} kimg, {phase.resolution} px: training stopped and the last "
                    f"saved state is kept in {self.folder.name}; try a lower learning_rate or a higher r1_gamma"
                )
        self.history.append(row)
        return row

    def _bar_text(self, row: dict[str, Any]) -> str:
        speed = row["images_per_s"] * conv_macs(self.config, row["resolution"])
        minutes = work_left(self.config, self.phases, self.images) / speed / 60
        return (
            f"{row['resolution']} px, alpha {row['alpha']:.2f}, D {row['d_loss']:.2f}, G {row['g_loss']:.2f}, "
            f"{row['images_per_s']:.0f} img/s, about {minutes:.0f} min left"
        )

    def save(self, alpha: float) -> None:
        """Write the state and the averaged generator to the run folder, each whole or not at all."""
        self.generator.alpha = float(alpha)
        state = {"images": self.images, "steps": self.steps, "seconds": self.seconds}
        state |= {"phase": self.phase, "history": self.history.rows}
        checkpoint.save_checkpoint(self.nets, self.folder, state)
        about = {"kimg": self.images / 1000, "data": str(self.data.source), "hours": round(self.seconds / 3600, 4)}
        weights.save_generator(self.generator, self.folder / weights.GENERATOR_FILE, **about)


def _training_slices(config: Config, data: Pyramid) -> Pyramid:
    """Return the train split; raises TrainingError where a level is missing."""
    missing = [size for size in config.resolutions if size not in data.resolutions]
    if missing:
        raise TrainingError(
            f"resolution: the data hold {data.resolutions} px, but the configuration trains {missing} too; "
            f"set resolution to at most {max(data.resolutions)}"
        )
    return data.split("train")


def _run_folder(config: Config, folder: str | Path | None, resume: bool) -> Path:
    """Make or check the run folder and keep the configuration in it."""
    if folder is None:
        if resume:
            raise TrainingError("folder: expected the run to resume, but got None; name its folder")
        folder = runs_dir() / f"{datetime.now():%Y%m%d-%H%M%S-%f}-{config.preset}-{config.resolution}px"
    folder = Path(folder).expanduser()
    saved = folder / CONFIG_FILE
    if resume:
        if not saved.is_file():
            raise TrainingError(f"folder: expected a run to resume, but {folder} holds no {CONFIG_FILE}")
        if Config.from_json(saved.read_text()) != config:
            raise TrainingError(f"config: it differs from the one in {folder}; resume with the run's own configuration")
        return folder
    if saved.exists():
        raise TrainingError(f"folder: {folder} already holds a run; choose another name, or resume it")
    folder.mkdir(parents=True, exist_ok=True)
    saved.write_text(config.to_json())
    return folder
