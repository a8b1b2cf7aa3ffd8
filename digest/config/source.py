"""On which line of a TOML text each key stands (TOML 1.0.0); tomllib does not tell.

Reads only texts that tomllib has accepted, so it looks for the ends of things and never for errors.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+|[ \t]*\.[ \t]*)+""")
_SCALAR = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'"
    r"|(?:\d{4}-\d{2}-\d{2}[ ](?=\d))?[^\s,\]}#]+",  # a date and a time may be a blank apart
    re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    """Return the line, from 1, of every table, key, and list item of *text*.

    A path is what leads there in the value that ``tomllib.loads(text)`` returns. A table that is
    named several times (by ``[a.b]`` and ``[a.c]``, or by dotted keys) has the line of its own
    header where it has one, else of its first mention.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """Walks over one TOML text; *at* is the offset of what comes next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}
        """How many tables each array of tables ``[[…]]`` has so far."""

        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> None:
        """Walk over all headers and keys."""
        table: Path = ()
        self.skip()
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.pair(table)
            self.skip()

    def header(self) -> Path:
        """Walk over ``[a.b]`` or ``[[a.b]]``; return the path of the table that begins."""
        line = self.line()
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        *parents, last = self.key()
        table: Path = ()
        for part in parents:
            table = self.inside((*table, part))
            self.lines.setdefault(table, line)
        table = (*table, last)
        if brackets == 1:
            table = self.inside(table)
        else:
            self.lines.setdefault(table, line)
            self.tables[table] = self.tables.get(table, 0) + 1
            table = self.inside(table)
        self.lines[table] = line
        self.skip()
        self.at += brackets
        return table

    def inside(self, table: Path) -> Path:
        """Return *table*, or the newest of its tables where it is an array of them."""
        return (*table, self.tables[table] - 1) if table in self.tables else table

    def pair(self, table: Path) -> None:
        """Walk over ``key = value``."""
        line = self.line()
        for part in self.key():
            table = (*table, part)
            self.lines.setdefault(table, line)
        self.skip()
        self.at += len("=")
        self.skip()
        self.value(table)

    def value(self, path: Path) -> None:
        """Walk over a value that belongs to *path*."""
        opening = self.text[self.at]
        if opening not in "[{":
            self.match(_SCALAR)
            return
        closing = "]" if opening == "[" else "}"
        self.at += 1
        self.skip()
        index = 0
        while self.text[self.at] != closing:
            if opening == "[":
                self.lines[*path, index] = self.line()
                self.value((*path, index))
            else:
                self.pair(path)
            index += 1
            self.skip()
            self.at += self.text.startswith(",", self.at)
            self.skip()
        self.at += 1

    def key(self) -> list[str]:
        """Walk over a dotted key; return its parts, for which tomllib reads the quotes."""
        self.skip()
        table: Any = tomllib.loads(f"{self.match(_KEY)} = 0")
        parts = []
        while isinstance(table, dict):
            ((part, table),) = table.items()
            parts.append(part)
        return parts

    def skip(self) -> None:
        """Walk over blanks, line ends, and comments."""
        self.match(_SPACE)

    def match(self, pattern: re.Pattern[str]) -> str:
        """Walk over what *pattern* matches here, and return it."""
        match = pattern.match(self.text, self.at)
        if match is None:
            raise AssertionError(pattern)
        self.at = match.end()
        return match[0]

    def line(self) -> int:
        """Return the line of the place we are at, from 1."""
        return bisect_right(self.breaks, self.at - 1) + 1
