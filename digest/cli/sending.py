"""What ``digest send`` does: say what would go, send a test, send to all."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import typer

from digest.cli import following, output
from digest.cli.output import say
from digest.cli.previews import draft, sample_mail
from digest.dispatch import loop
from digest.errors import BusyError, ConfigError, NotFoundError, Problem
from digest.mail.address import parse_address
from digest.model import DeliveryState, IssueState, SubscriptionState
from digest.planning.waiting import not_over
from digest.steps.arrange import Wishes, arrange
from digest.steps.compose import ComposeResult, Correction, compose_correction, compose_now
from digest.steps.compose.trial import send_trial
from digest.steps.deliver import DeliverResult
from digest.store import issues, releases, subscribers
from digest.wiring import Service


def say_what_would_go(service: Service, briefing: str, *, json: bool) -> None:
    """Print what an issue composed now would have, and how many would get it."""
    composition = draft(service, briefing)
    with service.store.read() as tx:
        counts = subscribers.count(tx, briefing)
    readers = counts[SubscriptionState.CONFIRMED]
    reason = composition if isinstance(composition, str) else ""
    waiting = _waiting(service, briefing) if reason else []
    articles = () if isinstance(composition, str) else composition.plan.articles
    if json:
        subject = "" if isinstance(composition, str) else composition.subject
        output.print_json(
            {
                "would_send": not reason and readers > 0,
                "reason": reason,
                "waiting": waiting,
                "subject": subject,
                "articles": [article.slug for article in articles],
                "subscribers": readers,
            }
        )
    elif reason:
        say(f"{briefing}: nothing would be sent: {reason}")
        for line in waiting:
            say(f"  {line}")
    else:
        say(f"{briefing}: would go to {readers} confirmed subscribers, {len(articles)} articles:")
        for article in articles:
            say(f"  {article.title}")
        say("Nothing was sent.")


def send_test(service: Service, briefing: str, to: str, *, json: bool) -> None:
    """Send the next issue to one address, marked as a test; nothing is recorded."""
    recipient = parse_address(to)
    composition = draft(service, briefing, is_test=True)
    if isinstance(composition, str):
        if json:
            output.print_json({"to": to, "subject": "", "state": None, "reason": composition})
        else:
            say(f"{briefing}: no issue now: {composition}")
        raise typer.Exit(1)
    message = sample_mail(service, composition, recipient)
    outcome = asyncio.run(send_trial(service.config, service.relays, briefing, recipient, message))
    if json:
        output.print_json(
            {
                "to": to,
                "subject": composition.subject,
                "state": outcome.state,
                "reply": outcome.reason,
            }
        )
    else:
        say(f"{outcome.state}: {outcome.reason}")
    if outcome.state is not DeliveryState.ACCEPTED:
        raise typer.Exit(1)


def send_all(service: Service, briefing: str, introduction: Path | None, *, json: bool) -> None:
    """Compose an issue now and deliver it, or leave the delivering to a running daemon.

    *introduction* is a file with the text above it; ``None``: what was arranged, if anything.
    """
    if introduction is not None:
        wishes = Wishes(introduction=output.text_of(introduction))
        arrange(service.store, service.config, briefing, wishes, now=service.clock.now())
    composed = compose_now(
        service.store,
        service.config,
        service.renderer,
        service.keyring,
        briefing,
        now=service.clock.now(),
        looks_at_links=True,
    )
    _send_composed(service, briefing, composed, json=json)


def send_correction(
    service: Service,
    briefing: str,
    number: int,
    articles: Sequence[str],
    introduction: Path | None,
    *,
    json: bool,
) -> None:
    """Compose a correction of the issue of that number, and send it to those who got that one."""
    with service.store.read() as tx:
        wrong = issues.find(tx, briefing, number)
    if wrong is None:
        raise NotFoundError("issue", f"{briefing}/{number}")
    if introduction is None:
        reason = "say what was wrong: --introduction FILE"
        raise ConfigError([Problem("send", reason)])
    words = output.text_of(introduction)
    composed = compose_correction(
        service.store,
        service.config,
        service.renderer,
        service.keyring,
        Correction(wrong, tuple(articles), words),
        now=service.clock.now(),
        looks_at_links=True,
    )
    _send_composed(service, briefing, composed, json=json)


def _send_composed(service: Service, briefing: str, composed: ComposeResult, *, json: bool) -> None:
    if composed.issue_id is None:
        waiting = _waiting(service, briefing)
        if json:
            output.print_json({"composed": composed, "delivered": None, "waiting": waiting})
        else:
            say(f"{briefing}: nothing was sent: {composed.reason}")
            for line in waiting:
                say(f"  {line}")
        raise typer.Exit(1)
    if not json:
        say(f"{briefing}: issue {composed.number}, {composed.candidates} deliveries")
    result, is_ours = None, True
    try:
        with service.owned():
            result = _deliver(service, composed.issue_id, quiet=json)
    except BusyError:
        is_ours = False
    held = composed.held or (_why_held(service, composed.issue_id) if is_ours else "")
    if json:
        output.print_json({"composed": replace(composed, held=held), "delivered": result})
    else:
        say(_became(briefing, composed, held, result, is_ours=is_ours))
    if held or (result is not None and result.trouble):
        raise typer.Exit(1)


_ASKED = "`digest issues approve {0}` decides for the editors"
_WHAT_TO_DO = {
    IssueState.HELD: (
        "`digest issues approve {0}` sends it, `digest issues drop {0}` never, "
        "`digest issues refreeze {0}` composes it anew"
    ),
    IssueState.PAUSED: "`digest issues resume {0}` goes on, `digest issues cancel {0}` ends it",
    IssueState.SENDING: "`digest run` sends the rest when it is due",
    IssueState.COMPOSED: "`digest run` sends it",
}


def _waiting(service: Service, briefing: str) -> list[str]:
    """Return a line for each issue that has the articles already and is not over."""
    zone, now = service.config.publication.timezone, service.clock.now()
    with service.store.read() as tx:
        found = not_over(tx, briefing, zone, now)
        asked = {
            issue.id
            for issue, _ in found
            if (release := releases.of(tx, issue.id)) and release.is_asked
        }
    lines = []
    for issue, what in found:
        name = f"{briefing}/{issue.number}"
        is_open = issue.state is IssueState.COMPOSED and issue.id in asked
        to_do = _ASKED if is_open else _WHAT_TO_DO[issue.state]
        lines.append(f"{name} {what}: {to_do.format(name)}")
    return lines


def _became(
    briefing: str,
    composed: ComposeResult,
    held: str,
    result: DeliverResult | None,
    *,
    is_ours: bool,
) -> str:
    """Return what became of an issue; another process delivers it unless it *is_ours* to do so."""
    if held:
        name = f"{briefing}/{composed.number}"
        return f"Held: {held}\n`digest issues approve {name}` sends it all the same."
    if not is_ours:
        return "The running daemon delivers it; see `digest issues show`."
    return summary(result) if result else "nothing is due"


def _why_held(service: Service, issue_id: int) -> str:
    """Return what preflight holds the issue for; empty when it does not."""
    with service.store.read() as tx:
        issue = issues.get(tx, issue_id)
        found = releases.findings_of(tx, issue_id)
    if issue is None or issue.state is not IssueState.HELD:
        return ""
    return next((item.text for item in found if item.level == "error"), "")


def summary(result: DeliverResult) -> str:
    """Return one or two lines on where an issue stands."""
    counts = ", ".join(f"{count} {state}" for state, count in result.ledger.counts.items() if count)
    lines = [counts or "no deliveries"]
    if result.trouble:
        lines.append(f"Stopped: {result.trouble}")
    if result.issue.state is IssueState.PAUSED:
        name = f"{result.issue.briefing}/{result.issue.number}"
        lines.append(f"{result.ledger.open} wait: `digest issues resume {name}` goes on")
    elif result.ledger.open:
        when = (
            f", the next at {output.utc(result.next_attempt_at)}" if result.next_attempt_at else ""
        )
        lines.append(
            f"{result.ledger.open} wait{when}: `digest run` or `digest run --once` goes on"
        )
    return "\n".join(lines)


def _deliver(service: Service, issue_id: int, *, quiet: bool) -> DeliverResult | None:
    with following.bar(quiet=quiet) as move:

        async def work() -> DeliverResult | None:
            deliverer = service.deliverer(move)
            # What is on the wire is finished and kept: nobody gets it twice.
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, deliverer.stop)
            await service.inspector().go_round()
            deliverer.recover()
            return next(iter(await deliverer.run_due(issue_id)), None)

        return loop.run(work())
