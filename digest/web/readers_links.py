"""The pages behind the links that are mailed: a button each, which does its thing once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.model import Cadence, MailFormat, RequestKind
from digest.rendering.wording import language_name
from digest.steps import readers
from digest.steps.readers import AddressTaken, Choice, Choices, Preferences
from digest.web.readers_forms import Form, form_of, network_of
from digest.web.responses import PRIVATE, in_thread, page, service_of
from digest.wiring import Service

LONGEST_PAUSE = timedelta(days=366)

Endpoint = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]


def routes(_service: Service) -> list[BaseRoute]:
    """Return the pages behind mailed links."""
    pairs: list[tuple[str, Endpoint, Endpoint]] = [
        ("confirm", _shown(RequestKind.SUBSCRIBE, "confirm"), confirm),
        ("export", _shown(RequestKind.EXPORT, "export"), export),
        ("erase", _shown(RequestKind.ERASE, "erase"), erase),
        ("change-address", _shown(RequestKind.CHANGE_ADDRESS, "change"), change_address),
        ("preferences", show_preferences, save_preferences),
    ]
    return [
        route
        for path, show, do in pairs
        for route in (
            Route(f"/{path}/{{token}}", show, methods=["GET"]),
            Route(f"/{path}/{{token}}", do, methods=["POST"]),
        )
    ]


def _shown(kind: RequestKind, phrase: str) -> Callable[[Request], Response]:
    """Return the endpoint that shows the button of such a link, and changes nothing."""

    def show(request: Request) -> Response:
        service, token = service_of(request), request.path_params["token"]
        found = readers.pending(
            service.store, service.keyring, kind, token, now=service.clock.now()
        )
        if found is None:
            return stale(request, kind)
        names = found.details.get("briefings", ())
        return page(
            request,
            "readers/press.html",
            language=found.details["language"],
            phrase=phrase,
            email=found.email,
            briefings=[
                service.config.briefings[name].title
                for name in names
                if name in service.config.briefings
            ],
        )

    return show


async def confirm(request: Request) -> Response:
    """Subscribe."""
    service = service_of(request)
    done = await in_thread(
        readers.confirm,
        service.store,
        service.config,
        service.keyring,
        request.path_params["token"],
        network=network_of(request),
        now=service.clock.now(),
    )
    if done is None:
        return stale(request, RequestKind.SUBSCRIBE)
    return page(
        request,
        "readers/confirmed.html",
        language=done.language,
        is_suppressed=done.is_suppressed,
        briefings=[service.config.briefings[name].title for name in done.briefings],
    )


async def export(request: Request) -> Response:
    """Give all that is stored, as a file."""
    service = service_of(request)
    found = await in_thread(
        readers.export,
        service.store,
        service.keyring,
        request.path_params["token"],
        now=service.clock.now(),
    )
    if not found:
        return stale(request, RequestKind.EXPORT)
    return Response(
        json.dumps(found, ensure_ascii=False, indent=2) + "\n",
        media_type="application/json",
        headers={
            "Cache-Control": PRIVATE,
            "Content-Disposition": 'attachment; filename="what-is-stored.json"',
        },
    )


async def erase(request: Request) -> Response:
    """Erase everything."""
    service = service_of(request)
    is_done = await in_thread(
        readers.erase,
        service.store,
        service.keyring,
        request.path_params["token"],
        now=service.clock.now(),
    )
    if not is_done:
        return stale(request, RequestKind.ERASE)
    return page(request, "readers/done.html", phrase="erased", hint="")


async def change_address(request: Request) -> Response:
    """Move to the new address."""
    service = service_of(request)
    done = await in_thread(
        readers.change_address,
        service.store,
        service.config,
        service.keyring,
        request.path_params["token"],
        network=network_of(request),
        now=service.clock.now(),
    )
    if done is None:
        return stale(request, RequestKind.CHANGE_ADDRESS)
    phrase = "change_taken" if isinstance(done, AddressTaken) else "changed"
    return page(request, "readers/done.html", language=done.language, phrase=phrase, hint="")


def show_preferences(request: Request) -> Response:
    """Show what a reader has; to whoever came by a mail's own link, where a fresh one is had."""
    service, token = service_of(request), request.path_params["token"]
    now = service.clock.now()
    found = readers.show_choices(service.store, service.config, service.keyring, token, now=now)
    if found is not None:
        return _preferences_page(request, service, found)
    known = readers.left_by(service.store, service.keyring, token, now=now)
    if known is None:
        return stale(request, RequestKind.PREFERENCES)
    return page(
        request,
        "readers/links.html",
        language=known.subscriber.language,
        token=token,
        problem="",
    )


async def save_preferences(request: Request) -> Response:
    """Save what was chosen; the link is used up."""
    service, form = service_of(request), await form_of(request)
    saved = await in_thread(
        readers.save_choices,
        service.store,
        service.config,
        service.keyring,
        request.path_params["token"],
        _choices(service, form),
        network=network_of(request),
        now=service.clock.now(),
    )
    if saved is None:
        return stale(request, RequestKind.PREFERENCES)
    return page(
        request,
        "readers/saved.html",
        language=saved.language,
        is_moving=saved.is_moving,
        has_bad_address=saved.has_bad_address,
    )


def stale(request: Request, kind: RequestKind) -> Response:
    """Say that the link does nothing (any more), and how to get a fresh one."""
    if kind is RequestKind.SUBSCRIBE:
        return page(request, "readers/stale_confirm.html", status_code=410)
    return page(request, "readers/links.html", status_code=410, token="", problem="stale")


def _preferences_page(request: Request, service: Service, found: Preferences) -> Response:
    person = found.person
    zone = ZoneInfo(person.timezone or service.config.publication.timezone)
    rows = []
    for name, mine in found.subscriptions.items():
        pause = mine.paused_until if mine else None
        is_paused = pause is not None and pause > service.clock.now()
        rows.append(
            {
                "name": name,
                "title": service.config.briefings[name].title,
                "description": service.config.briefings[name].description,
                "subscription": mine,
                "is_on": mine is not None and mine.state == "confirmed",
                "has_weekly": bool(service.config.briefings[name].weekly_on),
                "topics": list(mine.topics) if mine else [],
                "can_have": list(service.config.briefings[name].topics),
                "feed": found.feeds.get(name, ""),
                "paused_until": pause.astimezone(zone).date().isoformat()
                if pause and is_paused
                else "",
                "agreed": readers.words_of(service.config, name, person.language).text,
            }
        )
    return page(
        request,
        "readers/preferences.html",
        language=person.language,
        person=person,
        rows=rows,
        languages=[(code, language_name(code)) for code in service.renderer.phrases],
        language_now=person.language or service.config.publication.language.partition("-")[0],
    )


def _choices(service: Service, form: Form) -> Choices:
    """Return what the form says; what makes no sense counts as left out."""
    timezone = readers.read_timezone(form.first("timezone"))
    zone = ZoneInfo(timezone or service.config.publication.timezone)
    wanted = set(form.all("briefing"))
    now = service.clock.now()
    return Choices(
        briefings={
            name: Choice(
                is_wanted=name in wanted,
                # What was not to be chosen on the page stays as it is.
                topics=readers.read_topics(form.all(f"topic-{name}"))
                if form.first(f"has-topics-{name}")
                else None,
                cadence=_cadence(form.first(f"cadence-{name}")) if briefing.weekly_on else None,
                paused_until=_pause(form.first(f"pause-{name}"), zone, now),
            )
            for name, briefing in service.config.briefings.items()
        },
        language=readers.read_language(form.first("language")),
        timezone=timezone,
        mail_format=MailFormat(form.first("format"))
        if form.first("format") in set(MailFormat)
        else None,
        new_address=form.first("new_address"),
    )


def _cadence(text: str) -> Cadence | None:
    return Cadence(text) if text in set(Cadence) else None


def _pause(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the moment at which the day *text* begins; ``None`` for none, or one that is past."""
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return None
    until = day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
    return until if now < until <= now + LONGEST_PAUSE else None
