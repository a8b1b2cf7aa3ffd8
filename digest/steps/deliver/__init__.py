"""Deliver: frozen issues go to relays, one message a subscriber, and each result is kept.

Claims are taken in batches under a fence and a lease; a connection sends no new message body before
its last result is committed; a result is written only while its claim holds. So nobody is lost, and
a crash repeats at most one message an open connection.

``step`` is the step: which issues are sent, others ``joining`` those on their way, and how that
went (``result``). ``run`` opens the connections of one issue, over all relays (``lane``) that share
it; issues get their ``shares`` of a relay's connections. ``sender`` gives them messages, each
connection by a ``line`` of its own, and keeps results: ``supply`` claims and deals messages,
``writer`` writes them, ``commits`` makes results durable, ``lookout`` knows who has left,
``opening`` judges how the issue begins. ``timekeeper`` distrusts a clock that jumps, ``memory``
keeps what was learnt, and ``relays`` tells operators of it. ``progress`` says how far an issue has
come, and ``watch`` looks at that from outside.
"""

from digest.steps.deliver.progress import Progress
from digest.steps.deliver.relays import RelayReport, report_relays
from digest.steps.deliver.result import DeliverResult
from digest.steps.deliver.step import Deliverer
from digest.steps.deliver.watch import Glance, Watch

__all__ = [
    "DeliverResult",
    "Deliverer",
    "Glance",
    "Progress",
    "RelayReport",
    "Watch",
    "report_relays",
]
