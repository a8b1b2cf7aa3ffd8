"""The few words that pages of the site say of their own accord, in the languages we speak.

As in :mod:`.phrases`, which pages can use too. Areas with many words of their own keep them in a
module of their own and are merged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from digest.rendering.phrases import PHRASES

PAGE_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "skip": "Skip to content",
        "page_not_found": "There is no such page",
        "page_not_found_text": "The address may be mistyped, or the page has moved.",
        "page_gone": "This article was withdrawn",
        "page_gone_text": "It is no longer available.",
        "page_method": "That cannot be done here",
        "page_method_text": "Go back and try again from the page itself.",
        "page_too_large": "That is too much at once",
        "page_too_large_text": "What was sent is larger than this page takes.",
        "page_error": "Something went wrong",
        "page_error_text": "It is not your fault. Please try again in a minute.",
        "to_front_page": "To the front page",
    },
}
"""Text by language and key; one that lacks a key speaks English there."""


@cache
def page_catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every phrase that pages can use, by language and key."""
    english = {**PHRASES["en"], **PAGE_PHRASES["en"]}
    return {
        language: {**english, **phrases, **PAGE_PHRASES.get(language, {})}
        for language, phrases in PHRASES.items()
    }
