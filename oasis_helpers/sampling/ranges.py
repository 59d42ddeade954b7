"""Which layers count as coarse, middle and fine (paper, section 3.1 and figure 3; notebook 06)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oasis_helpers.errors import UserError, close_name, is_whole, parse_numbers
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.synthesis import num_layers

# The paper's names for the styles of 4 and 8 px, 16 and 32 px, and all from 64 px up.
RANGES = {"coarse": (4, 8), "middle": (16, 32), "fine": (64, 1024)}


def ranges_of(generator: Generator) -> dict[str, range]:
    """Return the layers of each range that this generator has: {"coarse": range(0, 4), ...}.

    A generator of 32 px has no fine layers; such a range is left out.
    """
    used = num_layers(generator.resolution)
    result = {}
    for name, (low, high) in RANGES.items():
        layers = range(num_layers(low) - 2, min(num_layers(high), used))
        if layers:
            result[name] = layers
    return result


def layer_range(generator: Generator, layers: str | int | Iterable[int]) -> list[int]:
    """Return layers as a list of numbers, from 0 (coarse) to the last that this generator draws with (fine).

    Args:
        generator: says how many layers there are.
        layers: "coarse", "middle", "fine" or "all"; a text like "4-7" or "0,3"; one number; or the numbers.

    Raises:
        UserError: an unknown name, a range that runs backwards, a layer that is not there, no layer.
    """
    last = num_layers(generator.resolution) - 1
    named: dict[str, Sequence[int]] = {**ranges_of(generator), "all": range(last + 1)}
    expected = f"expected {', '.join(named)}, or layers from 0 to {last} such as '0-3'"
    try:
        if isinstance(layers, str):
            chosen = list(named[layers]) if layers in named else parse_numbers("layers", layers)
        else:
            chosen = [layers] if is_whole(layers) else list(layers)
    except (TypeError, UserError):
        raise UserError(f"layers: {expected}, but got {layers!r}{close_name(layers, named)}") from None
    if not chosen or not all(is_whole(layer) and 0 <= layer <= last for layer in chosen):
        raise UserError(f"layers: {expected}, but got {layers!r}")
    return sorted({int(layer) for layer in chosen})
