"""``digest worker``: one of many that only deliver."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.wiring import Service


def worker(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    relay: Annotated[
        list[str] | None,
        typer.Option("--relay", help="Send mail of this relay only; may be repeated."),
    ] = None,
    concurrency: Annotated[
        int,
        typer.Option(min=0, max=100, help="Connections to each relay; 0: as in the settings."),
    ] = 0,
    once: Annotated[bool, typer.Option("--once", help="Deliver what is due and exit.")] = False,
) -> None:
    """Only deliver: one of as many as wanted, on any host. Needs PostgreSQL. Ends on SIGTERM.

    Each takes what is due and nobody else has. Feeds and issues are made by `digest run`.

    [bold]Example:[/bold] digest worker --concurrency 16
    """
    from digest.cli.patience import opened_in_time
    from digest.daemon.worker import Worker
    from digest.dispatch import loop
    from digest.logs import set_up_logs

    with output.opened(config) if once else opened_in_time(config) as opened:
        set_up_logs(opened.config.log)
        service = _limited(opened, relay or [], concurrency)

        async def work() -> bool:
            found = Worker(service, relay or [])
            if not once:
                await found.run()
                return True
            results = await found.run_once()
            if json:
                output.print_json({"delivered": results})
            return not any(result.trouble for result in results)

        if not loop.run(work()):
            raise typer.Exit(1)


def _limited(service: Service, relays: Sequence[str], concurrency: int) -> Service:
    """Return *service* with so many connections to each relay (0: as it is).

    Raises:
        NotFoundError: if a relay is not in the settings.
    """
    from digest.errors import NotFoundError

    config = service.config
    for name in relays:
        if name not in config.relays:
            raise NotFoundError("relay", name, sorted(config.relays))
    if not concurrency:
        return service
    changed = {
        name: settings.model_copy(update={"connections": concurrency})
        for name, settings in config.relays.items()
    }
    return replace(service, config=config.model_copy(update={"relays": changed}))
