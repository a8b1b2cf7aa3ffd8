"""Commands for the keys that sign links: list, rotate, remove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import ConfigError, DigestError, Problem

if TYPE_CHECKING:
    from digest.wiring import Service

app = typer.Typer(help="Keys that sign links.", no_args_is_help=True)

_RESTART = (
    "Restart every `digest run` and `digest web` of this publication now: they read the keys when "
    "they start, and until then do not know {what}"
)


@app.command(name="list")
def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the keys, newest first: names and since when, never the secrets.

    [bold]Example:[/bold] digest keys list
    """
    from digest.steps.keys import list_keys

    with output.opened(config) as service:
        keys = list_keys(service.store, _file(service))
    if json:
        output.print_json(keys)
        return
    output.table(
        f"{len(keys)} keys",
        ("id", "since", "", "issues on their way"),
        (
            (
                key.id,
                output.utc(key.since) or "not known",
                "signs" if key.signs else "verifies",
                str(key.issues or ""),
            )
            for key in keys
        ),
    )


@app.command()
def rotate(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Make a new key that signs from now on. Links that are out go on working: old keys stay.

    Issues on their way keep the key that they were frozen with. Running processes must be
    restarted.

    [bold]Example:[/bold] digest keys rotate
    """
    import secrets

    from digest.steps.keys import rotate as rotate_
    from digest.tokens import KEY_BYTES

    with output.opened(config) as service:
        path = _file(service)
        key = rotate_(path, secrets.token_bytes(KEY_BYTES), service.clock.now())
    if json:
        output.print_json({"key": key, "file": path, "restart_needed": True})
        return
    say(f"{key.id} signs from now on; older keys still verify ({path})")
    say(_RESTART.format(what="links that it signs") + ".")
    say("Back the key file up again.")


@app.command()
def remove(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As digest keys list shows it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it, knowing what dies.")] = False,
) -> None:
    """Take an old key out of the file: every link that it signed is dead from then on.

    [bold]Example:[/bold] digest keys remove 1f2e3d4c --yes
    """
    from digest.steps.keys import removable
    from digest.steps.keys import remove as remove_

    with output.opened(config) as service:
        path = _file(service)
        key = removable(service.store, path, key_id)
        if not yes:
            since = f" since {output.utc(key.since)}" if key.since else ""
            raise DigestError(
                f"without {key_id} every link in mails that it signed{since} is dead: "
                "unsubscribing, one-click, preferences, confirmations; and bounces of those mails "
                "are not understood any more. Suppressions stay. If that is what you want: --yes"
            )
        remove_(service.store, path, key_id)
    if json:
        output.print_json({"key": key, "file": path, "restart_needed": True})
        return
    say(f"{key_id} is taken out; its links are dead ({path})")
    say(_RESTART.format(what="that it is gone") + ".")


@app.command()
def adopt(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it, knowing what is lost.")] = False,
) -> None:
    """Go on with the keys there are, when the one of the do-not-mail record is lost for good.

    Suppressions of people who are there come along. Those of erased people are lost: nobody can
    tell whose they were.

    [bold]Example:[/bold] digest keys adopt --yes
    """
    from digest.steps.keys import adopt as adopt_

    with output.opened(config, any_key=True) as service:
        if not yes:
            raise DigestError(
                "suppressions of addresses that are no subscribers' (any more) are lost for ever, "
                "and an import can bring those people back. If there is no backup of the old key: "
                "--yes"
            )
        taken, lost = adopt_(service.store, service.keyring)
    if json:
        output.print_json({"taken": taken, "lost": lost, "restart_needed": True})
        return
    say(f"{taken} suppressions come along, {lost} are without effect from now on")
    say(_RESTART.format(what="the keys that there are now") + ".")


def _file(service: Service) -> Path:
    if service.config.secrets.key is not None:
        reason = (
            "the keys stand in the environment, where no command can change them: put a new line "
            "of 64 hexadecimal digits (openssl rand -hex 32) before what is there, and restart"
        )
        raise ConfigError([Problem("DIGEST_SECRETS__KEY", reason)])
    return service.root / service.config.secrets.key_file
