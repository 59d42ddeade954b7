"""The scores: how far a set of generated images is from the real ones, and how much it varies (notebook 07).

Of images: `swd` (patches at each scale), `ms_ssim` (how alike pairs are), `spectrum_distance` (how strong detail of
each size is) and `gap_distance` (nearly black pixels). Of features: `frechet`, `kid`, and `precision` with recall; each
is also a class, `FrechetScore` and so on, that scores any rows of the reals, as `bootstrap` needs for an interval. Of a
generator: `ppl`, the path length. `registry` lists them all and computes any by its name; `features` checks rows of
features, and `pairs` goes through all pairs of them. `people` has scores of sets of people and their nulls,
`swd_people` those of `swd`.

Taken from this folder, `swd` and others are the functions, not their files. No TensorFlow and no Keras is imported.
"""

from oasis_helpers.evaluation.scores.bootstrap import Interval, bootstrap
from oasis_helpers.evaluation.scores.frechet import FrechetScore, frechet
from oasis_helpers.evaluation.scores.gap import gap_distance, gap_shares
from oasis_helpers.evaluation.scores.kid import Kid, KidScore, kid
from oasis_helpers.evaluation.scores.ms_ssim import ms_ssim, ms_ssim_of_pairs
from oasis_helpers.evaluation.scores.ppl import PathLength, path_length
from oasis_helpers.evaluation.scores.precision import PrecisionScore, RecallScore, precision, recall
from oasis_helpers.evaluation.scores.registry import (
    METRICS,
    Metric,
    Score,
    check_counts,
    compute,
    compute_each,
    metric,
    score_name,
)
from oasis_helpers.evaluation.scores.spectrum import decibels, spectra, spectrum_distance
from oasis_helpers.evaluation.scores.swd import Swd, swd, swd_of_each

__all__ = [
    "METRICS",
    "FrechetScore",
    "Interval",
    "Kid",
    "KidScore",
    "Metric",
    "PathLength",
    "PrecisionScore",
    "RecallScore",
    "Score",
    "Swd",
    "bootstrap",
    "check_counts",
    "compute",
    "compute_each",
    "decibels",
    "frechet",
    "gap_distance",
    "gap_shares",
    "kid",
    "metric",
    "ms_ssim",
    "ms_ssim_of_pairs",
    "path_length",
    "precision",
    "recall",
    "score_name",
    "spectra",
    "spectrum_distance",
    "swd",
    "swd_of_each",
]
