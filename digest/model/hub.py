"""What subscribers of the hub and the hub say to each other."""

from __future__ import annotations

from enum import StrEnum


class HubMode(StrEnum):
    """What a request at the hub is about (WebSub, section 5): ``hub.mode``."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DENIED = "denied"
    """Said by the hub: it does not send any more, or never will."""
