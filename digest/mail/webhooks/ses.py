"""Amazon SES: notifications, or events of a configuration set, inside messages of Amazon SNS.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from digest.mail.reports import Report, Sort
from digest.mail.webhooks import sns
from digest.mail.webhooks.hook import Batch, Gathering, UnreadableError, identity_of
from digest.mail.webhooks.payload import Fields, inner, listed, parse_fields, text
from digest.mail.webhooks.reports import (
    GONE,
    NOT_NOW,
    NOT_REACHED,
    OURS,
    VAGUE,
    about,
    complaint,
    failure,
    not_tried,
    note,
)

_IDLE = frozenset(
    {"Delivery", "Send", "Open", "Click", "DeliveryDelay", "Subscription", "Rendering Failure"}
)

_CLASSES = {
    ("Permanent", "General"): GONE,
    ("Permanent", "NoEmail"): GONE,
    ("Permanent", "Suppressed"): GONE,
    ("Transient", "General"): NOT_REACHED,
    ("Transient", "MailboxFull"): NOT_NOW,
    ("Transient", "MessageTooLarge"): OURS,
    ("Transient", "ContentRejected"): OURS,
    ("Transient", "AttachmentRejected"): OURS,
    ("Transient", "CustomTimeoutExceeded"): NOT_REACHED,
}
"""By type and subtype."""


def read(body: bytes) -> Batch:
    """Return what *body* says: a message of Amazon SNS, or what is inside one.

    Raises:
        UnreadableError: if it is neither.
    """
    fields = parse_fields(body)
    gathered = Gathering()
    if "TopicArn" in fields:
        envelope = sns.open_envelope(body)
        if envelope.type != sns.NOTIFICATION:
            gathered.count(envelope.type)
            return gathered.batch
        try:
            fields = parse_fields(envelope.message)
        except UnreadableError:
            # As when a configuration set is told of its topic: words for people.
            gathered.count("words")
            return gathered.batch
    name = text(fields, "notificationType") or text(fields, "eventType")
    mail = inner(fields, "mail")
    own = text(fields, name.lower(), "feedbackId") or text(mail, "messageId")
    for report, address in _happenings(fields, name):
        whole = about(report, [text(mail, "source")], address, _message_id(mail))
        gathered.add(whole, identity_of("ses", name, own, address), address)
    is_known = name in _IDLE or name in {"Bounce", "Complaint", "Reject"}
    gathered.count(name, is_known=is_known)
    return gathered.batch


def _happenings(fields: Fields, name: str) -> list[tuple[Report, str]]:
    """Return what happened, and to which address each."""
    if name == "Bounce":
        bounce = inner(fields, "bounce")
        people = listed(bounce, "bouncedRecipients")
        return [(_bounce(bounce, person), text(person, "emailAddress")) for person in people]
    if name == "Complaint":
        complained = inner(fields, "complaint")
        # Who it was is only guessed: all recipients at that service. Ours have one.
        people = listed(complained, "complainedRecipients")
        return [(_complaint(complained), text(person, "emailAddress")) for person in people]
    if name == "Reject":
        return [(failure(text(fields, "reject", "reason"), otherwise=OURS), "")]
    return []


def _bounce(happening: Fields, person: Fields) -> Report:
    said, status = text(person, "diagnosticCode"), text(person, "status")
    kinds = (text(happening, "bounceType"), text(happening, "bounceSubType"))
    if kinds == ("Transient", "General") and not said and not status:
        # What Amazon takes automatic answers for.
        return note(Sort.AUTO_REPLY, "Nobody said anything: most likely an automatic answer.")
    if kinds[1] == "OnAccountSuppressionList":
        # Those who complained are on it as well.
        return not_tried(said)
    return failure(said, status, _CLASSES.get(kinds, VAGUE))


def _complaint(happening: Fields) -> Report:
    kind = text(happening, "complaintFeedbackType")
    if kind in {"not-spam", "auth-failure"}:
        return note(Sort.UNKNOWN, f"Feedback of the type {kind}.")
    if text(happening, "complaintSubType") == "OnAccountSuppressionList":
        return note(Sort.UNKNOWN, "Amazon did not send it: the address is on the account's list.")
    return complaint(kind)


def _message_id(mail: Fields) -> str:
    """Return the Message-ID that we wrote: Amazon puts its own into the mail."""
    for header in listed(mail, "headers"):
        if text(header, "name").lower() == "message-id":
            return text(header, "value")
    return text(mail, "commonHeaders", "messageId")
