"""Commands for the API's tokens: new, list, revoke."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import NotFoundError

app = typer.Typer(help="Who may use the API.", no_args_is_help=True)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="What it is for, as a word: newsroom.")],
    scope: Annotated[
        str,
        typer.Option(help="What it may do: articles,subscribers,consent,issues,stats."),
    ],
    source: Annotated[
        str, typer.Option(help='Of its articles: a source of kind "push" in the settings.')
    ] = "",
    expires: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day (UTC) from which on it is refused."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Make a token and print it, once: only its hash is kept.

    [bold]Example:[/bold] digest tokens new newsroom --scope articles --expires 2027-12-31
    """
    import secrets
    from datetime import UTC

    from digest.steps.access import TOKEN_BYTES, Scope, make_token

    scopes = []
    for word in filter(None, (part.strip() for part in scope.split(","))):
        if word not in list(Scope):
            raise NotFoundError("scope", word, list(Scope))
        scopes.append(Scope(word))
    with output.opened(config) as service:
        made = make_token(
            service.store,
            service.config,
            name,
            scopes,
            source=source,
            expires_at=expires.replace(tzinfo=UTC) if expires else None,
            secret=secrets.token_bytes(TOKEN_BYTES),
            now=service.clock.now(),
        )
        url = f"{service.config.web.url}api/v1/"
    if json:
        output.print_json(made)
        return
    say(made.token)
    output.warn(
        f"This is the only time that it is shown. It may do {', '.join(made.scopes)} at {url}"
        + (f"; its articles are of the source {made.source!r}" if made.source else "")
    )


@app.command(name="list")
def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the tokens: what each may do, and when it was last used; never the tokens themselves.

    [bold]Example:[/bold] digest tokens list
    """
    from digest.steps.access import list_tokens

    with output.opened(config) as service:
        found, now = list_tokens(service.store), service.clock.now()
    if json:
        output.print_json(
            [
                {
                    "name": item.name,
                    "scopes": sorted(item.scopes),
                    "source": item.source,
                    "created_at": item.created_at,
                    "expires_at": item.expires_at,
                    "revoked_at": item.revoked_at,
                    "last_used_on": item.last_used_on,
                    "is_good": item.is_good(now),
                }
                for item in found
            ]
        )
        return
    output.table(
        "Tokens",
        ("name", "may do", "source", "made", "last used", ""),
        (
            (
                item.name,
                ", ".join(sorted(item.scopes)),
                item.source,
                output.utc(item.created_at),
                str(item.last_used_on or "never"),
                _standing(item.revoked_at, item.expires_at, now),
            )
            for item in found
        ),
    )


def _standing(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at is not None:
        return f"revoked {revoked_at:%Y-%m-%d}"
    if expires_at is None:
        return "good"
    return f"{'good until' if now < expires_at else 'expired'} {expires_at:%Y-%m-%d}"


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="As `digest tokens list` shows it.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """End a token at once, also for what runs already.

    [bold]Example:[/bold] digest tokens revoke newsroom
    """
    from digest.steps.access import revoke_token

    with output.opened(config) as service:
        was_good = revoke_token(service.store, name, now=service.clock.now())
    say(f"{name} is revoked." if was_good else f"{name} was revoked already.")
