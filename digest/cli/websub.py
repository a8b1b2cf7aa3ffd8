"""Commands for telling others what is new: status, ping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say

if TYPE_CHECKING:
    from digest.store.pings import Ping

app = typer.Typer(help="Telling hubs and subscribers what is new.", no_args_is_help=True)


@app.command()
def status(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    callbacks: Annotated[
        bool, typer.Option("--callbacks", help="Name each subscriber of our own hub.")
    ] = False,
) -> None:
    """Show what each hub was told of each feed, and who gets feeds from our own hub.

    [bold]Example:[/bold] digest websub status
    """
    from digest.store import hub, pings

    with output.opened(config) as service:
        with service.store.read() as tx:
            told = pings.pings(tx)
            standings = hub.standings(tx)
            unconfirmed = hub.unconfirmed(tx)
            named = hub.callbacks(tx) if callbacks else []
        hubs, base = service.config.hubs(), service.config.publish.url
        has_own = service.config.websub.hub == "self"
    if json:
        output.print_json(
            {
                "hubs": hubs,
                "pings": told,
                "subscriptions": standings,
                "unconfirmed": unconfirmed,
                **({"callbacks": named} if callbacks else {}),
            }
        )
        return
    if not hubs:
        say('No feed names a hub: set "hub" or "hubs" in [websub].')
        return
    for name in service.config.websub.hubs:
        output.table(
            f"What {name} was told",
            ("feed", "told", "last try", "result", "next try"),
            (
                (
                    ping.topic.removeprefix(base),
                    output.utc(ping.told_at) or "never",
                    output.utc(ping.tried_at),
                    _result(ping),
                    output.utc(ping.next_attempt_at),
                )
                for ping in told
                if ping.hub == name
            ),
        )
    if has_own:
        output.table(
            "Subscribers",
            ("feed", "subscribers", "to be sent", "failing", "last sent"),
            (
                (
                    item.topic.removeprefix(base),
                    str(item.subscribers),
                    str(item.waiting),
                    str(item.failing),
                    output.utc(item.delivered_at) or "never",
                )
                for item in standings
            ),
        )
        if callbacks:
            output.table(
                "Callbacks",
                ("feed", "callback", "until"),
                (
                    (item.topic.removeprefix(base), item.callback, output.utc(item.expires_at))
                    for item in named
                ),
            )
        say(f"waiting for their callbacks: {unconfirmed}")


def _result(ping: Ping) -> str:
    is_given_up = ping.next_attempt_at is None and ping.told_at != ping.tried_at
    return f"{ping.detail} (given up)" if is_given_up else ping.detail


@app.command(name="ping")
def ping_(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Tell every hub of every feed, changed or not.")
    ] = False,
) -> None:
    """Tell hubs of the feeds that have changed, and once more those who took no notice.

    Exits with 1 if one takes none now.

    `digest run` does so by itself. Where the files are copied to another host, run this with --all
    afterwards.

    [bold]Example:[/bold] digest websub ping --all
    """
    import asyncio

    with output.opened(config) as service:
        notifier = service.notifier()
        changed = notifier.look()
        if everything:
            notifier.demand_all()
        notifier.hurry()
        result = asyncio.run(notifier.tell_due())
    if json:
        output.print_json({"changed": changed, "told": result.told, "failures": result.failures})
    else:
        for failure in result.failures:
            output.warn(failure)
        say(f"{len(changed)} documents changed; {result.told} times a hub took notice")
    if result.failures:
        raise typer.Exit(1)
