"""Commands that stop, resume, or end an issue, and the ledger that shows where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.issues import app, find_issue
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say

if TYPE_CHECKING:
    from digest.store.deliveries import Ledger

IssueArgument = Annotated[str, typer.Argument(help="Briefing and number: daily/12.")]


@app.command()
def pause(
    issue: IssueArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Send no more of an issue for now. Takes effect within a second, daemon or not.

    [bold]Example:[/bold] digest issues pause daily/12
    """
    _control(issue, "pause", config, json=json)


@app.command()
def hold(
    issue: IssueArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Send no more of an issue because something in it needs a look.

    [bold]Example:[/bold] digest issues hold daily/12
    """
    _control(issue, "hold", config, json=json)


@app.command()
def resume(
    issue: IssueArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Go on with a paused or held issue; `digest run` sends it.

    [bold]Example:[/bold] digest issues resume daily/12
    """
    _control(issue, "resume", config, json=json)


@app.command()
def cancel(
    issue: IssueArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Never send what of an issue has not gone out. Cannot be undone.

    [bold]Example:[/bold] digest issues cancel daily/12 --yes
    """
    if not yes:
        typer.confirm(f"Never send the rest of {issue}?", abort=True, err=True)
    _control(issue, "cancel", config, json=json)


def _control(issue: str, command: str, config: Path, *, json: bool) -> None:
    from digest.steps.control import Command, control

    with output.opened(config) as service:
        with service.store.read() as tx:
            found = find_issue(tx, issue)
        done = control(service.store, found.id, Command(command), now=service.clock.now())
    if json:
        output.print_json(done)
        return
    say(f"{issue}: {done.state}")
    if done.cancelled:
        say(f"{done.cancelled} deliveries will not be sent")


def ledger(
    issue: IssueArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Show where every delivery of an issue stands; exit with 1 unless it adds up.

    [bold]Example:[/bold] digest ledger daily/12
    """
    from digest.store import deliveries

    with output.opened(config) as service, service.store.read() as tx:
        found = find_issue(tx, issue)
        standing = deliveries.ledger(tx, found.id)
        reasons = deliveries.reasons(tx, found.id)
    if json:
        output.print_json({"issue": found, "ledger": standing, "reasons": reasons})
    else:
        say_ledger(standing)
        for state, detail, count in reasons:
            say(f"  {count:8} {state}: {detail}")
    if not standing.adds_up:
        raise typer.Exit(1)


def say_ledger(standing: Ledger) -> None:
    """Print the equation: candidates = the sum of all states."""
    counts = [f"{count} {state}" for state, count in standing.counts.items() if count]
    relation = "=" if standing.adds_up else "IS NOT"
    say(f"{standing.candidates} candidates {relation} {' + '.join(counts) or '0'}")
