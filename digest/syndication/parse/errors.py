"""Why a document is no feed."""

from __future__ import annotations

from digest.errors import DigestError


class FeedError(DigestError, ValueError):
    """A document cannot be read as a feed."""

    def __init__(self, reason: str, alternatives: tuple[str, ...] = ()) -> None:
        """Say *reason*, a predicate of the document, and which feeds it names itself."""
        hint = f"; it names these feeds: {', '.join(alternatives)}" if alternatives else ""
        super().__init__(reason + hint)
        self.alternatives = alternatives
        """Addresses of feeds that the document names (a web page does, in its head)."""
