"""What holds for every answer of the app: headers, limits, error pages, and never a 5xx."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs
from web_client import Answer, WebClient
from web_samples import read_articles, send_issue, site_service

from digest.errors import DigestError
from digest.store.site import columns
from digest.web import app as app_module
from digest.web.app import AREAS, MAX_BODY_BYTES, make_app
from digest.web.headers import SecurityHeaders, content_policy
from digest.wiring import Service

ADDED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}

ODD_TARGETS = (
    "/" + "a" * 300,
    "/" + "a" * 10_000,
    "/articles/" + "a" * 300,
    "/articles/../../etc/passwd",
    "/articles/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/feeds/media/..%2f..%2fconfig.toml",
    "/feeds/media/%2e%2e",
    "/feeds/media/.hidden",
    "/feeds/media/" + "x" * 300,
    "/articles/%00",
    "/articles/ferry%00.html",
    "/%ff%fe",
    "/%c0%ae%c0%ae/",
    "/articles/%ed%a0%80",
    "/articles/\u202eferry",
    "/articles/ferry%0d%0aSet-Cookie:%20a=b",
    "/topics/%E2%80%A8",
    "/topics/science/page/99999999999999999999",
    "/topics/science/page/-1",
    "/topics/science/page/%D9%A1",
    "/issues/daily/999999999999999999999",
    "/issues/daily/0x1",
    "/issues/daily/1/1/1/1",
    "/?" + "a=b&" * 2000,
    "//evil.example/%2f..",
    "/\\evil.example",
    "/%5cevil.example",
    "/feeds/rss.xml/",
    "/healthz/",
    "/subscribe?briefing=%00&briefing=%ff",
    "/unsubscribe/" + "A" * 40,
    "/preferences/" + "A" * 40,
    "/confirm/%00",
)

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "get")

ODD_BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/x-www-form-urlencoded", b"email=%00%ff&email=&briefing=" + b"x" * 5000),
    ("application/x-www-form-urlencoded", b"&" * 3000),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="e"'),
    ("application/json", b"{"),
    ("\xff", b"\x00\xff"),
    ("", b""),
)


def paths_of(service: Service) -> list[str]:
    """Return a path for each route, with something in place of what varies."""
    routes = [route for area in AREAS for route in area(service)]
    found = [route.path for route in routes if isinstance(route, Route)]
    return [path.replace("{path:path}", "articles/ferry") for path in found]


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    made = site_service(tmp_path_factory.mktemp("issued"), sqlite_template)
    send_issue(made)
    yield made
    made.close()


def test_no_route_fails_whatever_it_is_asked(issued: Service) -> None:
    """Every route and odd address with every method and odd body: never a 5xx."""
    client = WebClient(make_app(issued), "127.0.0.1")
    pages = ("/", "/articles/ferry", "/issues/daily/1", "/topics/science", "/feeds/main")
    targets = [*paths_of(issued), *pages, *ODD_TARGETS]
    bad = []
    for method, target in itertools.product(METHODS, targets):
        answer = client.request(method, target)
        if answer.status >= 500 or not ADDED.items() <= answer.headers.items():
            bad.append((method, target, answer.status))
    for target, (kind, body) in itertools.product(targets, ODD_BODIES):
        answer = client.request("POST", target, headers={"content-type": kind}, body=body)
        if answer.status >= 500:
            bad.append(("POST", target, answer.status))
    assert bad == []
    assert len(targets) > 45


@pytest.mark.parametrize("target", ODD_TARGETS)
def test_an_odd_address_is_not_found_and_leaves_the_folder_alone(
    issued: Service, target: str
) -> None:
    """security.md 10."""
    answer = WebClient(make_app(issued)).get(target)
    assert answer.status in {200, 301, 307, 400, 404, 410, 422}
    assert "[publication]" not in answer.body.decode("utf-8", "replace")
    assert "set-cookie" not in answer.headers
    assert not answer.headers.get("location", "").startswith(("//", "http"))


def test_reading_changes_nothing(issued: Service) -> None:
    """security.md 4: GET and HEAD of every page leave each table as it was."""

    def counts() -> dict[str, object]:
        with issued.store.read() as tx:
            return {
                table: tx.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar()  # noqa: S608 - our own tables
                for table in columns()
            }

    before = counts()
    client = WebClient(make_app(issued))
    for path, method in itertools.product(paths_of(issued), ("GET", "HEAD")):
        client.request(method, path)
    assert counts() == before


def test_every_answer_says_what_browsers_must_not_do(reader: WebClient) -> None:
    """security.md 6: only the site's own style, script, and pictures; no frame, no referrer."""
    for target in ("/", "/articles/ferry", "/nope", "/healthz"):
        answer = reader.get(target)
        assert ADDED.items() <= answer.headers.items(), target
        policy = answer.headers["content-security-policy"]
        for rule in (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ):
            assert rule in policy
        assert "unsafe" not in policy
        assert "strict-transport-security" not in answer.headers


def test_https_is_asked_for_where_it_was_used(site: Service) -> None:
    secure = WebClient(make_app(site), scheme="https").get("/")
    assert secure.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://pictures.example/a.png", "https://pictures.example"),
        ("http://pictures.example:8080/a.png", "http://pictures.example:8080"),
        ("https://[::1", ""),
        ("https://x.example:99999/", ""),
        ("javascript:alert(1)", ""),
        ("https://a.example; script-src *", ""),
    ],
)
def test_a_page_may_show_pictures_from_where_its_article_has_them(url: str, source: str) -> None:
    policy = content_policy([url])
    allowed = f"img-src 'self' {source}".rstrip()
    assert f"{allowed};" in policy
    assert policy.count("script-src") == 1


def test_a_picture_from_elsewhere_is_allowed_on_its_page_only(site: Service) -> None:
    path = site.source_folder("articles") / "far.md"
    path.write_text("# Far\n\n![x](https://pictures.example/far.png)\n")
    read_articles(site)
    client = WebClient(make_app(site))
    assert (
        "https://pictures.example" in client.get("/articles/far").headers["content-security-policy"]
    )
    assert "pictures.example" not in client.get("/feeds").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "target", "status", "words"),
    [
        ("GET", "/nope", 404, "There is no such page"),
        ("POST", "/articles/ferry", 405, "That cannot be done here"),
        ("DELETE", "/", 405, "That cannot be done here"),
    ],
)
def test_an_error_is_a_page_like_others(
    reader: WebClient, method: str, target: str, status: int, words: str
) -> None:
    answer = reader.request(method, target)
    assert answer.status == status
    assert words in answer.text
    assert "noindex" in answer.text
    assert 'class="masthead"' in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_body_that_is_too_large_is_refused(site: Service) -> None:
    client = asking(site, [Route("/take", take, methods=["POST"])])
    assert client.request("POST", "/take", body=b"x" * MAX_BODY_BYTES).status == 200
    assert client.request("POST", "/take", body=b"x" * (MAX_BODY_BYTES + 1)).status == 413


async def take(request: Request) -> Response:
    return Response(str(len(await request.body())))


def broken(_request: Request) -> Response:
    raise ValueError("secret detail")


def in_trouble(_request: Request) -> Response:
    raise DigestError("the relay is away")


def asking(site: Service, routes: list[BaseRoute]) -> WebClient:
    """Return a client of an app with *routes* before its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app_module, "AREAS", (lambda _service: routes, *AREAS))
        return WebClient(make_app(site))


def test_an_unforeseen_error_is_a_page_without_a_traceback_and_a_line_in_the_log(
    site: Service,
) -> None:
    client = asking(site, [Route("/broken/{token}", broken)])
    with capture_logs() as logs:
        answer = client.get("/broken/a-token")
    assert answer.status == 500
    assert "Something went wrong" in answer.text
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert ADDED.items() <= answer.headers.items()
    assert [entry["event"] for entry in logs] == ["request failed"]
    assert "a-token" not in str(logs)


def test_foreseen_trouble_asks_to_come_back(site: Service) -> None:
    answer = asking(site, [Route("/trouble", in_trouble)]).get("/trouble")
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert "relay" not in answer.text


def test_where_the_layout_itself_is_broken_there_are_still_words(
    tmp_path: Path, sqlite_template: Path
) -> None:
    service = site_service(tmp_path, sqlite_template)
    client = WebClient(make_app(service))
    (tmp_path / "templates" / "web").mkdir(parents=True)
    (tmp_path / "templates" / "web" / "base.html").write_text("{{ nothing_of_that_name }}")
    with capture_logs():
        answer = client.get("/nope")
    assert (answer.status, answer.text) == (404, "Something went wrong.\n")
    service.close()


class Half(Response):
    """An answer that breaks off."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Begin, and fail."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("broke off")


def half(_request: Request) -> Response:
    return Half()


def test_an_answer_that_broke_off_is_not_begun_anew(site: Service) -> None:
    with capture_logs() as logs:
        answer = asking(site, [Route("/half", half)]).get("/half")
    assert answer == Answer(200, answer.headers, b"")
    assert len(logs) == 1


async def test_what_is_not_http_is_left_to_the_app(site: Service) -> None:
    said: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.shutdown" if said else "lifespan.startup"}

    async def send(message: Message) -> None:
        said.append(message["type"])

    await make_app(site)({"type": "lifespan"}, receive, send)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def with_own_policy(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"referrer-policy", b"origin")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def test_an_answers_own_header_stands() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await SecurityHeaders(with_own_policy)({**scope, "state": {}}, receive, send)

    assert WebClient(app).get("/").headers["referrer-policy"] == "origin"
