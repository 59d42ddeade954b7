"""The explorer's controls: sliders, seeds and buttons in JupyterLab (notebook 06)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from oasis_helpers import sampling
from oasis_helpers.errors import UserError
from oasis_helpers.images import image_grid, png_bytes

import ipywidgets as widgets
import numpy as np

LARGEST_SEED = 2**31 - 1
PSI = 0.7  # where "reset" puts it
SLOW = 0.15  # seconds; where an image takes longer, sliders draw only when they are let go
WIDE = {"description_width": "8em"}
SIDE = "250px"  # of an image on the screen
COLUMN = "23em"  # width of the controls; they stand beside the images, or below where the window is narrow


class Controllable(Protocol):
    """What a panel asks of the thing that it controls; `oasis_helpers.view.explorer.Explorer` is one.

    Attributes:
        settings: present ones: seed, donor, psi, from_donor, noise, amounts.
        pinned: the pinned settings, or None.
        ranges: layers by range, such as {"coarse": range(0, 4)}.
        directions: what the direction sliders move along.
    """

    settings: Any
    pinned: Any
    ranges: dict[str, range]
    directions: Any

    def change(self, **changes: Any) -> Any:
        """Change some settings; raises UserError."""

    def shown(self) -> list[tuple[np.ndarray, str]]:
        """Return the present image and the pinned one, each with its settings in words."""

    def pin(self) -> None:
        """Keep the present settings beside the image."""

    def unpin(self) -> None:
        """Let them go."""

    def save_png(self) -> Path:
        """Write what is shown."""

    def save_gif(self) -> Path:
        """Write a walk."""


class Panel:
    """The image and the pinned one, and controls beside them.

    Args:
        explorer: what the controls change.
    """

    def __init__(self, explorer: Controllable) -> None:
        """Make the controls in the explorer's present state and draw the first image."""
        self.explorer = explorer
        self.seconds = 0.0  # that the last image took
        self._quiet = False  # while controls are set from here, they must not each draw an image
        self.image, self.pinned_image = _image(), _image()
        self.caption, self.pinned_caption = widgets.HTML(), widgets.HTML()
        self.status = widgets.HTML()
        self.controls = self._make_controls()
        self._listen()
        self.view = self._arrange()
        self.show()

    # ---------------------------------------------------------------- what is there

    def _make_controls(self) -> dict[str, Any]:
        s = self.explorer.settings
        controls: dict[str, Any] = {
            "seed": _seed("seed", s.seed),
            "psi": _slider("truncation psi", s.psi, 0.0, 1.5, 0.05),
            "donor": _seed("donor seed", s.donor),
        }
        for name in self.explorer.ranges:
            source = "donor" if name in s.from_donor else "seed"
            controls[name] = widgets.ToggleButtons(
                options=["seed", "donor"],
                value=source,
                tooltips=[f"{name} styles of the seed", f"{name} styles of the donor"],
                style={"button_width": "5em"},
            )
        controls["noise"] = widgets.Dropdown(
            options=sampling.NOISE, value=s.noise, description="noise", style=WIDE, layout={"width": "16em"}
        )
        for k, amount in enumerate(s.amounts):
            controls[f"direction{k}"] = _slider(f"direction {k}", amount, -3.0, 3.0, 0.1)
        return controls

    def _listen(self) -> None:
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        walk = "Write the walk from the pinned brain, or the donor, to this one"
        self.buttons = {
            "random": self._button("random seed", "random", "Draw another brain at random", self._random),
            "reset": self._button("reset", "undo", "Reset psi, styles, noise and directions", self._reset),
            "pin": self._button("pin", "thumb-tack", "Keep this image beside the next ones", self._pin),
            "png": self._button("save PNG", "image-o", "Save the image as a file", lambda: self._save("png")),
            "gif": self._button("save GIF", "film", walk, lambda: self._save("gif")),
        }

    def _button(self, text: str, icon: str, tooltip: str, work: Callable[[], None]) -> widgets.Button:
        button = widgets.Button(description=text, icon=icon, tooltip=tooltip, layout={"width": "auto"})
        button.on_click(lambda _: self._guarded(work))
        return button

    def _arrange(self) -> widgets.Box:
        wrap = widgets.Layout(display="flex", flex_flow="row wrap")
        rows = [self._named(name) if name in self.explorer.ranges else c for name, c in self.controls.items()]
        buttons = widgets.HBox(list(self.buttons.values()), layout=wrap)
        controls = widgets.VBox([*rows, buttons, self.status], layout={"width": "25em", "overflow": "visible"})
        self.pinned_box = widgets.VBox([self.pinned_image, self.pinned_caption], layout={"display": "none"})
        images = widgets.HBox([widgets.VBox([self.image, self.caption]), self.pinned_box], layout=wrap)
        return widgets.Box([images, controls], layout=wrap)

    def _named(self, name: str) -> widgets.HBox:
        """Return a range's two buttons behind its name; ipywidgets would put the name on a line of its own."""
        label = widgets.Label(f"{name} styles", layout={"width": "8em", "justify_content": "flex-end"})
        return widgets.HBox([label, self.controls[name]])

    def mimebundle(self) -> dict[str, Any]:
        """Return what a notebook needs to show the panel; nothing where widgets cannot be shown."""
        bundle = self.view._repr_mimebundle_()
        return {} if bundle is None else dict(bundle)

    # ---------------------------------------------------------------- what happens

    def _changed(self, _: Any = None) -> None:
        if not self._quiet:
            self._guarded(self._take)

    def _take(self) -> None:
        """Hand the controls' values to the explorer and draw."""
        value = {name: control.value for name, control in self.controls.items()}
        self.explorer.change(
            seed=value["seed"],
            donor=value["donor"],
            psi=value["psi"],
            from_donor=tuple(name for name in self.explorer.ranges if value[name] == "donor"),
            noise=value["noise"],
            amounts=tuple(value[f"direction{k}"] for k in range(len(self.explorer.directions))),
        )
        self.status.value = ""
        self.show()

    def show(self) -> None:
        """Draw the present image into the panel, and the pinned one where there is one."""
        started = time.perf_counter()
        (image, caption), *pinned = self.explorer.shown()
        self.image.value, self.caption.value = png_bytes(_enlarged(image)), caption
        for kept, words in pinned:
            self.pinned_image.value, self.pinned_caption.value = png_bytes(_enlarged(kept)), f"pinned: {words}"
        self.pinned_box.layout.display = "" if pinned else "none"
        self.seconds = time.perf_counter() - started
        for control in self.controls.values():
            if isinstance(control, widgets.FloatSlider):
                control.continuous_update = self.seconds < SLOW

    def _random(self) -> None:
        self.controls["seed"].value = int(np.random.default_rng().integers(10_000))

    def _reset(self) -> None:
        self._quiet = True
        try:
            self.controls["psi"].value, self.controls["noise"].value = PSI, "fixed"
            for name in self.explorer.ranges:
                self.controls[name].value = "seed"
            for k in range(len(self.explorer.directions)):
                self.controls[f"direction{k}"].value = 0.0
        finally:
            self._quiet = False
        self._take()

    def _pin(self) -> None:
        pinned = self.explorer.pinned is not None and self.explorer.pinned == self.explorer.settings
        if pinned:  # pressed again on the same image: let it go
            self.explorer.unpin()
        else:
            self.explorer.pin()
        self.show()

    def _save(self, kind: str) -> None:
        path = self.explorer.save_png() if kind == "png" else self.explorer.save_gif()
        self.status.value = f"saved as {path.parent.parent.name}/{path.parent.name}/{path.name}"

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do something; a mistake or a full disk is told in the panel, since a widget has nowhere else to say it."""
        try:
            work()
        except (UserError, OSError) as error:
            self.status.value = f"<b>{error}</b>"


def _enlarged(image: np.ndarray, pixels: int = 384) -> np.ndarray:
    """Return one image (R, R) with the forehead up, each pixel a square, about so large."""
    return image_grid(image[None], tile=pixels)


def _image() -> widgets.Image:
    return widgets.Image(format="png", layout={"width": SIDE, "height": SIDE, "margin": "4px"})


def _seed(text: str, value: int) -> widgets.BoundedIntText:
    layout = {"width": "16em"}
    return widgets.BoundedIntText(value, 0, LARGEST_SEED, description=text, style=WIDE, layout=layout)


def _slider(text: str, value: float, low: float, high: float, step: float) -> widgets.FloatSlider:
    """A slider that reaches a start value outside of its usual range as well."""
    low, high = min(low, value), max(high, value)
    layout = {"width": COLUMN}
    return widgets.FloatSlider(value, min=low, max=high, step=step, description=text, style=WIDE, layout=layout)
