"""The presets: what each changes of the paper's configuration, and why (every notebook)."""

from __future__ import annotations

from typing import Any

# What the short runs on two cores share. Every value was chosen by runs of equal length, see docs/recipes.md.
_QUICK: dict[str, Any] = {
    "z_dim": 128,
    "w_dim": 128,
    "mapping_layers": 2,  # fewer to learn; in `lab` eight were better, at 64 px not tried yet (docs/recipes.md)
    "channel_base": 512,  # 16 feature maps at 64 px
    "channel_max": 64,
    "mbstd_group": 8,
    "truncation_cutoff": 18,  # all layers: there are few
    "clip_black": True,  # else a quarter of the pixels end as nearly black, and D can tell fakes by them
    "loss": "relativistic",  # against mode collapse, see notebook 04 and docs/recipes.md
    "r1_gamma": {4: 0.3},
    "r1_interval": 16,
    "learning_rate": {4: 3e-3},  # three times the paper's, and falling to 0 at the end
    "batch_size": {4: 16, 32: 8},  # small where steps are expensive: in minutes, more steps are worth more
    "ema_kimg": 1.0,  # a longer average is softer, and lags in runs as short as these
    "log_kimg": 0.5,
}

# Every value that a preset does not name is the paper's: the default in `oasis_helpers.config.Config`.
PRESETS: dict[str, dict[str, Any]] = {
    # CI: the same path from data to samples in about a minute; the brains are blobs.
    "smoke": {
        "resolution": 16,
        "z_dim": 32,
        "w_dim": 32,
        "channel_base": 128,
        "channel_max": 16,
        "truncation_cutoff": 18,  # all layers: there are few
        "r1_gamma": {4: 1.0},
        "r1_interval": 4,
        "ema_kimg": 0.5,
        "batch_size": {4: 16},
        "stable_kimg": {4: 1.0},
        "fade_kimg": {4: 1.0},
        "total_kimg": 4.0,
        "log_kimg": 0.25,
        "snapshot_kimg": 2.0,
        "jit_compile": False,  # compiling would take longer than the run
    },
    # Two cores and three minutes: 32 px, to compare two settings in a lesson. The recipe is that of `laptop`.
    "lab": {
        **_QUICK,
        "resolution": 32,
        "channel_max": 32,  # half as many: more images in the same minutes
        "rampdown_kimg": 6.0,
        "stable_kimg": {4: 2.5, 16: 3.5},
        "fade_kimg": {4: 1.5, 32: 3.0},
        "total_kimg": 20.0,
        "snapshot_kimg": 5.0,
    },
    # Two cores and a quarter of an hour: brains with ventricles at 64 px.
    "laptop": {
        **_QUICK,
        "resolution": 64,
        "rampdown_kimg": 10.0,
        "stable_kimg": {4: 6.0, 16: 10.0, 32: 18.0},
        "fade_kimg": {4: 4.0, 32: 6.0},
        "total_kimg": 66.0,
        "snapshot_kimg": 10.0,
    },
    # One card: 256 px in an evening.
    "gpu": {
        "channel_base": 4096,
        "channel_max": 256,
        "r1_interval": 16,
        "stable_kimg": {4: 100.0},
        "fade_kimg": {4: 100.0},
        "total_kimg": 3000.0,
        "log_kimg": 2.0,
    },
    "paper": {},
}
