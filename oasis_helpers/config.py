"""Every knob of the course, its presets, and the checks that catch a mistyped one (every notebook)."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from dataclasses import dataclass
from typing import Any

from oasis_helpers.errors import ConfigError, close_name, close_number, close_switch
from oasis_helpers.presets import PRESETS

# A value that may differ by resolution: {8: 128, 16: 128, ...}. One number stands for all of them.
PerResolution = dict[int, float]


@dataclass(frozen=True)
class Config:
    """One run, described completely. The defaults are the paper's values for one GPU at 256 px.

    A field that is a dictionary holds one value per resolution in pixels; a resolution that it leaves out
    takes the value of the nearest smaller one that it has. Sources: Karras et al. 2018 (arXiv 1812.04948),
    sections 2 to 4 and appendix C, and the official release where the paper is silent.
    """

    preset: str = "paper"  # the name this configuration started from

    # pictures
    resolution: int = 256  # side of the final picture in pixels, a power of two, 8 to 1024
    flip: bool = False  # show each picture left-right flipped half of the time; off: False
    value_range: tuple[float, float] = (-1.0, 1.0)  # grey values the networks see; (0, 1) is the other choice

    # networks
    z_dim: int = 512  # length of the latent z
    w_dim: int = 512  # length of the style vector w, and width of the mapping network
    mapping_layers: int = 8  # dense layers between z and w
    mapping_lr_multiplier: float = 0.01  # the mapping network learns at this share of the learning rate
    channel_base: int = 8192  # channels at R px are channel_base / 2^(log2 R - 1) ...
    channel_max: int = 512  # ... and never more than this
    mbstd_group: int = 4  # pictures per group in the minibatch standard deviation; off: 1

    # styles
    style_mixing_prob: float = 0.9  # share of batches drawn with two w; off: 0
    w_avg_beta: float = 0.995  # memory of the running mean of w
    truncation_psi: float = 0.7  # how far a sample may be from the mean w when we look; off: 1
    truncation_cutoff: int = 8  # the first so many styles are truncated; off: 0

    # loss
    # "logistic" (non-saturating, with R1), "relativistic" (in pairs, with R1 for reals and fakes) or "wgan-gp"
    loss: str = "logistic"
    r1_gamma: PerResolution = dataclasses.field(default_factory=lambda: {4: 10.0})  # weight of R1 on reals; off: 0
    r1_interval: int = 1  # R1 every so many steps; 1 is the paper, 16 is "lazy" (StyleGAN2)
    label_smoothing: float = 0.0  # the logistic loss asks D to call reals 1 minus this, as DCGANs do; off: 0
    wgan_lambda: float = 10.0  # weight of the gradient penalty when loss is "wgan-gp"
    wgan_drift: float = 1e-3  # weight of the drift penalty when loss is "wgan-gp"

    # augmentation of reals and fakes alike, for few people (ADA, Karras et al. 2020)
    augment_p: float = 0.0  # probability of each change, or where it starts when it is adapted; off: 0
    # p is adapted until D's logits for reals have this mean sign, 0.6 in ADA; with the relativistic loss the sign of
    # what they are above those of their fakes. While a level fades in, p stays
    ada_target: float = 0.0  # off: 0
    ada_kimg: float = 500.0  # thousand images in which p may rise from 0 to 1

    # optimiser (Adam for both networks)
    learning_rate: PerResolution = dataclasses.field(
        default_factory=lambda: {4: 1e-3, 128: 1.5e-3, 256: 2e-3, 512: 3e-3}
    )
    adam_beta1: float = 0.0
    adam_beta2: float = 0.99
    adam_epsilon: float = 1e-8
    ema_kimg: float = 10.0  # half-life of the averaged generator in thousand images; off: 0

    # schedule; "kimg" is a thousand real images shown to the discriminator
    start_resolution: int = 8
    batch_size: PerResolution = dataclasses.field(
        default_factory=lambda: {4: 128, 32: 64, 64: 32, 128: 16, 256: 8, 512: 4}
    )
    stable_kimg: PerResolution = dataclasses.field(default_factory=lambda: {4: 600.0})  # training after a fade
    fade_kimg: PerResolution = dataclasses.field(default_factory=lambda: {4: 600.0})  # while a level fades in
    total_kimg: float = 25_000.0  # the whole run; what is left after growing goes to the last level

    # running
    people: int = 120  # virtual people in the embedded cohort, where no other data are given
    log_kimg: float = 1.0  # thousand images between two lines of the history
    snapshot_kimg: float = 50.0  # thousand images between two saved states
    seed: int = 0  # the one seed: weights, data order, latents and noise follow from it
    mixed_precision: bool = False  # train the blocks from 32 px up in bfloat16: for GPUs that have it (A100, H100)
    jit_compile: bool = True  # compile the training step with XLA: about twice as fast, slower to start

    def __post_init__(self) -> None:
        """Check every field; raises ConfigError."""
        _check_preset(self.preset)
        for name in PER_RESOLUTION:
            object.__setattr__(self, name, _per_resolution(name, getattr(self, name)))
        object.__setattr__(self, "value_range", _value_range(self.value_range))
        for name, (kind, low, high) in _RANGES.items():
            object.__setattr__(self, name, _number(name, getattr(self, name), kind, low, high))
        for name in ("flip", "mixed_precision", "jit_compile"):
            value = getattr(self, name)
            _expect(isinstance(value, bool), name, "True or False", value, close_switch(value))
        for name in ("resolution", "start_resolution"):
            size = getattr(self, name)
            nearest = f" (did you mean {2 ** round(math.log2(size))}?)"
            powers = "a power of two: 8, 16, 32, 64, 128, 256, 512 or 1024"
            _expect(size & (size - 1) == 0, name, powers, size, nearest)
        _expect(
            self.start_resolution <= self.resolution,
            "start_resolution",
            f"at most the resolution, {self.resolution}",
            self.start_resolution,
        )
        _expect(self.loss in LOSSES, "loss", " or ".join(map(repr, LOSSES)), self.loss)
        for size in self.resolutions:
            _expect(self.channels(size) >= 1, "channel_base", f"enough for 1 channel at {size} px", self.channel_base)

    @property
    def levels(self) -> int:
        """log2 of the resolution: 8 at 256 px."""
        return int(math.log2(self.resolution))

    @property
    def resolutions(self) -> list[int]:
        """The resolutions that are trained, from the first to the last, in pixels."""
        return [2**k for k in range(int(math.log2(self.start_resolution)), self.levels + 1)]

    @property
    def augments(self) -> bool:
        """Whether the discriminator sees augmented pictures."""
        return self.augment_p > 0 or self.ada_target > 0

    def channels(self, resolution: int) -> int:
        """Feature maps at a resolution: min(channel_base / 2^(log2 R - 1), channel_max), release's ``nf``."""
        return min(self.channel_base * 2 // resolution, self.channel_max)

    def at(self, name: str, resolution: int) -> float:
        """Return the value of a per-resolution field at one resolution in pixels."""
        values = getattr(self, name)
        known = [size for size in values if size <= resolution]
        return values[max(known) if known else min(values)]

    def to_json(self) -> str:
        """Return all fields as JSON, to be saved with a run."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Config:
        """Read what ``to_json`` wrote. Raises ConfigError where a field is unknown or impossible."""
        try:
            fields = json.loads(text)
        except json.JSONDecodeError as error:
            raise ConfigError(f"configuration: expected JSON, but it is damaged ({error}); restore the file") from None
        _expect(isinstance(fields, dict), "configuration", "a JSON object of fields", type(fields).__name__)
        _check_names(fields)
        return cls(**fields)

    def __str__(self) -> str:
        """Return one line per field; a star marks what differs from the preset."""
        base = PRESETS.get(self.preset, {})
        reference = dataclasses.asdict(Config(**{**base, "preset": self.preset}))
        lines = []
        for name, value in dataclasses.asdict(self).items():
            mark = " *" if value != reference[name] else ""
            lines.append(f"{name:22s} {value}{mark}")
        return "\n".join(lines)


LOSSES = ("logistic", "relativistic", "wgan-gp")
PER_RESOLUTION = ("r1_gamma", "learning_rate", "batch_size", "stable_kimg", "fade_kimg")

# name: (type, smallest, largest value allowed)
_RANGES: dict[str, tuple[type, float, float]] = {
    "resolution": (int, 8, 1024),
    "start_resolution": (int, 4, 1024),
    "z_dim": (int, 1, 4096),
    "w_dim": (int, 1, 4096),
    "mapping_layers": (int, 1, 32),
    "mapping_lr_multiplier": (float, 1e-6, 1.0),
    "channel_base": (int, 8, 65536),
    "channel_max": (int, 1, 4096),
    "mbstd_group": (int, 1, 1024),
    "style_mixing_prob": (float, 0.0, 1.0),
    "w_avg_beta": (float, 0.0, 1.0),
    "truncation_psi": (float, 0.0, 2.0),
    "truncation_cutoff": (int, 0, 18),
    "r1_interval": (int, 1, 1024),
    "label_smoothing": (float, 0.0, 0.5),
    "wgan_lambda": (float, 0.0, 1e6),
    "wgan_drift": (float, 0.0, 1e6),
    "augment_p": (float, 0.0, 0.8),
    "ada_target": (float, 0.0, 1.0),
    "ada_kimg": (float, 0.001, 1e6),
    "adam_beta1": (float, 0.0, 0.9999),
    "adam_beta2": (float, 0.0, 0.99999),
    "adam_epsilon": (float, 1e-12, 1.0),
    "ema_kimg": (float, 0.0, 1e6),
    "total_kimg": (float, 0.001, 1e6),
    "people": (int, 3, 342),
    "log_kimg": (float, 0.001, 1e6),
    "snapshot_kimg": (float, 0.001, 1e6),
    "seed": (int, 0, 2**31 - 1),
}
_PER_RESOLUTION_RANGES: dict[str, tuple[type, float, float]] = {
    "r1_gamma": (float, 0.0, 1e6),
    "learning_rate": (float, 1e-8, 1.0),
    "batch_size": (int, 1, 4096),
    "stable_kimg": (float, 0.0, 1e6),
    "fade_kimg": (float, 0.0, 1e6),
}


def _expect(good: bool, name: str, expected: str, came: Any, meant: str = "") -> None:
    if not good:
        raise ConfigError(f"{name}: expected {expected}, but got {came!r}{meant}")


def _number(name: str, value: Any, kind: type, low: float, high: float) -> Any:
    """Return the value as int or float; a bool, a text, NaN or a value out of range is an error."""
    what = "a whole number" if kind is int else "a number"
    expected = f"{what} from {low} to {high}"
    try:
        good = not isinstance(value, bool | str) and math.isfinite(value) and kind(value) == value
    except (TypeError, ValueError, OverflowError):
        good = False
    good = good and low <= value <= high
    _expect(good, name, expected, value, "" if good else close_number(value, low, high, whole=kind is int))
    return kind(value)


def _value_range(value: Any) -> tuple[float, float]:
    good = isinstance(value, list | tuple) and len(value) == 2
    good = good and not any(isinstance(v, bool | str) for v in value) and tuple(value) in ((-1, 1), (0, 1))
    _expect(good, "value_range", "(-1, 1) or (0, 1)", value)
    return (float(value[0]), float(value[1]))


def _per_resolution(name: str, value: Any) -> PerResolution:
    """Return {resolution: number} from one number or a dictionary, whose keys JSON may have made texts."""
    kind, low, high = _PER_RESOLUTION_RANGES[name]
    if not isinstance(value, dict):
        return {4: _number(name, value, kind, low, high)}
    _expect(bool(value), name, "a number, or one number per resolution like {8: 64, 32: 16}", value)
    result = {}
    for key, number in value.items():
        good = str(key).isdecimal() and int(key) in [2**k for k in range(2, 11)]
        _expect(good, name, "resolutions in pixels as keys (4, 8, 16, ... 1024)", key)
        result[int(key)] = _number(f"{name}[{key}]", number, kind, low, high)
    return dict(sorted(result.items()))


def default_preset() -> str:
    """Return the preset that the environment variable ``OASIS_PRESET`` names, or ``laptop``."""
    name = os.environ.get("OASIS_PRESET") or "laptop"
    _check_preset(name)
    return name


def make_config(preset: str | None = None, **overrides: Any) -> Config:
    """Build a configuration from a preset, with some fields changed.

    Args:
        preset: ``smoke``, ``laptop``, ``gpu`` or ``paper``; None takes ``OASIS_PRESET`` or ``laptop``.
        **overrides: fields of `Config`. A per-resolution field takes one number for all resolutions, or a
            dictionary that is laid over the preset's: ``batch_size={64: 8}``.

    Raises:
        ConfigError: an unknown preset or field (it lists the valid ones), or an impossible value.
    """
    preset = default_preset() if preset is None else preset
    _check_preset(preset)
    return change_config(Config(**{**PRESETS[preset], "preset": preset}), **overrides)


def change_config(config: Config, **overrides: Any) -> Config:
    """Return a configuration with some fields changed, as `make_config` does with a preset's."""
    _check_names(overrides)
    for name, value in overrides.items():
        if name in PER_RESOLUTION and isinstance(value, dict):
            overrides[name] = {**getattr(config, name), **_per_resolution(name, value)}
    return dataclasses.replace(config, **overrides)


def _check_preset(name: Any) -> None:
    if not isinstance(name, str) or name not in PRESETS:
        raise ConfigError(f"preset: expected one of {', '.join(PRESETS)}, but got {name!r}{close_name(name, PRESETS)}")


def _check_names(fields: dict[str, Any]) -> None:
    valid = [field.name for field in dataclasses.fields(Config)]
    for name in fields:
        if name not in valid:
            raise ConfigError(f"{name}: no such setting{close_name(name, valid)}; the settings are {', '.join(valid)}")
