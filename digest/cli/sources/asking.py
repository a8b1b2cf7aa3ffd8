"""Commands that have sources asked or not: sources check, fetch, pause, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.cli.sources.common import NameArgument, looked
from digest.errors import NotFoundError

if TYPE_CHECKING:
    from digest.model import Draft
    from digest.steps.gather.decide import Verdict

NamesArgument = Annotated[
    list[str] | None, typer.Argument(help="Names in the settings; none: all of them.")
]


def check(
    target: Annotated[str, typer.Argument(help="A name in the settings, or an address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Ask a source now, and show what would become of each article; nothing is taken over.

    [bold]Example:[/bold] digest sources check gazette
    """
    from digest.steps.gather import asked_source, would_do

    with output.opened(config) as service:
        name = target if target in service.config.sources else ""
        if not name and "://" not in target:
            raise NotFoundError("source", target, list(service.config.sources))
        settings = asked_source(service.config, name) if name else None
        is_page = settings is not None and settings.kind == "page"
        found = looked(service, settings.url if settings else target, is_page=is_page)
        verdicts = (
            would_do(service.store, service.config, name, found.feed, service.clock.now())
            if name
            else ()
        )
    titles: list[tuple[Draft, Verdict | None]] = [(item.arrival.draft, item) for item in verdicts]
    if not titles:
        titles = [(arrival.draft, None) for arrival in found.feed.arrivals]
    if json:
        output.print_json(
            {
                "url": found.url,
                "kind": found.feed.kind,
                "title": found.feed.title,
                "problems": found.feed.problems,
                "articles": [
                    {
                        "title": draft.title,
                        "url": draft.url,
                        "published_at": draft.published_at,
                        "fate": verdict.fate if verdict else None,
                        "reason": verdict.reason if verdict else "",
                        "is_new": bool(verdict and verdict.article and verdict.known is None),
                    }
                    for draft, verdict in titles
                ],
            }
        )
        return
    say(f"{found.feed.title or 'no title'}: {found.feed.kind} at {found.url}")
    for problem in found.feed.problems:
        say(f"  wrong with it: {problem}")
    if found.moved_to:
        say(f"  it has moved to {found.moved_to}")
    output.table(
        "Articles",
        ("published", "would be", "why", "title"),
        (
            (
                output.utc(draft.published_at) or "no date",
                "" if verdict is None else _would_be(verdict),
                verdict.reason if verdict else "",
                draft.title,
            )
            for draft, verdict in titles
        ),
    )


def _would_be(verdict: Verdict) -> str:
    if verdict.article is None:
        return str(verdict.fate) if verdict.known is None else "unchanged"
    if verdict.known is not None:
        return "updated"
    return "added, not mailed" if verdict.article.is_backfill else "added"


def fetch(
    names: NamesArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="Read what has not changed too: after changing the rules."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Ask sources now, due or not, and take over what they have. Exits with 1 if one fails.

    [bold]Example:[/bold] digest sources fetch gazette --anew
    """
    import asyncio

    from digest.steps.gather import asked_source

    with output.opened(config) as service:
        gatherer = service.gatherer()
        for name in names or ():
            asked_source(service.config, name)
        result = asyncio.run(gatherer.go_round(names or gatherer.names, anew=anew))
    if json:
        output.print_json(result)
    else:
        for item in result.gathered:
            parts = [f"{len(item.added)} added", f"{len(item.updated)} updated"]
            parts += [f"{len(item.withdrawn)} withdrawn"] if item.withdrawn else []
            parts += [f"{item.left_out} left out"] if item.left_out else []
            parts += [f"{item.waiting} waiting for review"] if item.waiting else []
            parts += [f"{item.backfilled} too old to be mailed"] if item.backfilled else []
            say(f"{item.source}: {', '.join(parts)}")
        say(f"{result.asked} asked, {result.unchanged} without news")
        for name, reason in result.failures.items():
            output.warn(f"{name}: {reason}")
        if result.is_news:
            say("It is in the feeds after `digest publish`; `digest run` does that by itself.")
    if result.failures:
        raise typer.Exit(1)


def pause(name: NameArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Ask a source no more until `digest sources resume`; its articles stay.

    [bold]Example:[/bold] digest sources pause gazette
    """
    from digest.steps.gather import pause_source

    with output.opened(config) as service:
        pause_source(service.store, service.config, name, now=service.clock.now())
    say(f"{name} is not asked any more")


def resume(name: NameArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Ask a source again, at once: one that was paused, has ended, or is waited for.

    [bold]Example:[/bold] digest sources resume gazette
    """
    from digest.steps.gather import resume_source

    with output.opened(config) as service:
        resume_source(service.store, service.config, name, now=service.clock.now())
    say(f"{name} is asked again, from now on")
