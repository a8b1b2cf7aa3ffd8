"""What comes back of a message later: mails as servers, services, and people write them. Pure."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from hashlib import sha256
from urllib.parse import parse_qs, unquote, urlsplit

from digest.mail.reports import Arrival

SERVER = "mx.drill.invalid"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of ours that somebody has."""

    recipient: str
    sender: str
    """Its envelope sender."""

    content: bytes
    at: datetime

    def header(self, name: str) -> str:
        """Return a field of its header, on one line; empty if it has none."""
        message = email.message_from_bytes(self.content, policy=email.policy.default)
        return str(message.get(name, ""))


def failure(kept: Kept, now: datetime, status: str, diagnostic: str, action: str) -> Arrival:
    """Return a delivery status notification (RFC 3464) about *kept*."""
    mail = _mail(f"MAILER-DAEMON@{SERVER}", kept.sender, "Delivery status", now)
    mail["Auto-Submitted"] = "auto-replied"
    report = (
        f"Reporting-MTA: dns; {SERVER}\r\n\r\n"
        f"Final-Recipient: rfc822; {kept.recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {diagnostic}\r\n"
    )
    told = f"{kept.recipient}: {diagnostic}\n"
    return _report(mail, told, "delivery-status", report, kept)


def complaint(kept: Kept, now: datetime) -> Arrival:
    """Return a complaint as feedback loops send it (RFC 5965)."""
    mail = _mail(f"fbl@{SERVER}", kept.sender, "Complaint", now)
    report = (
        "Feedback-Type: abuse\r\nUser-Agent: drill/1\r\nVersion: 1\r\n"
        f"Original-Mail-From: <{kept.sender}>\r\n"
    )
    return _report(mail, "Somebody called this spam.\n", "feedback-report", report, kept)


def away(kept: Kept, now: datetime) -> Arrival:
    """Return what a mailbox answers whose owner is on holiday (RFC 3834)."""
    mail = _mail(kept.recipient, kept.sender, "Away", now)
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content("I am away until Monday.\n")
    return _arrival(mail, "", kept.sender)


def answer(kept: Kept, now: datetime) -> Arrival:
    """Return what a reader writes who presses "reply"."""
    to = kept.header("Reply-To") or kept.header("From")
    mail = _mail(kept.recipient, to, f"Re: {kept.header('Subject')}", now)
    mail["In-Reply-To"] = kept.header("Message-ID")
    mail.set_content("Thank you! Could you write more about the harbour?\n")
    return _arrival(mail, kept.recipient, _address(to))


def leave(kept: Kept, now: datetime) -> Arrival:
    """Return the mail that a mail program writes when a reader presses "unsubscribe"."""
    links = [item.strip(" <>") for item in kept.header("List-Unsubscribe").split(",")]
    link = urlsplit(next((item for item in links if item.startswith("mailto:")), "mailto:"))
    subject = parse_qs(link.query).get("subject", ["unsubscribe"])[0]
    to = unquote(link.path) or _address(kept.header("From"))
    mail = _mail(kept.recipient, to, subject, now)
    mail.set_content("\n")
    return _arrival(mail, kept.recipient, to)


def _mail(sender: str, to: str, subject: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = now
    named = sha256(f"{now.isoformat()} {sender} {to}".encode()).hexdigest()
    mail["Message-ID"] = f"<{named[:32]}@{SERVER}>"
    return mail


def _report(mail: EmailMessage, told: str, kind: str, report: str, kept: Kept) -> Arrival:
    """Make *mail* a report (RFC 6522): words for people, fields for programs, and our message."""
    bound = f"report-{kind}"
    head = mail.as_bytes().rstrip(b"\r\n")
    named = f'multipart/report; report-type={kind}; boundary="{bound}"'
    parts = {
        "text/plain; charset=utf-8": told.encode(),
        f"message/{kind}": report.encode(),
        "text/rfc822-headers": kept.content.partition(b"\r\n\r\n")[0] + b"\r\n",
    }
    lines = [head, f"\r\nMIME-Version: 1.0\r\nContent-Type: {named}\r\n\r\n".encode()]
    for type_, content in parts.items():
        lines += [f"--{bound}\r\nContent-Type: {type_}\r\n\r\n".encode(), content, b"\r\n"]
    lines.append(f"--{bound}--\r\n".encode())
    return Arrival(b"".join(lines), "lmtp", "", (kept.sender,))


def _arrival(mail: EmailMessage, sender: str, recipient: str) -> Arrival:
    return Arrival(mail.as_bytes(), "lmtp", sender, (recipient,))


def _address(text: str) -> str:
    """Return the address in a field like From."""
    return parseaddr(text)[1]
