"""What a mail to us turned out to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from digest.mail.refusals import Kind, Scope


class Sort(StrEnum):
    """What kind of mail it is."""

    BOUNCE = "bounce"  #: A message of ours was not delivered.
    DELAYED = "delayed"  #: Not yet delivered; somebody goes on trying.
    DELIVERED = "delivered"  #: A notice that it arrived, or was read. No effect.
    COMPLAINT = "complaint"  #: A reader called it spam.
    UNSUBSCRIBE = "unsubscribe"  #: A reader asks to get no more.
    AUTO_REPLY = "auto-reply"  #: On holiday, moved, ticket opened. No effect.
    CHALLENGE = "challenge"  #: Wants a person to prove that there is one. No effect.
    REPLY = "reply"  #: A person wrote.
    UNKNOWN = "unknown"  #: Nothing that can be told. No effect.


@dataclass(frozen=True, slots=True)
class Report:
    """One mail to us, understood."""

    sort: Sort
    kind: Kind | None = None
    """How bad a bounce is; ``None`` for other mail, and where nothing told it: then it counts for
    nothing."""

    scope: Scope | None = None
    """Whom a bounce is about; ``None`` together with :attr:`kind`."""

    reason: str = ""
    """One sentence for people."""

    diagnostic: str = ""
    """What the failing server said, on one line; empty when nothing was quoted."""

    recipients: tuple[str, ...] = ()
    """Addresses that the report names. For people only: they prove nothing."""

    message_id: str = ""
    """Of the message of ours that it quotes, without brackets; empty when none is quoted. Anybody
    who was sent it knows it."""

    token: str = ""
    """What stands where our unsubscribe tokens do; not checked. Empty when nothing does."""

    envelope_sender: str = ""
    """Of a complaint: where the message that it is about was sent from, as it says. The MAC in it
    proves that it was. Empty when that is not told."""

    subject: str = ""
    """Of the mail itself, on one line."""

    sender: str = ""
    """Address in its From; not proved."""

    is_automatic: bool = False
    """Whether a program wrote it: such mail is never answered or passed on."""

    @property
    def is_permanent(self) -> bool:
        """Whether it says that the address takes no mail, now or later."""
        return self.kind is Kind.PERMANENT and self.scope is Scope.RECIPIENT
