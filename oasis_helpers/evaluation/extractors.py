"""What turns images into features, by name: the name is part of every score (notebook 07).

"tissue" is the segmenter that comes with the package. "inception" is the network of the Frechet Inception distance; its
weights have to be downloaded once, and are never replaced by anything else in silence.
"""

from __future__ import annotations

from functools import cache

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.tissues.segmenter import load_segmenter

import keras
import numpy as np
from keras import ops

NAMES = ("tissue", "inception")


class TissueFeatures:
    """The segmenter's features: (n, R, R) uint8 -> (n, 224)."""

    name = "tissue"

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return one row of features per image."""
        return load_segmenter().features(images)


class InceptionFeatures:
    """The last pooling layer of Inception v3 (Szegedy et al. 2015) trained on ImageNet: (n, R, R) uint8 -> (n, 2048).

    These are keras.applications' weights. The published Frechet Inception distances use those of an older port, so the
    numbers are close to them but not comparable digit by digit.

    Raises:
        UserError: the weights are not there and cannot be downloaded.
    """

    name = "inception"

    def __init__(self) -> None:
        """Load the weights, from the network the first time."""
        try:
            self.model = keras.applications.InceptionV3(include_top=False, weights="imagenet", pooling="avg")
        except Exception as error:  # keras.utils.get_file raises Exception itself when a download fails
            reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
            raise UserError(
                f"extractor: inception's weights (90 MB) cannot be downloaded here ({reason}); go online once, "
                "or take the extractor 'tissue'"
            ) from None

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return one row of features per image."""
        parts = []
        for first in range(0, len(images), 32):
            grey = ops.convert_to_tensor(np.asarray(images[first : first + 32], "float32")[..., None] / 127.5 - 1)
            large = ops.image.resize(grey, (299, 299), interpolation="bilinear")
            parts.append(ops.convert_to_numpy(self.model(ops.repeat(large, 3, axis=-1), training=False)))
        return np.concatenate(parts)


@cache
def extractor(name: str = "tissue") -> TissueFeatures | InceptionFeatures:
    """Return an extractor by its name; raises UserError, which lists the names there are."""
    if name not in NAMES:
        raise UserError(f"extractor: expected one of {', '.join(NAMES)}, but got {name!r}")
    return TissueFeatures() if name == "tissue" else InceptionFeatures()
