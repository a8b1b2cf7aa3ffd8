"""Who is let in: token, scope, pace, and body are checked before anything is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from digest.errors import DigestError
from digest.steps.access import Scope, check_token, is_open
from digest.steps.readers import network_of
from digest.store.api import Token
from digest.web.api.pace import Pace
from digest.web.api.problems import ProblemError, problem_of
from digest.web.api.reading import read_body, validated
from digest.web.responses import PRIVATE, in_thread
from digest.wiring import Service

MAX_BODY_BYTES = 64 * 1024
MAX_ARTICLE_BYTES = 4_500_000
"""A million characters, however many bytes each has."""

REALM = 'Bearer realm="digest"'
JSON = "application/json"

Sent = TypeVar("Sent", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a path, a query, or a header says beside the body."""

    name: str
    place: str
    """``path``, ``query``, or ``header``."""

    description: str
    required: bool = False
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done: what serves it, and what the OpenAPI document says of it."""

    method: str
    path: str
    name: str
    """Its ``operationId``."""

    summary: str
    scope: Scope
    run: Callable[[Call], Response]
    body: type[BaseModel] | None = None
    answers: Sequence[tuple[int, str, type[BaseModel] | None]] = ()
    """Status, description, and body of what may be answered when all is well."""

    problems: Sequence[int] = ()
    """Further statuses than those that all operations have."""

    parameters: Sequence[Parameter] = ()
    limit: int = MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in."""

    request: Request
    service: Service
    token: Token
    now: datetime
    raw: bytes = field(default=b"", repr=False)
    _body: BaseModel | None = None

    def body(self, model: type[Sent]) -> Sent:
        """Return the body, which the operation says is *model*."""
        assert isinstance(self._body, model)  # noqa: S101 - the operation names it
        return self._body

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return cast("str", self.request.path_params[name])

    @property
    def network(self) -> str:
        """The network that it comes from."""
        return network_of(self.request.state.client_ip)


class Door:
    """Lets requests in."""

    def __init__(self, service: Service) -> None:
        """Guard *service*."""
        self._service = service
        self._pace = Pace(service.config.web.api_requests_a_minute)

    def endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        """Return what serves *operation*."""

        async def serve(request: Request) -> Response:
            try:
                token = await self.admit(request, operation.scope)
                raw, body = b"", None
                if operation.body is not None:
                    raw = await read_body(request, (JSON,), operation.limit)
                    body = await in_thread(validated, operation.body, raw)
                now = self._service.clock.now()
                call = Call(request, self._service, token, now, raw, body)
                return await in_thread(operation.run, call)
            except DigestError as error:
                return problem_of(error).response()
            except ProblemError as problem:
                return problem.response()

        return serve

    async def admit(self, request: Request, scope: Scope, given: str = "") -> Token:
        """Return the token of *request*; *given* is one that does not stand in a header.

        Raises:
            ProblemError: if there is none (401), it may not do that (403), or asks too often (429).
        """
        text = given or bearer(request)
        now = self._service.clock.now()
        token = await in_thread(check_token, self._service.store, text, now=now)
        if token is None:
            await self.require_open()
            if not text:
                raise ProblemError(
                    401,
                    "a token is needed: Authorization: Bearer digest_…",
                    headers={"WWW-Authenticate": REALM},
                )
            raise ProblemError(
                401,
                "the token is none, or not valid any more",
                headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
            )
        wait = self._pace.take(token.id, self._service.clock.monotonic())
        if wait:
            reason = f"this token asks too often; come back in {wait} s"
            raise ProblemError(429, reason, headers={"Retry-After": str(wait)})
        self._check(token, scope)
        return token

    async def require_open(self) -> None:
        """Raise as if there were no API (404) while no token is good."""
        if not await in_thread(is_open, self._service.store):
            raise ProblemError(404, "there is nothing here")

    def _check(self, token: Token, scope: Scope) -> None:
        require_scope(token, scope)
        settings = self._service.config.sources.get(token.source)
        if scope is Scope.ARTICLES and (settings is None or settings.kind != "push"):
            reason = f"the settings have no source {token.source!r} of kind push any more"
            raise ProblemError(403, reason)


def require_scope(token: Token, scope: Scope) -> None:
    """Raise unless *token* may do *scope*.

    Raises:
        ProblemError: with 403.
    """
    if scope not in token.scopes:
        raise ProblemError(
            403,
            f"the token has no scope {scope}",
            headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope}"'},
        )


def bearer(request: Request) -> str:
    """Return the token in the header (RFC 6750, section 2.1); empty without one.

    Raises:
        ProblemError: if there are several: nobody gets in beside a header that a proxy has set.
    """
    found = request.headers.getlist("authorization")
    if len(found) > 1:
        raise ProblemError(400, "there must be one Authorization header only")
    kind, _, text = (found[0] if found else "").strip().partition(" ")
    return text.strip() if kind.lower() == "bearer" else ""


def said(body: BaseModel, status: int = 200, **headers: str) -> Response:
    """Return an answer; in names of headers ``_`` stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items() if value}
    plain: Any = body.model_dump(mode="json")
    return JSONResponse(plain, status, {"Cache-Control": PRIVATE, **named})
