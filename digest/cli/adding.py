"""The command ``digest add``: single articles from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import DigestError, NotFoundError

if TYPE_CHECKING:
    from digest.model.upstream import Arrival
    from digest.steps.taking import Taken
    from digest.wiring import Service


def add(
    what: Annotated[
        list[str],
        typer.Argument(help="Addresses of pages, saved pages (.html), or mails (.eml)."),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    source: Annotated[
        str, typer.Option(help="A source of kind folder or push; by default the first folder.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what was understood; write nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Take single articles from elsewhere: show what was understood, and write it down.

    Into a folder each becomes an HTML file with front matter, for you to edit; a file that is
    there already is never overwritten. A line at its end leads to where it is from.

    [bold]Example:[/bold] digest add https://gazette.example/ferry-runs-again
    """
    from digest.steps.taking import Taken

    results: list[Taken] = []
    with output.opened(config) as service:
        chosen = _source(service, source)
        for name in what:
            try:
                results.append(_taken(service, chosen, name, dry_run=dry_run))
            except DigestError as error:
                results.append(Taken(name, error=_said(name, error)))
    if json:
        output.print_json([_as_json(item) for item in results])
    else:
        for item in results:
            _show(item, dry_run=dry_run)
    if any(item.error for item in results):
        raise typer.Exit(1)


def _source(service: Service, name: str) -> str:
    """Return the source that articles are added to.

    Raises:
        NotFoundError: if there is none of that name, or of a kind that can be added to.
    """
    kinds = {key: item.kind for key, item in service.config.sources.items()}
    open_to = [key for key, kind in kinds.items() if kind in {"folder", "push"}]
    folders = [key for key in open_to if kinds[key] == "folder"]
    if not name and folders:
        return folders[0]
    if name not in open_to:
        raise NotFoundError(
            "source of kind folder or push that articles can be added to", name, open_to
        )
    return name


def _taken(service: Service, source: str, name: str, *, dry_run: bool) -> Taken:
    from digest.steps import taking
    from digest.steps.gather import gather
    from digest.steps.gather.step import place_of

    zone, now = ZoneInfo(service.config.publication.timezone), service.clock.now()
    arrival = _understood(service, name, zone)
    if service.config.sources[source].kind == "push":
        if not dry_run:
            place = place_of(service.config, source)
            gather(service.store, place, [taking.for_pushing(arrival)], now=now)
        return taking.Taken(name, arrival)
    folder = service.source_folder(source)
    path = folder / taking.file_name(arrival, now, zone)
    if not dry_run:
        taking.write_into(folder, path.name, arrival)
    return taking.Taken(name, arrival, path=str(path))


def _understood(service: Service, name: str, zone: ZoneInfo) -> Arrival:
    import asyncio

    from digest.steps import taking

    if "://" not in name:
        return taking.read_file(Path(name), zone)

    async def fetch() -> Arrival:
        async with service.fetcher() as fetcher:
            return await taking.fetch_article(fetcher, name, zone)

    return asyncio.run(fetch())


def _said(name: str, error: DigestError) -> str:
    """Return what went wrong, with what it went wrong with."""
    return (
        str(error) if name in str(error) or "is there already" in str(error) else f"{name} {error}"
    )


def _show(item: Taken, *, dry_run: bool) -> None:
    if item.arrival is None:
        output.warn(item.error)
        return
    draft = item.arrival.draft
    rows: Sequence[tuple[str, str]] = (
        ("from", item.arrival.origin),
        ("by", ", ".join(author.name for author in draft.authors)),
        ("published", output.utc(draft.published_at)),
        ("url", draft.url),
        ("language", draft.language),
        ("topics", ", ".join(draft.topics)),
        ("picture", draft.image.url if draft.image else ""),
        ("summary", draft.summary),
        ("text", f"{len(draft.content_text.split()):,} words"),
    )
    say(draft.title)
    for label, value in rows:
        say(f"  {label + ':':<11}{value or '-'}")
    if dry_run:
        say(f"  would be written to {item.path}" if item.path else "  would be taken over")
    elif item.path:
        say(f"  written to {item.path}: edit it, then publish with `digest publish`")
    else:
        say("  taken over; it is in the feeds after `digest publish`")


def _as_json(item: Taken) -> dict[str, object]:
    draft = item.arrival.draft if item.arrival else None
    return {
        "name": item.name,
        "error": item.error,
        "path": item.path,
        "origin": item.arrival.origin if item.arrival else "",
        "title": draft.title if draft else "",
        "url": draft.url if draft else "",
        "authors": [author.name for author in draft.authors] if draft else [],
        "published_at": draft.published_at if draft else None,
        "language": draft.language if draft else "",
        "topics": draft.topics if draft else (),
        "image": draft.image if draft else None,
        "summary": draft.summary if draft else "",
        "words": len(draft.content_text.split()) if draft else 0,
    }
