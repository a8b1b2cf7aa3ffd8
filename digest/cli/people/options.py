"""What several commands for subscribers take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from digest.errors import ConfigError, Problem

if TYPE_CHECKING:
    from digest.config import Config

BriefingOption = Annotated[
    str, typer.Option("--briefing", "-b", help="Name of the briefing; the only one by default.")
]
OnlyBriefingOption = Annotated[
    str, typer.Option("--briefing", "-b", help="Only this briefing; all by default.")
]
ConfirmedOption = Annotated[
    str,
    typer.Option(
        "--confirmed",
        metavar="REASON",
        help="They have agreed already: how and when, for the record of their consent.",
    ),
]
WhoArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS|ID", help="The address, or the subscriber's number.")
]


def briefing_of(config: Config, name: str) -> str:
    """Return the briefing called *name*; the only one there is when that is empty.

    Raises:
        NotFoundError: if there is no such briefing.
        ConfigError: if there is not exactly one.
    """
    if name:
        config.briefing(name)
        return name
    names = list(config.briefings)
    if len(names) != 1:
        reason = f"name one with --briefing (there is: {', '.join(names) or 'none'})"
        raise ConfigError([Problem("briefing", reason)])
    return names[0]
