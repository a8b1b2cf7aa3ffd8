"""smtplib: a message built for each reader, one session."""

from __future__ import annotations

import json
import smtplib
import time

from benchmarks.peers import letters, usual


def send(task: letters.Task) -> float:
    """Do *task*; return the seconds it took."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", task.port) as client:
        for number in range(task.count):
            client.send_message(usual.build(task.letter, number), from_addr=usual.SENDER)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps({"seconds": send(letters.read_task())}))
