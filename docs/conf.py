"""How Sphinx builds the documentation: ``make docs`` writes it to ``build/docs``.

Every warning is an error. The pages ask nobody else for anything: fonts are the reader's own.
"""

project = "Digest"
author = "The Digest project"
copyright = "2026, the Digest project"  # noqa: A001 - Sphinx's name for it

extensions = ["myst_parser"]
exclude_patterns = ["arabic"]
root_doc = "index"
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "Digest"
html_static_path = ["_static"]
html_css_files = ["digest.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#8a1c1c", "color-brand-content": "#8a1c1c"},
    "dark_css_variables": {"color-brand-primary": "#f0a8a0", "color-brand-content": "#f0a8a0"},
}
