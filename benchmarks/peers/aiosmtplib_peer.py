"""aiosmtplib: bytes that are ready but for token and address, over uvloop, in many sessions."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import aiosmtplib
import uvloop

from benchmarks.peers import letters, usual


async def send(task: letters.Task) -> float:
    """Do *task*; return the seconds it took."""
    first = usual.build(task.letter, 0).as_bytes()
    token, address = letters.token_of(0).encode(), letters.recipient_of(0).encode()
    numbers: Iterator[int] = iter(range(task.count))

    async def one() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=task.port, start_tls=False) as client:
            for number in numbers:
                recipient = letters.recipient_of(number)
                mail = first.replace(token, letters.token_of(number).encode())
                mail = mail.replace(address, recipient.encode(), 1)
                await client.sendmail(usual.SENDER, [recipient], mail)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(task.connections)))
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps({"seconds": uvloop.run(send(letters.read_task()))}))
