"""The image of a model card: samples at full size, above slices of the cohort where a generator learned from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oasis_helpers import load_data, sampling
from oasis_helpers.images import image_grid
from oasis_helpers.images.files import png_bytes

import numpy as np

COUNT, COLUMNS, GAP = 8, 4, 2
BAND = 16  # white pixels between samples and slices
TILE = 128  # smaller images are enlarged to this size


def card_image(generator: Any, file: Path) -> str:
    """Write the image as a PNG; return the card's lines about it.

    Real people's slices are never shown: beside a sample they would show whom it resembles, and they may not be
    given away.
    """
    size = generator.resolution
    blocks = [grid(sampling.sample(generator, range(COUNT), 1.0))]
    shown, told = f"{COUNT} samples of {size} pixels", [f"Seeds 0 to {COUNT - 1}, not chosen, without truncation."]
    if (slices := cohort_slices(generator)) is not None:
        blocks += [np.full((BAND, blocks[0].shape[1]), 255, "uint8"), grid(slices)]
        shown += f", above {COUNT} slices"
        told += [f"Below the white band: {COUNT} slices of people whom it did not learn from, drawn at random."]
    if (factor := TILE // size) > 1:
        told += [f"Each pixel is enlarged to {factor} by {factor}."]
    file.write_bytes(png_bytes(np.concatenate(blocks)))
    return "\n".join([f"![{shown}]({file.name})", "", *told])


def cohort_slices(generator: Any) -> np.ndarray | None:
    """Return slices of the synthetic cohort's test people; None where the generator learned from others."""
    if not str(generator.about["data"]).startswith("synthetic cohort"):
        return None
    slices = load_data(progress=False)
    if slices.source != generator.about["data"]:
        return None
    test = slices.split("test").level(generator.resolution)
    return test[np.random.default_rng(0).choice(len(test), COUNT, replace=False)]


def grid(images: np.ndarray) -> np.ndarray:
    """Lay images out as one, foreheads up."""
    return image_grid(images, COLUMNS, TILE, GAP)
