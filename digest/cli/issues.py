"""Commands for issues: list, show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Issue
    from digest.store.engine import Transaction
    from digest.store.feedback import StoredReport
    from digest.store.rates import Rate

app = typer.Typer(help="What was sent, and what became of it.", no_args_is_help=True)

BriefingOption = Annotated[str, typer.Option("--briefing", "-b", help="Only of this briefing.")]
MAX_SHOWN = 200


@app.command(name="list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: BriefingOption = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
) -> None:
    """List issues, newest first, and the occurrences that came to nothing, with the reason.

    [bold]Example:[/bold] digest issues list --briefing daily
    """
    from digest.model import DeliveryState, OccurrenceState
    from digest.store import deliveries, issues, occurrences, rates

    with output.opened(config) as service:
        names = [briefing] if briefing else list(service.config.briefings)
        for name in names:
            service.config.briefing(name)
        with service.store.read() as tx:
            found = issues.list_issues(tx, briefing or None, limit)
            ledgers = {issue.id: deliveries.ledger(tx, issue.id) for issue in found}
            reported = {issue.id: rates.of_issue(tx, issue.id) for issue in found}
            skipped = [
                item
                for name in names
                for item in occurrences.recent(tx, name, limit)
                if item.state is OccurrenceState.SKIPPED
            ]
    if json:
        output.print_json(
            {
                "issues": [
                    {"issue": item, "ledger": ledgers[item.id], "reported": reported[item.id]}
                    for item in found
                ],
                "skipped": skipped,
            }
        )
        return
    output.table(
        "Issues",
        ("issue", "period", "state", "accepted", "of", "bounced", "complained", "subject"),
        (
            (
                f"{item.briefing}/{item.number}",
                item.period,
                str(item.state),
                str(ledgers[item.id].counts[DeliveryState.ACCEPTED]),
                str(item.candidates),
                str(reported[item.id].bounced or ""),
                str(reported[item.id].complained or ""),
                item.subject,
            )
            for item in found
        ),
    )
    for item in skipped:
        say(f"{item.briefing} {item.period}: nothing was sent: {item.reason}")


@app.command()
def show(
    issue: Annotated[str, typer.Argument(help="Briefing and number: daily/12.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Show how far it has come, until it is over.")
    ] = False,
) -> None:
    """Show an issue: its articles, where its deliveries stand, and every one that went wrong.

    With --follow and --json there is a line for each change.

    [bold]Example:[/bold] digest issues show daily/12 --follow
    """
    from digest.cli.approval import say_release
    from digest.model import DeliveryState
    from digest.steps.overview import view_issue
    from digest.store import deliveries

    if follow:
        from digest.cli import following

        with output.opened(config) as service:
            with service.store.read() as tx:
                found = find_issue(tx, issue)
            following.follow(service, found.id, as_json=json)
        return
    with output.opened(config) as service, service.store.read() as tx:
        found = find_issue(tx, issue)
        view = view_issue(tx, found, limit=MAX_SHOWN)
        wanted = [state for state in DeliveryState if state is not DeliveryState.ACCEPTED]
        rows = deliveries.list_deliveries(tx, found.id, wanted, limit=MAX_SHOWN)
        zone = service.config.publication.timezone
    if json:
        output.print_json(
            {
                "issue": found,
                "articles": view.articles,
                "ledger": view.ledger,
                "not_accepted": rows,
                "reported": view.reported,
                "reports": view.reports,
                "pauses": view.pauses,
                "variants": list(view.fittings),
                "fitting": view.fittings,
                "clicks": view.clicks,
                "absences": view.absences,
                "release": view.release,
                "preflight": view.findings,
            }
        )
        return
    say(f"{found.briefing}/{found.number}: {found.subject}")
    say(f"  {found.state}, period {found.period}, composed {output.utc(found.composed_at)}")
    say_release(view.release, view.findings, zone)
    for pause in view.pauses:
        answered = "" if pause.answered_at is None else ", and was told to go on"
        say(f"  paused itself at {output.utc(pause.paused_at)}{answered}: {pause.reason}")
    opened = view.clicks
    for article in view.articles:
        often = "" if opened is None else f" (opened {opened.get(article.sequence, 0)} times)"
        say(f"  {article.role:8} {article.title}{often}")
    output.fitting(view.fittings)
    if len(view.fittings) > 1:
        say(f"In {len(view.fittings)} variants: {'; '.join(view.fittings)}")
    for reason, readers in view.absences.items():
        say(f"Not for {readers}: {reason}")
    say("Ledger:")
    for state, count in view.ledger.counts.items():
        if count:
            say(f"  {count:8} {state}")
    verdict = "adds up" if view.ledger.adds_up else "DOES NOT ADD UP"
    say(f"  {view.ledger.candidates:8} in all: {verdict}")
    for row in rows:
        again = f", again {output.utc(row.next_attempt_at)}" if row.next_attempt_at else ""
        say(f"  {row.email}: {row.state}{again}: {row.detail}")
    say_reports(view.reported, view.reports)


def say_reports(reported: Rate, reports: Sequence[StoredReport]) -> None:
    """Print what came back of an issue after it was accepted."""
    later = [item for item in reports if item.source != "reply"]
    if not later:
        return
    say(
        f"Came back: {reported.bounced} bounced ({reported.bounce_percent:.2f} %), "
        f"{reported.complained} complained ({reported.complaint_percent:.3f} %)"
    )
    for item in later:
        kind = f" ({item.kind})" if item.kind else ""
        who = item.email or "erased"
        say(f"  {who}: {item.sort}{kind}, {item.effect or 'not yet decided'}: {item.reason}")


def find_issue(tx: Transaction, reference: str) -> Issue:
    """Return the issue called *reference*, ``briefing/number``.

    Raises:
        NotFoundError: if there is none.
    """
    from digest.steps import overview

    return overview.find_issue(tx, reference)
