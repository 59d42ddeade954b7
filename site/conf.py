"""How the pages are built: from `_build/pages`, where build.py puts what becomes one. Nothing of it is executed."""

import importlib.util
import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import oasis_helpers  # noqa: E402

# ---------------------------------------------------------------- what this is

project = "StyleGAN on brain slices"
author = "the authors of this course"
project_copyright = "Apache-2.0; generators of real people's slices: CC BY-NC"
version = release = oasis_helpers.__version__
language = "en"

# ---------------------------------------------------------------- pages

extensions = [
    "myst_nb",  # Markdown and notebooks
    "sphinx.ext.apidoc",  # a page per folder of the package ...
    "sphinx.ext.autodoc",  # ... from its docstrings
    "sphinx.ext.napoleon",  # Args, Returns, Raises
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
]
exclude_patterns = ["_static", "api/modules.rst"]
suppress_warnings = ["ref.python"]  # a name in a docstring that two classes have: which is meant cannot be told

nb_execution_mode = "off"  # the stored outputs are shown
nb_merge_streams = True
nb_ipywidgets_js = {}  # nothing is fetched for widgets: an explorer is stored as an image
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3

# ---------------------------------------------------------------- the package

apidoc_modules = [
    {
        "path": str(HERE.parent / "oasis_helpers"),
        "destination": "api",
        "exclude_patterns": ["**/__main__.py"],
        "module_first": True,
        "automodule_options": {"members", "show-inheritance"},
    }
]
autodoc_default_options = {"ignore-module-all": True}  # a name is told where it is defined
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
# JAX is optional, and without it its side of the engine cannot be imported.
autodoc_mock_imports = [name for name in ("jax",) if importlib.util.find_spec(name) is None]
napoleon_google_docstring, napoleon_numpy_docstring = True, False
napoleon_use_ivar = True  # attributes beside their class, not as entries of their own
default_role = "py:obj"  # `names` in docstrings
copybutton_prompt_text = ">>> "

# ---------------------------------------------------------------- how it looks

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = [str(HERE / "_build" / "pages" / "_static")]
html_css_files = ["course.css"]
html_favicon = str(HERE / "icon.png")  # seed 7 of `default`, psi 0.7
html_context = {"default_mode": "auto"}  # light or dark, as the reader's computer is
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "show_navbar_depth": 1,
    "show_toc_level": 1,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_start": [],
    "navbar_persistent": [],  # the search field stands at the left already
}
mathjax_path = "mathjax/tex-svg.js"  # one file with its fonts inside, of the version that package.json names


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("autodoc-process-docstring", plain_bars)


def plain_bars(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Keep |x| in a docstring as it is; reStructuredText would take it for a name to be replaced."""
    lines[:] = [line if ">>>" in line else line.replace("|", "\\|") for line in lines]
