"""Commands that say whether an issue may go out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.control import IssueArgument
from digest.cli.issues import find_issue
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.store.releases import Noted, Release


def approve(
    issue: IssueArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Let an issue go out: one that waits for an editor, or that preflight held.

    It goes out when it is due. `digest run` sends it.

    [bold]Example:[/bold] digest issues approve daily/12
    """
    _decide(issue, "send", config, json=json)


def drop(
    issue: IssueArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Never send an issue. Cannot be undone; its articles are not mailed again.

    [bold]Example:[/bold] digest issues drop daily/12 --yes
    """
    if not yes:
        typer.confirm(f"Never send {issue}?", abort=True, err=True)
    _decide(issue, "drop", config, json=json)


def say_release(release: Release | None, findings: Sequence[Noted], zone: str) -> None:
    """Print when an issue goes out, who decided, and what preflight found."""
    if release is not None:
        say(f"  goes out {output.local(release.send_at, zone)}")
        if release.decision and release.decided_at:
            when = output.utc(release.decided_at)
            say(f"  {release.decided_by} decided at {when}: {release.decision}")
        elif release.deadline_at and release.default:
            when = output.local(release.deadline_at, zone)
            say(f"  waits for an editor; nobody by {when}: {release.default}")
    for item in findings:
        where = f"{item.place}: " if item.place else ""
        say(f"  preflight {item.level}: {where}{item.rule}: {item.text}")


def _decide(issue: str, decision: str, config: Path, *, json: bool) -> None:
    from digest.model import Decision
    from digest.steps.approval import OPERATOR, decide

    with output.opened(config) as service:
        with service.store.read() as tx:
            found = find_issue(tx, issue)
        now = service.clock.now()
        done = decide(service.store, found.id, Decision(decision), OPERATOR, now=now)
        zone = service.config.publication.timezone
    if json:
        output.print_json(done)
        return
    when = f", goes out {output.local(done.send_at, zone)}" if done.send_at else ""
    say(f"{issue}: {done.issue.state}{when}")
    if done.cancelled:
        say(f"{done.cancelled} deliveries will not be sent")
