"""Web pages read as articles: an own corpus, and what pages may try."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from digest.syndication.extract import read_page

PAGES = Path(__file__).parent.parent / "data" / "pages"


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.html")))
def test_a_page_of_each_kind_is_read_as_people_would(name: str) -> None:
    expected = tomllib.loads((PAGES / f"{name}.toml").read_text("utf-8"))
    data = (PAGES / f"{name}.html").read_bytes()
    found = read_page(
        data, url=expected.get("url", ""), content_type=expected.get("content_type", "")
    )
    draft = found.draft
    image = draft.image
    seen = {
        "title": draft.title,
        "address": draft.url,
        "origin": found.origin,
        "authors": [author.name for author in draft.authors],
        "published": draft.published_at,
        "updated": draft.updated_at,
        "language": draft.language,
        "topics": list(draft.topics),
        "image": image.url if image else "",
        "caption": image.caption if image else "",
        "summary": draft.summary,
    }
    stated = {key: value for key, value in expected.items() if key in seen}
    assert {key: seen[key] for key in stated} == stated
    html = draft.content_html
    for wanted in expected["keeps"]:
        assert wanted in html, (wanted, html)
    for unwanted in expected["drops"]:
        assert unwanted not in html, (unwanted, html)
    assert not found.is_summary
