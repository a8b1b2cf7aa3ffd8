"""One issue's messages, as they go over the wire: filled, signed, and with their own sender.

The same claim always gives the same bytes, at every attempt and on every host (R6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from digest import tokens
from digest.mail import verp
from digest.mail.address import Address, parse_address
from digest.mail.dkim import Signer
from digest.mail.envelope import Body
from digest.mail.message import message_id
from digest.mail.skeleton import Skeleton
from digest.mail.webhooks import fields_for, mark_of
from digest.mail.wireform import WireForm
from digest.model import UNSUBSCRIBE_SLOT, Issue
from digest.store.deliveries import Claim
from digest.tokens import Keyring, Purpose


@dataclass(frozen=True, slots=True)
class IssueMail:
    """All that is needed to write one issue's messages."""

    issue: Issue
    skeletons: Mapping[int, Skeleton]
    """By the id of the variant."""

    envelope_sender: str
    """Where failures are reported to unless there is a :attr:`bounce_mailbox`."""

    bounce_mailbox: Address | None = None
    """Takes failure reports at an address of its own for each message."""

    signer: Signer | None = None
    """Signs every message; ``None``: unsigned."""

    services: frozenset[str] = frozenset()
    """Mail services that report by webhooks: each message has a mark that they hand back."""


class Written(NamedTuple):
    """A finished message and its envelope."""

    sender: str
    recipient: str
    body: Body
    smtputf8: bool


class Writer:
    """Writes the messages of one issue."""

    def __init__(self, mail: IssueMail, keyring: Keyring) -> None:
        """Prepare what is the same for all readers.

        The first key of *keyring* signs: that which the issue was frozen with.
        """
        self._mail = mail
        self._keyring = keyring
        self._issue_key = mail.issue.key
        self._id_secret = tokens.derive(keyring.first, "message-id")
        self._verp_secrets = [tokens.derive(secret, "verp") for secret in keyring.secrets]
        self._forms = {number: WireForm(each) for number, each in mail.skeletons.items()}
        signer = mail.signer
        self._prepared = {
            number: signer.prepare(skeleton)
            for number, skeleton in mail.skeletons.items()
            if signer is not None
        }

    @property
    def is_signing(self) -> bool:
        """Whether writing a message costs an RSA operation: best done in a thread."""
        return bool(self._prepared)

    def write(self, claim: Claim) -> Written:
        """Return the message for *claim*.

        Raises:
            AddressError: if the stored address is not one.
            MessageError: if the message cannot be written correctly.
        """
        recipient = parse_address(claim.email)
        skeleton = self._mail.skeletons[claim.variant_id]
        own_id = message_id(
            self._id_secret, self._issue_key, claim.subscriber_id, skeleton.message_id_domain
        )
        token = tokens.make(self._keyring, Purpose.UNSUBSCRIBE, claim.subscription_id)
        utf8 = recipient.needs_smtputf8
        resolved = skeleton.resolve(recipient, own_id, {UNSUBSCRIBE_SLOT: token}, smtputf8=utf8)
        prepared = self._prepared.get(claim.variant_id)
        head = b""
        if prepared is not None:
            # The issue's own time, so that a retry has the same signature.
            head = prepared.signatures(resolved, self._mail.issue.composed_at)
        if self._mail.services:
            mark = mark_of(self._mail.issue.id, claim.subscriber_id, self._verp_secrets)
            head = fields_for(self._mail.services, mark) + head
        body = self._forms[claim.variant_id].body(resolved, head)
        return Written(self._sender(claim), str(recipient), body, utf8)

    def _sender(self, claim: Claim) -> str:
        mailbox = self._mail.bounce_mailbox
        if mailbox is None:
            return self._mail.envelope_sender
        return verp.encode(mailbox, self._mail.issue.id, claim.subscriber_id, self._verp_secrets)
