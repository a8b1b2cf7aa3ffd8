"""One issue's messages, as they go over the wire: filled, signed, and with their own sender.

The same claim always gives the same bytes, at every attempt and on every host (R6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from digest import tokens
from digest.mail import verp
from digest.mail.address import Address, parse_address
from digest.mail.dkim import Signer
from digest.mail.message import message_id
from digest.mail.skeleton import Skeleton
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


@dataclass(frozen=True, slots=True)
class Written:
    """A finished message and its envelope."""

    sender: str
    recipient: str
    parts: tuple[bytes, ...]
    """The message in pieces; the long ones are the same objects for every reader."""

    smtputf8: bool

    @property
    def message(self) -> bytes:
        """The whole message."""
        return b"".join(self.parts)


class Writer:
    """Writes the messages of one issue."""

    def __init__(self, mail: IssueMail, keyring: Keyring) -> None:
        """Prepare what is the same for all readers.

        The first key of *keyring* signs: that which the issue was frozen with.
        """
        self._mail = mail
        self._keyring = keyring
        self._id_secret = tokens.derive(keyring.first, "message-id")
        self._verp_secrets = [tokens.derive(secret, "verp") for secret in keyring.secrets]
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
        mail, issue = self._mail, self._mail.issue
        recipient = parse_address(claim.email)
        skeleton = mail.skeletons[claim.variant_id]
        own_id = message_id(
            self._id_secret, issue.key, claim.subscriber_id, skeleton.message_id_domain
        )
        token = tokens.make(self._keyring, Purpose.UNSUBSCRIBE, claim.subscription_id)
        values = {UNSUBSCRIBE_SLOT: token}
        utf8 = recipient.needs_smtputf8
        resolved = skeleton.resolve(recipient, own_id, values, smtputf8=utf8)
        parts = skeleton.parts(resolved)
        prepared = self._prepared.get(claim.variant_id)
        if prepared is not None:
            # The issue's own time, so that a retry has the same signature.
            parts.insert(0, prepared.signatures(resolved, issue.composed_at))
        return Written(self._sender(claim), str(recipient), tuple(parts), utf8)

    def _sender(self, claim: Claim) -> str:
        mailbox = self._mail.bounce_mailbox
        if mailbox is None:
            return self._mail.envelope_sender
        return verp.encode(mailbox, self._mail.issue.id, claim.subscriber_id, self._verp_secrets)
