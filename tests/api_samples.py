"""A publication with an API, and callers of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web_client import Answer, WebClient
from web_samples import client_of, site_service

from digest.steps.access import Scope, make_token
from digest.wiring import Service

MORE = """
[sources.articles]

[sources.desk]
kind = "push"

[sources.agency]
kind = "push"
title = "The agency"
exclude = ["advertorial"]

[sources.guests]
kind = "push"
review = true
"""

ARTICLE = {"title": "The tram is back", "content_text": "It runs.\n\nEvery ten minutes."}


def api_service(root: Path, template: Path, *, more: str = "") -> Service:
    """Return a publication that articles can be pushed to."""
    return site_service(root, template, more=MORE + more)


@dataclass(slots=True)
class Caller:
    """A program that holds a token."""

    client: WebClient
    token: str

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a request below ``/api/v1``."""
        named = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        return self.client.request(
            method, f"/api/v1{path}", headers=named | (headers or {}), body=data
        )

    def put(self, name: str, **fields: object) -> Answer:
        """Push an article, :data:`ARTICLE` but for *fields*."""
        return self.ask("PUT", f"/articles/{name}", {**ARTICLE, **fields})


def token_for(service: Service, *scopes: Scope, name: str = "caller", source: str = "desk") -> str:
    """Return a new token for *scopes*."""
    return make_token(
        service.store,
        service.config,
        name,
        scopes,
        source=source if Scope.ARTICLES in scopes else "",
        secret=name.encode().ljust(32, b"."),
        now=service.clock.now(),
    ).token


def caller_of(
    service: Service, *scopes: Scope, name: str = "caller", source: str = "desk"
) -> Caller:
    """Return a program that may do *scopes*."""
    return Caller(client_of(service), token_for(service, *scopes, name=name, source=source))


def said(answer: Answer, status: int = 200) -> Any:  # noqa: ANN401 - JSON
    """Return what the *answer* says, which must have that *status*."""
    assert answer.status == status, answer.text
    return json.loads(answer.body)
