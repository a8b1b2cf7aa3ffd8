"""The block above an article: found, and read with its lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import digest
from digest.syndication.frontmatter import (
    MAX_CHARS,
    FrontMatterError,
    Items,
    Node,
    Scalar,
    Table,
    split,
)


def plain(node: Node) -> object:
    """Return the values of *node* without their lines."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.values.items()}


@pytest.mark.parametrize(
    ("text", "values", "body", "line"),
    [
        ("---\na: b\n---\nc", {"a": "b"}, "c", 4),
        ("\n--- \na: b\n---\t\nc", {"a": "b"}, "c", 5),
        ("---\n# note\n'a': b\n...\nc", {"a": "b"}, "c", 5),
        ("---\na: b\n---", {"a": "b"}, "", 3),
        ("---\n---\nc", {}, "c", 3),
        ("---\na:\nb: ~\nc: null\n---\n", {}, "", 6),
        (
            "---\na: yes\nb: 0x10\nc: 12:30\nd: 1.10\n---\n",
            {"a": "yes", "b": "0x10", "c": "12:30", "d": "1.10"},
            "",
            7,
        ),
        ("---\na: [b, {c: d}, ~]\n---\n", {"a": ["b", {"c": "d"}]}, "", 4),
        ("---\na: |\n  b\n  c\n---\n", {"a": "b\nc\n"}, "", 6),
        ('+++\na = "b"\nc = 1\nd = true\n+++\ne', {"a": "b", "c": "1", "d": "true"}, "e", 6),
        (
            "+++\na = 2026-01-02\nb = 1.5\n[c]\nd = [1]\n+++\n",
            {"a": "2026-01-02", "b": "1.5", "c": {"d": ["1"]}},
            "",
            7,
        ),
        ("+++\n", {}, "+++\n", 1),
        ("+++\n[a]\nb = 07:30:00\n+++\n", {"a": {"b": "07:30:00"}}, "", 5),
        ("a\n---\nb: c\n---\n", {}, "a\n---\nb: c\n---\n", 1),
        ("---\n\nno key\n\n---\nx", {}, "---\n\nno key\n\n---\nx", 1),
        ("---\nno key", {}, "---\nno key", 1),
        ("", {}, "", 1),
    ],
)
def test_front_matter_is_taken_off(
    text: str, values: dict[str, object], body: str, line: int
) -> None:
    parts = split(text)
    assert plain(parts.table) == values
    assert (parts.body, parts.body_line) == (body, line)


@pytest.mark.parametrize(
    "opening", ["<!--\n---\n", "<!-- ---\n", "<!DOCTYPE html>\n<!-- --- \n", "---\n"]
)
def test_pages_carry_it_in_a_comment_or_openly(opening: str) -> None:
    closing = "---\n" if opening == "---\n" else "--- -->\n"
    parts = split(f"{opening}a: b\n{closing}<p>", html=True)
    assert plain(parts.table) == {"a": "b"}
    assert parts.body == "<p>"


def test_a_comment_is_front_matter_in_pages_only() -> None:
    text = "<!-- ---\na: b\n--- -->\n<p>"
    assert split(text).body == text


def test_every_value_knows_its_line() -> None:
    yaml = split("---\na: b\n\nc:\n  - d\n  - e: f\n---\n").table
    assert yaml.key_lines == {"a": 2, "c": 4}
    items = yaml.values["c"]
    assert isinstance(items, Items)
    assert [item.line for item in items.items] == [5, 6]
    toml = split('+++\na = "b"\n\n[c]\nd = 1\n+++\n').table
    assert toml.key_lines == {"a": 2, "c": 4}
    table = toml.values["c"]
    assert isinstance(table, Table)
    assert table.values["d"].line == 5


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("---\na: b\n", 1, "close it with ---"),
        ("+++\na = 1\n", 1, r"close it with \+\+\+"),
        ("---\na: b: c\n---\n", 2, "quotes"),
        ("---\na: {{b}}\n---\n", 2, r"put a value that starts with \{"),
        ("---\na: @b\n---\n", 2, "put a value that starts with @"),
        ("---\na: *b\n---\n", 2, "put a value that starts with @"),
        ("---\na: 'b\n---\n", 3, "is not YAML here"),
        ("---\na: &x b\nc: *x\n---\n", 2, "has an alias"),
        ("---\na: &x [*x]\n---\n", 2, "has an alias"),
        ("---\na: b\n\na: c\n---\n", 4, "says a twice"),
        ("---\na: b\n? [c]\n: d\n---\n", 3, "no word"),
        ('---\na: "\\UFFFFFFFF"\n---\n', 2, "cannot be read"),
        ("---\na: " + "[" * 5000 + "\n---\n", 2, "cannot be read"),
        ("---\n'a: b'\n---\n", 2, "no list of `key: value`"),
        ("---\na: \x01\n---\n", 2, "is not YAML"),
        ("---\na: b\n" + "# long\n" * (MAX_CHARS // 7) + "---\n", 1, "is its end missing"),
        ("+++\na = 1\nb = \n+++\n", 3, "is not TOML here"),
        ("+++\na = 1\na = 2\n+++\n", 3, "is not TOML here"),
        ("+++\na = " + "[" * 5000 + "\n+++\n", 2, "cannot be read"),
        ("+++\n" + "a." * 50 + "a = 1\n+++\n", 2, "nested too deep"),
        ("+++\na = " + "1" * 5000 + "\n+++\n", 2, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_by_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(FrontMatterError, match=reason) as caught:
        split(text, html=True)
    assert caught.value.line == line


def test_an_unclosed_comment_says_how_to_close_it() -> None:
    with pytest.raises(FrontMatterError, match="close it with --- -->"):
        split("<!-- ---\na: b\n<p>", html=True)


def test_nothing_in_the_package_builds_objects_from_data() -> None:
    """security.md 18."""
    package = Path(digest.__file__).parent
    forbidden = re.compile(
        r"^\s*(?:import|from)\s+(?:pickle|marshal|shelve|dill)\b"
        r"|yaml\.(?:load|load_all|unsafe_load|full_load|UnsafeLoader|FullLoader|Loader)\b",
        re.MULTILINE,
    )
    sources = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert [path.name for path, source in sources.items() if forbidden.search(source)] == []
    assert "yaml.SafeLoader" in sources[package / "syndication" / "frontmatter.py"]
