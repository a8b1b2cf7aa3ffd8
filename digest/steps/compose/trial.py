"""Trial: the next issue sent to one address, so that it can be seen where mails are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from digest import tokens
from digest.config import Config
from digest.mail.address import Address
from digest.mail.dkim import Signer, signer_for
from digest.mail.message import message_id
from digest.mail.outcome import Outcome, outcome_of
from digest.mail.relay import Relay
from digest.mail.smtp import Outgoing, send_one
from digest.model import UNSUBSCRIBE_SLOT
from digest.steps.compose.composition import Composition
from digest.steps.compose.proofs import SAMPLE_SUBSCRIPTION
from digest.tokens import Keyring, Purpose


def sample_mail(
    config: Config,
    keyring: Keyring,
    signers: Mapping[str, Signer],
    composition: Composition,
    recipient: Address,
    *,
    now: datetime,
    variant: int = 0,
) -> bytes:
    """Return the issue's mail to *recipient*, signed as all are, with links that are nobody's.

    *variant* is the place of its rendition.
    """
    skeleton = composition.renditions[variant].skeleton
    secret = tokens.derive(keyring.first, "message-id")
    own_id = message_id(secret, composition.key, SAMPLE_SUBSCRIPTION, skeleton.message_id_domain)
    token = tokens.make(keyring, Purpose.UNSUBSCRIBE, SAMPLE_SUBSCRIPTION)
    values = {UNSUBSCRIBE_SLOT: token}
    message = skeleton.fill(recipient, own_id, values, smtputf8=recipient.needs_smtputf8)
    signer = signer_for(signers, config.briefing(composition.briefing).from_address)
    return signer.sign(message, now) if signer else message


async def send_trial(
    config: Config, relays: Mapping[str, Relay], briefing: str, recipient: Address, message: bytes
) -> Outcome:
    """Hand *message*, of :func:`sample_mail`, to the briefing's relay; nothing is recorded."""
    settings = config.briefing(briefing)
    outgoing = Outgoing(
        sender=settings.from_address,
        recipient=str(recipient),
        message=message,
        smtputf8=recipient.needs_smtputf8,
    )
    return outcome_of(await send_one(relays[settings.relay], outgoing))
