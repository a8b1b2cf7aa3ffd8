"""Is the service alive, is it ready, and if not, why."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.errors import StoreError
from digest.store import alerts
from digest.web.proxies import is_within, parse_address, parse_networks
from digest.web.responses import service_of
from digest.wiring import Service

LOW_DISK_BYTES = 100_000_000
"""With less free space than this the database may soon not be written."""

NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    reason: str = ""
    """What is wrong; empty when nothing is."""

    is_needed: bool = True
    """Whether requests cannot be answered meanwhile."""


def routes(_service: Service) -> list[BaseRoute]:
    """Return ``/healthz`` and ``/readyz``."""
    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def healthz(_request: Request) -> Response:
    """Answer as long as the process can: whoever starts it again need not, on any other ground."""
    return PlainTextResponse("ok\n", headers=NO_STORE)


def readyz(request: Request) -> Response:
    """Answer 200 when requests can be served, else 503; with reasons for those who may watch.

    What needs a person but stops no reader (a relay that refuses, an issue held back) is listed
    and does not take the service out of rotation.
    """
    service = service_of(request)
    checks = look(service)
    ready = not any(check.reason and check.is_needed for check in checks)
    told: dict[str, object] = {"ready": ready}
    if may_watch(request, service):
        told["checks"] = {check.name: check.reason or "ok" for check in checks}
    return JSONResponse(told, 200 if ready else 503, NO_STORE)


def look(service: Service) -> list[Check]:
    """Return everything that readiness depends on, each with what is wrong with it."""
    checks = [_disk(service.store.path or service.root)]
    try:
        with service.store.read() as tx:
            up = alerts.open_alerts(tx)
    except StoreError as error:
        return [Check("database", str(error)), *checks]
    return [
        Check("database"),
        *checks,
        Check("alerts", "; ".join(alert.text for alert in up), is_needed=False),
    ]


def _disk(path: Path) -> Check:
    folder = path if path.is_dir() else path.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", f"{folder}: {error.strerror}")
    return Check("disk", f"{free // 1_000_000} MB are free" if free < LOW_DISK_BYTES else "")


def may_watch(request: Request, service: Service) -> bool:
    """Return whether whoever asks is in ``[web] metrics_from``.

    Somebody behind a proxy that is not configured could be anybody, and may not.
    """
    allowed = parse_networks(service.config.web.metrics_from)
    client = parse_address(request.state.client_ip)
    return bool(request.state.is_direct) and is_within(client, allowed)
