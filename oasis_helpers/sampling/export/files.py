"""An exported generator as files: the network, its inputs, its card and an example of use (docs/export.md)."""

from __future__ import annotations

import json
from pathlib import Path

from oasis_helpers.engine.tflite import to_tflite
from oasis_helpers.images import check_file_name
from oasis_helpers.networks.generator import Generator
from oasis_helpers.paths import write_atomically
from oasis_helpers.sampling.export.functions import describe_inputs, drawing_functions
from oasis_helpers.weights import load_generator, shipped

EXAMPLE = '''"""Draw seed 3 with {name}.tflite. Needs: pip install ai-edge-litert pillow"""

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

seed, psi = 3, {psi}  # psi: truncation of each layer
model = Interpreter("{name}.tflite")
styles, draw = model.get_signature_runner("styles"), model.get_signature_runner("draw")
z = np.random.default_rng(seed).standard_normal((1, {z_dim}), dtype="float32")
noise = np.random.default_rng([seed, 1]).standard_normal((1, {noise}), dtype="float32")
ws = styles(z=z, psi=np.array([psi], "float32"))["ws"]  # (1, {layers}, {w_dim})
image = draw(ws=ws, noise=noise)["image"][0].astype("uint8")  # ({resolution}, {resolution})
Image.fromarray(np.rot90(image)).save(f"{name}-seed{{seed}}.png")  # turned: the forehead up
'''


def export_generator(path: str | Path, out: str | Path) -> list[Path]:
    """Write a generator as a .tflite file, and beside it, under the same name, what one needs to use it.

    Args:
        path: what `load_generator` takes: a name, a file or a run folder.
        out: the file to write, ending in ``.tflite``.

    Returns:
        The files: the network (.tflite), its inputs and outputs (.json), ten lines that draw a seed with it (.py), and
        its model card (.md), which has the terms; for a generator without a card, what its file says.

    Raises:
        UserError: no such generator, another ending, a folder that is not there, or an engine other than TensorFlow.
    """
    out = check_file_name(out, ".tflite", "out")
    generator = load_generator(path)
    about = describe_inputs(generator)
    texts = {
        ".json": json.dumps(about, indent=2) + "\n",
        ".py": EXAMPLE.format(name=out.stem, **{**about, "psi": _short_list(about["psi"])}),
        ".md": _card(path) or _short_card(generator, out.stem),
    }
    write_atomically(out, to_tflite(drawing_functions(generator), generator.variables))
    for ending, text in texts.items():
        write_atomically(out.with_suffix(ending), text.encode())
    return [out, *(out.with_suffix(ending) for ending in texts)]


def _short_list(values: list[float]) -> str:
    """Return a list as Python writes it, shorter where all values are the same."""
    return f"[{values[0]}] * {len(values)}" if len(set(values)) == 1 else str(values)


def _card(path: str | Path) -> str | None:
    """Return the model card that lies beside a generator's file, or None."""
    known = shipped()
    file = known[path] if isinstance(path, str) and path in known else Path(path).expanduser()
    card = file.with_suffix(".md")
    return card.read_text(encoding="utf-8") if file.is_file() and card.is_file() else None


def _short_card(generator: Generator, name: str) -> str:
    """Return what is known of a generator without a card."""
    lines = [f"# Generator `{name}`", "", f"Draws slices of {generator.resolution} by {generator.resolution} pixels."]
    lines += ["**Not for clinical use: generated brains are no patients.** What its file says of its training:", ""]
    lines += [f"- {key}: {value}" for key, value in generator.about.items()] or ["- nothing"]
    lines += ["", "Its settings:", "", "```json", generator.config.to_json(), "```", ""]
    return "\n".join(lines)
