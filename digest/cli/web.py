"""The command for the site alone: web."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, say


def web(
    config: ConfigOption = DEFAULT_CONFIG,
    listen: Annotated[
        str,
        typer.Option(
            help="host:port; as in the settings, else 127.0.0.1:8000. Port 0: any that is free.",
        ),
    ] = "",
) -> None:
    """Serve the public pages, and nothing else, until Ctrl-C. `digest run` serves them too.

    [bold]Example:[/bold] digest web --listen 127.0.0.1:8080
    """
    import asyncio
    import signal

    from digest.dispatch import loop
    from digest.logs import set_up_logs
    from digest.web.app import make_app
    from digest.web.serving import DEFAULT_LISTEN, Serving

    with output.opened(config) as service:
        set_up_logs(service.config.log)

        async def work(place: str) -> None:
            stopped = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stopped.set)
            async with Serving(make_app(service), place) as serving:
                say(f"serving {service.config.web.url} at {serving.url}; Ctrl-C ends")
                await stopped.wait()

        loop.run(work(place_of(listen) or service.config.web.listen or DEFAULT_LISTEN))


def place_of(listen: str) -> str:
    """Return *listen*, checked as the settings' key is."""
    from digest.config.values import check_listen

    if not listen:
        return ""
    try:
        return check_listen(listen)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
