"""Commands that show how sources are doing: sources list, show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.cli.sources.common import NameArgument, settings_of

if TYPE_CHECKING:
    from datetime import datetime

    from digest.store.sources import State


def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Show every source: how it is doing, when it is asked next, and what it brought.

    [bold]Example:[/bold] digest sources list
    """
    from digest.store import sources

    with output.opened(config) as service:
        names = service.config.sources
        with service.store.read() as tx:
            states, fates = sources.states(tx), sources.fates(tx)
            now = service.clock.now()
    shown = [
        _described(name, settings.kind, settings.url, states.get(name), fates.get(name, {}), now)
        for name, settings in names.items()
    ]
    if json:
        output.print_json(shown)
        return
    output.table(
        "Sources",
        ("source", "kind", "health", "last answer", "next", "used", "waiting", "address"),
        (
            (
                item["source"],
                item["kind"],
                item["health"],
                output.utc(item["succeeded_at"]) or "-",
                output.utc(item["next_poll_at"]) or "-",
                str(item["used"]),
                str(item["waiting"]),
                item["address"],
            )
            for item in shown
        ),
    )
    for item in shown:
        if item["detail"]:
            say(f"{item['source']}: {item['detail']}")


def _described(
    name: str,
    kind: str,
    url: str,
    state: State | None,
    fates: dict[str, int],
    now: datetime,
) -> dict[str, Any]:
    return {
        "source": name,
        "kind": kind,
        "health": "-" if kind in {"folder", "push"} else health(state, now),
        "address": state.address if state else url,
        "title": state.title if state else "",
        "succeeded_at": state.succeeded_at if state else None,
        "next_poll_at": state.next_poll_at if state else None,
        "news_at": state.news_at if state else None,
        "failures": state.failures if state else 0,
        "detail": state.detail if state else "",
        "polls": state.polls if state else 0,
        "polls_unchanged": state.polls_unchanged if state else 0,
        "seen": state.articles_seen if state else 0,
        "used": fates.get("used", 0),
        "left_out": fates.get("left out", 0) + fates.get("elsewhere", 0),
        "waiting": fates.get("waiting", 0),
        "hub_until": state.hub_until if state else None,
    }


def health(state: State | None, now: datetime) -> str:
    """Return how a source is doing, in a word or two."""
    from digest.syndication import polling

    if state is None or state.polled_at is None:
        return "new"
    if state.gone_at is not None:
        return "gone"
    if state.is_paused:
        return "paused"
    if not state.failures:
        return "well"
    failing = polling.is_failing(state.failures, state.failing_since, now)
    return f"failing ({state.failures})" if failing else f"failed {state.failures}"


def show(
    name: NameArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many articles.")] = 20,
    json: JsonOption = False,
) -> None:
    """Show how one source is doing, and what became of each article that it named, and why.

    [bold]Example:[/bold] digest sources show gazette
    """
    from digest.store import sources

    with output.opened(config) as service:
        settings = settings_of(service, name)
        with service.store.read() as tx:
            state, records = sources.state(tx, name), sources.listed(tx, name, limit)
            fates = sources.fates(tx).get(name, {})
        about = _described(name, settings.kind, settings.url, state, fates, service.clock.now())
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
