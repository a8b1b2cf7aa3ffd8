"""The command that arranges the next issue of a briefing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say


def arrange(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    briefing: Annotated[str, typer.Argument(help="Name of the briefing in config.toml.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    lead: Annotated[str, typer.Option("--lead", help="This article leads.")] = "",
    first: Annotated[
        list[str] | None, typer.Option("--first", help="This one is in, before others; repeat it.")
    ] = None,
    hold: Annotated[
        list[str] | None, typer.Option("--hold", help="Not in the next issue, but after it.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", help="Never in this briefing.")
    ] = None,
    release: Annotated[
        list[str] | None, typer.Option("--release", help="As if nobody had said anything of it.")
    ] = None,
    introduction: Annotated[
        Path | None,
        typer.Option("--introduction", help="File with the text above the issue; - reads it here."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help='What it is called; "": as the settings say.')
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Forget what was arranged; what is dropped stays so.")
    ] = False,
) -> None:
    """Say what the briefing's next issue has, in which order, and what not; or show it.

    Articles are named by slug, uid, or file. Once that issue is made, all but --drop is forgotten.

    [bold]Example:[/bold] digest arrange daily --lead geneva-talks --first tides --hold recipes

    [bold]Example:[/bold] echo "Good morning." | digest arrange daily --introduction -
    """
    from digest.steps.arrange import Wishes
    from digest.steps.arrange import arrange as arrange_step

    wishes = Wishes(
        lead=lead,
        first=tuple(first or ()),
        hold=tuple(hold or ()),
        drop=tuple(drop or ()),
        release=tuple(release or ()),
        introduction=None if introduction is None else output.text_of(introduction),
        subject=subject,
        clear=clear,
    )
    with output.opened(config) as service:
        found = arrange_step(
            service.store, service.config, briefing, wishes, now=service.clock.now()
        )
    if json:
        output.print_json(
            {
                "briefing": found.briefing,
                "articles": [item.slug for item in found.plan.articles],
                "waiting": [item.slug for item in found.plan.waiting],
                "arranged": [{"placement": how, "slug": item.slug} for how, item in found.placed],
                "introduction": found.introduction,
                "subject": found.subject,
            }
        )
        return
    say(f"The next issue of {briefing} as it stands:")
    for item in found.plan.articles:
        role = "lead" if item == found.plan.lead else "more" if item in found.plan.more else ""
        say(f"  {role:8} {item.title}")
        for other in found.plan.beside.get(item.sequence, ()):
            say(f"  also     {other.title} ({other.source})")
    for item in found.plan.waiting:
        say(f"  waits    {item.title}")
    if found.placed:
        say("Arranged:")
        for how, item in found.placed:
            say(f"  {how:8} {item.title}")
    if found.subject:
        say(f"Subject: {found.subject}")
    if found.introduction:
        say(f"Introduction: {found.introduction}")
