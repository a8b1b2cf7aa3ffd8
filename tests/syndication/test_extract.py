# ruff: noqa: RUF001 - a page in Ukrainian
"""Web pages read as articles: an own corpus, and what pages may try."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from digest.syndication.extract import PageError, read_page

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


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"%PDF-1.7", "", "is application/pdf, not a web page"),
        (b"{}", "application/json; charset=utf-8", "is application/json"),
        (b"", "text/html", "no text"),
        (b"<p>" * 60_000, "text/html", "more than 50,000 tags"),
        (b"x" * 8_000_001, "text/html", "more than 8,000,000 characters"),
        (b"\xff\xfe\x00\x01" * 9 + b"\0", "text/html", "damaged|not text|no text"),
    ],
)
def test_what_is_no_page_is_refused(data: bytes, kind: str, said: str) -> None:
    """security.md 9."""
    with pytest.raises(PageError, match=said):
        read_page(data, url="https://a.example/", content_type=kind)


def test_the_server_says_which_charset_it_is_unless_it_is_utf_8_anyway() -> None:
    words = "Кілька слів про ставок, у якому взимку не замерзає вода. " * 9
    for charset in ("windows-1251", "utf-8"):
        data = f"<title>Ставок</title><p>{words}</p>".encode(charset)
        found = read_page(data, url="https://a.example/", content_type="text/html;charset=cp1251")
        if charset == "utf-8":
            assert found.draft.title == "Ставок"
    data = f"<title>Ставок</title><p>{words}</p>".encode("windows-1251")
    kind = 'text/html; charset="windows-1251"'
    assert read_page(data, url="https://a.example/", content_type=kind).draft.title == "Ставок"


def test_a_page_that_calls_another_site_its_own_stays_where_it_is() -> None:
    words = "A pond where the water does not freeze in winter, whatever the cold. " * 9
    html = f"<link rel=canonical href='{{}}'><title>Pond</title><p>{words}</p>"
    for stated, expected in (
        ("https://evil.example/x", "https://a.example/pond"),
        ("https://a.example/", "https://a.example/pond"),
        ("https://www.a.example/pond/", "https://www.a.example/pond/"),
        ("javascript:alert(1)", "https://a.example/pond"),
    ):
        found = read_page(html.format(stated).encode(), url="https://a.example/pond?utm_source=x")
        assert found.draft.url == expected


def test_scripts_and_events_do_not_get_through() -> None:
    """security.md 6."""
    words = "A pond where the water does not freeze in winter, whatever the cold. " * 9
    html = (
        f"<title>{{{{7*7}}}}</title><article><p onclick=x()>{words}</p><script>x()</script>"
        f"<p><a href='jAvAsCrIpT&#58;x()'>y</a><img src=x onerror=x()></p><svg onload=x()></svg>"
        f"<pre onmouseover=x()>{words}</pre></article>"
    )
    draft = read_page(html.encode(), url="https://a.example/").draft
    assert draft.title == "{{7*7}}"
    for part in ("x()", "onclick", "onerror", "onmouseover", "<svg", "cript"):
        assert part not in draft.content_html
