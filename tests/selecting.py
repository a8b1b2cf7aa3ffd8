"""Finding elements of a page by a small part of CSS: tags, ids, classes, attributes, descent."""

from __future__ import annotations

import re

import lxml.html

_PART = re.compile(r"(?P<tag>^[a-z0-9*]+)|#(?P<id>[\w-]+)|\.(?P<cls>[\w-]+)|\[(?P<attr>[^\]]+)\]")


def find(page: lxml.html.HtmlElement, selector: str) -> list[lxml.html.HtmlElement]:
    """Return the elements that *selector* names, in the order of the document.

    Knows ``tag``, ``#id``, ``.class``, ``[name]``, ``[name=value]``, descendants by blanks, and
    ``,`` for one or the other.
    """
    paths = ["." + "".join(map(_step, each.split())) for each in selector.split(",")]
    found = page.xpath(" | ".join(paths))
    assert isinstance(found, list)
    return found


def _step(compound: str) -> str:
    tag, tests = "*", ""
    for part in _PART.finditer(compound):
        if part["tag"]:
            tag = part["tag"]
        elif part["id"]:
            tests += f"[@id='{part['id']}']"
        elif part["cls"]:
            tests += f"[contains(concat(' ', normalize-space(@class), ' '), ' {part['cls']} ')]"
        else:
            name, _, value = part["attr"].partition("=")
            tests += f"[@{name}='{value}']" if value else f"[@{name}]"
    return f"//{tag}{tests}"
