"""Keys change while an issue is being sent (reliability.md R6: a retry is the very same)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from fakes import KEYRING, NOW, RENDERER, Desk, compose_issue, make_config, states_of

from digest.clock import ManualClock
from digest.mail.relay import Relay
from digest.mail.sink import Received, Sink
from digest.model import IssueState
from digest.steps.compose import compose_now
from digest.steps.deliver import Deliverer, DeliverResult
from digest.store import issues
from digest.store.engine import Store
from digest.tokens import KEY_BYTES, Keyring, Purpose, check

NEW = bytes(reversed(range(KEY_BYTES)))
ROTATED = Keyring((NEW, *KEYRING.secrets))
READERS = ["ada@reader.example", "bob@reader.example"]


class LateSink(Sink):
    """Keeps each message, and at first asks to have it again later."""

    is_late = True

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep it, whatever is said."""
        reply = await super().handle_DATA(server, session, envelope)
        return "451 4.3.0 later" if self.is_late else reply


class Office:
    """A publication with an issue to two readers, whose keys can change."""

    def __init__(self, store: Store, root: Path) -> None:
        """Compose the issue with the keys there are."""
        config = make_config(daily='bounce_address = "bounces@gazette.example"')
        self.desk = Desk(store, root, config)
        self.issue = compose_issue(self.desk, READERS)
        self.clock = ManualClock(NOW)

    async def send(self, keyring: Keyring, sink: Sink) -> DeliverResult:
        """Run once with *keyring*, as a restarted process does; an hour passes first."""
        self.clock.advance(timedelta(hours=1))
        relay = Relay("default", "127.0.0.1", sink.port, tls="none")
        deliverer = Deliverer(
            self.desk.store,
            self.desk.config,
            keyring,
            {"default": relay},
            self.clock,
            jitter=lambda: 0.5,
        )
        return (await deliverer.run_due())[-1]


@pytest.fixture
def office(sqlite_store: Store, tmp_path: Path) -> Office:
    return Office(sqlite_store, tmp_path)


def tokens_in(mail: Received) -> set[str]:
    found = re.findall(rb"List-Unsubscribe: <https://[^>]*/([A-Za-z0-9_-]{40})>", mail.content)
    return {token.decode() for token in found}


async def test_a_retry_after_a_rotation_is_the_very_same(office: Office) -> None:
    """reliability.md R6: same Message-ID, same token, same bytes, same envelope sender."""
    async with LateSink() as sink:
        await office.send(KEYRING, sink)
        first = {mail.recipients: (mail.sender, mail.content) for mail in sink.received}
        sink.received.clear()
        sink.is_late = False
        result = await office.send(ROTATED, sink)
        second = {mail.recipients: (mail.sender, mail.content) for mail in sink.received}
    assert len(first) == 2
    assert second == first
    assert result.issue.state is IssueState.FINISHED


async def test_the_next_issue_is_signed_with_the_new_key(office: Office) -> None:
    """And readers' links of both work."""
    async with Sink() as sink:
        await office.send(ROTATED, sink)
        old = sink.received[0]
        sink.received.clear()
        office.desk.write("bridge.md")
        office.desk.ingest()
        compose_now(
            office.desk.store,
            office.desk.config,
            RENDERER,
            ROTATED,
            "daily",
            now=office.clock.now(),
        )
        await office.send(ROTATED, sink)
        new = sink.received[0]
    (old_token,) = tokens_in(old)
    (new_token,) = tokens_in(new)
    assert old_token != new_token
    for token in (old_token, new_token):
        assert check(ROTATED, Purpose.UNSUBSCRIBE, token, NOW) is not None
    assert check(KEYRING, Purpose.UNSUBSCRIBE, new_token, NOW) is None
    assert check(KEYRING, Purpose.UNSUBSCRIBE, old_token, NOW) is not None


async def test_a_process_without_the_issues_key_sends_nothing_of_it_and_says_so(
    office: Office,
) -> None:
    """Another Message-ID would be another mail: it waits, and goes out once the key is there."""
    async with Sink() as sink:
        result = await office.send(Keyring((NEW,)), sink)
        assert f"frozen with the key {KEYRING.first_id}" in result.trouble
        assert "restart it" in result.trouble
        assert sink.received == []
        assert set(states_of(office.desk.store, office.issue).values()) == {"queued"}
        await office.send(ROTATED, sink)
        assert len(sink.received) == 2


async def test_an_issue_from_before_there_was_any_rotation_has_the_oldest_key(
    office: Office,
) -> None:
    with office.desk.store.write() as tx:
        tx.exec_driver_sql("UPDATE issues SET key_id = ''")
        found = issues.get(tx, office.issue.id)
    assert found is not None
    assert found.key_id == ""
    async with LateSink() as sink:
        await office.send(KEYRING, sink)
        await office.send(ROTATED, sink)
    mails = [mail.content for mail in sink.received if mail.recipients == (READERS[0],)]
    assert len(mails) == 2
    assert mails[0] == mails[1]
