"""Write the line that clones a copy of this repository at GitHub, and its Binder and Colab buttons, into the README.

    python tools/buttons.py OWNER/NAME

The address is not known before somebody publishes the course, so they make the buttons: `make buttons AT=OWNER/NAME`.
Binder installs from environment.yml. Colab opens a notebook alone, so the first cell there has to fetch the rest; the
README says how, with the same address. Until then the README has no line that clones: none would work.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- buttons -->", "<!-- /buttons -->"
FIRST = "notebooks/00_start_here.ipynb"
PLACE = re.compile(r"[\w.-]+/[\w.-]+")


def buttons(place: str, branch: str) -> str:
    """The markdown of both buttons, of the cell that Colab needs, and of the line that clones the copy."""
    binder = f"https://mybinder.org/v2/gh/{place}/{branch}?urlpath=lab/tree/{FIRST}"
    colab = f"https://colab.research.google.com/github/{place}/blob/{branch}/{FIRST}"
    clone = f"git clone -b {branch} https://github.com/{place}.git stylegan-oasis && cd stylegan-oasis"
    return f"""\
[![Open the course in Binder](https://mybinder.org/badge_logo.svg)]({binder})
[![Open the first notebook in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})

In Colab, add this cell on top and run it first: `%pip install -q git+https://github.com/{place}@{branch}`

```bash
{clone}
```"""


def with_buttons(text: str, place: str, branch: str) -> str:
    """The README with its buttons between the two marks; raises ValueError where there are no marks."""
    if text.count(START) != 1 or text.count(END) != 1:
        raise ValueError(f"the README has no place for them: put {START} and {END} into it, a line each")
    before, rest = text.split(START)
    return f"{before}{START}\n{buttons(place, branch)}\n{END}{rest.split(END)[1]}"


def main(argv: list[str] | None = None) -> int:
    """The command line; 0 when the README was written, 1 with one line when not."""
    parser = argparse.ArgumentParser(description="Write the Binder and Colab buttons into the README.")
    parser.add_argument("place", help="OWNER/NAME of the repository at GitHub")
    parser.add_argument("--branch", default="main")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    args = parser.parse_args(argv)
    try:
        if not PLACE.fullmatch(args.place):
            raise ValueError(f"place: expected OWNER/NAME, but got {args.place!r}")
        text = with_buttons(args.readme.read_text(encoding="utf-8"), args.place, args.branch)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    args.readme.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
