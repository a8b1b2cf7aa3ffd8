"""Mail that people write is passed on to the one who answers, and can never come round again."""

from __future__ import annotations

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from digest import tokens
from digest.config import Config
from digest.errors import MessageError
from digest.mail.address import domain_of
from digest.mail.envelope import Outgoing
from digest.mail.message import message_id
from digest.mail.reports import PASSED_ON, read_report, words_of
from digest.store.forwards import Forward
from digest.tokens import Keyring

_MAX_WORDS = 20_000


def written(forward: Forward, config: Config, keyring: Keyring) -> Outgoing:
    """Return the mail that passes *forward* on: its words, and the mail itself as a file.

    It comes from us, so that it passes DMARC, and an answer goes to the one who wrote. Nobody is
    told if it cannot be delivered (null sender), no program answers it (RFC 3834), and should it
    come back to us, it is not passed on again.

    Raises:
        MessageError: if nobody is named to pass it on to, or there is no briefing to send it as.
    """
    briefing = next(iter(config.briefings.values()), None)
    if briefing is None or not config.feedback.forward_to:
        raise MessageError("there is no briefing, or no [feedback] forward_to, in the settings")
    report = read_report(forward.content)
    text = words_of(forward.content)[:_MAX_WORDS]
    mail = EmailMessage(policy.SMTP)
    who = report.sender
    mail["From"] = Address(f"{who} via {config.publication.title}", addr_spec=briefing.from_address)
    mail["To"] = config.feedback.forward_to
    mail["Subject"] = report.subject or "(no subject)"
    if report.sender.isascii():
        mail["Reply-To"] = report.sender
    secret = tokens.derive(keyring.first, "message-id")
    name = f"forward/{forward.created_at.isoformat()}"
    mail["Message-ID"] = message_id(secret, name, forward.id, domain_of(briefing.from_address))
    mail["Date"] = format_datetime(forward.created_at)
    mail["Auto-Submitted"] = "auto-generated"
    mail[PASSED_ON] = config.publication.id
    mail.set_content(
        f"{who} wrote this to {config.publication.title}. Your answer goes to them; the mail as it "
        f"came is attached.\n\n{text}\n",
        cte="base64",
    )
    mail.add_attachment(
        forward.content, maintype="application", subtype="octet-stream", filename="mail.eml"
    )
    return Outgoing("", config.feedback.forward_to, mail.as_bytes())


def is_from_answerer(sender: str, config: Config) -> bool:
    """Return whether a mail comes from the one it would be passed on to."""
    return sender == config.feedback.forward_to.lower()


def too_old(forward: Forward, now: datetime) -> bool:
    """Return whether it was tried for so long that it is given up."""
    return (now - forward.created_at).days >= _GIVE_UP_DAYS


_GIVE_UP_DAYS = 5
