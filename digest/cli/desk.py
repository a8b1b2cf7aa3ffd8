"""Commands for the desk: password, users, remove, serve."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import DigestError
from digest.model.desk import Role

app = typer.Typer(help="The web app of those who run the publication.", no_args_is_help=True)


@app.command()
def password(
    name: Annotated[str, typer.Argument(help="Of the account; it is made if there is none.")],
    role: Annotated[
        Role | None, typer.Option(help="What the account may do; a new one: operator.")
    ] = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the password from what is piped in.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Set the password of an account at the desk; make the account if there is none.

    Whoever is signed in to it is signed out everywhere; one that had to wait after wrong passwords
    need not any more. The password is never an argument: others could see it.

    [bold]Example:[/bold] digest desk password ines --role editor
    """
    from digest.steps.desk import set_password

    if stdin:
        typed = sys.stdin.readline().rstrip("\r\n")
    else:
        typed = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
    with output.opened(config) as service:
        account = set_password(service.store, name, typed, role, now=service.clock.now())
        where = service.config.desk.url or f"http://{service.config.desk.listen}/"
    say(f"{account.name} may use the desk as {account.role}: {where}")
    say(
        "`digest run` serves it (restart it if this was the first account); so does "
        "`digest desk serve`."
    )


@app.command()
def users(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List who may use the desk.

    [bold]Example:[/bold] digest desk users
    """
    from digest.steps.desk import list_accounts

    with output.opened(config) as service:
        found = list_accounts(service.store)
    if json:
        shown = ("name", "role", "created_at", "password_at")
        output.print_json([{key: getattr(item, key) for key in shown} for item in found])
        return
    output.table(
        "Accounts",
        ("name", "role", "made", "password of"),
        (
            (item.name, item.role, output.utc(item.created_at), output.utc(item.password_at))
            for item in found
        ),
    )


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Of the account.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Remove an account, and sign it out. What it did stays in the log.

    [bold]Example:[/bold] digest desk remove ines
    """
    from digest.steps.desk import remove_account

    with output.opened(config) as service:
        remove_account(service.store, name, now=service.clock.now())
    say(f"{name} is removed")


@app.command()
def log(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
) -> None:
    """Show what was done at the desk, newest first.

    [bold]Example:[/bold] digest desk log --limit 20
    """
    from digest.steps.desk import what_was_done

    with output.opened(config) as service, service.store.read() as tx:
        found = what_was_done(tx, limit=limit)
    if json:
        output.print_json(found)
        return
    output.table(
        "Done at the desk",
        ("when", "who", "did", "to", ""),
        ((output.utc(item.at), item.who, item.did, item.about, item.detail) for item in found),
    )


@app.command()
def serve(
    config: ConfigOption = DEFAULT_CONFIG,
    listen: Annotated[
        str, typer.Option(help="host:port; as in the settings. Port 0: any that is free.")
    ] = "",
) -> None:
    """Serve the desk, and nothing else, until Ctrl-C. `digest run` serves it too.

    [bold]Example:[/bold] digest desk serve
    """
    import asyncio
    import signal

    from digest.cli.web import place_of
    from digest.config.tables.sending import LOOPBACK
    from digest.dispatch import loop
    from digest.logs import set_up_logs
    from digest.web.desk import make_desk
    from digest.web.serving import Serving

    with output.opened(config) as service:
        set_up_logs(service.config.log)
        place = place_of(listen) or service.config.desk.listen
        if not place:
            raise DigestError("[desk] listen is empty: say where, such as --listen 127.0.0.1:8026")
        if place.rpartition(":")[0].strip("[]") not in LOOPBACK and not service.config.desk.url:
            raise DigestError("beyond this machine the desk needs https: set [desk] url first")

        async def work() -> None:
            stopped = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stopped.set)
            async with Serving(make_desk(service), place, key="desk.listen") as serving:
                say(f"the desk is at {serving.url}; Ctrl-C ends")
                await stopped.wait()

        loop.run(work())
