"""As much of CSS as mails are made of: rules of elements, classes, and ids, in two schemes. Pure.

What is not understood (attribute selectors, pseudo-classes, other media queries) counts for
nothing: those are for programs that are not looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_COMPOUND = re.compile(r"(\*|[a-z][a-z0-9]*)?((?:[.#][A-Za-z_-][\w-]*)*)")
_PART = re.compile(r"([.#])([\w-]+)")
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")


@dataclass(frozen=True, slots=True)
class Element:
    """An element as selectors see it."""

    tag: str
    classes: frozenset[str] = frozenset()
    id: str = ""


@dataclass(frozen=True, slots=True)
class _Compound:
    tag: str
    classes: frozenset[str]
    id: str
    is_child: bool
    """Whether it must stand directly in the one before."""

    def fits(self, element: Element) -> bool:
        return (
            self.tag in {"", "*", element.tag}
            and self.classes <= element.classes
            and self.id in {"", element.id}
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    selector: tuple[_Compound, ...]
    weight: tuple[int, int, int]
    """Specificity: ids, classes, elements (CSS Selectors 3, section 9)."""

    style: Mapping[str, tuple[str, bool]]


class Sheet:
    """The rules of a style sheet that hold in one colour scheme."""

    def __init__(self, css: str, scheme: str) -> None:
        """Read *css* for the *scheme*, ``light`` or ``dark``."""
        found = [
            rule
            for query, selectors, body in _blocks(_COMMENT.sub(" ", css))
            if _holds(query, scheme)
            for rule in _rules(selectors, body)
        ]
        # Stable: of equal weight, the later one wins by coming later.
        self._rules = sorted(found, key=lambda rule: rule.weight)

    def style_of(
        self, path: Sequence[Element], own: Mapping[str, tuple[str, bool]]
    ) -> dict[str, str]:
        """Return the declarations that hold for the last element of *path*, the outermost first.

        *own* is its style attribute, as :func:`declarations` returns it.
        """
        plain: dict[str, str] = {}
        important: dict[str, str] = {}
        styles = [rule.style for rule in self._rules if _fits(rule.selector, path)]
        for style in (*styles, own):
            for name, (value, is_important) in style.items():
                (important if is_important else plain)[name] = value
        plain |= important
        # What is said last of the two ways to name a ground counts.
        if "background-color" in important:
            plain.pop("background", None)
        return plain


def declarations(text: str) -> dict[str, tuple[str, bool]]:
    """Return the declarations of *text*: name to value, and whether it is important."""
    found = {}
    for piece in text.split(";"):
        name, colon, value = piece.partition(":")
        if colon:
            bare = _IMPORTANT.sub("", value)
            found[name.strip().lower()] = (bare.strip(), bare != value)
    return found


def _blocks(css: str) -> Iterator[tuple[str, str, str]]:
    """Yield media query (empty: none), selectors, and declarations of each rule."""
    at, query = 0, ""
    while (brace := css.find("{", at)) >= 0:
        head = css[at:brace]
        while "}" in head:
            # The end of a media query; what follows stands outside of it.
            query, head = "", head.split("}", 1)[1]
        head = head.rpartition(";")[2].strip()
        if head.startswith("@media"):
            query, at = head, brace + 1
            continue
        end = css.find("}", brace)
        if end < 0:
            return
        yield query, head, css[brace + 1 : end]
        at = end + 1


def _holds(query: str, scheme: str) -> bool:
    if not query:
        return True
    wanted = _SCHEME.search(query)
    return wanted is not None and wanted[1] == scheme


def _rules(selectors: str, body: str) -> Iterator[_Rule]:
    style = declarations(body)
    for text in selectors.split(","):
        selector = _selector(text)
        if selector:
            weight = (
                sum(bool(part.id) for part in selector),
                sum(len(part.classes) for part in selector),
                sum(part.tag not in {"", "*"} for part in selector),
            )
            yield _Rule(selector, weight, style)


def _selector(text: str) -> tuple[_Compound, ...]:
    """Return the parts of a selector; empty when it is not understood."""
    parts: list[_Compound] = []
    is_child = False
    for word in text.replace(">", " > ").split():
        if word == ">":
            is_child = True
            continue
        match = _COMPOUND.fullmatch(word)
        if match is None:
            return ()
        names = _PART.findall(match[2])
        parts.append(
            _Compound(
                tag=match[1] or "",
                classes=frozenset(name for kind, name in names if kind == "."),
                id=next((name for kind, name in names if kind == "#"), ""),
                is_child=is_child,
            )
        )
        is_child = False
    return tuple(parts)


def _fits(selector: Sequence[_Compound], path: Sequence[Element]) -> bool:
    """Return whether *selector* means the last element of *path*."""
    if not path or not selector[-1].fits(path[-1]):
        return False
    at, part = len(path) - 2, len(selector) - 2
    is_child = selector[-1].is_child
    while part >= 0:
        if at < 0:
            return False
        if selector[part].fits(path[at]):
            is_child = selector[part].is_child
            part -= 1
        elif is_child:
            return False
        at -= 1
    return True
