"""All that Digest says of its own accord, in the languages it speaks; see :mod:`.catalogues`.

A phrase may name values in braces; every language names the same ones. A language that has no
catalogue speaks English.
"""

from __future__ import annotations

from digest.rendering.catalogues import FALLBACK, Catalogues

__all__ = ["FALLBACK", "PHRASES"]

PHRASES = Catalogues()
"""Text by language (BCP 47, primary subtag) and key, without what operators change."""
