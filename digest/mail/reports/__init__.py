"""What mail to us reports: failures, complaints, automatic replies, and people who answer.

Pure: bytes in, a :class:`Report` out, whatever they are. Nothing here says who is meant: that is
for the envelope to prove (``mail/verp.py``), never for the text, which anybody can write.
"""

from digest.mail.reports.arrival import Arrival, addressed_to, identity_of, is_null_sender
from digest.mail.reports.report import Report, Sort
from digest.mail.reports.sorting import PASSED_ON, read_report, words_of, writer_of

__all__ = [
    "PASSED_ON",
    "Arrival",
    "Report",
    "Sort",
    "addressed_to",
    "identity_of",
    "is_null_sender",
    "read_report",
    "words_of",
    "writer_of",
]
