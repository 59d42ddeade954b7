"""Saving and loading: plain arrays with a JSON header, in one safetensors file (notebooks 05 and 06).

Nothing in such a file is ever executed. A file is written under a temporary name, flushed to the disk and
renamed, so that a crash or a full disk leaves the old one as it was.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oasis_helpers.config import Config
from oasis_helpers.errors import UserError, close_name
from oasis_helpers.paths import write_atomically

import numpy as np

if TYPE_CHECKING:
    from oasis_helpers.networks.generator import Generator

WEIGHTS_FORMAT = "oasis_helpers 2"
GENERATOR_FILE = "generator.safetensors"
D_PREFIX = "d/"  # of a discriminator's names in a generator's file


class WeightsError(UserError):
    """A file of weights that is missing, damaged, foreign or of another network."""


class DamagedError(WeightsError):
    """A file of weights that is not as it was written."""


def write_arrays(path: Path, arrays: dict[str, np.ndarray], header: dict[str, Any]) -> None:
    """Write arrays and a header of JSON values; a checksum of both goes with them.

    The same arrays and header give the same file, to the last byte.

    Raises:
        OSError: the disk is full or not writable; an older file of that name is untouched.
    """
    from safetensors.numpy import save

    arrays = {name: np.array(a, order="C") for name, a in sorted(arrays.items())}
    text = json.dumps(header)
    meta = {"format": WEIGHTS_FORMAT, "sha256": _checksum(arrays, text), "header": text}
    write_atomically(path, _ordered(save(arrays, metadata=meta)))


def _ordered(data: bytes) -> bytes:
    """Return a safetensors file whose metadata are in order; the library writes them in an order of chance.

    The format: eight bytes with the length of the header, the header as JSON, padded with spaces to a multiple of 8.
    """
    length = int.from_bytes(data[:8], "little")
    text = json.dumps(json.loads(data[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what ``write_arrays`` wrote.

    Raises:
        DamagedError: not a safetensors file, or arrays or header that differ from their checksum.
        WeightsError: no such file, one that cannot be read at this moment, or not one of this package.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise WeightsError(f"path: expected a file of weights, but there is none at {path}; check the name")
    try:
        with safe_open(path, framework="numpy") as file:
            meta = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in sorted(file.keys())}
    except OSError as error:
        raise WeightsError(f"path: {path} cannot be read now ({error}); check the disk and its permissions") from None
    except (SafetensorError, ValueError, TypeError) as error:
        raise DamagedError(f"path: {path.name} is no readable safetensors file ({error}); train it anew") from None
    if meta.get("format") != WEIGHTS_FORMAT:
        saved_format = meta.get("format")
        raise WeightsError(
            f"path: expected weights in the format {WEIGHTS_FORMAT!r}, but {path.name} has {saved_format!r}"
        )
    if meta.get("sha256") != _checksum(arrays, meta.get("header", "")):
        raise DamagedError(f"path: {path.name} is damaged (its checksum differs); copy or train it anew")
    return arrays, json.loads(meta["header"])


def _checksum(arrays: dict[str, np.ndarray], header: str) -> str:
    digest = hashlib.sha256(header.encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


# ---------------------------------------------------------------- variables of a network


def variable_names(variables: list[Any]) -> list[str]:
    """Return one name per variable, its path without the network's own name (``mapping/dense0/kernel``)."""
    return [v.path.split("/", 1)[1] if "/" in v.path else v.path for v in variables]


def assign_arrays(variables: list[Any], names: list[str], arrays: dict[str, np.ndarray], source: str) -> None:
    """Put arrays into variables, after checking that every one is there with the right shape.

    Raises:
        WeightsError: a missing name or another shape; then nothing has been changed.
    """
    for variable, name in zip(variables, names, strict=True):
        if name not in arrays:
            raise WeightsError(f"{source}: expected an array {name}, but there is none; it is of another network")
        if tuple(arrays[name].shape) != tuple(variable.shape):
            expected, saved_format = tuple(variable.shape), arrays[name].shape
            raise WeightsError(
                f"{source}: expected {name} of shape {expected}, but got {saved_format}: another network"
            )
    for variable, name in zip(variables, names, strict=True):
        variable.assign(arrays[name])


def save_generator(
    generator: Generator,
    path: str | Path,
    half: bool = False,
    discriminator: dict[str, np.ndarray] | None = None,
    **about: Any,
) -> None:
    """Save a generator: its weights, configuration and how far it has grown.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "mine.safetensors"
    >>> save_generator(load_generator("default"), file, half=True, note="a copy")
    >>> load_generator(file).about["note"]
    'a copy'

    Args:
        generator: what to save.
        path: the file to write, ending in ``.safetensors``.
        half: store the weights in half precision: half the size. In 64 samples of ``default`` no pixel
            changed by more than 1 of 255 grey values.
        discriminator: arrays of the D that it was trained with, by name, so that a training can begin with both (see
            `oasis_helpers.training.warm_start`); what draws passes them over.
        **about: anything else worth keeping in the header, as JSON values (``kimg=80``).

    Raises:
        OSError: the disk is full or not writable; an older file of that name is untouched.
    """
    from oasis_helpers.engine import to_numpy

    names = variable_names(generator.variables)
    arrays = {name: to_numpy(v) for name, v in zip(names, generator.variables, strict=True)}
    arrays |= {D_PREFIX + name: array for name, array in (discriminator or {}).items()}
    if half:
        arrays = {name: array.astype("float16") for name, array in arrays.items()}
    grown = {"resolution": generator.resolution, "alpha": float(generator.alpha)}
    write_arrays(Path(path).expanduser(), arrays, {"config": generator.config.to_json(), **grown, "about": about})


def shipped() -> dict[str, Path]:
    """Return the generators that come with the package, by name: {"default": ...}; a model card lies beside each."""
    files = {file.stem: file for file in sorted((Path(__file__).parent / "models").glob("*.safetensors"))}
    return {"default": files.pop("default"), **files}


def load_generator(path: str | Path = "default") -> Generator:
    """Load an included generator, a file, or a run folder's averaged generator.

    >>> from oasis_helpers import sampling
    >>> sampling.sample(load_generator("default"), seeds=[0, 1]).shape  # images of 64 px
    (2, 64, 64)

    Args:
        path: a name of `shipped`, a ``.safetensors`` file, or a run folder. A folder or file called like a shipped
            generator is meant by ``./name``.

    Returns:
        The generator, ready to sample; ``generator.about`` holds what was saved with it.

    Raises:
        WeightsError: nothing there, or a wrong, damaged or foreign file.
    """
    from oasis_helpers.networks.generator import Generator

    arrays, header = read_generator(path)
    grown = {name: header[name] for name in ("resolution", "alpha", "about")}
    generator = Generator(Config.from_json(header["config"]), **grown)
    assign_arrays(generator.variables, variable_names(generator.variables), arrays, Path(path).name)
    return generator


def read_generator(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read the arrays and the header of what `load_generator` takes, and raise what it raises."""
    arrays, header = read_arrays(_generator_file(path))
    if not {"config", "resolution", "alpha", "about"} <= header.keys():
        raise WeightsError(f"path: expected a generator, but {Path(path).name} holds something else (a checkpoint?)")
    return arrays, header


def split_networks(arrays: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return a generator's arrays and its discriminator's, by the names that they have in their own network."""
    d = {name.removeprefix(D_PREFIX): array for name, array in arrays.items() if name.startswith(D_PREFIX)}
    return {name: array for name, array in arrays.items() if not name.startswith(D_PREFIX)}, d


def _generator_file(path: str | Path) -> Path:
    """Return the file that a name, a file's path or a run folder stands for; raises WeightsError."""
    known = shipped()
    if isinstance(path, str) and path in known:
        return known[path]
    names = ", ".join(map(repr, known))
    if not isinstance(path, str | Path) or not str(path):
        raise WeightsError(f"path: expected {names}, a file or a run folder, but got {path!r}")
    file = Path(path).expanduser()
    if file.is_dir():
        if not (file / GENERATOR_FILE).is_file():
            raise WeightsError(f"path: expected a run folder, but {file} holds no {GENERATOR_FILE}; train first")
        return file / GENERATOR_FILE
    if not file.exists():
        raise WeightsError(
            f"path: expected {names}, a file or a run folder, but there is none at {file}{close_name(path, known)}"
        )
    return file
