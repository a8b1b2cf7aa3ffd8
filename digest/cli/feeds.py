"""Commands for what is published: list, check, hosting, census."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import Problem

_MOST_ALIKE = 5

app = typer.Typer(help="What is published.", no_args_is_help=True)


@app.command(name="list")
def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Show every feed: its address, how much is in it, and when it last changed.

    [bold]Example:[/bold] digest feeds list
    """
    from digest.steps.inspect import list_feeds

    with output.opened(config) as service:
        found = list_feeds(service.store, service.config, service.root)
    if json:
        output.print_json(found)
        return
    output.table(
        "Feeds",
        ("feed", "entries", "KB", "archives", "changed", "address"),
        (
            (
                feed.name,
                str(feed.entries),
                str(round(feed.length_bytes / 1000)),
                str(feed.archives),
                output.utc(feed.changed_at) or "not published",
                feed.urls[0],
            )
            for feed in found
        ),
    )


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Judge everything that is published, archives too; exit with 1 if any rule is broken.

    Reads files only, fetches nothing.

    [bold]Example:[/bold] digest feeds check
    """
    from digest.steps.inspect import check_feeds

    with output.opened(config) as service:
        result = check_feeds(service.store, service.config, service.root)
    if json:
        output.print_json(result)
    else:
        output.problems(_summed_up(result.problems))
        errors = sum(problem.severity == "error" for problem in result.problems)
        say(
            f"{result.feeds} feeds, {result.documents} documents in three formats: "
            f"{errors} errors, {len(result.problems) - errors} warnings"
        )
    if result.has_errors:
        raise typer.Exit(1)


def _summed_up(problems: Sequence[Problem]) -> list[Problem]:
    """Return *problems* with those that a document has many of told by the first few."""
    found: list[Problem] = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for problem in problems:
        kind = (problem.where, problem.severity, problem.reason.partition(":")[0])
        seen[kind] += 1
        if seen[kind] <= _MOST_ALIKE:
            found.append(problem)
    for (where, severity, reason), number in seen.items():
        if number > _MOST_ALIKE:
            more = f"{reason}: {number - _MOST_ALIKE} more like this; --json shows all"
            found.append(Problem(where, more, severity=severity))
    return found


class Server(enum.StrEnum):
    """What settings there are for."""

    NGINX = "nginx"
    CADDY = "caddy"
    HEADERS = "headers"
    REDIRECTS = "redirects"


@app.command()
def hosting(
    server: Annotated[
        Server,
        typer.Argument(
            help="nginx and Caddy read what is to be included; hosts such as Netlify and "
            "Cloudflare Pages read the files _headers and _redirects."
        ),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Print settings with which another server serves the feeds as Digest does.

    [bold]Example:[/bold] digest feeds hosting nginx > /etc/nginx/snippets/feeds.conf
    """
    from digest.steps.inspect import feeds_of
    from digest.steps.publish.hosting import documents_of, hosted_of
    from digest.syndication.hosting_caddy import caddy
    from digest.syndication.hosting_nginx import nginx
    from digest.syndication.hosting_static import headers_file, redirects_file

    with output.opened(config) as service:
        hosted = hosted_of(service.config, service.root)
        if server is Server.NGINX:
            text = nginx(hosted)
        elif server is Server.CADDY:
            text = caddy(hosted)
        elif server is Server.HEADERS:
            infos = feeds_of(service.store, service.config)
            text = headers_file(hosted, documents_of(service.config, infos))
        else:
            text = redirects_file(hosted)
    say(text.rstrip())


@app.command()
def census(
    config: ConfigOption = DEFAULT_CONFIG,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days, today included.")] = 7,
    json: JsonOption = False,
) -> None:
    """Show who reads the feeds that `digest run` or `digest web` serves, without knowing who.

    Aggregators say for how many they fetch; readers' own programs are told apart by network and
    program, within a day. The highest number of any day is shown.

    [bold]Example:[/bold] digest feeds census --days 30
    """
    from digest.steps.census import census as count

    with output.opened(config) as service:
        result = count(service.store, days=days, now=service.clock.now())
    if json:
        output.print_json(result)
        return
    output.table(
        "Readers of feeds",
        ("document", "program", "readers", "polls"),
        (
            (item.document, item.program, str(item.readers), str(item.polls))
            for item in result.programs
        ),
    )
    documents = len({item.document for item in result.programs})
    say(
        f"{result.readers} readers of {documents} documents in {result.days} days; "
        "who reads two of them counts twice"
    )
