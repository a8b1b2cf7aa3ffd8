"""Review: articles that wait until somebody lets them in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.errors import NotFoundError
from digest.steps.gather import admit, refuse
from digest.store import sources
from digest.store.sources import Fate, Record
from digest.web.desk.frame import Area, Form, action, ask, done, first, page, screen, service_of
from digest.wiring import Service

_ID_CHARACTERS = 10


def count(service: Service) -> int:
    """Return how many wait."""
    with service.store.read() as tx:
        return sum(each.get(Fate.WAITING, 0) for each in sources.fates(tx).values())


def show_all(request: Request) -> Response:
    """Show what waits, the oldest first."""
    with service_of(request).store.read() as tx:
        waiting = sources.waiting(tx)
    reviewed = [name for name, item in service_of(request).config.sources.items() if item.review]
    return page(
        request,
        "review.html",
        title="Review",
        waiting=[(_id(item), item, _text(item)[:280]) for item in waiting],
        reviewed=reviewed,
    )


def show(request: Request) -> Response:
    """Show one that waits as text: what it says itself is not trusted yet."""
    record = _one(request)
    draft = (record.draft or {}).get("draft", {})
    return page(
        request,
        "waiting.html",
        title=record.title or "An article without a title",
        id=_id(record),
        record=record,
        authors=[item.get("name", "") for item in draft.get("authors", [])],
        paragraphs=[each for each in _text(record).split("\n\n") if each.strip()],
    )


def let_in(request: Request, form: Form) -> Response:
    """Let articles in: the one of the path, or those that are ticked."""
    service = service_of(request)
    records = _chosen(request, form)
    added = 0
    for source, keys in _by_source(records).items():
        result = admit(service.store, service.config, source, keys, service.clock.now())
        added += len(result.added)
    if not records:
        return RedirectResponse("/review", 303)
    return done(
        request,
        "/review",
        f"{added} let in: in the feeds soon, and in the next issue if there is room.",
        did="let in",
        about=records[0].source,
        detail="; ".join(item.title for item in records),
    )


def ask_refuse(request: Request) -> Response:
    """Ask before an article is kept out for good."""
    record = _one(request)
    return ask(
        request,
        title="Refuse this article?",
        text="It is kept out for good: it is not asked about again.",
        button="Refuse",
        back=f"/review/{_id(record)}",
        facts=(("Article", record.title), ("From", record.source)),
        command=f"digest review refuse {_id(record)}",
        reason="Why, for others who look",
    )


def keep_out(request: Request, form: Form) -> Response:
    """Refuse an article."""
    service, record = service_of(request), _one(request)
    reason = " ".join(first(form, "reason").split()) or "refused by an editor"
    refuse(service.store, record.source, [record.key], reason, service.clock.now())
    return done(
        request,
        "/review",
        "The article is refused.",
        did="refuse",
        about=record.source,
        detail=f"{record.title}: {reason}",
    )


def _chosen(request: Request, form: Form) -> list[Record]:
    wanted = set(form.get("article", []))
    with service_of(request).store.read() as tx:
        return [item for item in sources.waiting(tx) if _id(item) in wanted]


def _one(request: Request) -> Record:
    with service_of(request).store.read() as tx:
        for item in sources.waiting(tx):
            if _id(item) == request.path_params["id"]:
                return item
    raise NotFoundError("article that waits", request.path_params["id"])


def _by_source(records: list[Record]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in records:
        found.setdefault(item.source, []).append(item.key)
    return found


def _id(record: Record) -> str:
    return record.key.partition(":")[2][:_ID_CHARACTERS]


def _text(record: Record) -> str:
    draft = (record.draft or {}).get("draft", {})
    return str(draft.get("content_text") or draft.get("summary") or "")


AREA = Area(
    "review",
    "Review",
    "/review",
    key="r",
    badge=count,
    routes=(
        screen("/review", show_all),
        action("/review", let_in),
        screen("/review/{id}", show),
        screen("/review/{id}/refuse", ask_refuse),
        action("/review/{id}/refuse", keep_out),
    ),
)
