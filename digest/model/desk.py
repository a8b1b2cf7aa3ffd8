"""The operator's desk: what people there may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody at the desk may do."""

    EDITOR = "editor"  #: Articles and issues: what goes out.
    OPERATOR = "operator"  #: Everything: people, sources, relays, settings too.

    def includes(self, other: Role) -> bool:
        """Return whether who has this role may do what *other* may."""
        return self is Role.OPERATOR or other is Role.EDITOR
