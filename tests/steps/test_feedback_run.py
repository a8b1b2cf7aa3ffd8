"""Feedback as the daemon runs it: every way in, passing on, and restarts in the middle."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from smtplib import LMTP

import pytest
from fakes import KEYRING, subscription_states
from feedback_samples import PERMANENT, Newsroom, arf, dsn, newsroom
from imap_server import ImapServer
from patience import PATIENCE_SECONDS, until

from digest.clock import ManualClock
from digest.config import Config
from digest.errors import DigestError, MessageError, StoreError
from digest.mail.dkim import Signer
from digest.mail.dkim_keys import new_rsa_key
from digest.mail.imap import Account, Mailbox
from digest.mail.relay import Relay
from digest.mail.reports import Arrival
from digest.mail.sink import Sink
from digest.steps.feedback import Effect, Feedback, FeedbackResult, forwarding, run
from digest.store import alerts, feedback, forwards
from digest.store.engine import Store
from digest.store.forwards import Forward

HELLO = (
    b"From: Ann <ann@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Message-ID: <h@example.org>\r\n\r\nHow nice.\r\n"
)


def feedback_of(
    desk: Newsroom, port: int = 1, maildir: Path | None = None, account: Account | None = None
) -> Feedback:
    relays = {"default": Relay("default", "127.0.0.1", port, tls="none")}
    return Feedback(
        desk.store,
        desk.config,
        KEYRING,
        relays,
        ManualClock(desk.now),
        maildir=maildir,
        account=account,
        jitter=lambda: 0.5,
    )


@pytest.fixture
def desk(sqlite_store: Store) -> Newsroom:
    return newsroom(sqlite_store, 'forward_to = "editor@gazette.example"')


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("new", "cur"):
        (tmp_path / "mail" / part).mkdir(parents=True)
    return tmp_path / "mail"


async def test_what_people_write_is_passed_on_so_that_an_answer_reaches_them(
    desk: Newsroom,
) -> None:
    async with Sink() as sink:
        runner = feedback_of(desk, sink.port)
        await runner.take(Arrival(HELLO, "lmtp", "ann@example.org"))
        result = await runner.go_round()
        assert result == FeedbackResult(0, {Effect.FORWARDED: 1}, 1)
        assert (await runner.go_round()).forwarded == 0
    (received,) = sink.received
    assert (received.sender, received.recipients) == ("<>", ("editor@gazette.example",))
    mail = message_from_bytes(received.content)
    assert mail["Reply-To"] == "ann@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    _, text, attached = (part.get_payload(decode=True) for part in mail.walk())
    assert b"How nice." in bytes(text or b"")
    assert attached == HELLO
    # Should it come back, it goes no further.
    await runner.take(Arrival(received.content, "lmtp", ""))
    assert (await runner.go_round()).taken == {Effect.NOTHING: 1}


async def test_what_cannot_be_passed_on_waits_and_is_given_up_in_the_end(desk: Newsroom) -> None:
    runner = feedback_of(desk)
    await runner.take(Arrival(HELLO, "lmtp", "ann@example.org"))
    assert "127.0.0.1" in (await runner.go_round()).trouble
    assert (await runner.go_round()).trouble == ""
    desk.wait(days=6)
    assert "for days" in (await feedback_of(desk).go_round()).trouble
    with desk.store.read() as tx:
        (left,) = feedback.list_reports(tx)
    assert left.explanation == "It could not be passed on."


@pytest.mark.parametrize(("reply", "again"), [("550 5.1.1 No", False), ("450 4.2.0 Later", True)])
async def test_an_answerer_who_refuses_is_told_of(
    desk: Newsroom, reply: str, again: object
) -> None:
    async with Sink(refuse={"*": reply}) as sink:
        runner = feedback_of(desk, sink.port)
        await runner.take(Arrival(HELLO, "lmtp", "ann@example.org"))
        assert reply[4:] in (await runner.go_round()).trouble
    desk.wait(hours=1)
    async with Sink() as sink:
        assert bool((await feedback_of(desk, sink.port).go_round()).forwarded) is again


async def test_the_inbox_takes_bounces(sqlite_store: Store) -> None:
    desk = newsroom(sqlite_store, 'inbox = { listen = "127.0.0.1:0" }')
    ann = desk.person("ann")
    issue = desk.issue()
    runner = feedback_of(desk)

    def hand_over(port: int) -> None:
        with LMTP("127.0.0.1", port) as client:
            client.sendmail("", [desk.sender(issue, ann)], dsn(PERMANENT))

    async with runner.serving():
        assert runner.inbox is not None
        await asyncio.to_thread(hand_over, runner.inbox.port)
    assert desk.suppression("ann") is not None


async def test_complaints_raise_the_alert_in_the_next_round(sqlite_store: Store) -> None:
    """They do not wait for the look that comes once an hour."""
    desk = newsroom(sqlite_store)
    runner = feedback_of(desk)
    people = [desk.person(name) for name in ("ann", "bob")]
    issue = desk.issue()
    await runner.go_round()
    for person in people:
        complaint = arf(desk.sender(issue, person), number=person)
        await runner.take(Arrival(complaint, "lmtp", "", ("complaints@gazette.example",)))
    await runner.go_round()
    with sqlite_store.read() as tx:
        assert [alert.key for alert in alerts.open_alerts(tx)] == ["complaints"]


async def test_a_maildir_is_read_and_a_restart_in_the_middle_counts_nothing_twice(
    desk: Newsroom, maildir: Path
) -> None:
    ann = desk.person("ann")
    data = dsn(PERMANENT, desk.sender(desk.issue(), ann))
    (maildir / "new" / "1").write_bytes(data)
    result = await feedback_of(desk, maildir=maildir).go_round()
    assert result.taken == {Effect.SUPPRESSED: 1}
    # Killed after the commit and before the move: it is there again.
    (maildir / "cur" / "1:2,S").rename(maildir / "new" / "1")
    assert (await feedback_of(desk, maildir=maildir).go_round()).taken == {Effect.NOTHING: 1}
    with desk.store.read() as tx:
        assert len(feedback.list_reports(tx)) == 1
    assert not list((maildir / "new").iterdir())


async def test_a_maildir_that_is_none_is_told(desk: Newsroom, tmp_path: Path) -> None:
    runner = feedback_of(desk, maildir=tmp_path / "nowhere")
    assert "no Maildir" in (await runner.go_round()).trouble


async def test_a_mailbox_is_read_and_a_break_before_the_move_counts_nothing_twice(
    desk: Newsroom,
) -> None:
    ann = desk.person("ann")
    data = dsn(PERMANENT, desk.sender(desk.issue(), ann))
    assert await feedback_of(desk).read_mailbox() == 0
    with ImapServer([data]) as server:
        runner = feedback_of(desk, account=Account("127.0.0.1", server.port, "u", "p", "none"))
        server.refuse = "UID MOVE"
        with pytest.raises(DigestError):
            await runner.read_mailbox()
        assert desk.suppression("ann") is not None
        server.refuse = ""
        assert await runner.read_mailbox() == 1
    assert (await runner.go_round()).taken == {Effect.SUPPRESSED: 1, Effect.NOTHING: 1}


async def test_a_mailbox_is_watched(desk: Newsroom) -> None:
    ann = desk.person("ann")
    data = dsn(PERMANENT, desk.sender(desk.issue(), ann))
    with ImapServer([]) as server:
        runner = feedback_of(desk, account=Account("127.0.0.1", server.port, "u", "p", "none"))
        async with runner.serving():
            assert await asyncio.to_thread(server.idling.wait, PATIENCE_SECONDS)
            server.arrive(data)
            await until(lambda: server.moved)
    assert subscription_states(desk.store) == {"ann@example.org": "confirmed"}
    assert desk.suppression("ann") is not None


async def test_a_mailbox_that_cannot_be_used_is_told_once_and_tried_again(
    desk: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[Account] = []

    def open_it(account: Account) -> Mailbox:
        tried.append(account)
        return Mailbox(account)

    monkeypatch.setattr(run, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(run, "Mailbox", open_it)
    runner = feedback_of(desk, account=Account("127.0.0.1", 1, "u", "p", "none"))
    async with runner.serving():
        await until(lambda: len(tried) > 3)
    assert capsys.readouterr().out.count("cannot be used") == 1


async def test_a_mistake_of_ours_ends_no_watch_and_loses_no_mail(
    desk: Newsroom, monkeypatch: pytest.MonkeyPatch, maildir: Path
) -> None:
    tripped: list[str] = []

    def trip(*_: object, **__: object) -> None:
        tripped.append("x")
        raise KeyError("x")

    (maildir / "new" / "1").write_bytes(HELLO)
    monkeypatch.setattr(run, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(run, "take_mail", trip)
    monkeypatch.setattr(run, "Mailbox", trip)
    account = Account("127.0.0.1", 1, "u", "p", "none")
    runner = feedback_of(desk, maildir=maildir, account=account)
    async with runner.serving():
        await runner.go_round()
        await until(lambda: len(tripped) > 3)
    assert [path.name for path in (maildir / "new").iterdir()] == ["1"]


async def test_a_database_that_fails_leaves_mail_where_it_is(
    desk: Newsroom, monkeypatch: pytest.MonkeyPatch, maildir: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    (maildir / "new" / "1").write_bytes(HELLO)
    with monkeypatch.context() as patch:
        patch.setattr(run, "take_mail", fail)
        assert (await feedback_of(desk, maildir=maildir).go_round()).trouble == "the disk is full"
    assert [path.name for path in (maildir / "new").iterdir()] == ["1"]
    result = await feedback_of(desk, maildir=maildir).go_round()
    assert result.taken == {Effect.FORWARDED: 1}


async def test_what_cannot_be_written_waits(desk: Newsroom) -> None:
    runner = feedback_of(desk)
    await runner.take(Arrival(HELLO, "lmtp", "ann@example.org"))
    with desk.store.write() as tx:
        (forward,) = forwards.claim(tx, desk.now, 1, timedelta(0))
    bare = Config.model_construct(**{**dict(desk.config), "briefings": {}})
    with pytest.raises(MessageError, match="no briefing"):
        forwarding.written(forward, bare, KEYRING)
    desk.config = bare
    assert "no briefing" in (await feedback_of(desk).go_round()).trouble


async def test_without_its_relay_and_after_a_mistake_of_ours_mail_waits(
    desk: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = Feedback(desk.store, desk.config, KEYRING, {}, ManualClock(desk.now))
    await runner.take(Arrival(HELLO, "lmtp", "ann@example.org"))
    assert "no relay" in (await runner.go_round()).trouble

    def trip(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(forwarding, "written", trip)
    desk.wait(hours=1)
    assert (await feedback_of(desk).go_round()).trouble == "'x'"


def passed_on(desk: Newsroom, header: str) -> EmailMessage:
    """Return the mail that passes on one with *header*."""
    content = f"{header}\r\n\r\nx\r\n".encode()
    written = forwarding.written(Forward(1, 1, content, desk.now, 0), desk.config, KEYRING)
    return message_from_bytes(written.message, policy=policy.default)


@pytest.mark.parametrize(
    "writer", ["ü@example.org", '"a b"@example.org', "Ann", "a..b@example.org"]
)
def test_an_answer_to_somebody_who_cannot_be_written_to_does_not_go_under(
    desk: Newsroom, writer: str
) -> None:
    mail = passed_on(desk, f"From: {writer}\r\nSubject: Hi")
    assert mail["Reply-To"] == "editor@gazette.example"
    body = mail.get_body()
    assert body is not None
    assert "Your answer would come back to you" in body.get_content()
    assert writer.replace('"', "") in str(mail["From"]).replace('"', "").replace("\\", "")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("From: a@example.org\r\nReply-To: Desk <desk@example.org>", "desk@example.org"),
        ("From: Jürg <jurg@müller.example>", "jurg@xn--mller-kva.example"),
        ("From: a@example.org\r\nReply-To: nowhere", "a@example.org"),
    ],
)
def test_an_answer_goes_where_the_writer_wants_it(
    desk: Newsroom, header: str, expected: str
) -> None:
    """RFC 5322, section 3.6.2."""
    assert passed_on(desk, header)["Reply-To"] == expected


def test_what_stands_in_a_header_as_utf8_is_shown_and_what_nobody_sees_is_not(
    desk: Newsroom,
) -> None:
    mail = passed_on(desk, "From: a@example.org\r\nSubject: Grüße aus Zürich")
    assert mail["Subject"] == "Grüße aus Zürich"
    hidden = "=?utf-8?q?a=00b=0D=0ABcc:_eve@example.org?="
    mail = passed_on(desk, f"From: a@example.org\r\nSubject: {hidden}")
    assert mail["Subject"] == "a b Bcc: eve@example.org"
    assert mail["Bcc"] is None


async def test_mail_of_a_person_whose_address_cannot_be_read_is_passed_on(desk: Newsroom) -> None:
    runner = feedback_of(desk)
    odd = b'From: "a b"@example.org\r\nSubject: Hi\r\n\r\nx\r\n'
    await runner.take(Arrival(odd, "lmtp", "someone@example.org"))
    assert (await runner.go_round()).taken == {Effect.FORWARDED: 1}


async def test_what_is_passed_on_is_signed(desk: Newsroom) -> None:
    key = new_rsa_key()
    signer = Signer.from_pem("gazette.example", "s1", key)
    async with Sink() as sink:
        relay = Relay("default", "127.0.0.1", sink.port, tls="none")
        runner = Feedback(
            desk.store,
            desk.config,
            KEYRING,
            {"default": relay},
            ManualClock(desk.now),
            signers={"gazette.example": signer},
        )
        await runner.take(Arrival(HELLO, "lmtp", "ann@example.org"))
        assert (await runner.go_round()).forwarded == 1
    assert sink.received[0].content.startswith(b"DKIM-Signature:")
