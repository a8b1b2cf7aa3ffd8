"""The server of drills: what the protocol wants, and each recipient's own answers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from digest.mail.drill import Answer, DrillServer
from digest.mail.replies import Stage

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def dialogue(server: DrillServer, sent: str) -> list[str]:
    """Return the replies to all that was *sent*, until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent.replace("\n", "\r\n").encode())
    async with asyncio.timeout(10):
        said = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return [line[:3] for line in said.splitlines() if line[3:4] != "-"]


async def test_commands_out_of_order_are_refused_and_the_session_goes_on() -> None:
    async with DrillServer(lambda _: None, lambda: NOW) as server:
        said = await dialogue(
            server,
            "HELO me\nRCPT TO:<a@x.example>\nDATA\nNOOP\nWHAT\nMAIL FROM:<b@y.example>\n"
            "RCPT TO:<a@x.example>\nRCPT TO:<c@x.example>\nRSET\nDATA\nQUIT\n",
        )
        assert server.offered == []
    codes = ["220", "250", "503", "503", "250", "502", "250", "250", "503", "250", "503", "221"]
    assert said == codes


async def test_a_message_that_is_taken_is_kept_without_its_stuffed_dots() -> None:
    async with DrillServer(lambda _: None, lambda: NOW) as server:
        mail = "MAIL FROM:<b@y.example>\nRCPT TO:<a@x.example>\nDATA\n..dot\nend\n.\n"
        assert await dialogue(server, f"EHLO me\n{mail}{mail}QUIT\n") == [
            *("220", "250"),
            *("250", "250", "354", "250") * 2,
            "221",
        ]
        first, second = server.offered
    assert first.content == second.content == b".dot\r\nend\r\n"
    assert (first.attempt.number, second.attempt.number) == (1, 2)
    assert (first.attempt.sender, first.attempt.first_at) == ("b@y.example", NOW)


async def test_a_script_refuses_hangs_up_and_keeps_silent() -> None:
    answers = {
        "full@x.example": Answer("452 4.2.2 Full", Stage.RCPT),
        "fast@x.example": Answer("421 4.7.0 Slow down", Stage.RCPT, hangs_up=True),
        "spam@x.example": Answer("554 5.7.1 No"),
        "mute@x.example": Answer(""),
    }

    async with DrillServer(lambda recipient: lambda _: answers[recipient], lambda: NOW) as server:

        async def told(name: str) -> list[str]:
            mail = f"MAIL FROM:<b@y.example>\nRCPT TO:<{name}@x.example>\n"
            data = "DATA\nx\n.\nQUIT\n" if name in {"spam", "mute"} else "QUIT\n"
            return (await dialogue(server, mail + data))[2:]

        assert await told("full") == ["452", "221"]
        assert await told("fast") == ["421"]
        assert await told("spam") == ["250", "354", "554", "221"]
        assert await told("mute") == ["250", "354"]
    assert [offered.has_arrived for offered in server.offered] == [False, False, False, True]
