"""The block above an article in which its file says what it is: found, and read into a tree.

YAML between ``---`` lines, TOML between ``+++`` lines, and in HTML the YAML block inside a leading
comment. Nothing is constructed from YAML (security.md 18): its nodes are walked, scalars stay the
text that was written, and every value knows its line. What the keys mean is in
:mod:`digest.syndication.fields`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

import yaml

MAX_CHARS = 16_384
"""More than this is no front matter, but a closing line that was forgotten.

The time that tomllib takes grows with the square of a dotted key's length: this bounds it, too.
"""

_MAX_DEPTH = 10  # of TOML tables; dotted keys nest without end


class FrontMatterError(ValueError):
    """The block cannot be read; the message says why and what to do."""

    def __init__(self, reason: str, line: int | None) -> None:
        """Carry the *line* of the file, counted from 1."""
        self.line = line
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, as written."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with values; those that are left empty or ``null`` are not in it."""

    values: Mapping[str, Node]
    line: int
    key_lines: Mapping[str, int] = field(default_factory=dict)


Node = Scalar | Items | Table


@dataclass(frozen=True, slots=True)
class Split:
    """A file taken apart."""

    table: Table
    """Empty when the file has no front matter."""

    body: str
    body_line: int
    """The line of the file on which :attr:`body` starts, counted from 1."""


_FENCE = re.compile(r"\s*(---|\+\+\+)[ \t]*\n")
_HTML_COMMENT = re.compile(r"(?i:\s*(?:<!doctype[^>]{0,200}>\s*)?)<!--[ \t]*\n?[ \t]*(---)[ \t]*\n")
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE),
}
_CLOSING_COMMENT = re.compile(r"^[ \t]*---\s*-->[ \t]*\n?", re.MULTILINE)
_KEY = re.compile(r"""\s*(?:#[^\n]*\n\s*)*["']?[A-Za-z_][\w-]*["']?\s*[:=]""")


def split(text: str, *, html: bool = False) -> Split:
    """Take the front matter off *text* (whose lines end in LF).

    A first line ``---`` that no ``key:`` follows is a rule in the text, not front matter.

    Raises:
        FrontMatterError: with the line, if there is front matter that cannot be read.
    """
    opening = (_HTML_COMMENT.match(text) if html else None) or _FENCE.match(text)
    if opening is None:
        return Split(Table({}, 1), text, 1)
    fence = opening[1]
    in_comment = "<!--" in opening[0]
    closing = (_CLOSING_COMMENT if in_comment else _CLOSING[fence]).search(text, opening.end())
    looks_like_keys = fence == "+++" or _KEY.match(text, opening.end()) is not None
    line = text.count("\n", 0, opening.end()) + 1
    if closing is None:
        if _KEY.match(text, opening.end()):
            mark = "--- -->" if in_comment else fence
            raise FrontMatterError(
                f"has front matter without an end: close it with {mark}", line - 1
            )
        return Split(Table({}, 1), text, 1)
    block = text[opening.end() : closing.start()]
    if not looks_like_keys and block.strip():
        return Split(Table({}, 1), text, 1)
    if len(block) > MAX_CHARS:
        reason = f"has more than {MAX_CHARS} characters of front matter; is its end missing?"
        raise FrontMatterError(reason, line - 1)
    table = _toml(block, line) if fence == "+++" else _yaml(block, line)
    return Split(table, text[closing.end() :], text.count("\n", 0, closing.end()) + 1)


def _yaml(block: str, first_line: int) -> Table:
    try:
        node = _node(block)
        tree = _from_yaml(node, first_line, set()) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise FrontMatterError(_yaml_reason(error), line) from None
    except yaml.YAMLError as error:
        raise FrontMatterError(f"is not YAML: {error}", first_line) from None
    except (RecursionError, ValueError, OverflowError) as error:
        if isinstance(error, FrontMatterError):
            raise
        # Nested too deep, or an escape that is no character.
        raise FrontMatterError("has YAML front matter that cannot be read", first_line) from None
    if tree is None:
        return Table({}, first_line)
    if not isinstance(tree, Table):
        raise FrontMatterError("has front matter that is no list of `key: value` lines", first_line)
    return tree


def _node(block: str) -> yaml.Node | None:
    """Return the tree of *block*; nothing is constructed from it.

    libyaml reads it, ten times as fast; where it will not, the slow reader says why.
    """
    try:
        return yaml.CSafeLoader(block).get_single_node()
    except (yaml.YAMLError, ValueError, AttributeError):  # AttributeError: built without libyaml
        return yaml.SafeLoader(block).get_single_node()


def _yaml_reason(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "something is wrong"
    hint = ""
    if "mapping values are not allowed" in problem or "expected <block end>" in problem:
        hint = "; put a value that holds `: ` or starts with a quote into quotes"
    elif "cannot start any token" in problem or "undefined alias" in problem:
        hint = "; put a value that starts with @, `, %, &, * or ! into quotes"
    return f"is not YAML here: {problem}{hint}"


def _from_yaml(node: yaml.Node, first_line: int, seen: set[int]) -> Node | None:
    line = first_line + node.start_mark.line
    if id(node) in seen:  # a few lines of aliases can stand for billions of values
        raise FrontMatterError("has an alias (*name) here; write the value out", line)
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else Scalar(node.value, line)
    if isinstance(node, yaml.SequenceNode):
        items = (_from_yaml(item, first_line, seen) for item in node.value)
        return Items(tuple(item for item in items if item is not None), line)
    values: dict[str, Node] = {}
    key_lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key_line = first_line + key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            reason = "has a key that is no word; put a value that starts with { or [ into quotes"
            raise FrontMatterError(reason, key_line)
        key = key_node.value
        if key in key_lines:
            raise FrontMatterError(f"says {key} twice; keep one of the two", key_line)
        key_lines[key] = key_line
        value = _from_yaml(value_node, first_line, seen)
        if value is not None:
            values[key] = value
    return Table(values, line, key_lines)


def _toml(block: str, first_line: int) -> Table:
    try:
        document = tomllib.loads(block)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = first_line - 1 + int(found[1]) if found else first_line
        reason = re.sub(r" \(at [^)]*\)", "", str(error))
        raise FrontMatterError(f"is not TOML here: {reason}", line) from None
    except (RecursionError, ValueError):  # nested too deep; a number or date that cannot be
        raise FrontMatterError("has TOML front matter that cannot be read", first_line) from None
    lines = {
        match[1]: first_line + block.count("\n", 0, match.start(1))
        for match in re.finditer(r"^[ \t]*\[{0,2}[ \t]*[\"']?([\w-]+)", block, re.MULTILINE)
    }
    tree = _from_toml(document, first_line, lines, 0)
    assert isinstance(tree, Table)  # noqa: S101 - a TOML document always is one
    return tree


def _from_toml(value: object, line: int, lines: Mapping[str, int], depth: int) -> Node:
    if depth > _MAX_DEPTH:
        raise FrontMatterError("is nested too deep here", line)
    if isinstance(value, dict):
        key_lines = {key: lines.get(key, line) for key in value}
        values = {
            key: _from_toml(item, key_lines[key], lines, depth + 1) for key, item in value.items()
        }
        return Table(values, line, key_lines)
    if isinstance(value, list):
        return Items(tuple(_from_toml(item, line, lines, depth + 1) for item in value), line)
    if isinstance(value, bool):
        return Scalar(str(value).lower(), line)
    if isinstance(value, (date, time)):
        return Scalar(value.isoformat(), line)
    return Scalar(str(value), line)
