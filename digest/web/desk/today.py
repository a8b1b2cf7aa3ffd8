"""Today: what needs a person, what is due next, and what went out."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from digest.model import IssueState, Role
from digest.planning.waiting import why_not_out
from digest.steps.gather.health import report_sources
from digest.steps.overview import Ledgers, issues_page
from digest.steps.report import upcoming
from digest.store import alerts, issues, releases
from digest.store.catchup import why_held
from digest.web.desk import review
from digest.web.desk.frame import Area, may, page, screen, service_of
from digest.wiring import Service

_DAYS = 3
_LATELY = 6

_STOPPED = frozenset({IssueState.HELD, IssueState.PAUSED})
_GOOD_HEALTH = frozenset({"well", "-", "new", "paused"})


@dataclass(frozen=True, slots=True)
class Task:
    """Something that needs a person."""

    kind: str
    """``decide``, ``review``, ``alert``, ``source``, ``hold``."""

    text: str
    detail: str = ""
    link: str = ""
    does: str = ""
    """What the link says."""


def show(request: Request) -> Response:
    """Show the day."""
    service = service_of(request)
    now = service.clock.now()
    lately = issues_page(service.store, Ledgers(), tuple(service.config.briefings), limit=_LATELY)
    return page(
        request,
        "today.html",
        title="Today",
        tasks=_tasks(service, is_operator=may(request, Role.OPERATOR)),
        due=upcoming(service.store, service.config, now=now, days=_DAYS),
        titles={name: item.title for name, item in service.config.briefings.items()},
        lately=[item for item in lately.page.items if item.issue.state not in _STOPPED],
        skipped=lately.skipped[:3],
        links_issues=any(area.name == "issues" for area in request.app.state.areas),
    )


def _tasks(service: Service, *, is_operator: bool) -> list[Task]:
    tasks = [*_issues(service)]
    if waiting := review.count(service):
        one = "article waits" if waiting == 1 else "articles wait"
        tasks.append(Task("review", f"{waiting} {one} to be let in", "", "/review", "Review"))
    with service.store.read() as tx:
        tasks += [Task("alert", item.text) for item in alerts.open_alerts(tx)]
    if held := why_held(service.store):
        tasks.insert(0, Task("alert", held))
    if is_operator:
        tasks += _sources(service)
    return tasks


def _issues(service: Service) -> list[Task]:
    found = []
    now = service.clock.now()
    with service.store.read() as tx:
        for name, briefing in service.config.briefings.items():
            for issue in issues.list_issues(tx, name, limit=20):
                release = releases.of(tx, issue.id)
                is_asked = release is not None and release.is_asked
                if issue.state not in _STOPPED and not is_asked:
                    continue
                if issue.state in {IssueState.FINISHED, IssueState.CANCELLED}:
                    continue
                waits = why_not_out(tx, issue, briefing.timezone, now)
                found.append(
                    Task(
                        "decide" if is_asked else "hold",
                        f"{briefing.title} {issue.number}: {issue.subject}",
                        waits or f"is {issue.state}",
                        f"/next/{name}#made",
                        "Decide",
                    )
                )
    return found


def _sources(service: Service) -> list[Task]:
    return [
        Task("source", f"The source {item.source} is {item.health}", item.detail)
        for item in report_sources(service.store, service.config, now=service.clock.now())
        if item.health not in _GOOD_HEALTH
    ]


AREA = Area("today", "Today", "/", key="t", routes=(screen("/", show),))
