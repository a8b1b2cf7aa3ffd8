"""Messages as they go over the wire: signed, and with a sender of their own."""

from __future__ import annotations

import re
from email import message_from_bytes
from pathlib import Path

import dkim as dkimpy
import pytest
from fakes import KEYRING, NOW, Desk, compose_issue, make_config

from digest import tokens
from digest.clock import ManualClock
from digest.mail import verp
from digest.mail.dkim import Signer
from digest.mail.dkim_keys import dns_record, new_rsa_key
from digest.mail.relay import Relay
from digest.mail.sink import Received, Sink
from digest.steps.deliver import Deliverer
from digest.store.engine import Store

RSA_KEY = new_rsa_key()
READERS = ["ada@reader.example", "bob@reader.example"]


def signer_for(domain: str) -> Signer:
    return Signer.from_pem(domain, "2026a", RSA_KEY)


async def sent(
    store: Store,
    root: Path,
    *,
    signers: dict[str, Signer],
    daily: str = "",
    from_address: str = "briefing@gazette.example",
    more: str = "",
) -> tuple[Desk, list[Received]]:
    """Compose and deliver an issue to two readers; return what arrived."""
    config = make_config(daily=daily, more=more)
    briefing = config.briefings["daily"].model_copy(update={"from_address": from_address})
    desk = Desk(store, root, config.model_copy(update={"briefings": {"daily": briefing}}))
    compose_issue(desk, READERS)
    async with Sink() as sink:
        relay = Relay("default", "127.0.0.1", sink.port, tls="none")
        deliverer = Deliverer(
            store, desk.config, KEYRING, {"default": relay}, ManualClock(NOW), signers=signers
        )
        await deliverer.run_due()
        return desk, list(sink.received)


def is_genuine(message: bytes, domain: str) -> bool:
    """Whether dkimpy, which had no part in signing, verifies the signature of *domain*."""

    def resolve(name: bytes, timeout: int = 5) -> bytes:
        assert timeout
        assert name.decode() == f"2026a._domainkey.{domain}."
        return "".join(re.findall(r'"([^"]*)"', dns_record(RSA_KEY))).encode()

    try:
        return bool(dkimpy.DKIM(message).verify(0, dnsfunc=resolve))
    except dkimpy.ValidationError:
        return False


@pytest.mark.parametrize(
    "from_address", ["briefing@gazette.example", "briefing@news.gazette.example"]
)
async def test_mail_is_signed_for_the_senders_domain_or_one_above(
    sqlite_store: Store, tmp_path: Path, from_address: str
) -> None:
    """email.md L3: what arrives verifies, and both List-Unsubscribe headers are signed."""
    domain = "gazette.example"
    signers = {domain: signer_for(domain)}
    _, mails = await sent(sqlite_store, tmp_path, signers=signers, from_address=from_address)
    assert sorted(mail.recipients[0] for mail in mails) == READERS
    for mail in mails:
        assert is_genuine(mail.content, domain)
        signature = mail.content.partition(b"From: ")[0].decode().lower()
        assert "list-unsubscribe:" in signature
        assert "list-unsubscribe-post:" in signature


async def test_a_signature_does_not_survive_a_changed_body(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """The check above can fail."""
    signers = {"gazette.example": signer_for("gazette.example")}
    _, mails = await sent(sqlite_store, tmp_path, signers=signers)
    changed = mails[0].content.replace(b"Unsubscribe", b"Unsubscripe")
    assert not is_genuine(changed, "gazette.example")


async def test_other_domains_mail_is_not_signed(sqlite_store: Store, tmp_path: Path) -> None:
    _, mails = await sent(
        sqlite_store, tmp_path, signers={"other.example": signer_for("other.example")}
    )
    assert len(mails) == 2
    assert not any(b"DKIM-Signature" in mail.content for mail in mails)


async def test_each_message_has_an_envelope_sender_that_says_whose_it_was(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """email.md, Envelope: VERP with a MAC, per subscriber and issue."""
    line = 'bounce_address = "bounces@gazette.example"'
    _, mails = await sent(sqlite_store, tmp_path, signers={}, daily=line)
    secrets = [tokens.derive(secret, "verp") for secret in KEYRING.secrets]
    found = [verp.decode(mail.sender, secrets) for mail in mails]
    assert len(set(found)) == 2
    assert all(item is not None and item[0] == 1 for item in found)
    assert all(mail.sender.startswith("bounces+") for mail in mails)
    assert verp.decode(mails[0].sender, [bytes(32)]) is None


async def test_each_message_has_a_mark_for_the_services_that_report_by_webhooks(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """reliability.md, Replies: who, also where the service replaces sender and Message-ID."""
    more = "[web]\nlisten = '127.0.0.1:1'\n" + "".join(
        f"[feedback.webhooks.{name}]\nprovider = '{name}'\nsecret_file = 'x'\n"
        for name in ("postmark", "brevo")
    )
    signers = {"gazette.example": signer_for("gazette.example")}
    _, mails = await sent(sqlite_store, tmp_path, signers=signers, more=more)
    secrets = [tokens.derive(secret, "verp") for secret in KEYRING.secrets]
    found = set()
    for mail in mails:
        message = message_from_bytes(mail.content)
        mark = message["X-Mailin-custom"]
        assert message["X-PM-Metadata-Digest"] == mark
        assert message["X-Mailgun-Variables"] is None
        found.add(verp.decode(mark, secrets))
        # The service takes the fields out, and the signature still holds.
        _, _, rest = mail.content.partition(b"DKIM-Signature")
        assert is_genuine(b"DKIM-Signature" + rest, "gazette.example")
        assert is_genuine(mail.content, "gazette.example")
    assert len(found) == 2
    assert None not in found


async def test_without_a_bounce_mailbox_failures_go_to_the_sender(
    sqlite_store: Store, tmp_path: Path
) -> None:
    desk, mails = await sent(sqlite_store, tmp_path, signers={})
    assert {mail.sender for mail in mails} == {desk.config.briefings["daily"].from_address}
