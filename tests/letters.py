"""Letters for tests: one that is complete, and what is filled into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from digest.mail.message import Letter, placeholder

SECRET = b"only for tests: 16 bytes or more"
DOMAIN = "news.example.org"
SLOTS = {name: placeholder(SECRET, "daily/1", name) for name in ("unsubscribe", "view")}
VALUES = {"unsubscribe": "u" * 39 + "-", "view": "v" * 39 + "_"}

_UNSUBSCRIBE = f"https://news.example.org/u/{SLOTS['unsubscribe']}"
_VIEW = f"https://news.example.org/v/{SLOTS['view']}"

COMPLETE = Letter(
    from_name="The Daily",
    from_address="news@example.org",
    reply_to="editor@example.org",
    subject="Good morning",
    date=datetime(2026, 11, 24, 6, 30, tzinfo=UTC),
    text=f"Good morning, Zürich.\n\nOnline: {_VIEW}\nUnsubscribe: {_UNSUBSCRIBE}\n",
    html=(
        '<!doctype html><html lang="en"><head><title>Good morning</title></head><body>'
        f'<p>Good morning, Zürich.</p><p><a href="{_VIEW}">Online</a> '
        f'<a href="{_UNSUBSCRIBE}">Unsubscribe</a></p></body></html>'
    ),
    message_id_domain=DOMAIN,
    slots=SLOTS,
    list_id="daily.example.org",
    list_name="The Daily",
    list_help="https://news.example.org/help",
    list_archive="https://news.example.org/archive",
    list_owner="editor@example.org",
    unsubscribe_url=_UNSUBSCRIBE,
    unsubscribe_mailto="unsubscribe@example.org",
    feedback_id="daily:briefing:example",
    language="en",
    extra_headers=(("X-Issue", "daily 1"),),
)


def letter(**changes: Any) -> Letter:  # noqa: ANN401 - any field of Letter, each of its own type
    """Return the complete letter with *changes*."""
    return replace(COMPLETE, **changes)
