"""Commands for articles that wait: review list, show, admit, refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import DigestError, NotFoundError

if TYPE_CHECKING:
    from digest.store.sources import Record
    from digest.wiring import Service

app = typer.Typer(
    help="Articles that wait until somebody lets them in (review = true).", no_args_is_help=True
)

_ID_CHARS = 10

IdsArgument = Annotated[
    list[str] | None, typer.Argument(help="As listed; the beginning of an id will do.")
]
AllOption = Annotated[bool, typer.Option("--all", help="All that wait (of --source).")]
SourceOption = Annotated[str, typer.Option("--source", help="Only those of this source.")]


@app.command(name="list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG, source: SourceOption = "", json: JsonOption = False
) -> None:
    """Show what waits, oldest first.

    [bold]Example:[/bold] digest review list
    """
    from digest.store import sources

    with output.opened(config) as service, service.store.read() as tx:
        found = sources.waiting(tx, source)
    if json:
        shown = ("source", "seen_at", "title", "url")
        output.print_json(
            [
                {"id": _id(item.key)} | {name: getattr(item, name) for name in shown}
                for item in found
            ]
        )
        return
    output.table(
        "Waiting",
        ("id", "source", "seen", "title", "address"),
        (
            (_id(item.key), item.source, output.utc(item.seen_at), item.title, item.url)
            for item in found
        ),
    )


@app.command()
def show(
    article: Annotated[str, typer.Argument(help="Its id.")], config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Show one article that waits, as text.

    [bold]Example:[/bold] digest review show 3f2a
    """
    from digest.store import sources

    with output.opened(config) as service, service.store.read() as tx:
        waiting = sources.waiting(tx)
        [record] = _chosen(waiting, [article])
    draft = (record.draft or {}).get("draft", {})
    say(f"{draft.get('title', '')}\n{draft.get('url', '')}\n\n{draft.get('content_text', '')}")


@app.command()
def admit(
    articles: IdsArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    source: SourceOption = "",
    everything: AllOption = False,
) -> None:
    """Let articles in: they are in the feeds, and in the next issue.

    [bold]Example:[/bold] digest review admit 3f2a 91bc
    """
    from digest.steps.gather import admit as let_in

    with output.opened(config) as service:
        done = 0
        for name, keys in _grouped(service, articles, source, everything=everything).items():
            result = let_in(service.store, service.config, name, keys, service.clock.now())
            done += len(result.added)
    say(f"{done} let in; they are in the feeds after `digest publish`, or soon with `digest run`")


@app.command()
def refuse(
    articles: IdsArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    source: SourceOption = "",
    everything: AllOption = False,
    reason: Annotated[str, typer.Option(help="Why, for others who look.")] = "refused by an editor",
) -> None:
    """Keep articles out for good.

    [bold]Example:[/bold] digest review refuse 3f2a --reason "an advertisement"
    """
    from digest.steps.gather import refuse as keep_out

    with output.opened(config) as service:
        done = 0
        for name, keys in _grouped(service, articles, source, everything=everything).items():
            done += keep_out(service.store, name, keys, reason, service.clock.now())
    say(f"{done} refused")


def _id(key: str) -> str:
    return key.partition(":")[2][:_ID_CHARS]


def _grouped(
    service: Service, articles: list[str] | None, source: str, *, everything: bool
) -> dict[str, list[str]]:
    """Return the keys of the articles that are meant, by source."""
    from digest.store import sources

    with service.store.read() as tx:
        waiting = sources.waiting(tx, source)
    if not articles and not everything:
        raise DigestError("name articles by their id, or say --all")
    found: dict[str, list[str]] = {}
    for record in _chosen(waiting, articles) if articles else waiting:
        found.setdefault(record.source, []).append(record.key)
    return found


def _chosen(waiting: Sequence[Record], articles: Sequence[str]) -> list[Record]:
    """Return those of *waiting* whose ids begin as *articles* say, one for each."""
    found = []
    for wanted in articles:
        hits = [item for item in waiting if item.key.partition(":")[2].startswith(wanted)]
        if len(hits) != 1:
            known = [_id(item.key) for item in (hits or waiting)][:10]
            raise NotFoundError("single article that waits and begins with", wanted, known)
        found += hits
    return found
