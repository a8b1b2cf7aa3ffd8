"""The words of what readers do: pages and mails about subscribing, choosing, and leaving.

A module a language. One that lacks a phrase speaks English there.
"""

from __future__ import annotations

from digest.rendering.reader_phrases import de, en, es, fr

READER_PHRASES: dict[str, dict[str, str]] = {
    "en": en.PHRASES,
    "de": de.PHRASES,
    "es": es.PHRASES,
    "fr": fr.PHRASES,
}
"""Text by language (BCP 47, primary subtag) and key."""
