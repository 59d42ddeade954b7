"""The four presets: what each changes of the paper's configuration, and why (every notebook)."""

from __future__ import annotations

from typing import Any

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
    # Two cores: a recognisable brain at 64 px in minutes.
    "laptop": {
        "resolution": 64,
        "z_dim": 128,
        "w_dim": 128,
        "channel_base": 1024,
        "channel_max": 64,
        "truncation_cutoff": 18,  # all layers: there are few
        "r1_gamma": {4: 1.0},
        "r1_interval": 16,
        "ema_kimg": 3.0,
        # Small batches where steps are dear: in minutes, more steps are worth more than steadier ones.
        "batch_size": {4: 16, 32: 8},
        "learning_rate": {4: 2e-3, 32: 1e-3},
        "stable_kimg": {4: 12.0, 32: 11.0},
        "fade_kimg": {4: 4.0, 32: 3.0},
        "total_kimg": 58.0,
        "log_kimg": 0.5,
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
