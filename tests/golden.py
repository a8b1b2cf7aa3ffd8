"""The sample issues as each theme renders them, and the files they are compared with.

After a change of templates that is meant, write the files anew and look at what differs::

    .venv/bin/python tests/golden.py
"""

from __future__ import annotations

from pathlib import Path

from digest.rendering import Renderer, bundled_templates
from digest.rendering.sample import samples

FOLDER = Path(__file__).parent / "data" / "golden"

_KINDS = ("everything", "whole", "right-to-left")
"""Of the first samples."""


def rendered() -> dict[str, str]:
    """Return what the files should hold, by name. HTML has an element a line, for people."""
    renderer = Renderer([bundled_templates()])
    found = {}
    for theme in renderer.themes():
        for kind, context in zip(_KINDS, samples(theme), strict=False):
            mail = renderer.briefing(context)
            found[f"{theme}-{kind}.html"] = mail.html.replace("><", ">\n<")
            found[f"{kind}.txt"] = mail.text
    return found


def main() -> None:
    """Write the files anew, and take away what no sample has any more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = rendered()
    for path in FOLDER.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_text(content, "utf-8")


if __name__ == "__main__":
    main()
