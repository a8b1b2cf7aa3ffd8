"""From a service's words to a :class:`~digest.mail.reports.Report`.

What the failing server said comes first, by the same table as everywhere; the class that the
service made of it counts only where that tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from digest.mail.refusals import Kind, Scope
from digest.mail.reports import Report, Sort
from digest.mail.reports.diagnosis import Diagnosis, diagnose
from digest.mail.reports.dsn import bounce
from digest.mail.webhooks.marks import is_marked

GONE = Diagnosis(
    Kind.PERMANENT, Scope.RECIPIENT, "The service says that there is no such address.", ""
)
NOT_NOW = Diagnosis(
    Kind.TRANSIENT, Scope.RECIPIENT, "The service says that the mailbox takes no mail now.", ""
)
NOT_REACHED = Diagnosis(
    Kind.TRANSIENT, Scope.MESSAGE, "The service could not deliver it in time.", ""
)
OURS = Diagnosis(
    Kind.OUR_FAULT, Scope.MESSAGE, "The service says that our mail is refused, not the address.", ""
)
VAGUE = Diagnosis(None, None, "It says that it failed, and not why.", "")


def failure(said: str, status: str = "", otherwise: Diagnosis = VAGUE) -> Report:
    """Return the report of a failure.

    Args:
        said: What the failing server said, as far as it is told.
        status: The enhanced code apart from that, like ``5.1.1``; empty: none.
        otherwise: What it means if neither of the two tells.
    """
    found = diagnose(said, status)
    if found.kind is None:
        found = replace(otherwise, text=found.text)
    return bounce(found, (), "")


def not_tried(said: str) -> Report:
    """Return the report that the service did not send it: the address is on a list of its own.

    Why it got there is not told, so that nothing follows for the address.
    """
    reason = "The service did not send it: the address is on a list of its own."
    return bounce(Diagnosis(None, None, reason, " ".join(said[:1000].split())), (), "")


def complaint(how: str = "") -> Report:
    """Return the report that a reader called it spam; *how* is the service's word for it."""
    kind = f" ({how})" if how else ""
    return Report(Sort.COMPLAINT, reason=f"A reader called it spam{kind}.", is_automatic=True)


def unsubscribe() -> Report:
    """Return the report that a reader told the service to get no more."""
    reason = "A reader asked the mail service for no more mail."
    return Report(Sort.UNSUBSCRIBE, reason=reason, is_automatic=True)


def note(sort: Sort, reason: str) -> Report:
    """Return a report of something that has no effect."""
    return Report(sort, reason=reason, is_automatic=True)


def about(report: Report, marks: Iterable[str], address: str, message_id: str = "") -> Report:
    """Return *report* with all that may prove whom it is about.

    Args:
        report: What happened.
        marks: What may be an address that we sent from, or a mark of ours: the first that looks
            like one is taken. It is yet to be checked.
        address: The recipient.
        message_id: As our mail had it, with or without brackets; empty: not told.
    """
    return replace(
        report,
        envelope_sender=next((mark for mark in marks if is_marked(mark)), ""),
        recipients=(address,) if address else (),
        message_id=message_id.strip("<> "),
        is_automatic=True,
    )
