"""The few words that pages of the site say of their own accord, in the languages we speak.

As in :mod:`.phrases`, which pages can use too. Areas with many words of their own keep them in a
module of their own and are merged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from digest.rendering.phrases import PHRASES
from digest.rendering.reader_phrases import READER_PHRASES

PAGE_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "skip": "Skip to content",
        "main_navigation": "Topics",
        "site_navigation": "About this site",
        "latest": "Latest",
        "all_articles": "All articles",
        "topics": "Topics",
        "articles_count": "{count} articles",
        "one_article": "1 article",
        "related": "Related articles",
        "published": "Published {date}",
        "updated": "Updated {date}",
        "elsewhere": "on {host}",
        "attachments": "Listen or download",
        "older": "Older",
        "newer": "Newer",
        "page_of": "Page {number} of {total}",
        "pages": "Pages",
        "none_yet": "There is nothing here yet.",
        "briefings": "Briefings by email",
        "briefings_text": "New articles in your inbox. Leave with one click, whenever you like.",
        "email_address": "Email address",
        "subscribe": "Subscribe",
        "earlier_issues": "Earlier issues",
        "issue_of": "Number {number}, {date}",
        "feeds": "Feeds",
        "feeds_text": "Follow in a program of your choice, without giving an address to anybody.",
        "feed_how": "How to subscribe",
        "feed_how_1": "Choose a feed reader: a program or a site that collects what is new.",
        "feed_how_2": "Copy one of the addresses below; which format does not matter.",
        "feed_how_3": "Paste it into the reader, where it asks for a feed or an address.",
        "feed_address": "{format} address",
        "feed_open": "Or open it in",
        "feed_articles": "In this feed now",
        "feed_page": "About this feed",
        "copy": "Copy",
        "copied": "Copied",
        "privacy": "Privacy",
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
    english = {**PHRASES["en"], **PAGE_PHRASES["en"], **READER_PHRASES["en"]}
    return {
        language: {
            **english,
            **phrases,
            **PAGE_PHRASES.get(language, {}),
            **READER_PHRASES.get(language, {}),
        }
        for language, phrases in PHRASES.items()
    }
