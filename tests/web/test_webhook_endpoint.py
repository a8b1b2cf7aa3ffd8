"""The addresses that mail services report to, as the services ask there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Message
from web_client import WebClient
from web_samples import client_of, site_service
from webhook_samples import SECRET, payload, posted

from digest.errors import ConfigError
from digest.store import feedback
from digest.web import webhooks
from digest.web.webhooks import MAX_BODY_BYTES
from digest.wiring import Service

MORE = """
[web]
listen = "127.0.0.1:1"
[feedback.webhooks.brevo]
provider = "brevo"
secret_file = "{secret}"
[feedback.webhooks.my-postmark]
provider = "postmark"
secret_file = "{secret}"
"""


@pytest.fixture
def hooked(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    """A publication with two webhooks."""
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n", "utf-8")
    secret.chmod(0o600)
    service = site_service(tmp_path, sqlite_template, more=MORE.format(secret=secret))
    yield service
    service.close()


@pytest.fixture
def at_hooks(hooked: Service) -> WebClient:
    return client_of(hooked)


def sorts(service: Service) -> list[str]:
    with service.store.read() as tx:
        return [item.sort for item in feedback.list_reports(tx)]


def test_a_genuine_request_is_taken_and_answered_in_plain_text(
    hooked: Service, at_hooks: WebClient
) -> None:
    post = posted("brevo", payload("brevo-spam"))
    answer = at_hooks.request("POST", "/hooks/brevo", headers=dict(post.headers), body=post.body)
    assert (answer.status, answer.text) == (200, "Taken.\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert sorts(hooked) == ["complaint"]


def test_a_forged_one_is_refused(hooked: Service, at_hooks: WebClient) -> None:
    """security.md 16."""
    body = payload("brevo-spam").encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {SECRET}x"}
    answer = at_hooks.request("POST", "/hooks/brevo", headers=headers, body=body)
    assert (answer.status, answer.text) == (401, "It is refused: it does not show the secret.\n")
    assert SECRET not in answer.text
    assert sorts(hooked) == []


def test_what_proves_a_request_stands_there_once(at_hooks: WebClient) -> None:
    """Nobody gets in beside a header that a proxy has set."""
    post = posted("brevo", payload("brevo-spam"))
    answer = at_hooks.request(
        "POST",
        "/hooks/brevo",
        headers=dict(post.headers),
        body=post.body,
        more_headers=[(b"authorization", b"Bearer x")],
    )
    assert answer.status == 401


def test_one_webhook_does_not_take_what_is_for_another(
    hooked: Service, at_hooks: WebClient
) -> None:
    post = posted("postmark", payload("postmark-complaint"))
    for path, status in (("/hooks/brevo", 200), ("/hooks/my-postmark", 200)):
        headers = dict(post.headers)
        assert at_hooks.request("POST", path, headers=headers, body=post.body).status == status
    # Brevo says nothing of the kind: it was counted, and nothing was made of it.
    assert sorts(hooked) == ["complaint"]


def test_requests_have_a_size_and_others_keep_theirs(at_hooks: WebClient) -> None:
    """Services send more than a form may have."""
    post = posted("brevo", payload("brevo-spam"))
    padded = post.body + b" " * (MAX_BODY_BYTES - len(post.body))
    headers = dict(post.headers)
    assert at_hooks.request("POST", "/hooks/brevo", headers=headers, body=padded).status == 200
    assert (
        at_hooks.request("POST", "/hooks/brevo", headers=headers, body=padded + b" ").status == 413
    )
    assert at_hooks.request("POST", "/subscribe", headers=headers, body=padded).status == 413


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_nothing_but_post_does_anything(hooked: Service, at_hooks: WebClient, method: str) -> None:
    """security.md 4."""
    post = posted("brevo", payload("brevo-spam"))
    answer = at_hooks.request(method, "/hooks/brevo", headers=dict(post.headers), body=post.body)
    assert answer.status in {404, 405}
    assert sorts(hooked) == []


@pytest.mark.parametrize("path", ["/hooks/other", "/hooks/", "/hooks/brevo/x", "/hooks"])
def test_there_is_nothing_else(at_hooks: WebClient, path: str) -> None:
    post = posted("brevo", payload("brevo-spam"))
    answer = at_hooks.request("POST", path, headers=dict(post.headers), body=post.body)
    assert answer.status in {404, 405}


def test_looking_at_a_webhook_says_what_it_takes(at_hooks: WebClient) -> None:
    answer = at_hooks.get("/hooks/brevo")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_service_that_is_to_wait_is_told_how_long(hooked: Service) -> None:
    """Brevo gives up at 503, and waits at 429."""
    client = client_of(hooked)
    hooked.close()
    (hooked.root / "state").mkdir(exist_ok=True)

    def fail() -> None:
        raise RuntimeError("no store")

    hooked.store.write = fail  # type: ignore[assignment,method-assign]
    post = posted("brevo", payload("brevo-spam"))
    answer = client.request("POST", "/hooks/brevo", headers=dict(post.headers), body=post.body)
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")


def test_when_too_many_ask_at_once_the_service_is_to_try_again(
    at_hooks: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stranger can have us hold a thousand large bodies."""
    post = posted("brevo", payload("brevo-spam"))
    headers = dict(post.headers)
    monkeypatch.setattr(webhooks, "AT_ONCE", 0)
    crowded = at_hooks.request("POST", "/hooks/brevo", headers=headers, body=post.body)
    assert crowded.status == 429
    monkeypatch.setattr(webhooks, "AT_ONCE", 1)
    for _ in range(3):
        answer = at_hooks.request("POST", "/hooks/brevo", headers=headers, body=post.body)
        assert answer.status == 200


async def test_a_body_that_does_not_come_is_not_waited_for_without_end(
    hooked: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(webhooks, "BODY_SECONDS", 0.01)
    (route, _) = webhooks.routes(hooked)
    assert isinstance(route, Route)
    scope = {"type": "http", "method": "POST", "headers": [], "path_params": {"name": "brevo"}}
    answer = await route.endpoint(Request(scope, never))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_without_settings_there_is_no_webhook(client: WebClient) -> None:
    assert client.request("POST", "/hooks/brevo", body=b"{}").status in {404, 405}


def test_a_secret_that_can_be_guessed_stops_the_server(
    tmp_path: Path, sqlite_template: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("short\n", "utf-8")
    secret.chmod(0o600)
    service = site_service(tmp_path, sqlite_template, more=MORE.format(secret=secret))
    with pytest.raises(ConfigError, match=r"feedback\.webhooks\.brevo: has a secret that can be"):
        client_of(service)
    secret.chmod(0o644)
    with pytest.raises(ConfigError, match=r"feedback\.webhooks\.brevo\.secret_file"):
        client_of(service)
    service.close()
