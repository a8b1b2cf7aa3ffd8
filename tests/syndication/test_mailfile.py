# ruff: noqa: RUF001 - a sender has a dash in her name
"""Mails read as articles."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.syndication.mailfile import MailError, read_mail

MAILS = Path(__file__).parent.parent / "data" / "mails"


def test_a_newsletter_is_its_text_and_nothing_of_the_mailing() -> None:
    found = read_mail((MAILS / "newsletter.eml").read_bytes())
    draft = found.draft
    assert draft.title == "Why the tide was late"
    assert [author.name for author in draft.authors] == ["Nell Wardé – The Tide Table"]
    assert found.origin == "Nell Wardé – The Tide Table"
    assert found.guid == "20260310.77@post.letters.example"
    assert draft.published_at == datetime(2026, 3, 10, 6, 5, tzinfo=UTC)
    assert draft.url == "https://letters.example/p/tide"
    assert draft.language == "en"
    assert "<p>On Sunday the water came up" in draft.content_html
    assert "<tr><th>Day</th><th>High water</th></tr>" in draft.content_html
    assert "<ul><li>Wear boots.</li><li>Tell somebody" in draft.content_html
    assert '<img src="https://letters.example/img/mussels.jpg" alt="Mussels"' in draft.content_html
    assert '<a href="https://harbour.example/wind">' in draft.content_html
    unwanted = ("browser", "logo", "list of mails", "o.gif", "cid:", "data:", "receiving")
    for part in (
        *unwanted,
        "Leave",
        "preferences",
        "8f2c",
        "Quay Street",
        "<h1>",
        "letters.example>",
    ):
        assert part not in draft.content_html, part


PLAIN = b"""From: news@hill.example
Subject: Paths closed
Date: 2 Feb 2026 10:00
Content-Type: text/plain; charset=iso-8859-1

The upper path is closed until Easter: caf\xe9 and hut, too.

More at https://hill.example/paths.

You received this mail because you are on our list.
"""


def test_a_plain_mail_has_paragraphs_and_links_and_no_address_of_anybody() -> None:
    found = read_mail(b"From x Mon Feb  2\n" + PLAIN)
    html = found.draft.content_html
    assert "<p>The upper path is closed until Easter: café and hut, too.</p>" in html
    assert '<a href="https://hill.example/paths">https://hill.example/paths</a>.' in html
    assert "received" not in html
    assert (found.origin, found.draft.authors, found.draft.url) == ("hill.example", (), "")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither From nor Subject"),
        (b"From: a@b.example\nSubject: x\n\n", "no text"),
        (b"From: a@b.example\nSubject: x\nContent-Type: application/pdf\n\nx", "no text"),
        (b"From: a@b.example\nContent-Type: text/html\n\n<p><img src=cid:x></p><br>", "no text"),
    ],
)
def test_what_is_no_mail_or_has_no_text_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(MailError, match=said):
        read_mail(data)
