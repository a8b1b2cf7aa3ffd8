"""The words of what readers do: pages and mails about subscribing, choosing, and leaving.

A module a language. One that lacks a phrase speaks English there.
"""

from __future__ import annotations

from digest.rendering.reader_phrases import ar, de, en, es, fr, uk

READER_PHRASES: dict[str, dict[str, str]] = {
    "en": en.PHRASES,
    "de": de.PHRASES,
    "es": es.PHRASES,
    "fr": fr.PHRASES,
    "uk": uk.PHRASES,
    "ar": ar.PHRASES,
}
"""Text by language (BCP 47, primary subtag) and key."""
