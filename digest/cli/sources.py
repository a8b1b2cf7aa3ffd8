"""Commands for where articles come from: sources add, list, show, check, fetch, pause, resume."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import Draft
    from digest.steps.gather import Look
    from digest.steps.gather.decide import Verdict
    from digest.store.sources import State
    from digest.wiring import Service

app = typer.Typer(help="Feeds and pages of others that articles come from.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The source's name in the settings.")]
NamesArgument = Annotated[
    list[str] | None, typer.Argument(help="Names in the settings; none: all of them.")
]


@app.command(name="list")
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


@app.command()
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
        settings = _settings(service, name)
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


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="A feed, or a web page that names one.")],
    config: ConfigOption = DEFAULT_CONFIG,
    name: Annotated[str, typer.Option(help="Its name; by default from its address.")] = "",
    topic: Annotated[
        list[str] | None, typer.Option(help="A topic for all of its articles; may be repeated.")
    ] = None,
    review: Annotated[
        bool, typer.Option("--review", help="New articles wait until somebody lets them in.")
    ] = False,
) -> None:
    """Look at a feed, and write it into the settings as a source if it can be read.

    [bold]Example:[/bold] digest sources add https://gazette.example/ --topic Harbour
    """
    from digest.cli import settings_file

    with output.opened(config) as service:
        found = _looked(service, url)
        taken = set(service.config.sources)
        for other, settings in service.config.sources.items():
            if settings.url == found.url:
                say(f"{found.url} is the source {other} already")
                raise typer.Exit(1)
    chosen = name or _free_name(found.feed.site_url or found.url, taken)
    values: dict[str, settings_file.Value] = {"kind": "feed", "url": found.url}
    if topic:
        values["topics"] = topic
    if review:
        values["review"] = True
    settings_file.append(config, [(f"sources.{chosen}", values)])
    say(
        f"{chosen}: {found.feed.title or found.url}, {found.feed.kind}, "
        f"{len(found.feed.arrivals)} articles. It stands at the end of {config}."
    )
    say(f"Take its articles over now with `digest sources fetch {chosen}`.")


@app.command()
def check(
    target: Annotated[str, typer.Argument(help="A name in the settings, or an address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Ask a source now, and show what would become of each article; nothing is taken over.

    [bold]Example:[/bold] digest sources check gazette
    """
    from digest.steps.gather import would_do

    with output.opened(config) as service:
        name = target if target in service.config.sources else ""
        if not name and "://" not in target:
            raise NotFoundError("source", target, list(service.config.sources))
        found = _looked(service, _settings(service, name).url if name else target)
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


@app.command()
def fetch(
    names: NamesArgument = None, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Ask sources now, due or not, and take over what they have. Exits with 1 if one fails.

    [bold]Example:[/bold] digest sources fetch gazette
    """
    import asyncio

    with output.opened(config) as service:
        gatherer = service.gatherer()
        for name in names or ():
            _settings(service, name)
        result = asyncio.run(gatherer.go_round(names or gatherer.names))
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


@app.command()
def pause(name: NameArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Ask a source no more until `digest sources resume`; its articles stay.

    [bold]Example:[/bold] digest sources pause gazette
    """
    _set(config, name, is_paused=True)
    say(f"{name} is not asked any more")


@app.command()
def resume(name: NameArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Ask a source again, at once: one that was paused, has ended, or is waited for.

    [bold]Example:[/bold] digest sources resume gazette
    """
    _set(config, name, is_paused=False)
    say(f"{name} is asked again, from now on")


def _set(config: Path, name: str, *, is_paused: bool) -> None:
    from digest.steps.gather.poll import alert_key
    from digest.store import alerts, sources

    with output.opened(config) as service:
        url, now = _settings(service, name).url, service.clock.now()
        with service.store.write() as tx:
            sources.ensure(tx, name, url, now)
            values: dict[str, Any] = {"is_paused": is_paused}
            values |= {"next_poll_at": None if is_paused else now}
            if not is_paused:
                values |= {"gone_at": None, "failures": 0, "failing_since": None}
            sources.save(tx, name, **values)
            alerts.clear_alert(tx, alert_key(name), now)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers export it.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write all feeds of an OPML file into the settings; folders become topics.

    [bold]Example:[/bold] digest sources import subscriptions.opml
    """
    from digest.cli import settings_file
    from digest.syndication.opml_sources import read_opml

    outlines = read_opml(file.read_bytes())
    with output.opened(config) as service:
        known = {item.url for item in service.config.sources.values()}
        taken = set(service.config.sources)
    tables = []
    for outline in outlines:
        if outline.url in known:
            continue
        chosen = _free_name(outline.url, taken)
        taken.add(chosen)
        values: dict[str, settings_file.Value] = {"kind": "feed", "url": outline.url}
        if outline.title:
            values["title"] = outline.title
        if outline.topics:
            values["topics"] = outline.topics
        tables.append((f"sources.{chosen}", values))
    if tables:
        settings_file.append(config, tables)
    say(f"{len(tables)} sources added to {config}, {len(outlines) - len(tables)} known already")


@app.command()
def export(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Print all feeds that are sources as OPML.

    [bold]Example:[/bold] digest sources export > sources.opml
    """
    from digest.store import sources
    from digest.syndication.opml_sources import Outline, write_opml

    with output.opened(config) as service:
        with service.store.read() as tx:
            states = sources.states(tx)
        outlines = [
            Outline(
                settings.title or (states[name].title if name in states else "") or name,
                states[name].address if name in states else settings.url,
                settings.topics,
            )
            for name, settings in service.config.sources.items()
            if settings.kind == "feed"
        ]
        title = service.config.publication.title
    say(write_opml(title, outlines).decode().rstrip())


def _looked(service: Service, url: str) -> Look:
    import asyncio

    from digest.steps.gather import look
    from digest.syndication.parse import FeedError

    async def run() -> Look:
        async with service.fetcher() as fetcher:
            return await look(fetcher, url)

    try:
        return asyncio.run(run())
    except FeedError as error:
        raise FeedError(f"{url} {error}") from None


def _settings(service: Service, name: str) -> Any:  # noqa: ANN401 - imported late
    settings = service.config.sources.get(name)
    if settings is None or not settings.is_upstream:
        known = [key for key, item in service.config.sources.items() if item.is_upstream]
        raise NotFoundError("source that is asked for news", name, known)
    return settings


def _free_name(url: str, taken: Sequence[str] | set[str]) -> str:
    """Return a name for what is at *url* that nothing has yet."""
    from digest.syndication.identity import slugify

    host = (urlsplit(url).hostname or "source").removeprefix("www.").removeprefix("feeds.")
    name = slugify(host.rpartition(".")[0] or host)[:36].strip("-")
    number, chosen = 1, name
    while chosen in taken:
        number += 1
        chosen = f"{name}-{number}"
    return chosen
