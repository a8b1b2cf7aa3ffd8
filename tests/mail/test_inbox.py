"""The inbox: a mail is taken over when it is dealt with, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from smtplib import LMTP, SMTP
from typing import Literal

import pytest

from digest.errors import DigestError, StoreError
from digest.mail.inbox import Inbox
from digest.mail.reports import Arrival

MAIL = b"Subject: hello\r\n\r\n.dot\r\n"


async def talk(
    inbox: Inbox, protocol: Literal["lmtp", "smtp"], do: Callable[[SMTP], object]
) -> object:
    """Return what *do* says to the inbox comes to."""

    def speak() -> object:
        make = LMTP if protocol == "lmtp" else SMTP
        with make("127.0.0.1", inbox.port) as client:
            client.ehlo() if protocol == "smtp" else client.docmd("LHLO test")
            return do(client)

    return await asyncio.to_thread(speak)


def hand_over(client: SMTP) -> int:
    client.docmd("MAIL FROM:<>")
    client.docmd("RCPT TO:<bounces+x@gazette.example>")
    return client.data(MAIL)[0]


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
async def test_mail_is_handed_on_with_its_envelope(protocol: Literal["lmtp", "smtp"]) -> None:
    taken: list[Arrival] = []

    async def take(arrival: Arrival) -> None:
        taken.append(arrival)

    async with Inbox(take, "127.0.0.1", 0, protocol=protocol) as inbox:
        assert await talk(inbox, protocol, hand_over) == 250
    assert taken == [Arrival(MAIL, protocol, "", ("bounces+x@gazette.example",))]


@pytest.mark.parametrize("error", [StoreError("full"), ValueError("a mistake of ours")])
async def test_mail_that_cannot_be_dealt_with_stays_with_the_sender(error: Exception) -> None:
    async def fail(_: Arrival) -> None:
        raise error

    async with Inbox(fail, "127.0.0.1", 0) as inbox:
        assert await talk(inbox, "lmtp", hand_over) == 451


async def test_one_recipient_at_a_time_since_each_has_a_reply() -> None:
    async def take(_: Arrival) -> None:
        raise AssertionError

    def two(client: SMTP) -> int:
        client.docmd("MAIL FROM:<a@b.example>")
        client.docmd("RCPT TO:<one@gazette.example>")
        return client.docmd("RCPT TO:<two@gazette.example>")[0]

    async with Inbox(take, "127.0.0.1", 0) as inbox:
        assert await talk(inbox, "lmtp", two) == 452


async def test_a_mail_that_is_too_large_is_refused() -> None:
    async def take(_: Arrival) -> None:
        raise AssertionError

    def large(client: SMTP) -> int:
        client.docmd("MAIL FROM:<a@b.example>")
        client.docmd("RCPT TO:<one@gazette.example>")
        return client.data(b"x" * 70 + b"\r\n" + b"y" * 20_000)[0]

    async with Inbox(take, "127.0.0.1", 0, max_bytes=10_000) as inbox:
        assert await talk(inbox, "lmtp", large) == 552


async def test_a_mail_that_is_being_dealt_with_at_the_end_is_not_answered() -> None:
    """reliability.md: so it comes again."""
    begun = asyncio.Event()

    async def take(_: Arrival) -> None:
        begun.set()
        await asyncio.sleep(30)

    async with Inbox(take, "127.0.0.1", 0) as inbox:
        talking = asyncio.create_task(talk(inbox, "lmtp", hand_over))
        await begun.wait()
    with pytest.raises(OSError, match="closed"):
        await talking


async def test_a_port_that_is_taken_is_told() -> None:
    async def take(_: Arrival) -> None: ...

    async with Inbox(take, "127.0.0.1", 0) as inbox:
        with pytest.raises(DigestError, match="cannot listen on"):
            async with Inbox(take, "127.0.0.1", inbox.port):
                pass
