"""The next issue of each briefing: arranging it, and deciding about those that are made."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.errors import NotFoundError
from digest.model import Decision, Issue, IssueState, Listed, Placement
from digest.planning.waiting import why_not_out
from digest.steps.approval import decide
from digest.steps.arrange import Arranged, Wishes, arrange
from digest.steps.report import Upcoming, upcoming
from digest.store import issues, releases
from digest.web.desk import trying
from digest.web.desk.frame import (
    Area,
    Form,
    action,
    ask,
    done,
    first,
    guest_of,
    page,
    screen,
    service_of,
)

_DAYS = 8
_WORDS = {
    "lead": "leads",
    "first": "is pinned",
    "hold": "waits for the issue after",
    "drop": "is dropped from this briefing",
    "release": "is as the settings say",
}


def show_all(request: Request) -> Response:
    """Show the next issue of each briefing in short."""
    service = service_of(request)
    due = _due(request)
    briefings = [
        (name, item.title, due.get(name), _made(request, name))
        for name, item in service.config.briefings.items()
    ]
    return page(request, "coming.html", title="Next issues", briefings=briefings)


def show(request: Request) -> Response:
    """Show the next issue of one briefing, to arrange."""
    service, name = service_of(request), briefing_of(request)
    now = service.clock.now()
    found = arrange(service.store, service.config, name, Wishes(), now=now)
    settings = service.config.briefings[name]
    return page(
        request,
        "issue_next.html",
        title=settings.title,
        name=name,
        rows=_rows(found),
        plan=found.plan,
        aside=[(how, item) for how, item in found.placed if how in _ASIDE],
        has_wishes=any(how is not Placement.DROP for how, _ in found.placed)
        or bool(found.introduction or found.subject),
        introduction=found.introduction,
        subject=found.subject,
        subject_pattern=settings.subject,
        due=_due(request).get(name),
        made=_made(request, name),
        relay=settings.relay,
    )


_ASIDE = frozenset({Placement.HOLD, Placement.DROP})


def _rows(found: Arranged) -> list[tuple[Listed, str, str, bool, bool]]:
    """Return the articles in order: each with its role, its placement, and where it can go."""
    placed = {item.sequence: str(how) for how, item in found.placed}
    pinned = [item.sequence for how, item in found.placed if how is Placement.FIRST]
    rows = []
    for item in found.plan.articles:
        role = "lead" if item == found.plan.lead else "more" if item in found.plan.more else ""
        spot = pinned.index(item.sequence) if item.sequence in pinned else -1
        rows.append(
            (
                item,
                role,
                placed.get(item.sequence, ""),
                spot > 0,
                0 <= spot < len(pinned) - 1,
            )
        )
    return rows


def place(request: Request, form: Form) -> Response:
    """Do what a button beside an article says."""
    service, name = service_of(request), briefing_of(request)
    now = service.clock.now()
    how, article = first(form, "how"), first(form, "article")
    if how in {"up", "down"}:
        wishes = _moved(arrange(service.store, service.config, name, Wishes(), now=now), form)
    elif how in _WORDS and article:
        wishes = _WISHES[how](article)
    else:
        raise NotFoundError("way to place an article", how, list(_WORDS))
    arrange(service.store, service.config, name, wishes, now=now)
    said = f"“{article}” {_WORDS.get(how, 'is moved')}."
    return done(
        request, f"/next/{name}#articles", said, did=f"arrange: {how}", about=name, detail=article
    )


_WISHES: dict[str, Callable[[str], Wishes]] = {
    "lead": lambda article: Wishes(lead=article),
    "first": lambda article: Wishes(first=(article,)),
    "hold": lambda article: Wishes(hold=(article,)),
    "drop": lambda article: Wishes(drop=(article,)),
    "release": lambda article: Wishes(release=(article,)),
}


def _moved(found: Arranged, form: Form) -> Wishes:
    """Return the wish that has the pinned articles in another order."""
    order = [item.slug for how, item in found.placed if how is Placement.FIRST]
    article = first(form, "article")
    if article not in order:
        raise NotFoundError("pinned article", article, order)
    at = order.index(article)
    to = max(at - 1, 0) if first(form, "how") == "up" else min(at + 1, len(order) - 1)
    order.insert(to, order.pop(at))
    return Wishes(first=tuple(order))


def word(request: Request, form: Form) -> Response:
    """Take the subject and the introduction."""
    service, name = service_of(request), briefing_of(request)
    wishes = Wishes(introduction=first(form, "introduction"), subject=first(form, "subject"))
    arrange(service.store, service.config, name, wishes, now=service.clock.now())
    return done(
        request, f"/next/{name}", "Subject and introduction are kept.", did="word", about=name
    )


def ask_clear(request: Request) -> Response:
    """Ask before all that was arranged is forgotten."""
    name = briefing_of(request)
    return ask(
        request,
        title="Forget what was arranged?",
        text="The lead, pins, and holds, the subject, and the introduction of the next issue are "
        "forgotten. Articles that were dropped stay so.",
        button="Forget it",
        back=f"/next/{name}",
        command=f"digest arrange {name} --clear",
    )


def clear(request: Request, form: Form) -> Response:
    """Forget what was arranged."""
    del form
    service, name = service_of(request), briefing_of(request)
    arrange(service.store, service.config, name, Wishes(clear=True), now=service.clock.now())
    return done(
        request, f"/next/{name}", "The issue is as the settings say.", did="clear", about=name
    )


def hold(request: Request, form: Form) -> Response:
    """Hold an issue that is made."""
    del form
    return _decide(request, Decision.HOLD, "is held: nothing of it goes out until you approve it.")


def ask_approve(request: Request) -> Response:
    """Ask before an issue goes out."""
    issue = issue_of(request)
    with service_of(request).store.read() as tx:
        found = releases.of(tx, issue.id)
    when = f"{found.send_at:%Y-%m-%d %H:%M} UTC" if found else "at once"
    return ask(
        request,
        title=f"Let {issue.briefing}/{issue.number} go out?",
        text="What is out cannot be called back.",
        button="Approve",
        back=f"/next/{issue.briefing}",
        facts=(("Subject", issue.subject), ("Readers", f"{issue.candidates:,}"), ("Goes", when)),
        command=f"digest issues approve {issue.briefing}/{issue.number}",
    )


def approve(request: Request, form: Form) -> Response:
    """Let an issue go out."""
    del form
    return _decide(request, Decision.SEND, "is approved.")


def ask_drop(request: Request) -> Response:
    """Ask before an issue is never sent."""
    issue = issue_of(request)
    return ask(
        request,
        title=f"Drop {issue.briefing}/{issue.number}?",
        text="It is never sent, and its articles are not mailed again. This cannot be undone.",
        button="Drop the issue",
        back=f"/next/{issue.briefing}",
        facts=(("Subject", issue.subject), ("Readers", f"{issue.candidates:,}")),
        command=f"digest issues drop {issue.briefing}/{issue.number}",
    )


def drop(request: Request, form: Form) -> Response:
    """Never send an issue."""
    del form
    return _decide(request, Decision.DROP, "is dropped: nothing more of it is sent.")


def _decide(request: Request, decision: Decision, said: str) -> Response:
    service, issue = service_of(request), issue_of(request)
    who = guest_of(request).name
    done_ = decide(service.store, issue.id, decision, f"desk: {who}", now=service.clock.now())
    name = f"{issue.briefing}/{issue.number}"
    detail = f"{done_.cancelled} deliveries cancelled" if done_.cancelled else ""
    return done(
        request,
        f"/next/{issue.briefing}",
        f"Issue {name} {said}",
        did="approve" if decision is Decision.SEND else str(decision),
        about=name,
        detail=detail,
    )


def briefing_of(request: Request) -> str:
    """Return the briefing that the path names.

    Raises:
        NotFoundError: if there is none.
    """
    name: str = request.path_params["briefing"]
    service_of(request).config.briefing(name)
    return name


def issue_of(request: Request) -> Issue:
    """Return the issue that the path names.

    Raises:
        NotFoundError: if there is none.
    """
    name, number = briefing_of(request), request.path_params["number"]
    with service_of(request).store.read() as tx:
        found = issues.find(tx, name, number) if number < 2**31 else None
    if found is None:
        raise NotFoundError("issue", f"{name}/{number}")
    return found


def _due(request: Request) -> dict[str, Upcoming]:
    service = service_of(request)
    found: dict[str, Upcoming] = {}
    for item in upcoming(service.store, service.config, now=service.clock.now(), days=_DAYS):
        if item.number is None:
            found.setdefault(item.briefing, item)
    return found


def _made(request: Request, name: str) -> list[tuple[Issue, str, releases.Release | None]]:
    """Return the briefing's issues that are made and not over, with what each waits for."""
    service = service_of(request)
    zone = service.config.briefings[name].timezone
    found = []
    with service.store.read() as tx:
        for issue in issues.list_issues(tx, limit=20, briefing=name):
            if issue.state not in {IssueState.FINISHED, IssueState.CANCELLED}:
                waits = why_not_out(tx, issue, zone, service.clock.now())
                found.append((issue, waits, releases.of(tx, issue.id)))
    return found


def begin(request: Request) -> Response:
    """Lead to the only briefing, or to the list of them."""
    names = list(service_of(request).config.briefings)
    return RedirectResponse(f"/next/{names[0]}", 303) if len(names) == 1 else show_all(request)


AREA = Area(
    "next",
    "Next issues",
    "/next",
    key="n",
    routes=(
        screen("/next", begin),
        screen("/next/{briefing}", show),
        action("/next/{briefing}/place", place),
        action("/next/{briefing}/words", word),
        screen("/next/{briefing}/clear", ask_clear),
        action("/next/{briefing}/clear", clear),
        screen("/next/{briefing}/preview", trying.show),
        screen("/next/{briefing}/mail", trying.mail),
        screen(trying.PICTURES + "/{path:path}", trying.picture, is_open=True),
        action("/next/{briefing}/test", trying.send),
        action("/next/{briefing}/{number:int}/hold", hold),
        screen("/next/{briefing}/{number:int}/approve", ask_approve),
        action("/next/{briefing}/{number:int}/approve", approve),
        screen("/next/{briefing}/{number:int}/drop", ask_drop),
        action("/next/{briefing}/{number:int}/drop", drop),
    ),
)
