"""A latent-space explorer: one brain with controls, which can be played with or printed (notebook 06).

This file turns settings into images; `oasis_helpers.view.panel` puts sliders and buttons on it.
"""

from __future__ import annotations

import base64
import dataclasses
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oasis_helpers import sampling
from oasis_helpers.errors import UserError, check_whole
from oasis_helpers.images import save_gif, save_grid
from oasis_helpers.networks.generator import Generator
from oasis_helpers.paths import runs_dir
from oasis_helpers.sampling import Directions
from oasis_helpers.view.figures import show_slices

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from oasis_helpers.view.panel import Panel

GIF_FRAMES = 24
LARGEST_AMOUNT = 5.0


@dataclass(frozen=True)
class Settings:
    """Everything that decides the image.

    Attributes:
        seed: of the brain, a whole number from 0.
        donor: seed of the brain that lends its styles.
        psi: truncation, 0 (the mean brain) to 2, usually up to 1 (off).
        from_donor: the ranges whose styles are the donor's: any of "coarse", "middle" and "fine".
        noise: "fixed" (by the seed), "fresh" or "off".
        amounts: how far to go along each direction, in standard deviations of w, -5 to 5.
    """

    seed: int = 0
    donor: int = 1
    psi: float = 0.7
    from_donor: tuple[str, ...] = ()
    noise: str = "fixed"
    amounts: tuple[float, ...] = ()

    def __str__(self) -> str:
        """Return the settings in a line: ``seed 3, psi 0.7, coarse styles of seed 9, direction 0: +1.5``."""
        parts = [f"seed {self.seed}", f"psi {self.psi:g}"]
        if self.from_donor:
            parts.append(f"{' and '.join(self.from_donor)} styles of seed {self.donor}")
        if self.noise != "fixed":
            parts.append(f"{self.noise} noise" if self.noise == "fresh" else "no noise")
        parts += [f"direction {k}: {amount:+g}" for k, amount in enumerate(self.amounts) if amount]
        return ", ".join(parts)


class Explorer:
    """One generator, one brain, and all that can be done to it.

    In JupyterLab the last line ``Explorer(generator)`` shows a panel of controls; where no browser is listening
    (a test, a printed notebook) the same line shows one still figure.

    Args:
        generator: a trained generator.
        directions: what the direction sliders move along; None finds the four principal ones.
        folder: where images are saved; None is ``explorer`` in the folder of the runs.
        **settings: the first `Settings`.

    Raises:
        UserError: a setting that is out of range, as also `change` raises.
    """

    def __init__(
        self,
        generator: Generator,
        directions: Directions | None = None,
        folder: str | Path | None = None,
        **settings: Any,
    ) -> None:
        """See the class."""
        if not isinstance(generator, Generator):
            raise UserError(f"generator: expected a Generator, such as load_generator(), but got {generator!r}")
        self.generator = generator
        self.directions = sampling.principal_directions(generator, 4, 1024) if directions is None else directions
        self.ranges = sampling.ranges_of(generator)
        self.folder = Path(folder).expanduser() if folder is not None else None
        self.settings = Settings(amounts=(0.0,) * len(self.directions))
        self.pinned: Settings | None = None
        self._panel: Panel | None = None
        self.change(**settings)

    def change(self, **changes: Any) -> Settings:
        """Change some settings and return all; raises UserError, and then nothing has changed."""
        valid = [field.name for field in dataclasses.fields(Settings)]
        for name in changes:
            if name not in valid:
                raise UserError(f"{name}: no such setting; the settings are {', '.join(valid)}")
        new = dataclasses.replace(self.settings, **changes)
        self.settings = self._checked(new)
        return self.settings

    def _checked(self, new: Settings) -> Settings:
        """Return settings in their own types; raises UserError."""
        seed, donor = check_whole("seed", new.seed, 0), check_whole("donor", new.donor, 0)
        if new.psi is None:
            raise UserError("psi: expected a number from 0 to 2, but got None")
        psi = sampling.check_psi(new.psi)
        ranges = new.from_donor if isinstance(new.from_donor, tuple | list) else (new.from_donor,)
        for name in ranges:
            if not isinstance(name, str) or name not in self.ranges:
                raise UserError(f"from_donor: expected any of {', '.join(self.ranges)}, but got {name!r}")
        if new.noise not in sampling.NOISE:
            raise UserError(f"noise: expected one of {', '.join(sampling.NOISE)}, but got {new.noise!r}")
        amounts = np.atleast_1d(new.amounts)
        good = amounts.shape == (len(self.directions),) and amounts.dtype.kind in "if"
        if not good or not (np.abs(amounts) <= LARGEST_AMOUNT).all():
            limits = f"{len(self.directions)} numbers from -{LARGEST_AMOUNT:g} to {LARGEST_AMOUNT:g}"
            raise UserError(f"amounts: expected {limits}, one per direction, but got {new.amounts!r}")
        ordered = tuple(name for name in self.ranges if name in ranges)
        return Settings(seed, donor, psi, ordered, new.noise, tuple(float(a) for a in amounts))

    # ---------------------------------------------------------------- images

    def styles(self, settings: Settings | None = None) -> np.ndarray:
        """Return the styles (1, num_styles, w_dim) of settings; None takes the present ones."""
        s = self.settings if settings is None else settings
        own, donor = (sampling.styles(self.generator, seed, s.psi) for seed in (s.seed, s.donor))
        for name in s.from_donor:
            own[:, self.ranges[name]] = donor[:, self.ranges[name]]
        return sampling.move(self.generator, own, self.directions, s.amounts)

    def image(self, settings: Settings | None = None) -> np.ndarray:
        """Return the image (R, R) uint8 of settings; None takes the present ones."""
        s = self.settings if settings is None else settings
        return self._draw(self.styles(s), s)[0]

    def _draw(self, ws: np.ndarray, s: Settings) -> np.ndarray:
        noise = sampling.noise_maps([s.seed] * len(ws), self.generator.resolution, s.noise)
        return sampling.draw(self.generator, ws, noise)

    def pin(self) -> None:
        """Keep the present settings beside the image, to compare with; `unpin` lets them go."""
        self.pinned = self.settings

    def unpin(self) -> None:
        """Forget the pinned settings."""
        self.pinned = None

    def shown(self) -> list[tuple[np.ndarray, str]]:
        """Return the present image, and the pinned one where there is one, each with its settings in words."""
        both = [self.settings] + ([self.pinned] if self.pinned is not None else [])
        return [(self.image(s), str(s)) for s in both]

    def figure(self) -> Figure:
        """Return one still figure of the present image and the pinned one."""
        images, captions = zip(*self.shown(), strict=True)
        titles = [caption.replace(", ", "\n") for caption in captions]
        return show_slices(np.stack(images), titles, size=2.6)

    # ---------------------------------------------------------------- files

    def save_png(self) -> Path:
        """Write the present image, and the pinned one at its right, as a PNG; return where it is."""
        images = np.stack([image for image, _ in self.shown()])
        return save_grid(images, self._new_file("brain", ".png"), tile=256)

    def save_gif(self) -> Path:
        """Write the walk from the pinned brain (or the donor, where none is pinned) to this one; return where it is."""
        start = self.pinned or dataclasses.replace(self.settings, seed=self.settings.donor, from_donor=())
        a, b = self.styles(start), self.styles()
        way = a + (b - a) * np.linspace(0, 1, GIF_FRAMES, dtype="float32")[:-1, None, None]
        ws = np.concatenate([way, b])  # b itself: a + (b - a) rounds, and may flip a grey value
        return save_gif(self._draw(ws, self.settings), self._new_file("walk", ".gif"))

    def _new_file(self, name: str, ending: str) -> Path:
        """Return a name that is not taken, so that no image is lost."""
        folder = runs_dir() / "explorer" if self.folder is None else self.folder
        folder.mkdir(parents=True, exist_ok=True)
        number = 1
        while (folder / f"{name}-{number:03d}{ending}").exists():
            number += 1
        return folder / f"{name}-{number:03d}{ending}"

    # ---------------------------------------------------------------- in a notebook

    @property
    def panel(self) -> Panel:
        """The controls; made when they are first asked for."""
        if self._panel is None:
            from oasis_helpers.view.panel import Panel

            self._panel = Panel(self)
        return self._panel

    def __repr__(self) -> str:
        """Say what is shown."""
        return f"Explorer: {self.settings}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Hand a notebook both: the panel for a browser, and a still figure for tests and for paper."""
        buffer = io.BytesIO()
        self.figure().savefig(buffer, format="png", dpi=100)
        bundle = self.panel.mimebundle()
        return {**bundle, "image/png": base64.b64encode(buffer.getvalue()).decode(), "text/plain": repr(self)}
