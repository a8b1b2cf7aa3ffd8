"""Mail that comes back, about issues that really went out: for tests of feedback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fakes import KEYRING, make_config
from store_samples import LEASE, NOW, add_person, freeze_issue, result_of

from digest import tokens
from digest.config import Config
from digest.mail import verp
from digest.mail.address import parse_address
from digest.mail.reports import Arrival
from digest.steps.feedback import Taken, take_mail
from digest.store import deliveries, subscribers, suppressions
from digest.store.engine import Store
from digest.store.suppressions import Suppression
from digest.tokens import Purpose

BOUNCES = parse_address("bounces@gazette.example")
SECRETS = [tokens.derive(secret, "verp") for secret in KEYRING.secrets]

PERMANENT = "smtp; 550 5.1.1 no such user"
FULL = "smtp; 552 5.2.2 mailbox full"
POLICY = "smtp; 550 5.7.1 refused by policy"
VAGUE = "smtp; 550 no"


def dsn(diagnostic: str, to: str = "bounces@gazette.example", number: object = 1) -> bytes:
    """Return a delivery status notification that came to the address *to*."""
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {to}\r\n"
        f"Message-ID: <{number}@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; person@example.org\r\nAction: failed\r\nStatus: 5.0.0\r\n"
        f"Diagnostic-Code: {diagnostic}\r\n--b--\r\n"
    ).encode()


def arf(sender: str = "", token: str = "", number: object = 1) -> bytes:
    """Return a complaint about a mail that came from *sender* and has *token*."""
    return (
        f"From: fbl@big.example\r\nMessage-ID: <arf{number}@big.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        f"Original-Mail-From: <{sender}>\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"List-Unsubscribe: <https://gazette.example/unsubscribe/{token}>\r\n\r\n--b--\r\n"
    ).encode()


@dataclass
class Newsroom:
    """A publication whose issues go out and whose mail comes back."""

    store: Store
    config: Config
    now: datetime = NOW
    number: int = 0

    def person(self, name: str) -> int:
        """Subscribe *name*@example.org; return the id."""
        with self.store.write() as tx:
            return add_person(tx, name)

    def issue(self) -> int:
        """Send an issue to all, every mail of which is taken. Return its id."""
        self.number += 1
        with self.store.write() as tx:
            issue_id = freeze_issue(tx, number=self.number)
            claims = deliveries.claim(tx, issue_id, 1000, self.now, self.now + LEASE)
            results = [replace(result_of(claim), settled_at=self.now) for claim in claims]
            deliveries.settle(tx, results)
        return issue_id

    def sender(self, issue_id: int, person: int) -> str:
        """Return the envelope sender of an issue to a person."""
        return verp.encode(BOUNCES, issue_id, person, SECRETS)

    def token(self, person: int) -> str:
        """Return the unsubscribe token of a person's one subscription."""
        with self.store.read() as tx:
            (found,) = subscribers.subscriptions_of(tx, person)
        return tokens.make(KEYRING, Purpose.UNSUBSCRIBE, found.id)

    def take(self, data: bytes, to: str = "") -> Taken:
        """Take a mail that came to the address *to*."""
        arrival = Arrival(data, "lmtp", "", (to,) if to else ())
        return take_mail(self.store, self.config, KEYRING, arrival, now=self.now)

    def bounce(self, diagnostic: str, issue_id: int, person: int, number: object = 1) -> Taken:
        """Take a notification about an issue to a person."""
        return self.take(dsn(diagnostic, number=number), self.sender(issue_id, person))

    def wait(self, **time: float) -> None:
        """Let time go by."""
        self.now += timedelta(**time)

    def suppression(self, name: str) -> Suppression | None:
        """Return why *name* is on the do-not-mail record; ``None`` when they are not."""
        with self.store.read() as tx:
            return suppressions.get(tx, f"hash of {name}")


def newsroom(store: Store, more: str = "") -> Newsroom:
    """Return a publication in *store*; *more* are lines of ``[feedback]``."""
    return Newsroom(store, make_config(more=f"[feedback]\n{more}\n"))
