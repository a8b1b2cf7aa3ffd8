"""Mail that people write is passed on to the one who answers, and can never come round again."""

from __future__ import annotations

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from digest import tokens
from digest.config import Config
from digest.errors import AddressError, MessageError
from digest.mail.address import domain_of, parse_address
from digest.mail.envelope import Outgoing
from digest.mail.message import message_id
from digest.mail.reports import PASSED_ON, read_report, words_of, writer_of
from digest.store.forwards import Forward
from digest.tokens import Keyring

_MAX_WORDS = 20_000
_MAX_NAME = 100


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
    who, answers_to = writer_of(forward.content)
    who, answers_to = _shown(who)[:_MAX_NAME] or "Somebody", _mailable(answers_to)
    text = words_of(forward.content)[:_MAX_WORDS]
    mail = EmailMessage(policy.SMTP)
    mail["From"] = Address(f"{who} via {config.publication.title}", addr_spec=briefing.from_address)
    mail["To"] = config.feedback.forward_to
    mail["Subject"] = _shown(read_report(forward.content).subject) or "(no subject)"
    # Without an address of theirs: an answer must not come to us, where it would go under.
    mail["Reply-To"] = answers_to or config.feedback.forward_to
    secret = tokens.derive(keyring.first, "message-id")
    name = f"forward/{forward.created_at.isoformat()}"
    mail["Message-ID"] = message_id(secret, name, forward.id, domain_of(briefing.from_address))
    mail["Date"] = format_datetime(forward.created_at)
    mail["Auto-Submitted"] = "auto-generated"
    mail[PASSED_ON] = config.publication.id
    answer = f"Your answer goes to {answers_to}"
    if not answers_to:
        answer = "Your answer would come back to you: where they can be reached is not told"
    mail.set_content(
        f"{who} wrote this to {config.publication.title}. {answer}; the mail as it came is "
        f"attached.\n\n{text}\n",
        cte="base64",
    )
    mail.add_attachment(
        forward.content, maintype="application", subtype="octet-stream", filename="mail.eml"
    )
    return Outgoing("", config.feedback.forward_to, mail.as_bytes())


def _mailable(address: str) -> str:
    """Return *address* as any mail program can write to it; empty when that is not possible."""
    try:
        return parse_address(address).ascii or ""
    except AddressError:
        return ""


def _shown(text: str) -> str:
    """Return *text* without what cannot be seen, or would end a field."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def is_from_answerer(sender: str, config: Config) -> bool:
    """Return whether a mail comes from the one it would be passed on to."""
    return sender == config.feedback.forward_to.lower()


def too_old(forward: Forward, now: datetime) -> bool:
    """Return whether it was tried for so long that it is given up."""
    return (now - forward.created_at).days >= _GIVE_UP_DAYS


_GIVE_UP_DAYS = 5
