"""Build the site: `make site` (site/README.md says what is where)."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MADE = HERE / "_build"
PAGES = MADE / "pages"  # what Sphinx reads
OUT = MADE / "html"  # the site
READ = MADE / "read"  # what Sphinx has read, for the next build
MODULES = HERE / "node_modules"

# What becomes a page, or is shown by one; folders whole, but for what makes them.
COPIED = ["CONTRIBUTING.md", "LICENSE", "CITATION.cff", "docs", "examples", "notebooks", "oasis_helpers/models"]
NOT_COPIED = shutil.ignore_patterns("*.safetensors", "source", "runs", ".ipynb_checkpoints", "__pycache__", ".*")

# From npm, at the versions of package-lock.json: {place in _static: file in node_modules}.
FROM_NPM = {
    "mathjax/tex-svg.js": "mathjax/es5/tex-svg.js",
    "mathjax/LICENSE": "mathjax/LICENSE",
    "explorer/litert/index.js": "@litertjs/core/dist/index.js",
    "explorer/litert/wasm-utils.js": "@litertjs/wasm-utils/dist/index.js",
    "explorer/litert/litert_wasm_internal.js": "@litertjs/core/wasm/litert_wasm_internal.js",
    "explorer/litert/litert_wasm_internal.wasm": "@litertjs/core/wasm/litert_wasm_internal.wasm",
    "explorer/litert/litert_wasm_compat_internal.js": "@litertjs/core/wasm/litert_wasm_compat_internal.js",
    "explorer/litert/litert_wasm_compat_internal.wasm": "@litertjs/core/wasm/litert_wasm_compat_internal.wasm",
}

CONTENTS = """
```{toctree}
:hidden:
explorer
```

```{toctree}
:hidden:
:caption: Notebooks
:glob:
notebooks/*
```

```{toctree}
:hidden:
:caption: Beside the notebooks
:glob:
docs/*
examples/README
CONTRIBUTING
```

```{toctree}
:hidden:
:caption: Generators
:glob:
oasis_helpers/models/*
```

```{toctree}
:hidden:
:caption: Package
api/oasis_helpers
```
"""


def main() -> int:
    """Build; returns the exit code of Sphinx."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="go on from the last build: only changed pages")
    arguments = parser.parse_args()
    started = time.monotonic()
    if not arguments.keep:
        for folder in (PAGES, OUT, READ):
            shutil.rmtree(folder, ignore_errors=True)
    stage_pages()
    stage_static()
    # In a process of its own: TensorFlow would keep its memory while the pages are built.
    run("generators.py", str(PAGES / "_static" / "explorer" / "models"))
    print(f"sources and generators are ready after {time.monotonic() - started:.0f} s", flush=True)
    # -W: a link that leads nowhere stops the build.
    options = ["-c", str(HERE), "-d", str(READ), "-b", "html", "-j", "2", "-q", "-W", "--keep-going"]
    run("-m", "sphinx", *options, str(PAGES), str(OUT))
    size = sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file())
    print(f"the site is in {OUT.relative_to(ROOT)}: {size / 1e6:.0f} MB, {time.monotonic() - started:.0f} s")
    return 0


def run(*arguments: str) -> None:
    """Run Python in this folder; ends the build where that fails."""
    done = subprocess.run([sys.executable, *arguments], cwd=HERE)
    if done.returncode:
        raise SystemExit(done.returncode)


# ---------------------------------------------------------------- pages


def stage_pages() -> None:
    """Copy what becomes a page, with its links; README.md becomes the start page."""
    for name in COPIED:
        source, target = ROOT / name, PAGES / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=NOT_COPIED, copy_function=stage, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            stage(source, target)
    start = page_links((ROOT / "README.md").read_text(encoding="utf-8"))
    write_text(PAGES / "index.md", start + CONTENTS)
    explorer = page_links((HERE / "explorer.md").read_text(encoding="utf-8"))
    write_text(PAGES / "explorer.md", explorer.replace("](../", "]("))  # it comes one folder up


def stage(source: str | Path, target: str | Path) -> None:
    """Copy a file; pages are changed where the site asks for it."""
    source, target = Path(source), Path(target)
    change = {".md": page_links, ".ipynb": with_alt_texts}.get(source.suffix)
    if change:
        write_text(target, change(source.read_text(encoding="utf-8")))
    else:
        shutil.copy2(source, target)


def write_text(target: Path, text: str) -> None:
    """Write a file unless it is there already: Sphinx reads again what is new."""
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def page_links(text: str) -> str:
    """Return Markdown whose links to a folder, the start page or the explorer lead to a page of the site."""
    text = text.replace("site/explorer.md)", "explorer.md)")
    text = re.sub(r"\]\(((?:\.\./)*)README\.md", r"](\1index.md", text)
    return re.sub(r"\]\(((?:\.\./)*examples)/?\)", r"](\1/README.md)", text)


def with_alt_texts(text: str) -> str:
    """Return a notebook whose figures have the descriptions of their cells, under the name that MyST-NB reads."""
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        if "alt" in cell.metadata:
            cell.metadata["mystnb"] = {"image": {"alt": cell.metadata["alt"]}}
    return nbformat.writes(notebook)


# ---------------------------------------------------------------- what pages load


def stage_static() -> None:
    """Copy our own style and scripts, and what comes from npm."""
    static = PAGES / "_static"
    shutil.copytree(HERE / "explorer", static / "explorer", ignore=NOT_COPIED, dirs_exist_ok=True)
    shutil.copy2(HERE / "course.css", static / "course.css")
    shutil.copy2(ROOT / "LICENSE", static / "explorer" / "LICENSE")
    for place, name in FROM_NPM.items():
        target = static / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(MODULES / name, target)
    # A browser finds a file, not a package: the only import by name.
    index = static / "explorer" / "litert" / "index.js"
    text = index.read_text(encoding="utf-8")
    if text.count('"@litertjs/wasm-utils"') != 1:
        raise SystemExit("error: @litertjs/core imports otherwise than expected; look at FROM_NPM in site/build.py")
    index.write_text(text.replace('"@litertjs/wasm-utils"', '"./wasm-utils.js"'), encoding="utf-8")
    shutil.copy2(ROOT / "LICENSE", static / "explorer" / "litert" / "LICENSE")  # the same terms, Apache-2.0


if __name__ == "__main__":
    sys.exit(main())
