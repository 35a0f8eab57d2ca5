"""How Sphinx builds the guide: `sphinx-build -W -b html docs build/docs`."""

from quantgov import __version__

project = "quantgov"
author = "The quantgov developers"
copyright = f"2026, {author}"
version = release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

html_theme = "furo"
html_title = f"quantgov {release}"
