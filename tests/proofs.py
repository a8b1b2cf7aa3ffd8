"""Proofs for the tests of preflight: a sound one, changed by keyword."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from samples import SAMPLE_PUBLICATION, sample_article

from digest import tokens
from digest.mail.address import parse_address
from digest.mail.message import Letter, build, message_id, placeholder
from digest.preflight import Piece, Proof

SLOT = placeholder(b"a secret for tests", "daily/1", "unsubscribe")
TOKEN = "T" * 40
PIECES = tuple(
    Piece(article.slug, article.title, article.url, article.content_text, "en", "articles")
    for article in (sample_article(1), sample_article(2))
)
LEAVE = "https://courier.example/unsubscribe/"


def mail_html(body: str = "", *, styles: str = "", language: str = "en") -> str:
    """Return a page with the articles of :data:`PIECES`, the furniture, and *body*."""
    stories = "".join(f'<h2><a href="{each.url}">{each.title}</a></h2>' for each in PIECES)
    address = "<br>".join(SAMPLE_PUBLICATION.postal_address.splitlines())
    return (
        f'<html lang="{language}"><head><title>Morning</title><style>{styles}</style></head>'
        f"<body>{stories}{body}<p>{address}</p>"
        f'<p><a href="{LEAVE}{TOKEN}">Unsubscribe</a></p></body></html>'
    )


def mail_text(body: str = "") -> str:
    """Return the same as plain text."""
    stories = "\n".join(f"{each.title}\n{each.url}\n" for each in PIECES)
    return f"{stories}\n{body}\n{SAMPLE_PUBLICATION.postal_address}\nUnsubscribe: {LEAVE}{TOKEN}\n"


def mail_bytes(html: str, text: str, *, url: str = LEAVE, **changes: Any) -> bytes:  # noqa: ANN401 - any field
    """Return the mail; *changes* are fields of its letter."""
    letter = Letter(
        from_name="The Meridian Courier",
        from_address="desk@courier.example",
        subject="The harbour that measured the lake",
        date=datetime(2026, 11, 24, 6, tzinfo=UTC),
        html=html.replace(TOKEN, SLOT),
        text=text.replace(TOKEN, SLOT),
        message_id_domain="courier.example",
        slots={"unsubscribe": SLOT},
        unsubscribe_url=f"{url}{SLOT}" if url else "",
    )
    own_id = message_id(tokens.derive(b"k" * 32, "x"), "daily/1", 1, "courier.example")
    skeleton = build(replace(letter, **changes))
    return skeleton.fill(parse_address("reader@example.org"), own_id, {"unsubscribe": TOKEN})


def sound_proof(**changes: Any) -> Proof:  # noqa: ANN401 - any field
    """Return a proof that nothing is wrong with; *changes* are fields of it."""
    html = changes.get("html", mail_html())
    text = changes.get("text", mail_text())
    proof = Proof(
        subject="The harbour that measured the lake",
        html=html,
        text=text,
        message=mail_bytes(mail_html(), mail_text()),
        language="en",
        pieces=PIECES,
        postal_address=SAMPLE_PUBLICATION.postal_address,
        unsubscribe_token=TOKEN,
    )
    return replace(proof, **changes)
