"""Every setting of the course, its presets, and the checks that catch a mistyped one (every notebook)."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from dataclasses import dataclass
from typing import Any

from oasis_helpers.config.presets import PRESETS
from oasis_helpers.errors import ConfigError, close_name, close_number, close_switch

# A value that may differ by resolution: {8: 128, 16: 128, ...}. One number stands for all of them.
PerResolution = dict[int, float]


def _within(default: float, low: float, high: float) -> Any:
    """A setting that is a number from low to high."""
    return dataclasses.field(default=default, metadata={"range": (low, high)})


def _by_level(default: PerResolution, low: float, high: float) -> Any:
    """A setting with a number from low to high for each resolution."""
    return dataclasses.field(default_factory=lambda: dict(default), metadata={"range": (low, high), "by_level": True})


def _one_of(*choices: str) -> Any:
    """A setting that is one of some words; the first is the default."""
    return dataclasses.field(default=choices[0], metadata={"choices": choices})


@dataclass(frozen=True)
class Config:
    """One run, described completely. The defaults are the paper's values for one GPU at 256 px.

    A field that is a dictionary holds one value per resolution in pixels; a resolution that it leaves out
    takes the value of the nearest smaller one that it has. Sources: Karras et al. 2018 (arXiv 1812.04948),
    sections 2 to 4 and appendix C, and the official release where the paper is silent.

    >>> Config(resolution=64).resolutions
    [8, 16, 32, 64]

    Raises:
        ConfigError: a value of the wrong type or out of range.
    """

    preset: str = "paper"  # the name this configuration started from

    # images
    resolution: int = _within(256, 8, 1024)  # side of the final image in pixels, a power of two, 8 to 1024
    flip: bool = False  # show each image left-right flipped half of the time; off: False
    value_range: tuple[float, float] = (-1.0, 1.0)  # grey values the networks see; (0, 1) is the other choice
    clip_black: bool = False  # D sees what G draws below black as black, as it is saved; not in the paper; off: False

    # networks
    z_dim: int = _within(512, 1, 4096)  # length of the latent z
    w_dim: int = _within(512, 1, 4096)  # length of the style vector w, and width of the mapping network
    mapping_layers: int = _within(8, 1, 32)  # dense layers between z and w
    mapping_lr_multiplier: float = _within(0.01, 1e-6, 1.0)  # share of the learning rate for the mapping network
    channel_base: int = _within(8192, 8, 65536)  # channels at R px are channel_base / 2^(log2 R - 1) ...
    channel_max: int = _within(512, 1, 4096)  # ... and never more than this
    synthesis: str = _one_of("adain", "demodulated")  # how a style acts: as in StyleGAN, or as in StyleGAN2
    mbstd_group: int = _within(4, 1, 1024)  # images per group in the minibatch standard deviation; off: 1

    # styles
    style_mixing_prob: float = _within(0.9, 0.0, 1.0)  # share of batches drawn with two w; off: 0
    w_avg_beta: float = _within(0.995, 0.0, 1.0)  # memory of the running mean of w
    truncation_psi: float = _within(0.7, 0.0, 2.0)  # how far a sample may be from the mean w when we look; off: 1
    truncation_cutoff: int = _within(8, 0, 18)  # the first so many styles are truncated; off: 0

    # loss
    # non-saturating logistic with R1, "relativistic" (in pairs, with R1 for reals and fakes) or "wgan-gp"
    loss: str = _one_of("logistic", "relativistic", "wgan-gp")
    r1_gamma: PerResolution = _by_level({4: 10.0}, 0.0, 1e6)  # weight of R1 on reals; off: 0
    # D's gradient penalty (R1, or WGAN-GP's) is taken by the pixels of the "final" size F, as in the release, or by
    # those of the "level" R: by "final", R1 is (R/F)^2 of what it is by "level", see `penalty_scale`
    penalty_pixels: str = _one_of("final", "level")
    r1_interval: int = _within(1, 1, 1024)  # R1 every so many steps; 1 is the paper, 16 is "lazy" (StyleGAN2)
    label_smoothing: float = _within(0.0, 0.0, 0.5)  # the logistic loss labels reals 1 minus this; off: 0
    wgan_lambda: float = _within(10.0, 0.0, 1e6)  # weight of the gradient penalty when loss is "wgan-gp"
    wgan_drift: float = _within(1e-3, 0.0, 1e6)  # weight of the drift penalty when loss is "wgan-gp"

    # augmentation of reals and fakes alike, for few people (ADA, Karras et al. 2020)
    augment_p: float = _within(0.0, 0.0, 0.8)  # probability of each change, or its start where it is adapted; off: 0
    # p is adapted until D's logits for reals have this mean sign, 0.6 in ADA; with the relativistic loss the sign of
    # what they are above those of their fakes. While a level fades in, p stays
    ada_target: float = _within(0.0, 0.0, 1.0)  # off: 0
    ada_kimg: float = _within(500.0, 0.001, 1e6)  # thousand images in which p may rise from 0 to 1
    ada_interval_kimg: float = _within(0.256, 0.001, 1e6)  # thousand images between two changes of p; ADA: 4 x 64

    # optimiser (Adam for both networks)
    learning_rate: PerResolution = _by_level({4: 1e-3, 128: 1.5e-3, 256: 2e-3, 512: 3e-3}, 1e-8, 1.0)
    rampdown_kimg: float = _within(0.0, 0.0, 1e6)  # last thousand images, in which the rate falls to 0; off: 0
    adam_beta1: float = _within(0.0, 0.0, 0.9999)
    adam_beta2: float = _within(0.99, 0.0, 0.99999)
    adam_epsilon: float = _within(1e-8, 1e-12, 1.0)
    ema_kimg: float = _within(10.0, 0.0, 1e6)  # half-life of the averaged generator in thousand images; off: 0

    # schedule; "kimg" is a thousand real images shown to the discriminator
    start_resolution: int = _within(8, 4, 1024)
    batch_size: PerResolution = _by_level({4: 128, 32: 64, 64: 32, 128: 16, 256: 8, 512: 4}, 1, 4096)
    stable_kimg: PerResolution = _by_level({4: 600.0}, 0.0, 1e6)  # training after a fade
    fade_kimg: PerResolution = _by_level({4: 600.0}, 0.0, 1e6)  # while a level fades in
    total_kimg: float = _within(25_000.0, 0.001, 1e6)  # the whole run; what growing leaves goes to the last level

    # running
    people: int = _within(120, 3, 342)  # virtual people in the embedded cohort, where no other data are given
    log_kimg: float = _within(1.0, 0.001, 1e6)  # thousand images between two lines of the history
    snapshot_kimg: float = _within(50.0, 0.001, 1e6)  # thousand images between two saved states
    seed: int = _within(0, 0, 2**31 - 1)  # the one seed: weights, data order, latents and noise follow from it
    mixed_precision: bool = False  # train the blocks from 32 px up in bfloat16: for GPUs that have it (A100, H100)
    jit_compile: bool = True  # compile the training step with XLA: about twice as fast, slower to start

    def __post_init__(self) -> None:
        """Check every field; raises ConfigError."""
        _check_preset(self.preset)
        object.__setattr__(self, "value_range", _value_range(self.value_range))
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _checked(field, getattr(self, field.name)))
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
        """Whether the discriminator sees augmented images."""
        return self.augment_p > 0 or self.ada_target > 0

    def channels(self, resolution: int) -> int:
        """Feature maps at a resolution: min(channel_base / 2^(log2 R - 1), channel_max), release's ``nf``."""
        return min(self.channel_base * 2 // resolution, self.channel_max)

    def at(self, name: str, resolution: int) -> float:
        """Return the value of a per-resolution field at one resolution in pixels."""
        values = getattr(self, name)
        known = [size for size in values if size <= resolution]
        return values[max(known) if known else min(values)]

    def penalty_scale(self, resolution: int) -> float:
        """Return what R1, a squared gradient length, is multiplied by at a resolution R of a run to F: (R/F)^2 or 1.

        The release enlarges small reals to F px (nearest) and averages them down again inside of D. By the chain rule
        each of the (F/R)^2 large pixels then has (R/F)^2 of the gradient of the small pixel that it belongs to; the
        sum of their squares is (F/R)^2 (R/F)^4 = (R/F)^2 of the small one's (training_loop.py, ``process_reals``).

        >>> Config(resolution=256).penalty_scale(8) == (8 / 256) ** 2
        True
        """
        return (resolution / self.resolution) ** 2 if self.penalty_pixels == "final" else 1.0

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
        # Runs from before these settings took the penalty by the level's pixels and adapted p at each log line.
        fields = {"penalty_pixels": "level", "ada_interval_kimg": fields.get("log_kimg", 1.0), **fields}
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


_FIELDS = {field.name: field for field in dataclasses.fields(Config)}
PER_RESOLUTION = tuple(name for name, field in _FIELDS.items() if field.metadata.get("by_level"))


def _expect(valid: bool, name: str, expected: str, came: Any, meant: str = "") -> None:
    if not valid:
        raise ConfigError(f"{name}: expected {expected}, but got {came!r}{meant}")


def _number(name: str, value: Any, kind: type, low: float, high: float) -> Any:
    """Return the value as int or float; a bool, a text, NaN or a value out of range is an error."""
    what = "a whole number" if kind is int else "a number"
    expected = f"{what} from {low} to {high}"
    try:
        valid = not isinstance(value, bool | str) and math.isfinite(value) and kind(value) == value
    except (TypeError, ValueError, OverflowError):
        valid = False
    valid = valid and low <= value <= high
    _expect(valid, name, expected, value, "" if valid else close_number(value, low, high, whole=kind is int))
    return kind(value)


def _checked(field: dataclasses.Field, value: Any) -> Any:
    """Return a field's value in its own type; raises ConfigError where it cannot have it."""
    if field.metadata.get("by_level"):
        return _per_resolution(field, value)
    if "range" in field.metadata:
        return _number(field.name, value, _TYPES[field.type], *field.metadata["range"])
    if choices := field.metadata.get("choices"):
        _expect(value in choices, field.name, " or ".join(map(repr, choices)), value, close_name(value, choices))
    if field.type == "bool":
        _expect(isinstance(value, bool), field.name, "True or False", value, close_switch(value))
    return value


_TYPES = {"int": int, "float": float}


def _value_range(value: Any) -> tuple[float, float]:
    valid = isinstance(value, list | tuple) and len(value) == 2
    valid = valid and not any(isinstance(v, bool | str) for v in value) and tuple(value) in ((-1, 1), (0, 1))
    _expect(valid, "value_range", "(-1, 1) or (0, 1)", value)
    return (float(value[0]), float(value[1]))


def _per_resolution(field: dataclasses.Field, value: Any) -> PerResolution:
    """Return {resolution: number} from one number or a dictionary, whose keys JSON may have made texts."""
    name, (low, high) = field.name, field.metadata["range"]
    kind = int if isinstance(low, int) else float
    if not isinstance(value, dict):
        return {4: _number(name, value, kind, low, high)}
    _expect(bool(value), name, "a number, or one number per resolution like {8: 64, 32: 16}", value)
    result = {}
    for key, number in value.items():
        valid = str(key).isdecimal() and int(key) in [2**k for k in range(2, 11)]
        _expect(valid, name, "resolutions in pixels as keys (4, 8, 16, ... 1024)", key)
        result[int(key)] = _number(f"{name}[{key}]", number, kind, low, high)
    return dict(sorted(result.items()))


def default_preset() -> str:
    """Return the preset that the environment variable ``OASIS_PRESET`` names, or ``laptop``."""
    name = os.environ.get("OASIS_PRESET") or "laptop"
    _check_preset(name)
    return name


def make_config(preset: str | None = None, **overrides: Any) -> Config:
    """Build a configuration from a preset, with some fields changed.

    >>> make_config("laptop", total_kimg=40, batch_size={64: 4}).at("batch_size", 64)
    4

    Args:
        preset: ``smoke``, ``lab``, ``laptop``, ``gpu`` or ``paper``; None takes ``OASIS_PRESET`` or ``laptop``.
        **overrides: fields of `Config`. A per-resolution field takes one number for all resolutions, or a
            dictionary that is laid over the preset's: ``batch_size={64: 8}``.

    Returns:
        The configuration, checked; it cannot be changed afterwards.

    Raises:
        ConfigError: an unknown preset or field (it lists the valid ones), or an invalid value.
    """
    preset = default_preset() if preset is None else preset
    _check_preset(preset)
    return change_config(Config(**{**PRESETS[preset], "preset": preset}), **overrides)


def change_config(config: Config, /, **overrides: Any) -> Config:
    """Return a configuration with some fields changed, as `make_config` does with a preset's."""
    _check_names(overrides)
    if "preset" in overrides:
        raise ConfigError("preset: it cannot be laid over other settings; name it by itself (--preset NAME)")
    for name, value in overrides.items():
        if name in PER_RESOLUTION and isinstance(value, dict):
            overrides[name] = {**getattr(config, name), **_per_resolution(_FIELDS[name], value)}
    return dataclasses.replace(config, **overrides)


def _check_preset(name: Any) -> None:
    if not isinstance(name, str) or name not in PRESETS:
        raise ConfigError(f"preset: expected one of {', '.join(PRESETS)}, but got {name!r}{close_name(name, PRESETS)}")


def _check_names(fields: dict[str, Any]) -> None:
    for name in fields:
        if name not in _FIELDS:
            near = close_name(name, _FIELDS)
            raise ConfigError(f"{name}: no such setting{near}; the settings are {', '.join(_FIELDS)}")
