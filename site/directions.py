"""Find the explorer's directions: python site/directions.py. Takes minutes; the site reads what it writes.

The four principal directions of W (notebook 06), and the one along which the ventricles grow: their area as the
course's segmenter finds it, fitted over 400 seeds without truncation.
"""

from __future__ import annotations

import json

from oasis_helpers import load_generator, sampling
from oasis_helpers.evaluation.tissues.measures import measure_tissues
from oasis_helpers.networks.generator import Generator

import numpy as np
from generators import DIRECTIONS, GENERATORS, digest_of

SEEDS = range(400)


def main() -> None:
    """Write directions.json."""
    found = {}
    for name in GENERATORS:
        found[name] = {"sha256": digest_of(name), "directions": directions_of(load_generator(name))}
        print(name, [(d["name"], round(d["share"], 3)) for d in found[name]["directions"]], flush=True)
    lines = json.dumps(found).replace('{"name"', '\n{"name"')  # a direction a line
    DIRECTIONS.write_text(lines + "\n", encoding="utf-8")


def directions_of(generator: Generator) -> list[dict]:
    """Return name, share of the variance and one step (w_dim,), a standard deviation of w, of every direction."""
    principal = sampling.principal_directions(generator, 4)
    ws = sampling.styles(generator, SEEDS, 1.0)
    table = measure_tissues(sampling.draw(generator, ws, together=16))
    whole = table["segmented"].to_numpy()
    ventricles = sampling.fit_direction(ws[whole], table["ventricles"].to_numpy()[whole])
    named = [(f"direction {k}", principal, k) for k in range(4)] + [("ventricles", ventricles, 0)]
    return [
        {
            "name": name,
            "share": round(float(ways.share[k]), 4),
            "step": np.round(ways.scales[k] * ways.components[k], 5).tolist(),
        }
        for name, ways, k in named
    ]


if __name__ == "__main__":
    main()
