"""Training from the first 8 px blob to the last level, with everything kept in one run folder (notebook 05)."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oasis_helpers import engine, weights
from oasis_helpers.config import Config
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.errors import TrainingError
from oasis_helpers.images import save_grid
from oasis_helpers.paths import remove_leftovers
from oasis_helpers.training import checkpoint, guards, plots, warm_start
from oasis_helpers.training.ada import AugmentControl
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.training.cost import minutes_left
from oasis_helpers.training.folder import RunLock, open_run, read_config, write_config
from oasis_helpers.training.guards import check_devices, largest_that_fits, training_slices
from oasis_helpers.training.history import History, in_short, means_of
from oasis_helpers.training.schedule import Phase, learning_rate, make_schedule
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep
from oasis_helpers.training.stop import StopSignals, TrainingStopped
from oasis_helpers.training.variety import NOTICED_FROM, WATCHED, collapse_warning, varied_samples, variety

from tqdm.auto import tqdm

# tqdm's own guess of the time left assumes that every image costs the same; ours is in the postfix.
BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} images, {elapsed}{postfix}"


class Trainer:
    """Trains one configuration on one data set.

    >>> import tempfile
    >>> from oasis_helpers import load_data, make_config
    >>> config = make_config("smoke", total_kimg=0.064, start_resolution=16)  # four steps of 16 images
    >>> trainer = Trainer(config, load_data(people=4, progress=False), tempfile.mkdtemp())
    >>> history = trainer.fit(progress=False)
    >>> trainer.images, history.history["resolution"][-1]
    (64, 16)

    Args:
        config: what to train and how.
        data: the slices; only its train split is shown to the networks.
        folder: the run folder; None makes a new one under ``runs/``. It will hold ``config.json``,
            ``metrics.jsonl``, the last three ``checkpoint-*.safetensors``, ``generator.safetensors`` (the averaged
            one) and the images ``generated_plot_eNNN.png`` (NNN thousand images shown), ``model_loss.png`` and
            ``sample_output.png``. Callbacks may add to it (``tensorboard/``).
        resume: continue the run in that folder from its last checkpoint, exactly as if it had never stopped.
            A ``total_kimg`` larger than the run's makes the run longer.
        force: continue it even where the configuration or the data differ from the run's own.
        start_from: another run, or a generator, whose networks this one begins with (see `warm_start`). A run that is
            resumed goes on with its own.

    Raises:
        TrainingError: the data cannot feed the configuration, the folder holds another run, or no run to resume.
        UserError: there is a GPU on which no step works; one that only XLA cannot compile for is a warning.
        WeightsError: no checkpoint of the run can be read.
    """

    def __init__(
        self,
        config: Config,
        data: Pyramid,
        folder: str | Path | None = None,
        resume: bool = False,
        force: bool = False,
        start_from: str | Path | None = None,
    ) -> None:
        """See the class."""
        self.config, self.data = config, training_slices(config, data)
        self.phases = make_schedule(config)
        check_devices(config, self.phases)
        guards.check_gpu(config)
        self.nets = Networks(config)
        self.augment = AugmentControl(config, self.nets.augment_p)
        self.origin: dict[str, Any] = {}  # what the run began with, where those are another run's networks
        if start_from is not None and not (resume and checkpoint.checkpoints(Path(folder or "").expanduser())):
            self.origin = {"start_from": warm_start.start_from(self.nets, start_from)}
        self.folder, source = open_run(config, folder, resume, force, engine.processes.first)
        self.images, self.steps, self.seconds = 0, 0, 0.0
        self.phase = ""  # the phase that the optimisers were set up for
        self.history = History()
        self._pending: list[dict[str, Any]] = []  # the steps since the last line of the history
        self._step: TrainingStep | None = None
        self._lost = False  # the state in memory is no longer the run's
        if resume:
            self._restore(source, force)

    def _restore(self, source: Path, force: bool) -> None:
        """Take up the last checkpoint. A run that was stopped before its first one starts from the beginning."""
        state = checkpoint.load_checkpoint(self.nets, source)
        if state is None:
            return
        if not force:
            guards.check_same_slices(state, self.data, self.folder)
        self.images, self.steps, self.seconds = state["images"], state["steps"], state["seconds"]
        self.phase, self._pending = state["phase"], state["pending"]
        self.origin = {"start_from": state["start_from"]} if "start_from" in state else {}
        self.history = History(state["history"])
        self.augment.signs = state.get("augment_signs", [])  # older runs have none
        self.generator.grow_to(state["resolution"], state["alpha"])

    @property
    def generator(self) -> Any:
        """The averaged generator, the one to sample from."""
        return self.nets.ema

    def fit(
        self, callbacks: Sequence[Callback] = (), progress: bool = True, total_kimg: float | None = None
    ) -> History:
        """Train to the end of the schedule. After an interruption, or with a longer schedule, call it again.

        Args:
            callbacks: called at each log line, phase end and at the end.
            progress: show a bar with images shown, images/s, level, alpha and time left.
            total_kimg: a longer run than the configuration's, in thousand images.

        Returns:
            The history; ``history.history["d_loss"]`` is a list, as in Keras.

        Raises:
            TrainingError: a loss is no longer a finite number, the memory or the disk is full; the last saved
                state is kept.
            TrainingStopped: Ctrl-C, the stop button or SIGTERM; the state is saved, and ``fit()`` goes on.
            UserError: another trainer is at work on the run folder.
        """
        try:
            with RunLock(self.folder), StopSignals() as stop:
                self._check_state()
                if total_kimg is not None:
                    self._lengthen(total_kimg)
                if read_config(self.folder) != self.config:  # only now that nobody else trains here
                    write_config(self.config, self.folder)
                remove_leftovers(self.folder)
                self.history = History(self.history.rows, self.folder)
                self._run_schedule(callbacks, progress, stop)
        except OSError as error:
            raise guards.disk_full(error, self.folder) or error from error
        except Exception as error:
            if not engine.processes.lost(error):
                raise
            raise guards.process_gone(error, self.folder) from error
        return self.history

    def _run_schedule(self, callbacks: Sequence[Callback], progress: bool, stop: StopSignals) -> None:
        """Train every phase that is not done yet, and draw what came out."""
        total = self.phases[-1].end
        done = self.images >= total
        if progress and done:
            tqdm.write(f"nothing left to train: this run ended at {self.images:,} images; fit(total_kimg=...) goes on")
        quiet = done or not progress
        with tqdm(total=total, initial=self.images, disable=quiet, mininterval=0.5, bar_format=BAR) as bar:
            for phase in self.phases:
                if self.images < phase.end:
                    try:
                        self._run_phase(phase, callbacks, bar, stop)
                        full = False
                    except Exception as error:
                        full = engine.out_of_memory(error)
                        if not full:
                            raise
                    if full:  # told out here: in there, the error would hold what fills the memory
                        self.nets, self._step = None, None
                        raise guards.memory_full(phase, largest_that_fits(self.config, self.data, phase), self.folder)
                    for callback in callbacks:
                        callback.on_phase_end(self, phase)
        save_grid(plots.fixed_samples(self.generator), self.folder / plots.SAMPLES_FILE)
        for callback in callbacks:
            callback.on_train_end(self)

    def _check_state(self) -> None:
        """Refuse to go on from a state that is broken, or older than what is in the folder."""
        saved = [checkpoint.images_of(path) for path in checkpoint.checkpoints(self.folder)[:1]]
        if self._lost or (saved and saved[0] > self.images):
            why = "its last training failed" if self._lost else "the run was continued after this trainer was made"
            raise TrainingError(f"trainer: {why}; make it anew with Trainer(config, data, folder, resume=True)")

    def _lengthen(self, total_kimg: float) -> None:
        """Give the run a longer schedule."""
        self.config = self.nets.ema.config = guards.lengthened(self.config, total_kimg)
        self.phases = make_schedule(self.config)

    def _run_phase(self, phase: Phase, callbacks: Sequence[Callback], bar: tqdm, stop: StopSignals) -> None:
        """Train one phase, logging and saving on the way, and leave its image."""
        self._lost = True  # until the state is a whole one again
        # Resuming inside a phase keeps Adam's moments as they were saved.
        self.nets.begin_phase(phase.learning_rate, reset=phase.name != self.phase)
        self.phase = phase.name
        step = self._compiled_step(phase, bar)
        log, snapshot = self.config.log_kimg * 1000, self.config.snapshot_kimg * 1000
        since, shown = self._clock(), self.images
        while self.images < phase.end:
            alpha, before = phase.alpha(self.images), self.images
            real = self.data.uint8_batch(
                phase.resolution, self.images, phase.batch_size, self.config.seed, flip=self.config.flip
            )
            if self.config.rampdown_kimg > 0:
                self.nets.set_learning_rate(learning_rate(self.config, phase, self.images))
            self._pending.append(step(real, alpha, self.steps))
            self.images += phase.batch_size
            self.steps += 1
            self.augment.after_step(phase, before, self.images, self._pending[-1])
            self.generator.grow_to(phase.resolution, phase.alpha(self.images))
            bar.update(min(phase.batch_size, bar.total - bar.n))  # the last batch may go past the end
            saving = self.images >= phase.end or self.images // snapshot > before // snapshot
            if saving or self.images // log > before // log:
                row = self._log_row(phase, alpha, shown, since, saving)
                bar.set_postfix_str(self._bar_text(row))
                for callback in callbacks:
                    callback.on_log(self, row)
                if saving:
                    self._save(phase)
                # What is written on the way is not counted, so that images/s stays the step's own.
                since, shown = self._clock(), self.images
            if stop.agreed(self.steps):
                self._stop(phase, since)
        self._lost = False

    def _compiled_step(self, phase: Phase, bar: tqdm) -> TrainingStep:
        """Return the step of a level; it is compiled once for both of the level's phases."""
        if self._step is None or (self._step.resolution, self._step.batch_size) != (phase.resolution, phase.batch_size):
            bar.set_postfix_str(f"{phase.resolution} px: compiling the step, this can take a minute")
            self._step = TrainingStep(self.nets, phase.resolution, phase.batch_size)
        return self._step

    def _clock(self) -> float:
        """Return seconds on a clock that stands still while the step is compiled."""
        return time.perf_counter() - self._step.compile_seconds

    def _settle(self) -> None:
        """Bring what the last steps logged from the device; the only place where training waits for it."""
        self._pending = [{name: float(engine.to_numpy(v)) for name, v in logs.items()} for logs in self._pending]

    def _log_row(self, phase: Phase, alpha: float, shown: int, since: float, saving: bool) -> dict[str, Any]:
        """Average what came since the last line, check it and write it down."""
        self._settle()
        seconds = self._clock() - since
        self.seconds += seconds
        means = means_of(self._pending)
        if self.config.augments:
            means["augment_p"] = float(engine.to_numpy(self.nets.augment_p))
        self._pending = []
        row = {
            "kimg": round(self.images / 1000, 4),
            "step": self.steps,
            "resolution": phase.resolution,
            "alpha": round(alpha, 4),
            **means,
            "images_per_s": round((self.images - shown) / seconds, 3),
            "hours": round(self.seconds / 3600, 5),
        }
        guards.check_finite(means, row["kimg"], phase.resolution, self.folder)
        # Callbacks may draw, so the averaged generator must be sound at every line; what is saved, all of it.
        watched = self.nets.variables if saving else self.nets.ema.variables
        guards.check_weights(watched, row["kimg"], phase.resolution, self.folder)
        if saving:
            row["variety"] = self._watch(phase)
        self.history.append(row)
        return row

    def _watch(self, phase: Phase) -> float:
        """Return how varied the generator's images are beside real slices; warn where they are all alike."""
        reals = self.data.uint8_batch(phase.resolution, 0, 2 * WATCHED, self.config.seed)
        share = variety(varied_samples(self.generator), reals)
        warning = collapse_warning(share, self.images / 1000, phase.resolution)
        if warning and phase.kind == "stable" and self.images - phase.start >= NOTICED_FROM:
            tqdm.write(warning)
        return round(share, 4)

    def _bar_text(self, row: dict[str, Any]) -> str:
        """What stands beside the bar."""
        return f"{in_short(row)}, about {minutes_left(self.config, self.phases, self.images, row):.0f} min left"

    def _save(self, phase: Phase) -> None:
        """Write images, the averaged generator and, last of all, the state that vouches for them."""
        about = {"kimg": self.images / 1000, "hours": round(self.seconds / 3600, 4)}
        about |= {"data": str(self.data.source), "slices": self.data.digest()}
        weights.save_generator(self.generator, self.folder / weights.GENERATOR_FILE, **about, **self.origin)
        if self.images >= phase.end:
            save_grid(plots.fixed_samples(self.generator), self.folder / plots.progress_name(self.images / 1000))
            plots.save_losses(self.history, self.folder / plots.CURVES_FILE)
        state = {"images": self.images, "steps": self.steps, "seconds": self.seconds, "phase": self.phase}
        self.augment.settle()
        state |= {"resolution": phase.resolution, "alpha": self.generator.alpha, "augment_signs": self.augment.signs}
        state |= {"pending": self._pending, "history": self.history.rows, "config": dataclasses.asdict(self.config)}
        state |= {"data": about["slices"], "source": about["data"], **self.origin}
        checkpoint.save_checkpoint(self.nets, self.folder, state)

    def _stop(self, phase: Phase, since: float) -> None:
        """Save between two steps and leave. The unfinished line of the history is saved too."""
        self._settle()
        self.seconds += self._clock() - since
        for logs in self._pending:
            guards.check_finite(logs, self.images / 1000, phase.resolution, self.folder)
        guards.check_weights(self.nets.variables, self.images / 1000, phase.resolution, self.folder)
        self._save(phase)
        self._lost = False
        raise TrainingStopped(
            f"stopped at {self.images / 1000} kimg and saved; fit(), or train --resume, continues from there"
        )
