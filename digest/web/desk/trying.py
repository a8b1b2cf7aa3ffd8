"""Trying the next issue: every variant as programs show it, and a test to one's own address."""

from __future__ import annotations

import asyncio
import mimetypes

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from digest import tokens
from digest.errors import DigestError
from digest.mail.address import parse_address
from digest.preflight import judge
from digest.rendering.fit import MAX_BYTES
from digest.steps.compose import Composition, draft_issue
from digest.steps.compose.proofs import SAMPLE_SUBSCRIPTION, proofs_of
from digest.steps.compose.trial import sample_mail, send_trial
from digest.tokens import Purpose
from digest.web.desk.frame import Form, done, first, page, service_of
from digest.web.preview.staging import Stage, View, headers_of, in_scheme
from digest.wiring import Service

PICTURES = "/-pictures"
"""Where pictures of the published folder are."""

_NO_OTHERS = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {}; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups"
)


def show(request: Request) -> Response:
    """Show the next issue as a mail, as text, its headers, or what preflight says of it."""
    service, name, stage = service_of(request), _briefing(request), _stage(request)
    found = _draft(service, name)
    return page(
        request,
        "preview.html",
        title="Preview",
        name=name,
        briefing=service.config.briefings[name].title,
        sender=service.config.briefings[name].from_name,
        stage=stage,
        view=str(stage.view),
        problem=found if isinstance(found, str) else "",
        issue=_shown(service, found, stage) if isinstance(found, Composition) else None,
    )


def mail(request: Request) -> Response:
    """Answer with the mail's HTML, as the stage has it. It asks nobody else for anything."""
    service, stage = service_of(request), _stage(request)
    found = _draft(service, _briefing(request))
    if isinstance(found, str):
        raise HTTPException(404)
    rendition = found.renditions[min(stage.variant, len(found.renditions) - 1)]
    headers = {"X-Frame-Options": "SAMEORIGIN"}
    if not rendition.mail.html:
        return PlainTextResponse("This variant has no HTML: look at its text.", headers=headers)
    token = tokens.make(service.keyring, Purpose.UNSUBSCRIBE, SAMPLE_SUBSCRIPTION)
    html = rendition.mail.html.replace(found.slot, token)
    html = html.replace(service.config.publish.url, f"{PICTURES}/")
    images = "'self' data:" if stage.has_images else "'none'"
    headers["Content-Security-Policy"] = _NO_OTHERS.format(images)
    return HTMLResponse(in_scheme(html, is_dark=stage.is_dark), headers=headers)


def picture(request: Request) -> Response:
    """Answer with a picture of the folder that is published: the mail's page shows them.

    That page is in a sandbox, so browsers do not say who asks; and they are for everybody anyway.
    """
    service = service_of(request)
    folder = (service.root / service.config.publish.folder).resolve()
    path = (folder / request.path_params["path"]).resolve()
    kind = mimetypes.guess_type(path.name)[0] or ""
    if not path.is_relative_to(folder) or not kind.startswith("image/") or not path.is_file():
        raise HTTPException(404)
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(path.read_bytes(), media_type=kind, headers=headers)


def send(request: Request, form: Form) -> Response:
    """Send the next issue to one address, marked as a test."""
    service, name = service_of(request), _briefing(request)
    recipient = parse_address(first(form, "to").strip())
    found = _draft(service, name, is_test=True, raises=True)
    if isinstance(found, str):
        raise DigestError(f"there is nothing to send: {found}")
    text = first(form, "variant")
    variant = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0  # noqa: PLR2004 - enough
    variant = min(variant, len(found.renditions) - 1)
    message = sample_mail(
        service.config,
        service.keyring,
        service.signers,
        found,
        recipient,
        now=service.clock.now(),
        variant=variant,
    )
    outcome = asyncio.run(send_trial(service.config, service.relays, name, recipient, message))
    return done(
        request,
        f"/next/{name}/preview?variant={variant}",
        f"Test: {outcome.state}. {outcome.reason}",
        did="test send",
        about=name,
        detail=f"{outcome.state}, variant {found.renditions[variant].name}",
    )


def _shown(service: Service, found: Composition, stage: Stage) -> dict[str, object]:
    number = min(stage.variant, len(found.renditions) - 1)
    rendition = found.renditions[number]
    proofs = proofs_of(service.config, service.keyring, found, service.clock.now())
    size = rendition.skeleton.size_bytes
    return {
        "number": found.number,
        "subject": rendition.subject,
        "preheader": rendition.mail.preheader,
        "variants": [item.name for item in found.renditions],
        "variant": number,
        "size": size,
        "share": min(100, round(100 * size / MAX_BYTES)),
        "fitting": str(rendition.fitting),
        "findings": judge(proofs, service.config.preflight),
        "headers": headers_of(proofs[number].message) if stage.view is View.HEADERS else [],
        "text": proofs[number].text if stage.view is View.TEXT else "",
    }


def _draft(
    service: Service, name: str, *, is_test: bool = False, raises: bool = False
) -> Composition | str:
    """Return the next issue, or why there is none; what cannot be made is such a reason, too."""
    try:
        return draft_issue(
            service.store,
            service.config,
            service.renderer,
            service.keyring,
            name,
            now=service.clock.now(),
            is_test=is_test,
        )
    except DigestError as error:
        if raises:
            raise
        return str(error)


def _stage(request: Request) -> Stage:
    return Stage.of(dict(request.query_params))


def _briefing(request: Request) -> str:
    name: str = request.path_params["briefing"]
    service_of(request).config.briefing(name)
    return name
