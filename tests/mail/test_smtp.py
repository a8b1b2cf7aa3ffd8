"""A connection carries messages fast, in order, and never more than its source allows.

reliability.md R3, R4, R9 and "unsubscribe in mid-send"; performance.md, "What follows".
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop
from patience import PATIENCE_SECONDS, until
from smtp_servers import (
    Act,
    Hangup,
    ListSource,
    ScriptedServer,
    Session,
    closes,
    keeps,
    make_certificates,
    says,
)

from digest.mail.outcome import Kind, Scope, outcome_of
from digest.mail.replies import Fault, Result, Stage
from digest.mail.smtp import Connection, End, Ending, Outgoing, Relay, send_one
from digest.model import DeliveryState

TEXT = b"Subject: x\r\n\r\nHello\r\n"
BOTH = pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["pipelining", "lockstep"])


@pytest.fixture(params=[True, False], ids=["at hand", "asked for"], autouse=True)
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages come at once, or have to be waited for: all that follows holds for both."""
    monkeypatch.setattr(ListSource, "is_at_hand", request.param)


def relay_to(port: int, per_connection: int = 500) -> Relay:
    return Relay(
        "test",
        "127.0.0.1",
        port,
        tls="none",
        connect_timeout_seconds=4,
        command_timeout_seconds=4,
        data_timeout_seconds=4,
        messages_per_connection=per_connection,
    )


def messages(count: int, content: bytes = TEXT) -> list[Outgoing]:
    return [Outgoing("us@a.test", f"r{n}@b.test", content, key=n) for n in range(1, count + 1)]


async def run(server: ScriptedServer, source: ListSource, per_connection: int = 500) -> Ending:
    async with asyncio.timeout(PATIENCE_SECONDS):
        connection = await Connection.open(relay_to(server.port, per_connection))
        ending = await connection.run(source)
        await server.all_closed.wait()
    return ending


def verbs(server: ScriptedServer) -> list[bytes]:
    return [command.split()[0] for command in server.commands]


@BOTH
async def test_every_message_arrives_once_and_as_it_is(offers: Sequence[str]) -> None:
    contents = [
        b".\r\n",
        b"..\r\n.x\r\n\r\n.\r\n",
        b"no line end",
        (b"x" * 998 + b"\r\n.\r\n") * 300,
        TEXT,
    ]
    sent = [m._replace(message=c) for m, c in zip(messages(5), contents, strict=True)]
    source = ListSource(sent)
    async with ScriptedServer(offers=offers) as server:
        ending = await run(server, source)
    expected = [c if c.endswith(b"\r\n") else c + b"\r\n" for c in contents]
    assert server.accepted == [
        (outgoing.recipient, content) for outgoing, content in zip(sent, expected, strict=True)
    ]
    assert [(outgoing.key, result.accepted) for outgoing, result in source.results] == [
        (n, True) for n in range(1, 6)
    ]
    assert ending == Ending(End.EXHAUSTED, 5)
    assert verbs(server)[-1] == b"QUIT"


@BOTH
async def test_a_body_waits_for_the_last_commit_and_the_next_envelope_does_not(
    offers: Sequence[str],
) -> None:
    """reliability.md R4: this bounds what a crash can repeat; performance.md P9: at no cost."""
    commits = asyncio.Event()
    settling = asyncio.Event()

    class Slow(ListSource):
        async def settle(self, outgoing: Outgoing, result: Result) -> None:
            settling.set()
            await commits.wait()
            await super().settle(outgoing, result)

    source = Slow(messages(2))
    async with ScriptedServer(offers=offers) as server:
        running = asyncio.create_task(run(server, source))
        await settling.wait()
        await until(lambda: verbs(server).count(b"DATA") == (2 if offers else 1))
        await asyncio.sleep(0.05)
        assert [recipient for recipient, _ in server.accepted] == ["r1@b.test"]
        commits.set()
        await running
    assert len(server.accepted) == 2
    kept = [event for event in source.events if event[0] != "take"]
    assert kept == [("confirm", 1), ("settle", 1), ("confirm", 2), ("settle", 2)]


@BOTH
async def test_who_leaves_before_the_body_gets_nothing(offers: Sequence[str]) -> None:
    """reliability.md, "unsubscribe in mid-send": DATA is out, so the connection is dropped."""
    source = ListSource(messages(3))
    source.withdrawn = {2}
    async with ScriptedServer(offers=offers) as server:
        ending = await run(server, source)
    assert [recipient for recipient, _ in server.accepted] == ["r1@b.test"]
    assert ending == Ending(End.ABANDONED, 1)
    assert b"QUIT" not in verbs(server)
    settled = {outgoing.key: result for outgoing, result in source.results}
    assert 2 not in settled
    assert settled[3].stage is Stage.UNSENT


@BOTH
async def test_a_refused_recipient_costs_neither_session_nor_the_next(
    offers: Sequence[str],
) -> None:
    script = {"RCPT": [None, says("550 5.1.1 No such user"), None]}
    source = ListSource(messages(3))
    async with ScriptedServer(script, offers=offers) as server:
        ending = await run(server, source)
    states = [outcome_of(result).state for _, result in source.results]
    assert states == [DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.ACCEPTED]
    assert [recipient for recipient, _ in server.accepted] == ["r1@b.test", "r3@b.test"]
    assert ending == Ending(End.EXHAUSTED, 2)
    assert verbs(server).count(b"RSET") == 1


async def test_a_go_ahead_without_a_recipient_is_ended_with_nothing() -> None:
    """RFC 2920 section 3.1: the server answers DATA with 354 although RCPT was refused."""
    script: dict[str, list[Act | None]] = {
        "RCPT": [says("550 5.1.1 No such user")],
        "DATA": [says("354 Go ahead")],
        "dot": [says("250 2.0.0 Took nothing")],
    }
    source = ListSource(messages(2))
    async with ScriptedServer(script) as server:
        ending = await run(server, source)
    first, second = (result for _, result in source.results)
    assert first.stage is Stage.RCPT
    assert not first.accepted
    assert second.accepted
    assert [recipient for recipient, _ in server.accepted] == ["r2@b.test"]
    assert b"." in server.commands
    assert ending.end is End.EXHAUSTED


@pytest.mark.parametrize("refused", ["MAIL", "RCPT"])
async def test_a_server_that_is_out_of_step_is_left(refused: str) -> None:
    """Go ahead after a refused MAIL, or no end to the empty message: the refusal stands."""
    script: dict[str, list[Act | None]] = {
        refused: [says("550 5.3.0 No")],
        "DATA": [says("354 Go ahead")],
        "dot": [closes],
    }
    source = ListSource(messages(1))
    async with ScriptedServer(script) as server:
        ending = await run(server, source)
    assert ending.end is End.BROKEN
    assert ending.result is not None
    assert ending.result.cause is not None
    (_, result) = source.results[0]
    assert result.stage == Stage(refused)
    assert result.reply is not None
    assert result.reply.code == 550
    assert server.accepted == []


@pytest.mark.parametrize(
    ("said", "stage", "fault"),
    [
        ({"MAIL": "354 Go ahead"}, Stage.MAIL, Fault.GARBAGE),
        ({"RCPT": "221 Bye"}, Stage.RCPT, Fault.GARBAGE),
        ({"DATA": "250 Fine"}, Stage.DATA, Fault.GARBAGE),
        ({"dot": "354 Go ahead"}, Stage.DOT, Fault.GARBAGE),
        ({"dot": "221 Bye"}, Stage.DOT, Fault.GARBAGE),
    ],
)
@BOTH
async def test_a_reply_that_cannot_be_to_this_command_is_never_taken_for_one(
    said: dict[str, str], stage: Stage, fault: Fault, offers: Sequence[str]
) -> None:
    source = ListSource(messages(1))
    script = {where: [says(text)] for where, text in said.items()}
    async with ScriptedServer(script, offers=offers) as server:
        await run(server, source)
    (_, result) = source.results[0]
    assert result.stage is stage
    assert result.cause is not None
    assert result.cause.fault is fault
    assert not result.accepted


async def test_a_stray_reply_does_not_become_acceptance() -> None:
    """Two replies to one dot that contradict each other: either may be meant."""
    source = ListSource(messages(1))
    script = {"dot": [says("250 2.0.0 Stray\r\n554 5.3.0 The real one")]}
    async with ScriptedServer(script) as server:
        await run(server, source)
    (_, result) = source.results[0]
    assert outcome_of(result).kind is Kind.UNCERTAIN


async def test_a_reply_nobody_asked_for_ends_the_session_before_it_can_mislead() -> None:
    """It comes while the last result is being committed, and would answer the next dot."""
    committing, noticed = asyncio.Event(), asyncio.Event()

    @keeps
    async def says_more(session: Session, normal: bytes) -> None:
        await session.say(normal)
        await committing.wait()
        await session.say(b"250 2.0.0 Stray\r\n")
        noticed.set()

    class Slow(ListSource):
        async def settle(self, outgoing: Outgoing, result: Result) -> None:
            committing.set()
            await noticed.wait()
            await asyncio.sleep(0.02)
            await super().settle(outgoing, result)

    source = Slow(messages(2))
    async with ScriptedServer({"dot": [says_more]}, offers=()) as server:
        ending = await run(server, source)
    assert ending.end is End.BROKEN
    assert len(server.accepted) == 1
    assert source.results[0][1].accepted
    assert source.results[1][1].stage is Stage.UNSENT


async def test_421_right_behind_an_acceptance_takes_nothing_back() -> None:
    """RFC 5321 section 3.8: it may come at any time; servers do so after their last message."""
    source = ListSource(messages(2))
    script = {"dot": [says("250 2.0.0 Kept\r\n421 4.3.2 That was enough")]}
    async with ScriptedServer(script, offers=()) as server:
        ending = await run(server, source)
    assert source.results[0][1].accepted
    assert source.results[1][1].stage is Stage.UNSENT
    assert ending.end is End.BROKEN
    assert ending.result is not None
    assert "421" in str(ending.result)


async def test_421_instead_of_a_verdict_defers_and_hands_back_what_was_announced() -> None:
    async def takes_leave(session: Session, _normal: bytes) -> None:
        await session.say(b"421 4.3.2 Shutting down\r\n")
        raise Hangup

    source = ListSource(messages(3))
    async with ScriptedServer({"dot": [takes_leave]}) as server:
        ending = await run(server, source)
    states = {o.key: outcome_of(result).state for o, result in source.results}
    assert states == {
        1: DeliveryState.DEFERRED,
        2: DeliveryState.QUEUED,
        3: DeliveryState.QUEUED,
    }
    assert ending.result is not None
    assert outcome_of(ending.result).scope is Scope.SESSION


@BOTH
async def test_a_session_ends_after_so_many_messages(offers: Sequence[str]) -> None:
    source = ListSource(messages(5))
    async with ScriptedServer(offers=offers) as server:
        ending = await run(server, source, per_connection=2)
        assert ending == Ending(End.RECYCLED, 2)
        assert verbs(server)[-1] == b"QUIT"
        await run(server, source, per_connection=3)
    assert [outgoing.key for outgoing, _ in source.results] == [1, 2, 3, 4, 5]
    assert len(server.accepted) == 5


async def test_what_cannot_be_sent_is_settled_and_the_rest_goes_on() -> None:
    """Refused here: 8-bit bytes, UTF-8 addresses, size, and what would break the protocol."""
    bad = [
        Outgoing("us@a.test", "r1@b.test", b"\xff\r\n", key="8-bit"),
        Outgoing("us@a.test", "ü@b.test", TEXT, key="utf8"),
        Outgoing("us@a.test", "r1@b.test", b"x" * 2000, key="size"),
        Outgoing("us@a.test", "r1@b.test\r\nDATA", TEXT, key="injection"),
        Outgoing("us@a.test", "r1@b.test", b"a\nb", key="bare LF"),
    ]
    good = messages(6)
    mixed = [outgoing for pair in zip(good, bad, strict=False) for outgoing in pair]
    source = ListSource([*mixed, good[5]])
    async with ScriptedServer(offers=("PIPELINING", "SIZE 1000")) as server:
        ending = await run(server, source)
    assert ending.end is End.EXHAUSTED
    assert len(server.accepted) == 6
    settled = {outgoing.key: result for outgoing, result in source.results}
    enhanced = {key: settled[key].reply.enhanced for key in settled if isinstance(key, str)}  # type: ignore[union-attr] # all are refusals
    assert enhanced == {
        "8-bit": (5, 6, 3),
        "utf8": (5, 6, 7),
        "size": (5, 3, 4),
        "injection": (5, 6, 0),
        "bare LF": (5, 6, 0),
    }
    for outgoing, result in source.results:
        if isinstance(outgoing.key, str):
            assert result.stage is Stage.LOCAL
            assert outcome_of(result).state is DeliveryState.REFUSED
            assert not outcome_of(result).suppresses


async def test_a_long_message_waits_for_a_slow_reader() -> None:
    content = (b"0123456789abcdef" * 60 + b"\r\n") * 5000

    async def reads_later(_session: Session, _normal: bytes) -> None:
        await asyncio.sleep(0.1)

    source = ListSource([*messages(1, content), *messages(1)])
    async with ScriptedServer({"body": [reads_later]}, body_bytes=1000) as server:
        ending = await run(server, source)
    assert ending == Ending(End.EXHAUSTED, 2)
    assert [len(kept) for _, kept in server.accepted] == [len(content), len(TEXT)]


class Waiting(ListSource):
    """A source that waits for more when its list is at an end."""

    idle: asyncio.Event | None = None

    async def take(self) -> Outgoing | None:
        """Return the next, or none for a minute."""
        outgoing = await super().take()
        if outgoing is None:
            if self.idle is not None:
                self.idle.set()
            await asyncio.sleep(60)
        return outgoing


@BOTH
async def test_stopping_while_idle_quits(offers: Sequence[str]) -> None:
    source = Waiting(messages(2))
    source.idle = asyncio.Event()
    async with ScriptedServer(offers=offers) as server, asyncio.timeout(PATIENCE_SECONDS):
        connection = await Connection.open(relay_to(server.port))
        running = asyncio.create_task(connection.run(source))
        await source.idle.wait()
        await asyncio.sleep(0.05)
        assert len(source.results) == 2
        connection.stop()
        connection.stop()
        assert await running == Ending(End.STOPPED, 2)
        await server.all_closed.wait()
    assert verbs(server)[-1] == b"QUIT"


@BOTH
async def test_stopping_finishes_what_is_on_the_wire_and_hands_back_the_rest(
    offers: Sequence[str],
) -> None:
    """reliability.md, SIGTERM: 0 lost, 0 duplicates."""
    source = ListSource(messages(10))
    connections: list[Connection] = []

    @keeps
    async def stops(session: Session, normal: bytes) -> None:
        connections[0].stop()
        await session.say(normal)

    async with ScriptedServer({"dot": [None, stops]}, offers=offers) as server:
        async with asyncio.timeout(PATIENCE_SECONDS):
            connections.append(await Connection.open(relay_to(server.port)))
            ending = await connections[0].run(source)
    assert ending.end is End.STOPPED
    assert verbs(server)[-1] == b"QUIT"
    accepted = {o.recipient for o, result in source.results if result.accepted}
    assert accepted == {recipient for recipient, _ in server.accepted}
    assert len(accepted) == (3 if offers else 2)
    rest = [result.stage for _, result in source.results if not result.accepted]
    assert set(rest) == {Stage.UNSENT}
    taken = [key for event, key in source.events if event == "take"]
    assert sorted(str(o.key) for o, _ in source.results) == sorted(map(str, taken))


async def test_a_session_that_the_relay_ends_while_idle_loses_nothing() -> None:
    @keeps
    async def leaves_later(session: Session, normal: bytes) -> None:
        await session.say(normal)
        await asyncio.sleep(0.05)
        await session.say(b"421 4.4.2 Idle for too long\r\n")
        raise Hangup

    source = Waiting(messages(1))
    async with ScriptedServer({"dot": [leaves_later]}) as server:
        ending = await run(server, source)
    assert ending.end is End.BROKEN
    assert ending.result is not None
    assert outcome_of(ending.result).scope is Scope.SESSION
    assert [result.accepted for _, result in source.results] == [True]


async def test_an_error_of_the_source_ends_the_connection_and_is_raised() -> None:
    """No sending without a working commit (reliability.md, "disk full, EIO")."""

    class Broken(ListSource):
        async def settle(self, outgoing: Outgoing, result: Result) -> None:
            raise OSError(f"disk full at {outgoing.key}: {result}")

    source = Broken(messages(3))
    async with ScriptedServer() as server:
        with pytest.raises(OSError, match="disk full at 1"):
            await run(server, source)
        await server.all_closed.wait()
    assert len(server.accepted) == 1


@pytest.mark.parametrize("sent", [0, 1, 2])
async def test_an_error_in_taking_is_raised_after_what_is_under_way(sent: int) -> None:
    class Broken(ListSource):
        async def take(self) -> Outgoing | None:
            outgoing = await super().take()
            if outgoing is None:
                raise OSError("no database")
            return outgoing

    source = Broken(messages(sent))
    async with ScriptedServer() as server:
        with pytest.raises(OSError, match="no database"):
            await run(server, source)
        await server.all_closed.wait()
    assert [result.accepted for _, result in source.results] == [True] * sent
    assert len(server.accepted) == sent


async def test_an_error_in_taking_is_not_lost_with_the_session() -> None:
    class Broken(ListSource):
        async def take(self) -> Outgoing | None:
            outgoing = await super().take()
            if outgoing is None:
                raise OSError("no database")
            return outgoing

    source = Broken(messages(1))
    async with ScriptedServer({"dot": [closes]}) as server:
        with pytest.raises(OSError, match="no database"):
            await run(server, source)
    assert outcome_of(source.results[0][1]).kind is Kind.UNCERTAIN


async def test_a_cancelled_connection_hangs_up_and_settles_nothing() -> None:
    asked = asyncio.Event()

    async def never(_session: Session, _normal: bytes) -> None:
        asked.set()
        await asyncio.sleep(3)

    source = ListSource(messages(2))
    async with ScriptedServer({"RCPT": [never]}) as server:
        running = asyncio.create_task(run(server, source))
        await asked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert source.results == []
    assert server.accepted == []


async def test_a_source_that_is_slow_costs_round_trips_and_nothing_else() -> None:
    class Slow(ListSource):
        async def take(self) -> Outgoing | None:
            await asyncio.sleep(0.03)
            return await super().take()

    source = Slow(messages(3))
    async with ScriptedServer() as server:
        ending = await run(server, source)
    assert ending == Ending(End.EXHAUSTED, 3)
    assert len(server.accepted) == 3


async def test_a_test_message_says_what_became_of_it() -> None:
    async with ScriptedServer({"RCPT": [says("550 5.1.1 No such user"), None]}) as server:
        refused = await send_one(relay_to(server.port), messages(1)[0])
        accepted = await send_one(relay_to(server.port), messages(1)[0])
    assert str(refused) == "RCPT: 550 5.1.1 No such user"
    assert accepted.accepted


async def test_a_session_can_be_tried_without_sending() -> None:
    async with ScriptedServer() as server:
        connection = await Connection.open(relay_to(server.port))
        assert connection.offers["PIPELINING"] == ""
        await connection.close()
        await server.all_closed.wait()
    assert verbs(server) == [b"EHLO", b"QUIT"]


def test_it_works_on_uvloop_with_tls(tmp_path: Path) -> None:
    """performance.md: uvloop where it installs."""
    certificates = make_certificates(tmp_path)
    source = ListSource([*messages(50), *messages(2, (b"x" * 998 + b"\r\n") * 500)])

    async def both_ways() -> int:
        async with ScriptedServer(tls=certificates.server) as server:
            relay = replace(relay_to(server.port), tls="starttls", ca_file=certificates.ca_file)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await (await Connection.open(relay)).run(source)
            return len(server.accepted)

    assert uvloop.run(both_ways()) == 52
    assert all(result.accepted for _, result in source.results)
