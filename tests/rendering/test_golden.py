"""Mails look as they did, unless somebody meant to change them (tests/golden.py)."""

from __future__ import annotations

import difflib

from golden import FOLDER, rendered


def test_every_theme_renders_the_samples_as_before() -> None:
    """A template, a converter, or a phrase that changes shows here, line by line."""
    wanted = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    found = rendered()
    changes = [
        line
        for name in sorted(wanted.keys() | found.keys())
        for line in difflib.unified_diff(
            wanted.get(name, "").splitlines(),
            found.get(name, "").splitlines(),
            f"golden {name}",
            f"rendered {name}",
            lineterm="",
            n=0,
        )
    ]
    assert changes == [], "look at them; if they are meant: .venv/bin/python tests/golden.py"
