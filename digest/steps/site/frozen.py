"""An issue as a page: the frozen bytes of its mail, without what was one reader's own. Pure."""

from __future__ import annotations

import re
from html import escape

from digest.mail.skeleton import SLOT_LENGTH

_PERSONAL = re.compile(
    rf'<a\b[^>]*\bhref="[^"]*/(?:unsubscribe|preferences)/[0-9A-Za-z_-]{{{SLOT_LENGTH}}}[^"]*"[^>]*>'
    r".*?</a>",
    re.DOTALL | re.IGNORECASE,
)
_SLOT = re.compile(
    rf"(?<=/unsubscribe/)[0-9A-Za-z_-]{{{SLOT_LENGTH}}}|(?<=/preferences/)[0-9A-Za-z_-]{{{SLOT_LENGTH}}}"
)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)

META_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https:; form-action 'none'; "
    "base-uri 'none'"
)
"""For hosts that send no headers of ours; the web app adds a stricter one as a header."""


def issue_page(html: str, canonical: str) -> str:
    """Return the *html* of a mail for everybody to read at *canonical*.

    Links that act for the reader of one mail (unsubscribe, preferences) are taken out whole. The
    rest is as it was mailed; a policy is added by which nothing in it can run.
    """
    shared = _SLOT.sub("", _PERSONAL.sub("", html))
    added = (
        f'<meta http-equiv="Content-Security-Policy" content="{META_POLICY}">'
        f'<link rel="canonical" href="{escape(canonical)}">'
    )
    return _HEAD.sub(lambda found: found[0] + added, shared, count=1)
