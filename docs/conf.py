"""How the site is built: Sphinx, with the example notebooks executed by MyST-NB."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

import kernelwidgets

HERE = Path(__file__).parent

project = "kernelwidgets"
author = "kernelwidgets contributors"
project_copyright = f"2026, {author}"
version = release = kernelwidgets.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_ipython"]

default_role = "code"

html_theme = "furo"
html_title = "kernelwidgets"
html_static_path = ["pictures"]
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Pages are read without a kernel and a network: views travel inside them (see _ipython), and
# nothing is fetched to show them.
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_mime_priority_overrides = [("html", "text/html", 0)]
nb_merge_streams = True

napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_class_signature = "separated"

# Small networks train fastest on one thread.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The kernels that execute the pages show every view as a page of its own.
os.environ["IPYTHONDIR"] = str(HERE / "_ipython")

TUTORIALS = HERE / "tutorials"
TUTORIALS.mkdir(exist_ok=True)
for notebook in sorted((HERE.parent / "examples").glob("*.ipynb")):
    target = TUTORIALS / notebook.name
    if not target.exists() or target.read_bytes() != notebook.read_bytes():
        shutil.copyfile(notebook, target)


def plain_stars_and_bars(
    _app: object, _what: str, _name: str, _thing: object, _options: object, lines: list[str]
) -> None:
    """Shapes such as (out, in, *k) and |FFT| are written for readers of the code, not as markup."""
    lines[:] = [re.sub(r"(?<![`*])([*|])(?=\w)", r"\\\1", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", plain_stars_and_bars, priority=400)
