"""Commands that change which sources there are: sources add, import, export."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, say
from digest.cli.sources.common import looked
from digest.errors import DigestError

Value: TypeAlias = str | bool | int | Sequence[str]


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
    page: Annotated[
        bool, typer.Option("--page", help="The page itself is the article, not a feed it names.")
    ] = False,
) -> None:
    """Look at a feed, and write it into the settings as a source if it can be read.

    [bold]Example:[/bold] digest sources add https://gazette.example/ --topic Harbour
    """
    with output.opened(config) as service:
        found = looked(service, url, is_page=page)
        taken = set(service.config.sources)
        for other, settings in service.config.sources.items():
            if settings.url == found.url:
                say(f"{found.url} is the source {other} already")
                raise typer.Exit(1)
    chosen = name or _free_name(found.feed.site_url or found.url, taken)
    values: dict[str, Value] = {"kind": "page" if page else "feed", "url": found.url}
    if topic:
        values["topics"] = topic
    if review:
        values["review"] = True
    _append(config, [(f"sources.{chosen}", values)])
    say(
        f"{chosen}: {found.feed.title or found.url}, {found.feed.kind}, "
        f"{len(found.feed.arrivals)} articles. It stands at the end of {config}."
    )
    say(f"Take its articles over now with `digest sources fetch {chosen}`.")


def import_(
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers export it.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write all feeds of an OPML file into the settings; folders become topics.

    [bold]Example:[/bold] digest sources import subscriptions.opml
    """
    from digest.syndication.opml_sources import read_opml
    from digest.syndication.parse import FeedError

    try:
        outlines = read_opml(file.read_bytes())
    except OSError as error:
        raise DigestError(f"{file} cannot be read: {error.strerror}") from None
    except FeedError as error:
        raise DigestError(f"{file} {error}: export it from your feed reader again") from None
    with output.opened(config) as service:
        known = {item.url for item in service.config.sources.values()}
        taken = set(service.config.sources)
    tables = []
    for outline in outlines:
        if outline.url in known:
            continue
        chosen = _free_name(outline.url, taken)
        taken.add(chosen)
        values: dict[str, Value] = {"kind": "feed", "url": outline.url}
        if outline.title:
            values["title"] = outline.title
        if outline.topics:
            values["topics"] = outline.topics
        tables.append((f"sources.{chosen}", values))
    if tables:
        _append(config, tables)
    say(f"{len(tables)} sources added to {config}, {len(outlines) - len(tables)} known already")


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


def _append(config: Path, tables: list[tuple[str, dict[str, Value]]]) -> None:
    """Write *tables* of sources into the settings.

    Where these name no source, the folder ``articles`` is one; it must not go because of a feed.
    """
    import tomllib

    from digest.cli import settings_file

    if "sources" not in tomllib.loads(config.read_text("utf-8")):
        tables = [("sources.articles", {"kind": "folder", "path": "articles"}), *tables]
    settings_file.append(config, tables)


def _free_name(url: str, taken: Collection[str]) -> str:
    """Return a name for what is at *url* that nothing has yet."""
    from digest.syndication.identity import slugify

    host = (urlsplit(url).hostname or "source").removeprefix("www.").removeprefix("feeds.")
    name = slugify(host.rpartition(".")[0] or host)[:36].strip("-")
    number, chosen = 1, name
    while chosen in taken:
        number += 1
        chosen = f"{name}-{number}"
    return chosen
