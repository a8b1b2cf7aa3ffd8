"""The command that says whether the clock is trusted, and that it can be."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say


def clock(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take the time it shows for the right one.")
    ] = False,
) -> None:
    """Show the clock, and whether sending is held because it jumped by more than a day.

    [bold]Example:[/bold] digest clock --accept
    """
    from digest.steps.deliver import timekeeper

    with output.opened(config) as service:
        now = service.clock.now()
        if accept:
            timekeeper.accept(service.store, now)
        known, held = timekeeper.standing(service.store)
    if json:
        output.print_json({"now": now, "last_known": known, "held": held})
        return
    say(f"It is {output.utc(now)}; the last time known is {output.utc(known) or 'none'}.")
    say(f"Sending is held: {held}" if held else "Sending is not held because of the clock.")
