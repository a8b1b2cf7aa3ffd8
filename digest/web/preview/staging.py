"""Staging: a mail as one kind of program would show it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from enum import StrEnum

_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")
_HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)


class View(StrEnum):
    """What is looked at."""

    MAIL = "mail"
    TEXT = "text"
    HEADERS = "headers"
    CHECKS = "checks"


@dataclass(frozen=True, slots=True)
class Stage:
    """How it is looked at: what the query of the page's address says."""

    view: View = View.MAIL
    variant: int = 0
    is_phone: bool = False
    is_dark: bool = False
    has_images: bool = True

    @classmethod
    def of(cls, query: dict[str, str]) -> Stage:
        """Return what *query* says; what it does not understand is as by default."""
        view = query.get("view", "")
        number = query.get("variant", "")
        is_number = number.isascii() and number.isdigit() and len(number) < 4  # noqa: PLR2004 - enough
        return cls(
            view=View(view) if view in set(View) else View.MAIL,
            variant=int(number) if is_number else 0,
            is_phone=query.get("width") == "phone",
            is_dark=query.get("scheme") == "dark",
            has_images=query.get("images") != "off",
        )

    def query(self, **changes: str) -> str:
        """Return the query of the same stage with *changes*, its keys in a fixed order."""
        values = {
            "view": str(self.view),
            "variant": str(self.variant),
            "width": "phone" if self.is_phone else "wide",
            "scheme": "dark" if self.is_dark else "light",
            "images": "on" if self.has_images else "off",
            **changes,
        }
        return "&".join(f"{key}={value}" for key, value in values.items())


def in_scheme(html: str, *, is_dark: bool) -> str:
    """Return the mail *html* as in dark or light mode, whichever the browser itself is in."""
    wanted = "dark" if is_dark else "light"
    staged = _SCHEME.sub(
        # A width that every screen has, and one that none has.
        lambda found: "(min-width: 0)" if found[1] == wanted else "(min-width: 999999px)",
        html,
    )
    rule = f"<style>:root {{ color-scheme: {wanted} !important; }}</style>"
    end = _HEAD_END.search(staged)
    at = end.start() if end else 0
    return staged[:at] + rule + staged[at:]


def policy_of(*, has_images: bool) -> str:
    """Return the Content-Security-Policy of a mail in the preview: no script, perhaps no images."""
    images = "'self' https: http: data:" if has_images else "'none'"
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {images}; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self'"
    )


def headers_of(message: bytes) -> list[tuple[str, str]]:
    """Return the message's header fields as sent, unfolded, in order."""
    found = message_from_bytes(message, policy=policy.compat32)
    return [(name, " ".join(str(value).split())) for name, value in found.raw_items()]
