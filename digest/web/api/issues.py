"""Issues and counts: looked at; and issues held, resumed, and approved."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from digest.model import Decision, Issue
from digest.steps.access import Scope
from digest.steps.approval import decide
from digest.steps.control import Command, control
from digest.store import deliveries, figures, issues
from digest.store.engine import Transaction
from digest.web.api.bodies import IssueOut, IssuesOut, StatsOut
from digest.web.api.door import Call, Operation, Parameter, said
from digest.web.api.problems import Field, ProblemError

MOST = 200
USUAL = 50
_MAX_DIGITS = 9


def list_(call: Call) -> Response:
    """List the newest."""
    query = call.request.query_params
    limit = query.get("limit", str(USUAL))
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:_MAX_DIGITS]) <= MOST):
        reason = f"must be 1 to {MOST}"
        raise ProblemError(422, f"limit: {reason}", [Field("limit", reason)])
    with call.service.store.read() as tx:
        found = issues.list_issues(tx, query.get("briefing"), int(limit))
        return said(IssuesOut(issues=[_shown(tx, issue) for issue in found]))


def show(call: Call) -> Response:
    """Show one."""
    with call.service.store.read() as tx:
        return said(_shown(tx, _found(tx, call)))


def steer(call: Call, command: Command) -> Response:
    """Hold or resume."""
    store = call.service.store
    with store.read() as tx:
        issue = _found(tx, call)
    control(store, issue.id, command, now=call.now)
    return show(call)


def approve(call: Call) -> Response:
    """Let it go."""
    store = call.service.store
    with store.read() as tx:
        issue = _found(tx, call)
    decide(store, issue.id, Decision.SEND, f"api: {call.token.name}", now=call.now)
    return show(call)


def stats(call: Call) -> Response:
    """Count."""
    with call.service.store.read() as tx:
        return said(
            StatsOut(
                articles=figures.articles_by_state(tx),
                subscriptions=_nested(figures.subscriptions_by_state(tx)),
                issues=_nested(figures.issues_by_state(tx)),
                alerts=figures.open_alerts(tx),
            )
        )


def _nested(counts: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (briefing, state), number in counts.items():
        found.setdefault(briefing, {})[str(state)] = number
    return found


def _found(tx: Transaction, call: Call) -> Issue:
    number = call.path("number")
    usable = number.isascii() and number.isdecimal() and len(number) <= _MAX_DIGITS
    issue = issues.find(tx, call.path("briefing"), int(number)) if usable else None
    if issue is None:
        raise ProblemError(404, "there is no such issue")
    return issue


def _shown(tx: Transaction, issue: Issue) -> IssueOut:
    ledger = deliveries.ledger(tx, issue.id)
    return IssueOut(
        briefing=issue.briefing,
        number=issue.number,
        state=str(issue.state),
        subject=issue.subject,
        composed_at=issue.composed_at,
        finished_at=issue.finished_at,
        ledger={
            "candidates": ledger.candidates,
            **{str(state): number for state, number in ledger.counts.items()},
        },
        is_balanced=ledger.adds_up,
    )


_WHICH = (
    Parameter("briefing", "path", "The briefing's name.", True),  # noqa: FBT003 - required
    Parameter("number", "path", "The issue's number.", True),  # noqa: FBT003 - required
)
_ONE = ((200, "The issue.", IssueOut),)

OPERATIONS = (
    Operation(
        "GET",
        "/issues",
        "listIssues",
        "List issues, newest first, and where their deliveries stand.",
        Scope.ISSUES,
        list_,
        None,
        ((200, "Issues.", IssuesOut),),
        (422,),
        (
            Parameter("briefing", "query", "Only of this one."),
            Parameter("limit", "query", f"At most so many: 1 to {MOST}, else {USUAL}."),
        ),
    ),
    Operation(
        "GET",
        "/issues/{briefing}/{number}",
        "getIssue",
        "Show an issue and where its deliveries stand.",
        Scope.ISSUES,
        show,
        None,
        _ONE,
        (404,),
        _WHICH,
    ),
    Operation(
        "POST",
        "/issues/{briefing}/{number}/hold",
        "holdIssue",
        "Stop an issue: nothing more of it is sent until somebody lets it go on.",
        Scope.ISSUES,
        partial(steer, command=Command.HOLD),
        None,
        _ONE,
        (404, 409),
        _WHICH,
    ),
    Operation(
        "POST",
        "/issues/{briefing}/{number}/resume",
        "resumeIssue",
        "Let an issue that was stopped go on.",
        Scope.ISSUES,
        partial(steer, command=Command.RESUME),
        None,
        _ONE,
        (404, 409),
        _WHICH,
    ),
    Operation(
        "POST",
        "/issues/{briefing}/{number}/approve",
        "approveIssue",
        "Approve an issue that waits for an editor; it goes out when it is due.",
        Scope.ISSUES,
        approve,
        None,
        _ONE,
        (404, 409),
        _WHICH,
    ),
    Operation(
        "GET",
        "/stats",
        "getStats",
        "Count articles, subscriptions, and issues.",
        Scope.STATS,
        stats,
        None,
        ((200, "Counts.", StatsOut),),
    ),
)
