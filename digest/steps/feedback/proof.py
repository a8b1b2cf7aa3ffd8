"""Whom a report is about: what only we can have written says so, never an address in a text.

Pure but for :func:`proved_by_message` and :func:`with_subscription`, which look up what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from digest import tokens
from digest.config import Config
from digest.errors import AddressError
from digest.mail import verp
from digest.mail.address import domain_of, mailbox_key
from digest.mail.message import message_id
from digest.mail.reports import Report, Sort
from digest.store import feedback, issues, subscribers
from digest.store.engine import Transaction
from digest.tokens import Keyring, Purpose


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves whom a report is about."""

    kind: str
    """``sender``, ``token``, or ``message``; empty: nothing does."""

    subscriber_id: int | None = None
    issue_id: int | None = None
    subscription_id: int | None = None
    """All that a token, or a wish to leave that a mail service passes on, may end."""

    @property
    def about(self) -> str:
        """Whom, as a text that is the same for the same."""
        return f"{self.kind} {self.subscriber_id} {self.issue_id} {self.subscription_id}"


NONE = Proof("")


def proved_by_sender(keyring: Keyring, addresses: Iterable[str]) -> Proof:
    """Return whom the first of *addresses* names that we sent from; it has a MAC of ours."""
    secrets = [tokens.derive(secret, "verp") for secret in keyring.secrets]
    for address in addresses:
        found = verp.decode(address, secrets)
        if found is not None:
            return Proof("sender", found[1], found[0])
    return NONE


def proved_by_token(keyring: Keyring, token: str, now: datetime) -> Proof:
    """Return the subscription that an unsubscribe token is for."""
    claim = tokens.check(keyring, Purpose.UNSUBSCRIBE, token, now)
    return Proof("token", subscription_id=claim.subject) if claim else NONE


def proved_by_message(
    tx: Transaction, config: Config, keyring: Keyring, wanted: str, address: str
) -> Proof:
    """Return who was sent the message with the id *wanted*, for a provider that proved itself.

    Args:
        tx: The transaction.
        config: The settings, for the domains of Message-IDs.
        keyring: The keys that ids were ever made with.
        wanted: The Message-ID, with or without its brackets.
        address: Whom the provider names. The id is an HMAC of issue and person, so that another
            address than that of the message proves nothing.
    """
    wanted = f"<{wanted.strip('<> ')}>"
    domain = wanted.rpartition("@")[2].rstrip(">")
    senders = (briefing.from_address for briefing in config.briefings.values())
    try:
        key = mailbox_key(address)
        if domain not in {domain_of(sender) for sender in senders}:
            return NONE
    except AddressError:
        return NONE
    secrets = [tokens.derive(secret, "message-id") for secret in keyring.secrets]
    for issue_id, subscriber_id in feedback.last_sent_to(tx, key):
        issue = issues.get(tx, issue_id)
        named = issue.key if issue else ""
        if any(message_id(secret, named, subscriber_id, domain) == wanted for secret in secrets):
            return Proof("message", subscriber_id, issue_id)
    return NONE


def with_subscription(tx: Transaction, proof: Proof) -> Proof:
    """Return *proof* with the subscription that the issue went to; :data:`NONE` without one."""
    issue = issues.get(tx, proof.issue_id) if proof.issue_id is not None else None
    if issue is None or proof.subscriber_id is None:
        return NONE
    mine = subscribers.subscriptions_of(tx, proof.subscriber_id)
    found = [item.id for item in mine if item.briefing == issue.briefing]
    return replace(proof, subscription_id=found[0]) if found else NONE


def prove(
    keyring: Keyring, report: Report, addresses: Iterable[str], now: datetime
) -> tuple[Report, Proof]:
    """Return *report*, and whom it is about as far as the mail itself proves it.

    A wish to leave without a genuine token is an ordinary mail: it says whose it is to people only.
    """
    if report.sort is Sort.UNSUBSCRIBE:
        proof = proved_by_token(keyring, report.token, now)
        if proof.kind:
            return report, proof
        sort = Sort.AUTO_REPLY if report.is_automatic else Sort.REPLY
        reason = "It asks for no more mail, and does not say for which subscription."
        return replace(report, sort=sort, reason=reason), NONE
    proof = proved_by_sender(keyring, addresses)
    if not proof.kind and report.sort is Sort.COMPLAINT:
        proof = proved_by_sender(keyring, [report.envelope_sender])
        if not proof.kind:
            proof = proved_by_token(keyring, report.token, now)
    return report, proof
