"""The WebSub hub's address: programs ask here to be sent feeds that have changed."""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.config import HUB
from digest.errors import StoreError
from digest.steps.hub import ask
from digest.syndication.websub import HubRequestError
from digest.web.readers_forms import form_of, network_of
from digest.web.responses import PRIVATE, in_thread, only_post, service_of
from digest.wiring import Service

_HEADERS = {"Cache-Control": PRIVATE}
_BUSY, _TOO_MANY = 503, 429
_AGAIN_SECONDS = "60"

log = structlog.get_logger("digest")


def routes(service: Service) -> list[BaseRoute]:
    """Return the hub's address, if there is a hub."""
    if service.config.websub.hub != "self":
        return []
    return [Route(f"/{HUB}", receive, methods=["POST"]), Route(f"/{HUB}", only_post)]


async def receive(request: Request) -> Response:
    """Take a request (WebSub, section 5.1); whether the callback agrees is asked afterwards."""
    form = await form_of(request, is_lenient=True)
    service = service_of(request)
    fields = {name: values[0] for name, values in form.fields.items() if values}
    try:
        await in_thread(
            ask,
            service.store,
            service.config,
            fields,
            network_of(request),
            service.clock.now(),
        )
    except HubRequestError as error:
        return _refused(error.status, str(error))
    except StoreError as error:
        log.error("hub request not taken", reason=str(error))  # noqa: TRY400 - the sentence says it all
        return _refused(_BUSY, "the request cannot be taken now; try again soon")
    return PlainTextResponse("Your callback will be asked.\n", 202, _HEADERS)


def _refused(status: int, reason: str) -> Response:
    headers = dict(_HEADERS)
    if status in {_BUSY, _TOO_MANY}:
        headers["Retry-After"] = _AGAIN_SECONDS
    return PlainTextResponse(f"{reason}\n", status, headers)
