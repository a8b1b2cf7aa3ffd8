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


@app.command()
def uncertain(
    issue: IssueArgument,
    retry: Annotated[bool, typer.Option("--retry", help="Send them again.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="They arrived.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Never send them again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """List mails of which nobody knows whether they arrived, or decide about all of them.

    They went out whole, and the relay broke off before it said whether it took them. Its log can
    tell.

    [bold]Example:[/bold] digest issues uncertain daily/12 --retry
    """
    from digest.errors import DigestError
    from digest.model import DeliveryState
    from digest.steps.control import decide_uncertain
    from digest.store import deliveries
    from digest.store.uncertain import Choice

    flags = {Choice.RETRY: retry, Choice.ACCEPT: accept, Choice.DROP: drop}
    chosen = [choice for choice, is_set in flags.items() if is_set]
    if len(chosen) > 1:
        raise DigestError("choose one of --retry, --accept, and --drop")
    with output.opened(config) as service:
        with service.store.read() as tx:
            found = find_issue(tx, issue)
            rows = deliveries.list_deliveries(tx, found.id, {DeliveryState.UNCERTAIN})
        if chosen:
            now = service.clock.now()
            done = decide_uncertain(service.store, found.id, chosen[0], now=now)
            if json:
                output.print_json(done)
            else:
                say(f"{done.decided} uncertain deliveries of {issue}: {_DECIDED[chosen[0]]}")
            return
    if json:
        output.print_json(rows)
        return
    output.table(
        "Uncertain deliveries",
        ("address", "tried", "again", "what was heard"),
        (
            (row.email, output.utc(row.settled_at), output.utc(row.next_attempt_at), row.detail)
            for row in rows
        ),
    )


_DECIDED = {
    "retry": "sent again; `digest run` does it",
    "accept": "taken as accepted",
    "drop": "not sent again",
}


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
    from digest.steps.overview import fittings_of
    from digest.store import deliveries

    with output.opened(config) as service, service.store.read() as tx:
        found = find_issue(tx, issue)
        standing = deliveries.ledger(tx, found.id)
        reasons = deliveries.reasons(tx, found.id)
        fittings = fittings_of(tx, found.id)
    if json:
        output.print_json(
            {"issue": found, "ledger": standing, "reasons": reasons, "fitting": fittings}
        )
    else:
        output.fitting(fittings)
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
