"""Marks: what stands in a mail for its service to hand back, so that we know whom it reports about.

Services replace the envelope sender, and most the Message-ID, by their own. Each has a header field
whose value comes back with every event. A mark is an envelope sender of ours (``mail/verp.py``)
at a domain that nobody has: it holds issue and reader, and a MAC.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from digest.mail import headers, verp
from digest.mail.address import parse_address

NAME = "digest"
"""Under which services hand the mark back."""

_MAILBOX = parse_address("m@digest.invalid")
_MARK = re.compile(r"[^@\s<>]*[+=-][A-Za-z2-7]{32}@[^@\s<>]+")


def mark_of(issue_id: int, subscriber_id: int, secrets: Sequence[bytes]) -> str:
    """Return the mark of one issue to one subscriber; always the same.

    Raises:
        MessageError: as :func:`digest.mail.verp.encode` does.
    """
    return verp.encode(_MAILBOX, issue_id, subscriber_id, secrets, separator="-")


def is_marked(text: str) -> bool:
    """Return whether *text* looks like a mark, or an envelope sender of ours. It is not checked."""
    return _MARK.fullmatch(text) is not None


def fields_for(providers: Collection[str], mark: str) -> bytes:
    """Return the header fields by which *providers* are told *mark*; empty when none needs one.

    Amazon SES needs none: it reports the envelope sender. The fields are for the service and not
    signed; it takes them out.
    """
    values = json.dumps({NAME: mark})
    written = {
        "postmark": ("X-PM-Metadata-Digest", mark),
        "sendgrid": ("X-SMTPAPI", json.dumps({"unique_args": {NAME: mark}})),
        "mailgun": ("X-Mailgun-Variables", values),
        "brevo": ("X-Mailin-custom", mark),
    }
    return b"".join(
        headers.literal(*written[provider]) for provider in written if provider in providers
    )
