"""Commands for pushed articles, as programs do it over the API: put, show, withdraw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import ConfigError, NotFoundError, Problem

if TYPE_CHECKING:
    from digest.steps.gather import Standing

app = typer.Typer(help="Articles that are pushed, as over the API.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="What its writer calls it.")]
SourceOption = Annotated[
    str, typer.Option(help='The source, of kind "push"; not needed where there is one only.')
]


@app.command()
def put(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="JSON as the API takes it; - for what is piped in.")],
    source: SourceOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Create an article, or replace the one of that name.

    [bold]Example:[/bold] digest articles put tram-2026 tram.json
    """
    from digest.steps.access import source_of
    from digest.steps.gather import push
    from digest.web.api.articles import is_id
    from digest.web.api.bodies import ArticleIn
    from digest.web.api.problems import ProblemError
    from digest.web.api.reading import validated

    if not is_id(name):
        raise typer.BadParameter("a name has letters and digits of ASCII, and . _ ~ : @ - within")
    try:
        article = validated(ArticleIn, output.text_of(file).encode("utf-8", "surrogatepass"))
    except ProblemError as problem:
        raise ConfigError([Problem(str(file), problem.detail)]) from None
    with output.opened(config) as service:
        done = push(
            service.store,
            service.config,
            source_of(service.config, source),
            article.pushed(name),
            now=service.clock.now(),
        )
    _say(done.standing, json=json)


@app.command()
def show(
    name: NameArgument,
    source: SourceOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Show how an article stands.

    [bold]Example:[/bold] digest articles show tram-2026
    """
    from digest.steps.access import source_of
    from digest.steps.gather import look_at

    with output.opened(config) as service:
        chosen = source_of(service.config, source)
        standing = look_at(service.store, chosen, name, now=service.clock.now())
    _say(standing or _missing(name), json=json)


@app.command()
def withdraw(
    name: NameArgument,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    source: SourceOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Withdraw an article: it leaves the feeds, the site, and issues that are not out.

    [bold]Example:[/bold] digest articles withdraw tram-2026 --reason "It was wrong"
    """
    from digest.steps import gather
    from digest.steps.access import source_of

    with output.opened(config) as service:
        standing = gather.withdraw(
            service.store,
            source_of(service.config, source),
            name,
            " ".join(reason.split()),
            now=service.clock.now(),
        )
    _say(standing or _missing(name), json=json)


def take_back(
    article: Annotated[str, typer.Argument(help="Slug or uid of an article.")],
    config: ConfigOption = DEFAULT_CONFIG,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Withdraw an article from any source but a folder: it leaves feeds, site, and unsent issues.

    It stays so, whatever its source still has. An article of a folder is withdrawn by its file.

    [bold]Example:[/bold] digest withdraw tram-2026 --reason "It was wrong" --yes
    """
    from digest.steps.withdraw import withdraw as step

    if not yes:
        typer.confirm(f"Withdraw {article}?", abort=True, err=True)
    with output.opened(config) as service:
        done = step(service.store, service.config, article, reason, now=service.clock.now())
    say(f"{done.title!r} is withdrawn; the feeds follow with the next `digest publish`")


def _missing(name: str) -> Standing:
    raise NotFoundError("pushed article", name)


def _say(standing: Standing, *, json: bool) -> None:
    if json:
        from digest.web.api.articles import shown

        output.print_json(shown(standing).model_dump(mode="json"))
        return
    place = f", {standing.article.url}" if standing.article else ""
    reason = f": {standing.reason}" if standing.reason else ""
    say(f"{standing.id}: {standing.title!r} is {standing.state}{reason}{place}")
