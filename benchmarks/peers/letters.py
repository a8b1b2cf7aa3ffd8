"""The issue as peers take it, and what each reader gets of it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import publication
from benchmarks.workshop import Composed
from digest.clock import SystemClock
from digest.store import issues
from digest.wiring import open_service

_TOKEN_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail for all readers."""

    subject: str
    html: str
    text: str
    slot: str
    """Stands in both where the reader's token comes."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a peer is to do."""

    letter: Letter
    port: int
    count: int
    connections: int


def write(made: Composed) -> Path:
    """Write the issue that *made* has frozen as a letter; return the file."""
    service = open_service(made.root / "config.toml", {}, SystemClock())
    with service.store.read() as tx:
        (variant,) = issues.variants_of(tx, made.issue_id).values()
        issue = issues.get(tx, made.issue_id)
    service.close()
    if issue is None:
        raise RuntimeError("the issue is gone")
    slot = variant.html.partition("/unsubscribe/")[2][:_TOKEN_LENGTH]
    letter = Letter(issue.subject, variant.html, variant.text, slot)
    path = made.root.with_suffix(".json")
    path.write_text(json.dumps(asdict(letter)), encoding="utf-8")
    return path


def read_task() -> Task:
    """Return the task that stands on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("letter", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("connections", type=int)
    given = parser.parse_args()
    letter = Letter(**json.loads(given.letter.read_text(encoding="utf-8")))
    return Task(letter, given.port, given.count, given.connections)


def recipient_of(number: int) -> str:
    """Return the address of a reader."""
    return f"reader{number}@inbox.example"


def token_of(number: int) -> str:
    """Return the token of a reader."""
    return f"{number:040d}"


def unsubscribe_headers(token: str) -> dict[str, str]:
    """Return the two headers that every mail has."""
    return {
        "List-Unsubscribe": f"<https://{publication.DOMAIN}/unsubscribe/{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
