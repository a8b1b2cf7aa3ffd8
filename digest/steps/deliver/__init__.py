"""Deliver: frozen issues go to the relay, one message a subscriber, and each result is kept.

Claims are taken in batches under a fence and a lease; a connection sends no new message body before
its last result is committed; a result is written only while its claim holds. So nobody is lost, and
a crash repeats at most one message an open connection.
"""

from digest.steps.deliver.step import Deliverer, DeliverResult, Progress

__all__ = ["DeliverResult", "Deliverer", "Progress"]
