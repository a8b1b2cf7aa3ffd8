"""The sink keeps exactly what was sent and delivers nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from patience import PATIENCE_SECONDS
from smtp_servers import ListSource, make_certificates

from digest.mail.outcome import outcome_of
from digest.mail.sink import Received, Sink
from digest.mail.smtp import Connection, Outgoing, Relay, send_one
from digest.model import DeliveryState

TEXT = b"Subject: x\r\n\r\n.\r\n..\r\nHello\r\n"


def relay_to(sink: Sink) -> Relay:
    return Relay("sink", "127.0.0.1", sink.port, tls="none", command_timeout_seconds=4)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def messages(count: int) -> list[Outgoing]:
    return [Outgoing("us@a.test", f"r{n}@b.test", TEXT, key=n) for n in range(1, count + 1)]


async def test_each_message_becomes_a_file_with_the_bytes_that_were_sent(tmp_path: Path) -> None:
    told: list[Received] = []
    async with Sink(tmp_path / "mail", on_message=told.append) as sink:
        source = ListSource(messages(3))
        await (await Connection.open(relay_to(sink))).run(source)
    assert [result.accepted for _, result in source.results] == [True] * 3
    assert names_in(tmp_path / "mail") == [
        "0001-r1@b.test.eml",
        "0002-r2@b.test.eml",
        "0003-r3@b.test.eml",
    ]
    assert told == sink.received
    assert told[0] == Received(
        1, "us@a.test", ("r1@b.test",), TEXT, tmp_path / "mail" / "0001-r1@b.test.eml"
    )
    assert all(r.path is not None and r.path.read_bytes() == TEXT for r in told)


@pytest.mark.parametrize("is_pipelining", [True, False])
async def test_it_works_with_and_without_pipelining(is_pipelining: bool) -> None:  # noqa: FBT001 - both
    async with Sink(is_pipelining=is_pipelining) as sink:
        connection = await Connection.open(relay_to(sink))
        assert ("PIPELINING" in connection.offers) is is_pipelining
        await connection.run(ListSource(messages(20)))
    assert [received.recipients for received in sink.received] == [
        (f"r{n}@b.test",) for n in range(1, 21)
    ]
    assert sink.received[0].path is None


async def test_numbers_go_on_where_an_earlier_run_ended(tmp_path: Path) -> None:
    (tmp_path / "0041-old@b.test.eml").write_bytes(b"")
    (tmp_path / "note.eml").write_bytes(b"")
    async with Sink(tmp_path) as sink:
        await send_one(relay_to(sink), messages(1)[0])
    assert (tmp_path / "0042-r1@b.test.eml").exists()


async def test_it_refuses_whom_it_is_told_to() -> None:
    refuse = {"r1@b.test": "550 5.1.1 No such user", "r2@b.test": "450 4.7.1 Greylisted"}
    async with Sink(refuse=refuse) as sink:
        source = ListSource(messages(3))
        await (await Connection.open(relay_to(sink))).run(source)
    assert [outcome_of(result).state for _, result in source.results] == [
        DeliveryState.REFUSED,
        DeliveryState.DEFERRED,
        DeliveryState.ACCEPTED,
    ]
    assert [received.recipients for received in sink.received] == [("r3@b.test",)]


async def test_it_can_refuse_everybody() -> None:
    async with Sink(refuse={"*": "550 5.7.1 Not today"}) as sink:
        result = await send_one(relay_to(sink), messages(1)[0])
    assert str(result) == "RCPT: 550 5.7.1 Not today"
    assert sink.received == []


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ("../../etc/passwd@b.test", "0001-.._.._etc_passwd@b.test.eml"),
        ("ü@b.test", "0001-_@b.test.eml"),
        ("a" * 100 + "@b.test", "0001-" + "a" * 80 + ".eml"),
    ],
)
async def test_no_recipient_can_name_a_file_elsewhere(
    tmp_path: Path, recipient: str, name: str
) -> None:
    """security.md 10."""
    async with Sink(tmp_path) as sink:
        result = await send_one(relay_to(sink), Outgoing("us@a.test", recipient, TEXT))
    assert result.accepted
    assert names_in(tmp_path) == [name]


async def test_what_cannot_be_written_is_not_accepted(tmp_path: Path) -> None:
    """The file is there before the sender is told, or the sender keeps the message."""
    folder = tmp_path / "mail"
    async with Sink(folder) as sink:
        folder.rmdir()
        folder.write_text("in the way")
        source = ListSource(messages(2))
        await (await Connection.open(relay_to(sink))).run(source)
    assert [outcome_of(result).state for _, result in source.results] == [
        DeliveryState.DEFERRED
    ] * 2
    assert sink.received == []


async def test_half_a_file_is_never_left(tmp_path: Path) -> None:
    """A directory has the name that the file should get."""
    (tmp_path / "0001-r1@b.test.eml").mkdir()
    async with Sink(tmp_path) as sink:
        sink._number = 0  # noqa: SLF001 - as if the directory had come after the start
        result = await send_one(relay_to(sink), messages(1)[0])
    assert not result.accepted
    assert names_in(tmp_path) == ["0001-r1@b.test.eml"]


async def test_starttls(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path)
    async with Sink(tls=certificates.server) as sink:
        relay = Relay("sink", "localhost", sink.port, ca_file=certificates.ca_file)
        connection = await Connection.open(relay)
        source = ListSource(messages(5))
        await connection.run(source)
    assert [result.accepted for _, result in source.results] == [True] * 5


async def test_leaving_hangs_up_on_who_is_connected() -> None:
    async with Sink() as sink:
        idle = await Connection.open(relay_to(sink))
    source = ListSource(messages(1))
    async with asyncio.timeout(PATIENCE_SECONDS):
        ending = await idle.run(source)
    assert ending.messages == 0
    assert sink.received == []


async def test_a_taken_port_is_an_error() -> None:
    async with Sink() as sink:
        with pytest.raises(OSError, match="in use"):
            async with Sink(port=sink.port):
                pass
