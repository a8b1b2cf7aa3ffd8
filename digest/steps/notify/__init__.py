"""Notify: hubs hear of feeds that have changed, once the files are live."""

from digest.steps.notify.step import Notifier, NotifyResult
from digest.steps.notify.topics import documents, look
from digest.steps.notify.watching import forget as forget_hubs

__all__ = ["Notifier", "NotifyResult", "documents", "forget_hubs", "look"]
