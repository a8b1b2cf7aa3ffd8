"""Subscribing, and asking for a link: pages whose answer tells nothing of who subscribes.

An answer is given before anybody is looked up. See :mod:`digest.steps.readers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digest.model import RequestKind
from digest.rendering.wording import language_name
from digest.steps import readers
from digest.steps.readers import FormProblem
from digest.web import readers_leaving, readers_links
from digest.web.readers_forms import Form, form_of, network_of
from digest.web.responses import in_thread, page, service_of
from digest.wiring import Service


def routes(service: Service) -> list[BaseRoute]:
    """Return what readers do."""
    if not service.config.briefings:
        return []
    return [
        Route("/subscribe", show_form, methods=["GET"]),
        Route("/subscribe", subscribe, methods=["POST"]),
        Route("/links", show_links, methods=["GET"]),
        Route("/links", ask, methods=["POST"]),
        *readers_leaving.routes(service),
        *readers_links.routes(service),
    ]


def show_form(request: Request) -> Response:
    """Show the form, for the briefing that the query names or for all."""
    names = request.query_params.getlist("briefing")
    return _form_page(request, {"briefing": names})


async def subscribe(request: Request) -> Response:
    """Take the form.

    One without a fresh stamp, as from another site or a page that stands still, is shown once more
    with all that can be chosen, to be looked over and sent.
    """
    service, now = service_of(request), service_of(request).clock.now()
    form = await form_of(request)
    network = network_of(request)
    if readers.is_trapped(form.fields):
        return _asked(request, form)
    sign_up = readers.read_sign_up(form.fields, service.config)
    stamp = form.first("stamp")
    is_fresh = readers.has_waited(service.keyring, network, stamp, now)
    if isinstance(sign_up, FormProblem):
        problem = sign_up if stamp or form.first("email") else None
        return _form_page(request, form.fields, problem=problem, status_code=422)
    if not is_fresh and not _is_from_friend(request, service):
        return _form_page(request, form.fields, is_check=True)
    await in_thread(
        readers.ask_to_subscribe,
        service.store,
        service.config,
        sign_up,
        network=network,
        language=service.config.publication.language,
        now=now,
    )
    return _asked(request, form)


def show_links(request: Request) -> Response:
    """Show where a link to what is stored can be asked for."""
    return page(request, "readers/links.html", token="", problem="")


async def ask(request: Request) -> Response:
    """Take the wish for a link: by address, or by the token of a mail's own link."""
    service, now = service_of(request), service_of(request).clock.now()
    form = await form_of(request)
    wanted = form.first("kind")
    kind = RequestKind(wanted) if wanted in readers.MAILED_LINKS else RequestKind.PREFERENCES
    token = form.first("token")
    if token:
        known = await in_thread(readers.left_by, service.store, service.keyring, token, now=now)
        if known is not None:
            await in_thread(
                readers.ask_for_link,
                service.store,
                service.config,
                kind,
                network=network_of(request),
                now=now,
                subscription_id=known.id,
            )
    elif not readers.is_trapped(form.fields):
        await in_thread(
            readers.ask_for_link,
            service.store,
            service.config,
            kind,
            network=network_of(request),
            now=now,
            email=form.first("email"),
            language=service.config.publication.language,
        )
    return page(request, "readers/done.html", phrase="links_asked", hint="")


def _form_page(
    request: Request,
    fields: Mapping[str, list[str]],
    *,
    problem: FormProblem | None = None,
    is_check: bool = False,
    status_code: int = 200,
) -> Response:
    service = service_of(request)
    stamp = readers.make_stamp(service.keyring, network_of(request), service.clock.now())
    chosen = [name for name in fields.get("briefing", []) if name in service.config.briefings]
    return page(
        request,
        "readers/subscribe.html",
        status_code=status_code,
        email=next(iter(fields.get("email", [])), ""),
        chosen=chosen or list(service.config.briefings)[:1],
        agreed={
            name: readers.words_of(service.config, name, "").text
            for name in service.config.briefings
        },
        problem=problem.value if problem else "",
        is_check=is_check,
        stamp=stamp,
        trap_name=readers.TRAP,
        return_to=next(iter(fields.get("return", [])), ""),
        languages=[(code, language_name(code)) for code in service.renderer.phrases],
        language_now=service.config.publication.language.partition("-")[0],
        timezone_now=next(iter(fields.get("timezone", [])), ""),
        topics_now=list(readers.read_topics(fields.get("topic", []))),
        format_now=str(readers.read_format(next(iter(fields.get("format", [])), ""))),
    )


def _asked(request: Request, form: Form) -> Response:
    """Answer the same, whoever it was: on our own page, or back where the form stood."""
    config = service_of(request).config
    target = form.first("return")
    allowed = readers.may_return_to(target, config.signup.origins)
    if allowed and _is_from_friend(request, service_of(request)):
        return RedirectResponse(target, 303)
    return page(
        request,
        "readers/done.html",
        phrase="asked",
        hint="asked_hint",
        back=target if allowed else "",
    )


def _is_from_friend(request: Request, service: Service) -> bool:
    """Return whether the form stood on a site of the settings.

    Programs can claim that; budgets hold all the same.
    """
    origin = request.headers.get("origin", "")
    own = urlsplit(service.config.web.url)
    is_own = origin == f"{own.scheme}://{own.netloc}"
    return origin in service.config.signup.origins and not is_own
