"""On which line each key of a TOML text stands, against texts whose lines are known."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config.source import Path, key_lines

CASES: dict[str, tuple[str, dict[Path, int]]] = {
    "nothing": ("", {}),
    "comments": ("# a = 1\n\n  # [b]", {}),
    "top level": ("a = 1\nb = 2\n", {("a",): 1, ("b",): 2}),
    "no line end": ("a = 1", {("a",): 1}),
    "windows": ("\r\na = 1\r\n[b]\r\nc = 2\r\n", {("a",): 2, ("b",): 3, ("b", "c"): 4}),
    "header": ("[a.b]\nc = 1", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 2}),
    "parent after child": ("[a.b]\n[a]", {("a",): 2, ("a", "b"): 1}),
    "blanks in a header": ("[ a . b ] # c", {("a",): 1, ("a", "b"): 1}),
    "dotted": ("a.b = 1\na.c = 2", {("a",): 1, ("a", "b"): 1, ("a", "c"): 2}),
    "blanks around the dot": ("a . b\t=\t1", {("a",): 1, ("a", "b"): 1}),
    "quoted": ('"a.b" = 1\n\'c]\' = 2\n"" = 3', {("a.b",): 1, ("c]",): 2, ("",): 3}),
    "quoted header": ('["a]".\'b"\']', {("a]",): 1, ("a]", 'b"'): 1}),
    "escapes in a key": (r'"\u00e9\"" = 1', {('é"',): 1}),
    "digits as key": ("1.2 = 3", {("1",): 1, ("1", "2"): 1}),
    "signs in a text": ('a = "# [b] = \\" {"\nc = 1', {("a",): 1, ("c",): 2}),
    "literal text": ("a = 'C:\\'\nb = 1", {("a",): 1, ("b",): 2}),
    "text of many lines": ('a = """\nb = 1\n[c]\n"""\nd = 1', {("a",): 1, ("d",): 5}),
    "quotes at its end": ('a = """x"""""\nb = 1', {("a",): 1, ("b",): 2}),
    "quotes within it": ('a = """x""\\"""y"""\nb = 1', {("a",): 1, ("b",): 2}),
    "literal of many lines": ("a = '''\n''x\\'''''\nb = 1", {("a",): 1, ("b",): 3}),
    "empty texts": ("a = \"\"\nb = ''\nc = 1", {("a",): 1, ("b",): 2, ("c",): 3}),
    "date and time": ("a = 1979-05-27 07:32:00\nb = 1", {("a",): 1, ("b",): 2}),
    "dates in a list": (
        "a = [1979-05-27 07:32:00, 1979-05-27]\nb = 1",
        {("a",): 1, ("a", 0): 1, ("a", 1): 1, ("b",): 2},
    ),
    "list": (
        "a = [\n  1, # one ]\n  'x',\n\n  [2,\n3],\n]\nb = 1",
        {("a",): 1, ("a", 0): 2, ("a", 1): 3, ("a", 2): 5, ("a", 2, 0): 5, ("a", 2, 1): 6}
        | {("b",): 8},
    ),
    "empty list": ("a = [ # none\n]\nb = {}", {("a",): 1, ("b",): 3}),
    "inline table": (
        "a = { b = 1, c.d = '}' }\ne = 1",
        {("a",): 1, ("a", "b"): 1, ("a", "c"): 1, ("a", "c", "d"): 1, ("e",): 2},
    ),
    "inline tables in a list": (
        "a = [\n{b = 1},\n{b = 2}]",
        {("a",): 1, ("a", 0): 2, ("a", 0, "b"): 2, ("a", 1): 3, ("a", 1, "b"): 3},
    ),
    "array of tables": (
        "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\n[[a.d]]\ne = 3",
        {("a",): 1, ("a", 0): 1, ("a", 0, "b"): 2, ("a", 1): 3, ("a", 1, "b"): 4}
        | {("a", 1, "c"): 5, ("a", 1, "d"): 6, ("a", 1, "d", 0): 6, ("a", 1, "d", 0, "e"): 7},
    ),
}


@pytest.mark.parametrize(("text", "lines"), CASES.values(), ids=CASES)
def test_lines_by_hand(text: str, lines: dict[Path, int]) -> None:
    assert key_lines(text) == lines
    assert set(lines) == set(paths_of(tomllib.loads(text)))


def paths_of(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path of everything in *value*."""
    items: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    for part, inner in items:
        yield (*path, part)
        yield from paths_of(inner, (*path, part))


SCALARS = (
    "1",
    "-1.5e3",
    "true",
    "07:32:00",
    "1979-05-27 07:32:00",
    '"# [x] = {"',
    "'\\'",
    '"\\"\\\\"',
    '"""\n]\n"x" = 1 # \\""""""',
    "'''\n[y]\n''z'''",
)
KEYS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=4)
TREES = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


class Writer:
    """Writes a tree of values as TOML in one of many ways, and notes the lines as it goes."""

    def __init__(self, data: st.DataObject) -> None:
        """Begin an empty text; *data* makes the choices."""
        self.text = ""
        self.lines: dict[Path, int] = {}
        self.data = data

    def note(self, path: Path) -> None:
        """Note that *path* stands on the line that is being written."""
        self.lines[path] = self.text.count("\n") + 1

    def choose(self, *choices: str) -> str:
        """Return one of *choices*."""
        return self.data.draw(st.sampled_from(choices))

    def table(self, path: Path, table: dict[str, Any]) -> None:
        """Write the pairs of *table*, then those of its tables that get a header."""
        later = []
        for key, value in table.items():
            if isinstance(value, dict) and self.choose("header", "inline") == "header":
                later.append((key, value))
            else:
                self.text += self.choose("", "\n", "# c = [\n", "  ")
                self.pair((*path, key), key, value)
                self.text += self.choose("\n", " # ]\n")
        for key, value in later:
            self.text += self.choose("", "\n\n")
            self.note((*path, key))
            self.text += f"[{'.'.join(self.key(str(part)) for part in (*path, key))}]\n"
            self.table((*path, key), value)

    def pair(self, path: Path, key: str, value: object) -> None:
        """Write ``key = value``, with a dotted key where that says the same."""
        self.note(path)
        self.text += self.key(key)
        while (
            isinstance(value, dict)
            and len(value) == 1
            and self.choose("dotted", "braces") == "dotted"
        ):
            ((key, value),) = value.items()
            path = (*path, key)
            self.note(path)
            self.text += self.choose(".", " . ") + self.key(key)
        self.text += self.choose(" = ", "=")
        self.value(path, value)

    def value(self, path: Path, value: object) -> None:
        """Write *value*; texts are TOML already."""
        if isinstance(value, str):
            self.text += value
        elif isinstance(value, dict):
            self.text += "{ "
            for number, (key, inner) in enumerate(value.items()):
                self.text += ", " if number else ""
                self.pair((*path, key), key, inner)
            self.text += " }"
        elif isinstance(value, list):
            self.text += self.choose("[", "[\n", "[ # {\n")
            for number, inner in enumerate(value):
                self.note((*path, number))
                self.value((*path, number), inner)
                self.text += self.choose(",", ",\n", " ,\n\n ")
            self.text += "]"

    def key(self, key: str) -> str:
        """Return *key* as TOML, bare or quoted."""
        quoted = json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007f")
        return key if key.isascii() and key.isalnum() and self.choose("", '"') == "" else quoted


@given(tree=st.dictionaries(KEYS, TREES, max_size=4), data=st.data())
def test_lines_of_any_text(tree: dict[str, Any], data: st.DataObject) -> None:
    """However the same values are written, every path is found on the line it was written on."""
    writer = Writer(data)
    writer.table((), tree)
    assert set(paths_of(tomllib.loads(writer.text))) == set(writer.lines)
    assert key_lines(writer.text) == writer.lines
