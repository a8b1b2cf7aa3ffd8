"""Articles: which there are, where each one is and why, what it said before; taking one back."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from digest.errors import NotFoundError
from digest.model import Listed
from digest.steps.report import explain
from digest.steps.withdraw import why_not, withdraw
from digest.store import articles as stored
from digest.store import revisions
from digest.store.engine import Transaction
from digest.web.desk.frame import Area, Form, action, ask, done, first, page, screen, service_of

_PAGE = 50

STATES = ("published", "scheduled", "withdrawn")


def state_of(article: Listed, now: datetime) -> str:
    """Return one of :data:`STATES`."""
    if article.withdrawn_at is not None:
        return "withdrawn"
    return "scheduled" if article.published_at > now else "published"


def show_all(request: Request) -> Response:
    """Show articles, the last ones first, narrowed to what is looked for."""
    service, query = service_of(request), request.query_params
    now = service.clock.now()
    wanted, state, source = (
        query.get("q", "").strip(),
        query.get("state", ""),
        query.get("from", ""),
    )
    with service.store.read() as tx:
        listed = stored.list_all(tx)
    counts = {name: sum(state_of(item, now) == name for item in listed) for name in STATES}
    found = [
        item
        for item in sorted(
            listed, key=lambda each: (each.published_at, each.sequence), reverse=True
        )
        if (not state or state_of(item, now) == state)
        and (not source or item.source == source)
        and (not wanted or _is_like(item, wanted.casefold()))
    ]
    text = query.get("page", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0  # noqa: PLR2004 - enough
    shown = found[number * _PAGE : (number + 1) * _PAGE]
    return page(
        request,
        "articles.html",
        title="Articles",
        articles=[(item, state_of(item, now)) for item in shown],
        found=len(found),
        counts=counts,
        number=number,
        is_more=len(found) > (number + 1) * _PAGE,
        wanted=wanted,
        chosen=state,
        source=source,
        states=STATES,
        sources=list(service.config.sources),
    )


def show(request: Request) -> Response:
    """Show one article: where it is and why, and what it said before."""
    service = service_of(request)
    now = service.clock.now()
    with service.store.read() as tx:
        listed = _one(tx, request)
        history = revisions.history(tx, listed.sequence)
        article = stored.load(tx, [listed.sequence])[0]
    found = explain(service.store, service.config, article.uid, now=now)
    return page(
        request,
        "article.html",
        title=listed.title,
        listed=listed,
        article=article,
        its=state_of(listed, now),
        found=found,
        titles={name: item.title for name, item in service.config.briefings.items()},
        history=history,
        obstacle=why_not(service.config, listed),
    )


def ask_withdraw(request: Request) -> Response:
    """Ask before an article is taken back."""
    service = service_of(request)
    with service.store.read() as tx:
        listed = _one(tx, request)
    return (
        ask(
            request,
            title="Withdraw this article?",
            text="It leaves the feeds, the site, and issues that are not out, and stays so even if "
            "its source still has it. Mails that were sent keep it.",
            button="Withdraw",
            back=f"/articles/{listed.sequence}",
            facts=(("Article", listed.title), ("From", listed.source)),
            command=f"digest withdraw {listed.slug}",
            reason="Why, for the record",
        )
        if not why_not(service.config, listed)
        else show(request)
    )


def take_back(request: Request, form: Form) -> Response:
    """Withdraw an article."""
    service = service_of(request)
    with service.store.read() as tx:
        listed = _one(tx, request)
        uid = stored.load(tx, [listed.sequence])[0].uid
    now = service.clock.now()
    reason = first(form, "reason")
    after = withdraw(service.store, service.config, uid, reason, now=now)
    return done(
        request,
        f"/articles/{listed.sequence}",
        "The article is withdrawn. The feeds follow within a minute.",
        did="withdraw",
        about=uid,
        detail=f"{after.title}: {reason}" if reason else after.title,
    )


def _is_like(item: Listed, wanted: str) -> bool:
    words = (item.title, item.slug, item.source, *item.topics, *item.authors)
    return any(wanted in word.casefold() for word in words)


def _one(tx: Transaction, request: Request) -> Listed:
    number: int = request.path_params["number"]
    found = stored.list_some(tx, [number]) if number < 2**62 else []
    if not found:
        raise NotFoundError("article", str(number))
    return found[0]


AREA = Area(
    "articles",
    "Articles",
    "/articles",
    key="a",
    routes=(
        screen("/articles", show_all),
        screen("/articles/{number:int}", show),
        screen("/articles/{number:int}/withdraw", ask_withdraw),
        action("/articles/{number:int}/withdraw", take_back),
    ),
)
