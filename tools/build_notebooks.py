"""Write, run and check the notebooks (all of them): notebooks/source/NN_name.py becomes notebooks/NN_name.ipynb.

A source is a jupytext percent file. A code cell tagged ``exercise`` holds the stub and the solution::

    # %% tags=["exercise"]
    def pixel_norm(x):
        # <solution>
        return x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-8)
        # </solution>
        # <stub>
        # return ...  # your line here
        # </stub>

The student's notebook gets the stub, and a folded markdown cell with the solved cell after it.

A cell that draws says in ``alt="..."`` what its figure shows, for those who cannot see it; HTML exports take it over.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# Magics stay off: with them on, jupytext turns a comment such as "# why?" into code.
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
MARK = re.compile(r"\s*# <(/?)(solution|stub)>\s*$")
NOT_COMPARED = "nbval-ignore-output"
PROGRESS = re.compile(r"\r|\d+%\||\d+it \[|\d+/\d+ levels, \d")
WIDGET = "application/vnd.jupyter.widget-view+json"
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|root|work|tmp|Users)/[^\s'\"]*")


# ---- from source to notebook ----


def split_exercise(code: str) -> tuple[str, str]:
    """The student's and the solved version of an exercise cell."""
    student, solved, block = [], [], ""
    for line in code.splitlines():
        mark = MARK.match(line)
        if mark:
            closing, name = mark.groups()
            if block != (name if closing else ""):
                raise ValueError(f"'{line.strip()}' is out of order")
            block = "" if closing else name
        elif block == "stub":
            student.append(re.sub(r"^(\s*)# ?", r"\1", line))
        else:
            solved.append(line)
            if not block:
                student.append(line)
    if block:
        raise ValueError(f"'# <{block}>' is never closed")
    return "\n".join(student), "\n".join(solved)


def expand_cell(cell: NotebookNode, solutions: bool) -> list[NotebookNode]:
    """One source cell as the notebook's cells: an exercise becomes two, anything else stays one."""
    tagged = "exercise" in cell.metadata.get("tags", [])
    marked = any(MARK.match(line) for line in cell.source.splitlines())
    if tagged != marked:
        raise ValueError('tags=["exercise"] and # <solution>, # <stub> go together')
    if not tagged:
        return [cell]
    student, solved = split_exercise(cell.source)
    cell.source = solved if solutions else student
    # The blank lines let markdown see the fence inside the HTML.
    folded = f"<details><summary>Solution</summary>\n\n```python\n{solved}\n```\n\n</details>"
    return [cell] if solutions else [cell, nbformat.v4.new_markdown_cell(folded)]


def read_source(source: Path, solutions: bool = False) -> NotebookNode:
    """The notebook of one source file, without outputs."""
    draft = jupytext.reads(source.read_text(encoding="utf-8"), fmt=PERCENT)
    cells = []
    for number, cell in enumerate(draft.cells):
        try:
            cells += expand_cell(cell, solutions)
        except ValueError as error:
            raise ValueError(f"{source.name}, cell {number}: {error}") from None
    for position, cell in enumerate(cells):
        cell.id = f"{source.stem[:56]}-{position:02d}"
        cell.metadata = {key: cell.metadata[key] for key in ("tags", "alt") if key in cell.metadata}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def solution_notebook(source: Path | str) -> NotebookNode:
    """The notebook of one source file with every solution in its exercise cell, without outputs."""
    return read_source(Path(source), solutions=True)


# ---- outputs ----


def run(notebook: NotebookNode, folder: Path, timeout: int = 3600) -> None:
    """Run every cell in a fresh kernel of this Python, in the notebooks' folder as JupyterLab does."""
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    client = NotebookClient(
        notebook,
        timeout=timeout,
        startup_timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    client.execute()
    for cell in code_cells(notebook):
        cell.metadata.pop("execution", None)
        for output in cell.outputs:  # a widget's state is not stored, so readers get its text
            output.get("data", {}).pop(WIDGET, None)
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = small_png(output.data["image/png"])
        if NOT_COMPARED in cell.metadata.get("tags", []):
            cell.outputs = [output for output in cell.outputs if not is_progress(output)]
    notebook.metadata = nbformat.from_dict(METADATA)


def small_png(encoded: str) -> str:
    """The same pixels in fewer bytes, in base64: Matplotlib stores even a grey figure in four channels."""
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as image:
        colours = image.convert("RGBA")
    if colours.getextrema()[3] != (255, 255):
        return encoded
    grey = colours.convert("L")
    mode = "L" if grey.convert("RGBA").tobytes() == colours.tobytes() else "RGB"
    file = io.BytesIO()
    colours.convert(mode).save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def is_progress(output: NotebookNode) -> bool:
    """Whether this is nothing but a progress bar; only where nbval compares nothing may it go."""
    data = output.get("data", {})
    text = output.text if output.get("name") == "stderr" else data.get("text/plain", "") if len(data) == 1 else ""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(PROGRESS.search(line) for line in lines)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def describe(notebook: NotebookNode) -> None:
    """Give each stored image the text that its cell has for it."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}) and "alt" in cell.metadata:
                output.metadata["image/png"] = {**output.metadata.get("image/png", {}), "alt": cell.metadata.alt}


def keep_outputs(fresh: NotebookNode, target: Path) -> None:
    """Take over the stored outputs when no code changed, so that an edit of the prose needs no run."""
    new, old = code_cells(fresh), code_cells(nbformat.read(target, as_version=4))
    if [cell.source for cell in new] == [cell.source for cell in old]:
        for cell, before in zip(new, old, strict=True):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count


def output_text(output: NotebookNode) -> str:
    """What a reader could read in one output; images are left out, base64 looks like anything."""
    data = [str(value) for kind, value in output.get("data", {}).items() if kind not in ("image/png", "image/jpeg")]
    text = "\n".join([output.get("text", ""), output.get("evalue", ""), *output.get("traceback", []), *data])
    return re.sub(r"\x1b\[[\d;]*m|base64,[\w+/=\s]+", "", text)  # nor colours, whose codes end in a letter


# ---- checks ----


def stale_cell(fresh: NotebookNode, stored: NotebookNode) -> int | None:
    """The first cell that differs between a source and its notebook."""

    def what(cell: NotebookNode) -> tuple:
        return cell.cell_type, cell.source, cell.metadata.get("tags", []), cell.metadata.get("alt")

    new, old = ([what(cell) for cell in notebook.cells] for notebook in (fresh, stored))
    differing = (i for i, (a, b) in enumerate(zip(new, old, strict=False)) if a != b)
    return next(differing, None if len(new) == len(old) else min(len(new), len(old)))


def output_problems(cell: NotebookNode) -> list[str]:
    """What is wrong with what one code cell shows."""
    if cell.execution_count is None:
        return ["was never run"]
    drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
    problems = []
    if drawn != ("alt" in cell.metadata):
        problems = ['shows a figure without an alt="..." that tells it' if drawn else 'has an alt="..." but no figure']
    for output in cell.outputs:
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
            problems.append(f"shows an error: {output.ename}: {output.evalue}")
        if output.get("name") == "stderr":
            problems.append(f"writes to stderr: {output.text.strip()[:100]}")
        problems += [f"shows a path of this machine: {path}" for path in MACHINE_PATH.findall(output_text(output))]
    return problems


def check(source: Path, target: Path, max_mb: float = 1.5) -> list[str]:
    """Everything that is wrong with one notebook, a line each."""
    if not target.exists():
        return [f"{target.name} is missing: run 'make notebooks'"]
    stored = nbformat.read(target, as_version=4)
    stale = stale_cell(read_source(source), stored)
    differs = f"{target.name} differs from {source.name} from cell {stale} on: run 'make notebooks'"
    problems = [] if stale is None else [differs]
    for number, cell in enumerate(stored.cells):
        if cell.cell_type == "code" and cell.source.strip():
            problems += [f"{target.name}, cell {number} {problem}" for problem in output_problems(cell)]
    size = target.stat().st_size / 1e6
    if size > max_mb:
        problems.append(f"{target.name} has {size:.1f} MB, more than {max_mb:g}: make its figures smaller")
    return problems


def handle(source: Path, args: argparse.Namespace) -> list[str]:
    """Do what the command line asked for with one notebook; the answer is its problems."""
    target = args.folder / f"{source.stem}.ipynb"
    try:
        if args.check:
            return check(source, target, args.max_mb)
        notebook = read_source(source, args.solutions)
        if args.execute or args.solutions:
            run(notebook, args.folder, args.timeout)
        elif target.exists():
            keep_outputs(notebook, target)
        if not args.solutions:
            describe(notebook)
            nbformat.write(notebook, target)
        return check(source, target, args.max_mb) if args.execute else []
    except (ValueError, CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return [f"{source.stem}: {error}"]


def main(argv: list[str] | None = None) -> int:
    """The command line; 0 when all is well, 1 when something has to be mended."""
    parser = argparse.ArgumentParser(description="Write the notebooks from notebooks/source.")
    parser.add_argument("names", nargs="*", help="e.g. 01_data; all of them if left out")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--execute", action="store_true", help="also run them and store the outputs")
    mode.add_argument("--check", action="store_true", help="write nothing, fail on a stale or broken notebook")
    mode.add_argument("--solutions", action="store_true", help="write nothing, run them with the solutions in place")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the notebooks are")
    parser.add_argument("--timeout", type=int, default=3600, help="seconds that one cell may take")
    parser.add_argument("--max-mb", type=float, default=1.5, help="the largest notebook that is allowed")
    args = parser.parse_args(argv)
    sources = sorted((args.folder / "source").glob("[0-9][0-9]_*.py"))
    problems = [f"there is no source {name}.py" for name in args.names if name not in {s.stem for s in sources}]
    orphans = {n.stem for n in args.folder.glob("*.ipynb")} - {s.stem for s in sources}
    problems += [f"{name}.ipynb has no source" for name in sorted(orphans)]
    for source in sources:
        if not args.names or source.stem in args.names:
            print(source.stem, flush=True)
            problems += handle(source, args)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
