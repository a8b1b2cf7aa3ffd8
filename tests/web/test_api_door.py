"""Who is let in to the API, and what is done with requests that nobody should send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from api_samples import ARTICLE, Caller, api_service, caller_of, said, token_for
from starlette.requests import Request
from starlette.types import Message
from web_samples import client_of, later

from digest.steps.access import Scope, list_tokens, revoke_token
from digest.web.api import OPERATIONS, reading
from digest.web.api.door import MAX_BODY_BYTES
from digest.web.api.pace import Pace
from digest.web.api.problems import ProblemError
from digest.wiring import Service


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    made = api_service(tmp_path, sqlite_template, more="[web]\napi_requests_a_minute = 60\n")
    yield made
    made.close()


@pytest.fixture
def desk(service: Service) -> Caller:
    return caller_of(service, Scope.ARTICLES)


def test_without_a_token_there_is_no_api(service: Service) -> None:
    client = client_of(service)
    paths = ("/openapi.json", "/stats", "/articles/one", "/nowhere")
    assert {client.get(f"/api/v1{path}").status for path in paths} == {404}
    token_for(service, Scope.STATS)
    assert [client.get(f"/api/v1{path}").status for path in paths] == [200, 401, 401, 404]
    revoke_token(service.store, "caller", now=service.clock.now())
    assert {client.get(f"/api/v1{path}").status for path in paths} == {404}


def test_forged_and_cut_tokens_open_nothing(desk: Caller) -> None:
    """security.md 3."""
    good = desk.token
    forged = [good[:-1], good + "0", good.upper(), good[:-1] + "g", "digest_" + "0" * 64, "", "x"]
    forged += [good.replace("digest_", ""), f"{good} {good}", good[7:], good + "\0", "ä" * 71]
    forged += [
        good[:place] + ("0" if good[place] != "0" else "1") + good[place + 1 :]
        for place in range(7, 71, 8)
    ]
    for token in forged:
        answer = Caller(desk.client, token).ask("GET", "/articles/one")
        assert answer.status == 401, token
        assert answer.headers["www-authenticate"].startswith('Bearer realm="digest"')
        assert good not in answer.text
    assert desk.ask("GET", "/articles/one").status == 404


@pytest.mark.parametrize("header", ["Basic {}", "{}", "Bearer", "Bearer\t{}", "Token {}"])
def test_a_token_comes_as_a_bearer(desk: Caller, header: str) -> None:
    headers = {"authorization": header.format(desk.token)}
    assert desk.ask("GET", "/articles/one", headers=headers).status == 401


def test_a_second_authorization_header_is_refused(desk: Caller) -> None:
    named = {"authorization": f"Bearer {desk.token}"}
    more = [(b"authorization", b"Bearer x")]
    answer = desk.client.request("GET", "/api/v1/articles/x", headers=named, more_headers=more)
    assert answer.status == 400


def test_tokens_are_found_by_hash_so_that_no_time_tells_of_them(
    service: Service, desk: Caller
) -> None:
    """What is compared is the hash of what came: near misses are as far off as all others."""
    [kept] = list_tokens(service.store)
    assert desk.token not in repr(kept)
    raw = (service.root / "state" / "digest.sqlite3").read_bytes()
    raw += (service.root / "state" / "digest.sqlite3-wal").read_bytes()
    assert desk.token.encode() not in raw
    assert desk.token[7:].encode() not in raw


def test_revoked_and_expired_tokens_are_refused_at_once(service: Service, desk: Caller) -> None:
    token_for(service, Scope.STATS, name="keeps-it-open")
    assert desk.put("one").status == 201
    revoke_token(service.store, "caller", now=service.clock.now())
    assert desk.put("one").status == 401


def test_the_use_of_a_token_is_remembered_by_day(service: Service, desk: Caller) -> None:
    assert list_tokens(service.store)[0].last_used_on is None
    desk.put("one")
    assert list_tokens(service.store)[0].last_used_on == service.clock.now().date()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda item: item.name)
def test_each_operation_needs_its_scope(service: Service, operation: object) -> None:
    from digest.web.api.door import Operation  # noqa: PLC0415 - for its type

    assert isinstance(operation, Operation)
    others = [scope for scope in Scope if scope is not operation.scope]
    caller = caller_of(service, *others)
    path = operation.path.replace("{id}", "x").replace("{email}", "a@b.example")
    path = path.replace("{briefing}", "daily").replace("{number}", "1")
    answer = caller.ask(operation.method, path, {})
    assert said(answer, 403)["detail"] == f"the token has no scope {operation.scope}"
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_a_token_sees_the_articles_of_its_own_source_only(service: Service, desk: Caller) -> None:
    agency = caller_of(service, Scope.ARTICLES, name="agency", source="agency")
    desk.put("one")
    assert agency.ask("GET", "/articles/one").status == 404
    assert agency.ask("DELETE", "/articles/one").status == 404
    assert said(agency.put("one", title="Theirs"), 201)["title"] == "Theirs"
    assert said(desk.ask("GET", "/articles/one"))["title"] == ARTICLE["title"]


def test_a_token_of_a_source_that_is_no_more_is_refused(service: Service, desk: Caller) -> None:
    sources = {name: item for name, item in service.config.sources.items() if name != "desk"}
    object.__setattr__(service.config, "sources", sources)
    assert desk.put("one").status == 403


def test_who_asks_too_often_is_told_when_to_come_back(service: Service, desk: Caller) -> None:
    answers = [desk.ask("GET", "/articles/x") for _ in range(61)]
    assert [answer.status for answer in answers] == [404] * 60 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    other = caller_of(service, Scope.ARTICLES, name="other")
    assert other.ask("GET", "/articles/x").status == 404
    later(service, timedelta(seconds=2))
    assert desk.ask("GET", "/articles/x").status == 404


def test_a_pace_is_kept_evenly() -> None:
    pace = Pace(60)
    assert [pace.take(1, 0.0) for _ in range(61)] == [0] * 60 + [1]
    assert pace.take(1, 1.0) == 0
    assert pace.take(1, 1.0) == 1
    assert pace.take(2, 1.0) == 0


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"title": "a", "title": "b", "content_text": "c"}', 400),
        (b'{"title": NaN}', 400),
        (b'{"title": 1' + b"0" * 5000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b"[]", 422),
        (b'"x"', 422),
        (b'{"title": "\\ud800", "content_text": "c"}', 422),
    ],
)
def test_only_sound_json_is_read(desk: Caller, raw: bytes, status: int) -> None:
    answer = desk.ask("PUT", "/articles/one", raw=raw)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.body) < 5_000


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": ""},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-encoding": "gzip"},
    ],
)
def test_other_kinds_of_bodies_are_refused(desk: Caller, headers: dict[str, str]) -> None:
    assert desk.ask("PUT", "/articles/one", ARTICLE, headers=headers).status == 415


def test_huge_bodies_are_refused_and_not_kept(service: Service, desk: Caller) -> None:
    """Whether their length is told or not."""
    body = {**ARTICLE, "content_text": "x" * 1_000_001}
    assert said(desk.ask("PUT", "/articles/one", body), 422)["errors"][0]["pointer"] == (
        "/content_text"
    )
    huge = b" " * 5_000_000
    assert said(desk.ask("PUT", "/articles/one", raw=huge), 413)["status"] == 413
    unsaid = desk.ask("PUT", "/articles/one", raw=huge, headers={"content-length": "10"})
    assert unsaid.status in {400, 413}
    people = caller_of(service, Scope.SUBSCRIBERS, name="people")
    assert people.ask("POST", "/subscribers", raw=b" " * (MAX_BODY_BYTES + 1)).status == 413


async def test_a_body_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.01)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(ProblemError) as caught:
        await reading.read_body(Request(scope, receive), ("application/json",), 100)
    assert caught.value.status == 408


def test_other_sites_pages_are_told_nothing(desk: Caller) -> None:
    """No CORS: a browser gives no other site an answer."""
    asked = desk.ask("OPTIONS", "/articles/one", headers={"origin": "https://evil.example"})
    assert asked.status == 405
    answer = desk.ask("GET", "/articles/one", headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["cache-control"] == "private, no-store"


def test_trouble_with_the_database_is_told_without_its_words(
    service: Service, desk: Caller
) -> None:
    with service.store.write() as tx:
        tx.exec_driver_sql("ALTER TABLE api_tokens RENAME TO hidden")
    answer = desk.ask("GET", "/articles/one")
    assert answer.status in {500, 503}
    assert "api_tokens" not in answer.text
    assert "hidden" not in answer.text


def check(schema: object, root: dict[str, object]) -> None:
    """Fail unless every reference within *schema* leads somewhere."""
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            place: object = root
            for part in reference.removeprefix("#/").split("/"):
                assert isinstance(place, dict)
                assert part in place, reference
                place = place[part]
        for value in schema.values():
            check(value, root)
    elif isinstance(schema, list):
        for value in schema:
            check(value, root)


def test_the_openapi_document_describes_what_is_served(desk: Caller) -> None:
    """OpenAPI 3.1, section 4.8: what every document, path, operation, and answer must have."""
    document = said(desk.client.get("/api/v1/openapi.json"))
    assert document["openapi"].startswith("3.1.")
    assert set(document["info"]) >= {"title", "version"}
    assert document["servers"] == [{"url": "https://gazette.example/api/v1"}]
    names = []
    for path, item in document["paths"].items():
        assert path.startswith("/")
        for method, operation in item.items():
            assert method in {"get", "put", "post", "delete"}
            names.append(operation["operationId"])
            parameters = operation.get("parameters", [])
            in_path = {each["name"] for each in parameters if each["in"] == "path"}
            assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            assert all(each["required"] for each in parameters if each["in"] == "path")
            assert all({"name", "in", "schema"} <= set(each) for each in parameters)
            assert all(answer["description"] for answer in operation["responses"].values())
            assert {"401", "403", "429"} <= set(operation["responses"])
    assert sorted(names) == sorted({operation.name for operation in OPERATIONS})
    check(document, document)
    article = document["components"]["schemas"]["ArticleIn"]
    assert article["required"] == ["title"]
    assert article["additionalProperties"] is False
    assert json.dumps(document)
