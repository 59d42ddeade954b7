"""The generators of the explorer page: exported, with their directions, and a list of them.

python site/generators.py FOLDER
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
DIRECTIONS = HERE / "directions.json"
EXPORTED = HERE / "_build" / "generators"  # kept from build to build

# The first one is shown when the page opens. Those of real people are left out: their terms (CC BY-NC) and what they
# may show of a person are for whoever publishes a site to decide; add their names here and run site/directions.py.
GENERATORS = ["default", "cohort128", "cohort256"]


def add_generators(folder: Path) -> None:
    """Put every generator and its card into a folder, and index.json with what the page has to know of each."""
    folder.mkdir(parents=True, exist_ok=True)
    known = json.loads(DIRECTIONS.read_text(encoding="utf-8"))
    entries = []
    for name in GENERATORS:
        digest = digest_of(name)
        if known.get(name, {}).get("sha256") != digest:
            raise SystemExit(f"error: {DIRECTIONS.name} has other directions than those of {name}; run directions.py")
        file = exported(name, digest)
        shutil.copy2(file, folder / file.name)
        about = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        about = {key: value for key, value in about.items() if key != "functions"}
        entries.append({"name": name, "file": file.name, **about, "directions": known[name]["directions"]})
    (folder / "index.json").write_text(json.dumps(entries), encoding="utf-8")


def exported(name: str, digest: str) -> Path:
    """Return the .tflite file of an included generator; it is written where it is missing or of other weights."""
    file = EXPORTED / f"{name}.tflite"
    stamp = file.with_suffix(".sha256")
    if not (file.is_file() and stamp.is_file() and stamp.read_text() == digest):
        from oasis_helpers.sampling.export import export_generator

        EXPORTED.mkdir(parents=True, exist_ok=True)
        export_generator(name, file)
        stamp.write_text(digest)
    return file


def digest_of(name: str) -> str:
    """Return the SHA-256 of an included generator's file."""
    from oasis_helpers.weights import shipped

    return hashlib.sha256(shipped()[name].read_bytes()).hexdigest()


if __name__ == "__main__":
    add_generators(Path(sys.argv[1]))
