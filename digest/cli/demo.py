"""``digest demo``: the whole main job, offline, in one folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import JsonOption, say
from digest.errors import DigestError
from digest.model import DeliveryState

if TYPE_CHECKING:
    from digest.errors import Problem
    from digest.steps.deliver import DeliverResult
    from digest.wiring import Service

MARKER = ".digest-demo"
"""Says that a folder's content was made by the demo, which may then make it anew."""

MADE = ("feeds", "mail", "preview", "state")

READERS = (
    ("Ada Lind", "ada@reader.example"),
    ("Björn Åkesson", "bjorn@bücher.example"),
    ("Chiara Russo", "chiara+briefing@reader.example"),
)


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demo did."""

    articles: int
    feeds: tuple[str, ...]
    removed: int
    """Pieces of page furniture that were taken out of pasted texts."""

    subject: str
    nothing_sent: str
    """Why no issue was sent; empty when one was."""

    result: DeliverResult | None
    problems: tuple[Problem, ...]

    @property
    def is_good(self) -> bool:
        """Whether every article went out, and every mail was accepted."""
        accepted = self.result.ledger.counts[DeliveryState.ACCEPTED] if self.result else 0
        return accepted == len(READERS) and not any(p.severity == "error" for p in self.problems)


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where everything is written.")] = Path(
        "demo"
    ),
    articles: Annotated[
        Path | None,
        typer.Option(help="A folder of articles; the sample publication's by default."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Publish sample articles, send the briefing to a sink on this machine, say where to look.

    [bold]Example:[/bold] digest demo --dir /tmp/demo --articles ~/my-articles
    """
    import asyncio

    _prepare(folder)
    service = _service(folder, articles)
    try:
        report = asyncio.run(_run(service, folder))
    finally:
        service.close()
    if json:
        output.print_json(report)
    else:
        output.problems(report.problems)
        _say(report, folder)
    if not report.is_good:
        raise typer.Exit(1)


def _prepare(folder: Path) -> None:
    """Make the folder, or empty it if an earlier demo made it."""
    in_the_way = [name for name in MADE if (folder / name).exists()]
    if in_the_way and not (folder / MARKER).exists():
        raise DigestError(
            f"{folder} has {', '.join(in_the_way)} that no demo made; choose another --dir"
        )
    for name in in_the_way:
        shutil.rmtree(folder / name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("Made by `digest demo`, which empties this folder each time.\n")


def _service(folder: Path, articles: Path | None) -> Service:
    from digest.clock import SystemClock
    from digest.config import load
    from digest.wiring import bundled, plug_in

    root = folder.resolve()
    sample = bundled("config.toml")
    environment = {
        "DIGEST_SOURCES__ARTICLES__PATH": _quoted((articles or bundled("articles")).resolve()),
        "DIGEST_PUBLISH__FOLDER": _quoted(root / "feeds"),
        "DIGEST_BRIEFINGS__DAILY__MAX_AGE_DAYS": "0",
        "DIGEST_RELAYS__DEFAULT__HOST": '"127.0.0.1"',
        "DIGEST_RELAYS__DEFAULT__TLS": '"none"',
        "DIGEST_RELAYS__DEFAULT__PORT": str(_free_port()),
    }
    text = sample.read_text(encoding="utf-8")
    config = load(text, where=str(sample), environment=environment)
    return plug_in(config, root, SystemClock())


def _quoted(path: Path) -> str:
    from json import dumps

    return dumps(str(path))


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _run(service: Service, folder: Path) -> DemoReport:
    from digest.cli.previews import draft, write_preview
    from digest.cli.publication import ingest_all
    from digest.mail.sink import Sink
    from digest.steps.compose import compose_now
    from digest.steps.publish import publish

    ingested = ingest_all(service, quiet=True)
    # After that: what was just seen for the first time counts as published now.
    now = service.clock.now()
    published = publish(service.store, service.config, service.root, now=now)
    problems = [problem for item in ingested for problem in item.problems]
    _subscribe(service)
    drafted = draft(service, "daily")
    if not isinstance(drafted, str):
        write_preview(service, drafted, folder / "preview", media="../feeds/")
    composed = compose_now(
        service.store, service.config, service.renderer, service.keyring, "daily", now=now
    )
    result = None
    if composed.issue_id is not None:
        relay = service.config.relays["default"]
        async with Sink(folder / "mail", port=relay.port):
            result = next(iter(await service.deliverer().run_due(composed.issue_id)))
    return DemoReport(
        articles=published.articles,
        feeds=published.feeds,
        removed=sum(len(item.removals) for item in ingested),
        subject="" if isinstance(drafted, str) else drafted.subject,
        nothing_sent=composed.reason,
        result=result,
        problems=(*problems, *published.problems, *_check_feeds(folder / "feeds")),
    )


def _subscribe(service: Service) -> None:
    from digest.model import SubscriptionState
    from digest.steps.subscribe import Wish, person_of, subscribe

    wishes = [
        Wish(person_of(email, name), "daily", SubscriptionState.CONFIRMED)
        for name, email in READERS
    ]
    subscribe(
        service.store,
        service.keyring,
        wishes,
        method="operator",
        evidence="sample readers of the demo",
        now=service.clock.now(),
    )


def _check_feeds(folder: Path) -> list[Problem]:
    """Return what the validator finds in the feeds just written."""
    from digest.syndication.check import check_atom, check_json, check_rss

    found = []
    for name, check in (
        ("rss.xml", check_rss),
        ("atom.xml", check_atom),
        ("feed.json", check_json),
    ):
        for path in sorted(folder.rglob(name)):
            found += check(path.read_bytes())
    return found


def _say(report: DemoReport, folder: Path) -> None:
    errors = sum(1 for problem in report.problems if problem.severity == "error")
    verdict = "all valid" if not errors else f"{errors} errors (see above)"
    say(f"{report.articles} articles in {len(report.feeds)} feed(s) of 3 formats: {verdict}.")
    if report.removed:
        say(f"{report.removed} pieces of page furniture taken out (`digest check` lists them).")
    if report.result is None:
        say(f"No issue was sent: {report.nothing_sent}.")
    else:
        counts = report.result.ledger.counts
        say(f'Briefing "{report.subject}"')
        say(f"  sent to {counts[DeliveryState.ACCEPTED]} of {len(READERS)} readers by SMTP.")
    say("Look at:")
    say(f"  {folder / 'preview' / 'daily.html'}  the briefing, in a browser (and .txt, .eml)")
    say(f"  {folder / 'mail'}/*.eml  the mails as the sink received them")
    say(f"  {folder / 'feeds'}/rss.xml, atom.xml, feed.json  the feeds")
