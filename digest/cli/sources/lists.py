"""Commands that show how sources are doing: sources list, show."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.cli.sources.common import NameArgument


def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Show every source: how it is doing, when it is asked next, and what it brought.

    [bold]Example:[/bold] digest sources list
    """
    from digest.steps.gather import report_sources

    with output.opened(config) as service:
        shown = report_sources(service.store, service.config, now=service.clock.now())
    if json:
        output.print_json(shown)
        return
    output.table(
        "Sources",
        ("source", "kind", "health", "last answer", "next", "used", "waiting", "address"),
        (
            (
                item.source,
                item.kind,
                item.health,
                output.utc(item.succeeded_at) or "-",
                output.utc(item.next_poll_at) or "-",
                str(item.used),
                str(item.waiting),
                item.address,
            )
            for item in shown
        ),
    )
    for item in shown:
        if item.detail:
            say(f"{item.source}: {item.detail}")


def show(
    name: NameArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many articles.")] = 20,
    json: JsonOption = False,
) -> None:
    """Show how one source is doing, and what became of each article that it named, and why.

    [bold]Example:[/bold] digest sources show gazette
    """
    from dataclasses import asdict

    from digest.steps.gather import report_source

    with output.opened(config) as service:
        report, records = report_source(
            service.store, service.config, name, now=service.clock.now(), limit=limit
        )
    about = asdict(report)
    if json:
        articles = [
            {"at": item.seen_at, "fate": item.fate, "title": item.title, "url": item.url}
            | {"reason": item.reason, "key": item.key}
            for item in records
        ]
        output.print_json(about | {"articles": articles})
        return
    for key, value in about.items():
        shown = output.utc(value) if key.endswith("_at") or key == "hub_until" else value
        say(f"{key.replace('_', ' ')}: {shown if shown not in {None, ''} else '-'}")
    output.table(
        "Articles",
        ("seen", "became", "why", "title"),
        ((output.utc(item.seen_at), str(item.fate), item.reason, item.title) for item in records),
    )
