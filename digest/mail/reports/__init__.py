"""What mail to us reports: failures, complaints, automatic replies, and people who answer.

Pure: bytes in, a :class:`Report` out, whatever they are. Nothing here says who is meant: that is
for the envelope to prove (``mail/verp.py``), never for the text, which anybody can write.
"""

from digest.mail.reports.report import Report, Sort
from digest.mail.reports.sorting import read_report

__all__ = ["Report", "Sort", "read_report"]
