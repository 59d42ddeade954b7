"""Put the student's edition of every notebook into my-course/, where git does not look and nothing is overwritten.

    python tools/student_edition.py           # add what is missing, say what has a newer version
    python tools/student_edition.py --newer   # also put newer versions beside the student's own

It is made from notebooks/*.ipynb so that no question is answered on the same page: without outputs, the texts of
figures and the asserts, which hold what the figures show, and with each paragraph "What we see" and the recap folded.
Solutions are folded there already. A heading of a section that docs/course.toml calls extra says so. Each copy says in
its metadata which edition it is. A copy counts as a student's work as soon as a cell was edited or run; until then a
newer version takes its place.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
COURSE = ROOT / "docs/course.toml"
EDITION = "oasis_edition"  # the notebook's metadata that names the version it was made from
# A paragraph that goes on with "What we see" after a question or a table has a comment as its first line.
SEEN = re.compile(r"(?:\*\*What we see(?:\.\*\*|\*\*)|<!-- seen -->)\s*")
SUMMARY = "<summary>What we see (look yourself first)</summary>"
RECAP = "<summary>Recap (say it yourself first)</summary>"


# ---- the edition ----


def fold(markdown: str) -> str:
    """Fold the recap, and each paragraph "What we see" with the list or table after one that ends in a colon."""
    folded, inside, before = [], False, ""
    for paragraph in markdown.split("\n\n"):
        starts = SUMMARY if SEEN.match(paragraph) else RECAP if before == "## Recap" else ""
        before = paragraph
        if starts or inside:
            text = SEEN.sub("", paragraph, count=1)
            if starts:
                folded.append(f"<details>{starts}")
            folded.append(text)
            inside = text.endswith(":")
            if not inside:
                folded.append("</details>")  # the blank lines let markdown see the text inside the HTML
        else:
            folded.append(paragraph)
    return "\n\n".join([*folded, "</details>"] if inside else folded)


def mark_extra(markdown: str, extra: Iterable[str]) -> str:
    """Mark the headings of sections that nothing later needs; a name may leave out what follows a colon."""
    for name in extra:
        heading = rf"^(#+ {re.escape(name)}(?::.*)?)$"
        markdown = re.sub(heading, r"\1 (extra)", markdown, flags=re.MULTILINE)
    return markdown


def without_claims(code: str) -> str:
    """A cell's code without what is there for the course's own tests.

    That is the asserts that stand outside of functions and loops and the lines marked "for the tests", which give
    numbers away, and the first line where it says why CI does not compare the output.
    """
    code = re.sub(r"\A# Not compared in CI.*\n", "", code)
    claims = [node for node in ast.parse(code).body if isinstance(node, ast.Assert)]
    lines = {line for node in claims for line in range(node.lineno, node.end_lineno + 1)}
    kept = (line for number, line in enumerate(code.split("\n"), 1) if number not in lines)
    return "\n".join(line for line in kept if not line.endswith("# for the tests"))


def student_edition(executed: NotebookNode, extra: Iterable[str] = ()) -> NotebookNode:
    """The student's edition of an executed notebook; ``extra`` names the sections to be marked so."""
    notebook = nbformat.from_dict(json.loads(json.dumps(executed)))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.source = without_claims(cell.source)
            cell.metadata.pop("alt", None)
        elif cell.cell_type == "markdown":
            cell.source = mark_extra(fold(cell.source), extra)
    notebook.metadata[EDITION] = fingerprint(notebook)
    return notebook


def fingerprint(notebook: NotebookNode) -> str:
    """A few letters that change with any cell's text."""
    cells = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


# ---- the folder ----


def read(path: Path) -> NotebookNode | None:
    """A notebook in the student's folder; None where the file is no notebook, which is then theirs to sort out."""
    try:
        return nbformat.read(path, as_version=4)
    except (AttributeError, KeyError, TypeError, ValueError, nbformat.ValidationError, OSError):
        return None  # nbformat stumbles over damaged files in all these ways


def edition_of(path: Path) -> str | None:
    """Which edition a file was made from."""
    notebook = read(path)
    return None if notebook is None else notebook.metadata.get(EDITION)


def is_untouched(path: Path) -> bool:
    """Whether no cell of a copy was edited or run since it was made."""
    notebook = read(path)
    if notebook is None or notebook.metadata.get(EDITION) != fingerprint(notebook):
        return False
    return not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a whole file or none: a copy that was cut off would look like a student's work."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        nbformat.write(notebook, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def place_beside(path: Path) -> Path:
    """A name for the newer version beside a student's own: NAME_new.ipynb, or the next one that is free."""
    number = 1
    while True:
        beside = path.with_name(f"{path.stem}_new{number if number > 1 else ''}.ipynb")
        if not beside.exists() or is_untouched(beside):
            return beside
        number += 1


def bring(notebook: NotebookNode, path: Path, newer: bool) -> str:
    """Bring one notebook into the student's folder without touching their work; returns what to tell, or nothing."""
    if not path.exists():
        write(notebook, path)
        return "added"
    current = notebook.metadata[EDITION]
    if current in {edition_of(other) for other in path.parent.glob(f"{path.stem}*.ipynb")}:
        return ""
    if is_untouched(path):
        write(notebook, path)
        return "brought up to date; you had not changed it"
    if newer:
        beside = place_beside(path)
        write(notebook, beside)
        return f"yours stays as it is; the newer version is {beside.name}"
    return "there is a newer version; yours stays as it is. To get the new one beside it: make newer"


def main(argv: list[str] | None = None) -> int:
    """The command line; 0 when the folder is ready, 1 with one line when not."""
    parser = argparse.ArgumentParser(description="Put the student's edition of every notebook into a folder.")
    parser.add_argument("--newer", action="store_true", help="put newer versions beside the student's own")
    parser.add_argument("--notebooks", type=Path, default=ROOT / "notebooks", help="where the executed ones are")
    parser.add_argument("--out", type=Path, default=ROOT / "my-course", help="the student's folder")
    args = parser.parse_args(argv)
    try:
        args.out.mkdir(exist_ok=True)
        course, told = tomllib.loads(COURSE.read_text(encoding="utf-8")), {}
        for source in sorted(args.notebooks.glob("[0-9][0-9]_*.ipynb")):
            extra = course.get(source.stem, {}).get("extra", ())
            notebook = student_edition(nbformat.read(source, as_version=4), extra)
            told[source.name] = bring(notebook, args.out / source.name, args.newer)
    except OSError as error:
        print(f"error: {args.out}: expected a folder to write into, but got: {error}", file=sys.stderr)
        return 1
    added = [name for name, what in told.items() if what == "added"]
    if added:
        print(f"{args.out.name}: added {', '.join(name.removesuffix('.ipynb') for name in added)}")
    for name, what in told.items():
        if what and what != "added":
            print(f"{args.out.name}/{name}: {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
