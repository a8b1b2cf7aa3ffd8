"""Every way to go wrong at every stage of a session; the server's own log is the judge.

reliability.md, "Replies" and R9: nothing is counted accepted that the server has not, what may
have been accepted is uncertain, nothing hangs, and the connection ends up closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from smtp_servers import FAULTS, Certificates, ListSource, ScriptedServer, make_certificates, stalls

from digest.errors import RelayError
from digest.mail.outcome import Kind, Outcome, Scope, outcome_of, outcome_of_error
from digest.mail.relay import SessionError
from digest.mail.replies import Stage
from digest.mail.smtp import Connection, End, Ending, Outgoing, Relay
from digest.model import DeliveryState

LIMIT_SECONDS = 4.0
"""What any of this may take at the very most."""

BREAKS = ("EOF", "RST", "timeout", "garbage", "odd lines", "long line", "drip")
"""Faults that are no reply."""

BIG = b"Subject: big\r\n\r\n" + b"0123456789abcdef" * 4096 * 128 + b"\r\n"
"""8 MiB, more than the system takes in before the server reads on."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(Path(tmp_path_factory.mktemp("tls")))


def relay_to(port: int, fault: str = "") -> Relay:
    """Be patient, but where the fault is that nothing comes."""
    seconds = 0.2 if fault in {"timeout", "drip"} else LIMIT_SECONDS
    return Relay(
        "test",
        "127.0.0.1",
        port,
        tls="none",
        connect_timeout_seconds=seconds,
        command_timeout_seconds=seconds,
        data_timeout_seconds=seconds,
    )


def messages(count: int, content: bytes = b"Subject: x\r\n\r\nHello\r\n") -> list[Outgoing]:
    return [Outgoing("us@a.test", f"r{n}@b.test", content, key=n) for n in range(1, count + 1)]


async def send(relay: Relay, source: ListSource) -> Ending:
    """Run one connection to its end, within the limit."""
    async with asyncio.timeout(LIMIT_SECONDS):
        connection = await Connection.open(relay)
        return await connection.run(source)


async def opening_fails(server: ScriptedServer, relay: Relay) -> Outcome:
    """Return what opening a session comes to, once the server has seen it closed."""
    source = ListSource(messages(1))
    try:
        ending = await send(relay, source)
    except RelayError as error:
        outcome = outcome_of_error(error)
    else:  # a surplus reply can only be noticed once the session is open
        assert ending.end is End.BROKEN
        assert ending.result is not None
        outcome = outcome_of(ending.result)
    assert not any(result.accepted for _, result in source.results)
    assert server.accepted == []
    async with asyncio.timeout(LIMIT_SECONDS):
        await server.all_closed.wait()
    return outcome


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", ["greeting", "EHLO", "STARTTLS", "TLS", "EHLO2", "AUTH"])
async def test_a_fault_before_the_first_message_defers_everything_and_sends_nothing(
    stage: str, fault: str, certificates: Certificates
) -> None:
    tls = replace(
        relay_to(0, fault),
        tls="starttls",
        ca_file=certificates.ca_file,
        username="u",
        password="p",
    )
    script = {stage: [FAULTS[fault]]}
    async with ScriptedServer(script, tls=certificates.server, password="p") as server:
        outcome = await opening_fails(server, replace(tls, port=server.port))
    assert outcome.state in {DeliveryState.DEFERRED, DeliveryState.QUEUED}
    if stage == "AUTH" and fault == "5xx":
        assert outcome.kind is Kind.OUR_FAULT
    elif fault != "surplus":
        assert (outcome.kind, outcome.scope) == (Kind.TRANSIENT, Scope.RELAY)
    if stage != "AUTH":
        assert not [c for c in server.commands if c.startswith(b"AUTH") and stage != "EHLO2"]


@pytest.mark.parametrize("queued", [None, 0, 4])
async def test_a_connection_that_does_not_come_about_defers_everything(queued: int | None) -> None:
    """Nobody listens; the system connects and nobody answers; or the system's queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        if queued is not None:
            listener.listen(0)
            for _ in range(queued):
                other = stack.enter_context(socket.socket())
                other.setblocking(False)  # noqa: FBT003 - the standard library's signature
                other.connect_ex(("127.0.0.1", port))
        with pytest.raises(SessionError) as caught:
            await send(relay_to(port, "timeout"), ListSource(messages(1)))
    outcome = outcome_of_error(caught.value)
    assert (outcome.kind, outcome.scope) == (Kind.TRANSIENT, Scope.RELAY)
    stage = Stage.GREETING if queued == 0 else Stage.CONNECT
    assert caught.value.result.stage is stage


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("is_pipelining", [True, False])
async def test_a_fault_in_the_envelope_defers_the_message(
    stage: str,
    fault: str,
    is_pipelining: bool,  # noqa: FBT001 - a parameter of the matrix
) -> None:
    source = ListSource(messages(2))
    offers = ("PIPELINING",) if is_pipelining else ()
    async with ScriptedServer({stage: [FAULTS[fault]]}, offers=offers) as server:
        ending = await send(relay_to(server.port, fault), source)
        async with asyncio.timeout(LIMIT_SECONDS):
            await server.all_closed.wait()
        accepted = [recipient for recipient, _ in server.accepted]
    first, second = (result for _, result in source.results)
    outcome = outcome_of(first)
    assert not first.accepted
    assert "r1@b.test" not in accepted
    assert outcome.state is DeliveryState.DEFERRED
    if fault in {"4xx", "5xx"}:
        assert (outcome.kind, outcome.scope) == (Kind.TRANSIENT, Scope.MESSAGE)
        assert first.stage == Stage(stage)
        assert second.accepted, "the next message must not suffer"
        assert accepted == ["r2@b.test"]
        assert ending.end is End.EXHAUSTED
    else:
        assert outcome.scope is Scope.SESSION
        assert not outcome.is_failure
        assert ending.end is End.BROKEN
        assert second.stage is Stage.UNSENT
        assert accepted == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_in_a_long_body_defers_the_message(fault: str) -> None:
    """As long as the final dot is not written, nothing can have been accepted."""
    source = ListSource(messages(1, BIG))
    act = stalls if fault == "timeout" else FAULTS[fault]
    async with ScriptedServer({"body": [act]}, body_bytes=50_000) as server:
        ending = await send(relay_to(server.port, fault), source)
        async with asyncio.timeout(LIMIT_SECONDS):
            await server.all_closed.wait()
        assert server.accepted == []
    result = source.results[0][1]
    assert result.stage is Stage.BODY
    assert outcome_of(result).state is DeliveryState.DEFERRED
    assert ending.end is End.BROKEN


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("is_pipelining", [True, False])
async def test_a_fault_after_the_dot_is_a_refusal_or_uncertain(
    fault: str,
    is_pipelining: bool,  # noqa: FBT001 - a parameter of the matrix
) -> None:
    source = ListSource(messages(1))
    offers = ("PIPELINING",) if is_pipelining else ()
    async with ScriptedServer({"dot": [FAULTS[fault]]}, offers=offers) as server:
        await send(relay_to(server.port, fault), source)
        async with asyncio.timeout(LIMIT_SECONDS):
            await server.all_closed.wait()
        accepted = len(server.accepted)
    result = source.results[0][1]
    outcome = outcome_of(result)
    assert result.stage is Stage.DOT
    assert result.accepted == (accepted == 1)
    if fault in BREAKS:
        assert outcome.kind is Kind.UNCERTAIN
        assert outcome.state is DeliveryState.UNCERTAIN
    elif fault == "surplus":
        assert outcome.kind is Kind.ACCEPTED
    else:
        assert outcome.state is DeliveryState.DEFERRED


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("is_pipelining", [True, False])
async def test_a_fault_at_the_next_message_leaves_the_last_one_accepted(
    fault: str,
    is_pipelining: bool,  # noqa: FBT001 - a parameter of the matrix
) -> None:
    """With PIPELINING the envelope that fails went out together with the body that succeeds.

    A relay that closes a session which it made use of has nothing against the next message.
    """
    source = ListSource(messages(3))
    offers = ("PIPELINING",) if is_pipelining else ()
    async with ScriptedServer({"MAIL": [None, FAULTS[fault]]}, offers=offers) as server:
        await send(relay_to(server.port, fault), source)
        async with asyncio.timeout(LIMIT_SECONDS):
            await server.all_closed.wait()
        accepted = {recipient for recipient, _ in server.accepted}
    results = {outgoing.recipient: result for outgoing, result in source.results}
    assert results["r1@b.test"].accepted
    is_end = fault in {"421", "EOF", "RST"}
    state = outcome_of(results["r2@b.test"]).state
    assert state is (DeliveryState.QUEUED if is_end else DeliveryState.DEFERRED)
    assert {r for r, result in results.items() if result.accepted} == accepted
    assert len(source.results) == 3, "each message is settled once"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("is_pipelining", [True, False])
async def test_a_fault_at_rset_drops_the_session(
    fault: str,
    is_pipelining: bool,  # noqa: FBT001 - a parameter of the matrix
) -> None:
    source = ListSource(messages(2))
    offers = ("PIPELINING",) if is_pipelining else ()
    script = {"RCPT": [FAULTS["5xx"]], "RSET": [FAULTS[fault]]}
    async with ScriptedServer(script, offers=offers) as server:
        ending = await send(relay_to(server.port, fault), source)
        async with asyncio.timeout(LIMIT_SECONDS):
            await server.all_closed.wait()
        assert server.accepted == []
    refused, dropped = (result for _, result in source.results)
    assert refused.reply is not None
    assert refused.stage is Stage.RCPT
    assert outcome_of(dropped).state is DeliveryState.DEFERRED
    assert outcome_of(dropped).scope in {Scope.SESSION, Scope.MESSAGE}
    assert ending.end is End.BROKEN


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_at_quit_changes_nothing(fault: str) -> None:
    source = ListSource(messages(1))
    async with ScriptedServer({"QUIT": [FAULTS[fault]]}) as server:
        ending = await send(relay_to(server.port, fault), source)
        async with asyncio.timeout(LIMIT_SECONDS):
            await server.all_closed.wait()
        assert len(server.accepted) == 1
    assert source.results[0][1].accepted
    assert ending == Ending(End.EXHAUSTED, 1)
