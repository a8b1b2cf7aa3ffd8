"""``digest reconcile``: bring a restored backup up to date, so that sending can go on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say

if TYPE_CHECKING:
    from digest.steps.reconcile import ReconcileResult

_CONSEQUENCES = """\
Without the journal nobody knows who was mailed since this database was saved:
- issues that are on their way are put on hold; whoever got one gets it again if you resume it;
- an issue that was sent since is composed again when it is due, with the same articles;
- who unsubscribed or complained since is mailed again, unless you put that right by hand.
Go on?"""


def reconcile(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    journal: Annotated[
        list[Path] | None,
        typer.Option(help="The journal of another host that shares the database. Repeatable."),
    ] = None,
    without_journal: Annotated[
        bool,
        typer.Option(
            "--without-journal", help="Go on although the journal is gone or begins too late."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Replay the journal into a database that was restored from a backup, and release sending.

    Who was mailed is not mailed again, who was not is not forgotten, who left stays away. Safe to
    repeat.

    [bold]Example:[/bold] digest reconcile --dry-run && digest reconcile
    """
    from digest.errors import NotFoundError
    from digest.journal import Journal
    from digest.steps.reconcile import reconcile as reconcile_step

    others = [Journal(folder) for folder in journal or ()]
    for other in others:
        if not other.exists:
            raise NotFoundError("journal", str(other.folder))
    if without_journal and not (yes or dry_run):
        typer.confirm(_CONSEQUENCES, abort=True, err=True)
    with output.opened(config) as service:
        result = reconcile_step(
            service.store,
            now=service.clock.now(),
            uncertain_after=service.config.delivery.uncertain_after,
            others=others,
            without_journal=without_journal,
            dry_run=dry_run,
        )
    if json:
        output.print_json(result)
        return
    for line in _lines(result):
        say(line)


def _lines(result: ReconcileResult) -> list[str]:
    """Return what was done, for people."""
    done, found = result.replayed, result.found
    counts = (
        (done.issues, "issues made again as they were sent"),
        (done.deliveries, "deliveries of them"),
        (done.accepted, "deliveries marked as accepted: they are not sent again"),
        (done.settled, "deliveries marked as refused, uncertain, or cancelled"),
        (done.left, "subscriptions ended"),
        (done.confirmed, "subscriptions confirmed"),
        (done.suppressed, "addresses put on the do-not-mail record"),
        (done.lost_people, "people subscribed after the backup: their addresses are lost"),
        (len(result.held), f"issues put on hold: {', '.join(result.held)}"),
    )
    if found.is_missing:
        lines = ["There was no journal; a new one is begun."]
    elif found.ahead:
        lines = [f"The journal was ahead of the database by {found.ahead} transactions."]
    else:
        lines = ["The database was up to date with its journal."]
    lines += [f"  {count:8} {what}" for count, what in counts if count]
    lines.append("Nothing was changed." if result.is_dry_run else "Sending goes on.")
    return lines
