"""What templates/README.md says that templates are given is what they are given."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import jinja2
import pytest
from samples import sample_context

from digest.model import (
    Article,
    BriefingInfo,
    IssueContent,
    MailLinks,
    NoticeContext,
    Publication,
    Section,
)
from digest.rendering import Renderer, bundled_templates
from digest.rendering.wording import Wording

README = (bundled_templates() / "README.md").read_text("utf-8")
CODE = re.compile(r"`([^`]+)`")


def part(heading: str) -> str:
    """Return what stands below *heading*."""
    return README.split(f"## {heading}\n")[1].split("\n## ")[0]


def rows(heading: str) -> dict[str, str]:
    """Return the second cell of each row below *heading*, by the first."""
    lines = re.findall(r"^\| (.+?) \| (.+) \|$", part(heading), re.MULTILINE)
    return {first: second for first, second in lines if first not in {"name", "filter"}}


def names(text: str) -> set[str]:
    """Return the names in code that *text* has, without arguments."""
    return {re.split(r"[(|]", code)[0] for code in CODE.findall(text)}


def of(type_: type[Any], *more: str) -> set[str]:
    return {field.name for field in fields(type_)} | set(more)


def test_every_name_of_the_context_is_described() -> None:
    described = set().union(*(names(first) for first in rows("Names")))
    rendered: dict[str, object] = {}

    class Spy(Renderer):
        def _mail(self, markup: str, text: str, values: Any) -> Any:  # noqa: ANN401 - as given
            rendered.update(values)
            return super()._mail(markup, text, values)

    Spy([bundled_templates()]).briefing(sample_context())
    assert described == set(rendered)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("publication", of(Publication)),
        ("briefing", of(BriefingInfo)),
        ("content", of(IssueContent, *of(Section), "uid")),
        ("links", of(MailLinks)),
        ("wording", {name for name in dir(Wording("en", "UTC")) if not name.startswith("_")}),
    ],
)
def test_every_attribute_of_it_is_described(name: str, expected: set[str]) -> None:
    assert names(rows("Names")[f"`{name}`"]) == expected


def test_what_articles_and_notices_are_said_to_have_they_have() -> None:
    article, notice = part("Names").split("An article has")[1].split("A notice")
    nested = {"name", "email", "alt", "caption", "credit", "width", "height"} | {
        "media_type",
        "length_bytes",
    }
    assert names(article) - nested < of(Article)
    assert names(notice) - {"notice"} < of(NoticeContext)


def test_every_filter_is_described() -> None:
    filters = Renderer([bundled_templates()])._environment.filters  # noqa: SLF001 - the real ones
    known = set(jinja2.Environment().filters)  # noqa: S701 - only their names
    own = {name for name in filters if name not in known and not name.startswith("_")}
    told = " ".join(rows("Filters of our own"))
    assert set(re.findall(r"\\\|(\w+)", told)) == own
