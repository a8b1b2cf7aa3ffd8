"""Our own WebSub hub: takes requests, asks callbacks whether they agree, and sends content."""

from digest.steps.hub.asking import ask
from digest.steps.hub.step import Hub, HubResult

__all__ = ["Hub", "HubResult", "ask"]
