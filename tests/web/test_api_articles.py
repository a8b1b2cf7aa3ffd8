"""Articles over the API: created, replaced, withdrawn, by the names that writers give them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_samples import ARTICLE, Caller, api_service, caller_of, said
from web_samples import later

from digest.steps.access import Scope
from digest.steps.gather import admit, refuse
from digest.steps.publish import publish
from digest.store import sources
from digest.wiring import Service


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    made = api_service(tmp_path, sqlite_template)
    yield made
    made.close()


@pytest.fixture
def desk(service: Service) -> Caller:
    return caller_of(service, Scope.ARTICLES)


def feed(service: Service) -> str:
    publish(service.store, service.config, service.root, now=service.clock.now())
    return (service.root / "feeds" / "rss.xml").read_text()


def test_an_article_is_created_shown_replaced_and_withdrawn(service: Service, desk: Caller) -> None:
    created = desk.put("tram-1")
    body = said(created, 201)
    assert created.headers["location"] == "https://gazette.example/api/v1/articles/tram-1"
    assert (body["id"], body["state"], body["revision"]) == ("tram-1", "published", 1)
    assert body["url"] == "https://gazette.example/articles/the-tram-is-back"
    shown = desk.ask("GET", "/articles/tram-1")
    assert said(shown)["content_html"] == "<p>It runs.</p><p>Every ten minutes.</p>"
    assert shown.headers["etag"] == created.headers["etag"]
    assert "The tram is back" in feed(service)
    replaced = said(desk.put("tram-1", title="The tram stays"))
    assert (replaced["uid"], replaced["slug"]) == (body["uid"], body["slug"])
    assert replaced["revision"] == 2
    assert "The tram stays" in feed(service)
    gone = said(desk.ask("DELETE", "/articles/tram-1?reason=It%20was%20wrong"))
    assert (gone["state"], gone["reason"]) == ("withdrawn", "It was wrong")
    assert "The tram stays" not in feed(service)
    again = said(desk.put("tram-1", title="The tram stays"))
    assert (again["state"], again["uid"]) == ("published", body["uid"])


def test_the_same_article_again_changes_nothing(desk: Caller) -> None:
    first, second = desk.put("one"), desk.put("one")
    assert (first.status, second.status) == (201, 200)
    assert first.headers["etag"] == second.headers["etag"]


def test_withdrawing_twice_keeps_the_first_reason(desk: Caller) -> None:
    desk.put("one")
    desk.ask("DELETE", "/articles/one?reason=first")
    assert said(desk.ask("DELETE", "/articles/one?reason=second"))["reason"] == "first"


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ({"content_markdown": "Some *words*."}, "<p>Some <em>words</em>.</p>"),
        ({"content_html": "<p>Some <b>words</b>.</p>"}, "<p>Some <b>words</b>.</p>"),
        ({"content_text": "1 < 2 & 3"}, "<p>1 &lt; 2 &amp; 3</p>"),
        (
            {"content_html": '<p onclick="x()">A<script>alert(1)</script><svg onload=x></svg></p>'},
            "<p>A</p>",
        ),
        (
            {"content_html": '<a href="jAvAsCrIpT&#58;alert(1)">x</a> <img src="/a.png">'},
            '<a>x</a> <img src="https://gazette.example/a.png">',
        ),
        ({"content_text": "{{7*7}}"}, "<p>{{7*7}}</p>"),
    ],
)
def test_content_comes_in_three_kinds_and_is_made_safe(
    desk: Caller, content: dict[str, str], html: str
) -> None:
    """security.md 6 and 7."""
    body = {"title": "Words", **content}
    assert desk.ask("PUT", "/articles/words", body).status == 201
    found = said(desk.ask("GET", "/articles/words"))["content_html"]
    assert found.replace("\n", "").replace(' rel="noopener noreferrer"', "") == html


def test_all_that_can_be_said_of_an_article_is_kept(service: Service, desk: Caller) -> None:
    body = said(
        desk.put(
            "full",
            summary="In short.",
            url="https://elsewhere.example/tram",
            slug="tram",
            authors=[{"name": "Ines Prado", "url": "https://ines.example/"}],
            topics=["Local"],
            published_at="2026-11-23T08:00:00+01:00",
            updated_at="2026-11-23T09:00:00Z",
            image={"url": "https://elsewhere.example/t.png", "alt": "A tram", "credit": "I. P."},
            language="de-ch",
            pinned=True,
            correction="It was Monday.",
        ),
        201,
    )
    assert body["url"] == "https://elsewhere.example/tram"
    assert (body["slug"], body["published_at"]) == ("tram", "2026-11-23T07:00:00Z")
    text = feed(service)
    for words in ("In short.", "Ines Prado", "A tram", "I. P.", "It was Monday.", "Local"):
        assert words in text


def test_an_article_that_lies_ahead_is_scheduled_and_can_be_moved(
    service: Service, desk: Caller
) -> None:
    body = said(desk.put("soon", published_at="2026-11-25T06:00:00Z"), 201)
    assert body["state"] == "scheduled"
    assert ARTICLE["title"] not in feed(service)
    moved = said(desk.put("soon", published_at="2026-11-24T05:00:00Z"))
    assert (moved["state"], moved["published_at"]) == ("published", "2026-11-24T05:00:00Z")
    assert ARTICLE["title"] in feed(service)


def test_an_old_article_is_published_but_not_mailed(desk: Caller) -> None:
    assert said(desk.put("old", published_at="2026-01-01T06:00:00Z"), 201)["is_mailed"] is False


def test_two_articles_with_the_same_words_stay_two(desk: Caller) -> None:
    """What the writer calls them says which is which, unlike with feeds."""
    long = "word " * 200
    first = said(desk.put("one", content_text=long), 201)
    second = said(desk.put("two", content_text=long), 201)
    assert first["uid"] != second["uid"]
    assert first["slug"] != second["slug"]


def test_no_two_articles_have_one_address(service: Service, desk: Caller) -> None:
    url = "https://elsewhere.example/tram"
    desk.put("one", url=url)
    problem = said(desk.put("two", url=url), 409)
    assert problem["errors"][0]["pointer"] == "/url"
    other = caller_of(service, Scope.ARTICLES, name="agency", source="agency")
    assert other.put("x", url=url).status == 409
    assert desk.put("one", url=url, title="Still mine").status == 200


def test_preconditions_guard_against_lost_updates(desk: Caller) -> None:
    """RFC 9110, section 13.1."""
    assert desk.ask("PUT", "/articles/one", ARTICLE, headers={"if-match": "*"}).status == 412
    etag = desk.put("one").headers["etag"]
    assert desk.ask("PUT", "/articles/one", ARTICLE, headers={"if-none-match": "*"}).status == 412
    assert desk.ask("PUT", "/articles/one", ARTICLE, headers={"if-match": '"0.0"'}).status == 412
    assert (
        desk.ask("PUT", "/articles/one", ARTICLE, headers={"if-match": f'"x", {etag}'}).status
        == 200
    )
    assert (
        desk.ask("PUT", "/articles/one", ARTICLE, headers={"if-match": f"W/{etag}"}).status == 412
    )
    assert desk.ask("DELETE", "/articles/one", headers={"if-match": '"0.0"'}).status == 412
    assert desk.ask("GET", "/articles/one", headers={"if-none-match": etag}).status == 304
    assert desk.ask("PUT", "/articles/one", ARTICLE, headers={"if-match": "bare"}).status == 400
    assert desk.ask("DELETE", "/articles/none", headers={"if-match": "*"}).status == 412


def test_rules_of_the_source_keep_articles_out(service: Service) -> None:
    agency = caller_of(service, Scope.ARTICLES, source="agency")
    problem = said(agency.put("ad", title="An advertorial"), 422)
    assert "advertorial" in problem["detail"]
    assert agency.ask("GET", "/articles/ad").status == 404


def test_an_article_for_review_waits_and_is_let_in(service: Service) -> None:
    guests = caller_of(service, Scope.ARTICLES, source="guests")
    body = said(guests.put("g1"), 201)
    assert (body["state"], body["uid"]) == ("waiting", None)
    assert said(guests.put("g1", title="Better"))["title"] == "Better"
    with service.store.read() as tx:
        [record] = sources.waiting(tx, "guests")
    admit(service.store, service.config, "guests", [record.key], service.clock.now())
    assert said(guests.ask("GET", "/articles/g1"))["state"] == "published"
    guests.put("g2")
    withdrawn = said(guests.ask("DELETE", "/articles/g2?reason=no"))
    assert withdrawn["state"] == "withdrawn"
    assert guests.ask("GET", "/articles/g2").status == 404
    guests.put("g3")
    with service.store.read() as tx:
        [record] = sources.waiting(tx, "guests")
    refuse(service.store, "guests", [record.key], "not for us", service.clock.now())
    assert said(guests.ask("GET", "/articles/g3"))["reason"] == "not for us"
    assert guests.put("g3", title="Please").status == 409


def once(caller: Caller, key: str, **fields: object) -> tuple[int, str | None, Any]:
    answer = caller.ask(
        "POST", "/articles", {**ARTICLE, **fields}, headers={"idempotency-key": key}
    )
    return answer.status, answer.headers.get("location"), json.loads(answer.body)


def test_a_repeated_post_creates_once_and_answers_the_same(service: Service, desk: Caller) -> None:
    first = once(desk, "k-1")
    assert first[0] == 201
    later(service)
    assert once(desk, "k-1") == first
    assert once(desk, "k-2") != first
    assert once(desk, "k-1", title="Another")[0] == 422
    later(service, timedelta(hours=25))
    assert once(desk, "k-1") != first


def test_a_key_of_one_token_says_nothing_to_another(service: Service, desk: Caller) -> None:
    """No article of somebody else is seen, or replaced, by guessing what they called a request."""
    other = caller_of(service, Scope.ARTICLES, name="other")
    mine, theirs = once(desk, "k"), once(other, "k", title="Other")
    assert mine[2]["uid"] != theirs[2]["uid"]


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "k\tk", "kä"])
def test_a_post_needs_a_key(desk: Caller, key: str) -> None:
    answer = desk.ask("POST", "/articles", ARTICLE, headers={"idempotency-key": key})
    assert said(answer, 400)["errors"][0]["pointer"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x\r\nBcc: e@x"}, "/title"),
        ({"title": "x\u2028y"}, "/title"),
        ({"title": "x\u0085y"}, "/title"),
        ({"title": "x" * 301}, "/title"),
        ({"title": 1}, "/title"),
        ({"content_text": None}, ""),
        ({"content_html": "<p>two</p>"}, ""),
        ({"content_text": "a\0b"}, "/content_text"),
        ({"content_text": "\n"}, "/content_html"),
        ({"unknown": 1}, "/unknown"),
        ({"a/b~": 1}, "/a~1b~0"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"url": "https://user:pw@x.example/"}, "/url"),
        ({"image": {"url": "file:///etc/passwd"}}, "/image/url"),
        ({"authors": [{"name": "a"}, {"nom": "b"}]}, "/authors/1/name"),
        ({"topics": ["a"] * 21}, "/topics"),
        ({"published_at": "2026-11-24T06:00:00"}, "/published_at"),
        ({"published_at": 1764000000}, "/published_at"),
        ({"language": "klingon!"}, "/language"),
        ({"slug": "../x"}, "/slug"),
        ({"pinned": "yes"}, "/pinned"),
    ],
)
def test_what_is_wrong_is_told_by_field(
    desk: Caller, change: dict[str, object], pointer: str
) -> None:
    """RFC 9457; email.md F10: no line end gets into what becomes a header."""
    answer = desk.put("one", **change)
    body = said(answer, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [item["pointer"] for item in body["errors"]]
    assert body["status"] == 422
    assert desk.ask("GET", "/articles/one").status == 404


@pytest.mark.parametrize(
    "name",
    [
        *("a%2Fb", "%2e%2e%2fetc", "..", "%2e%2e", ".hidden", "a%00b", "a%0d%0ab", "x" * 201),
        *("x" * 300, "%20", "%C3%A4", "-a", "a%3Fb", "a%5Cb", "%EF%BC%8E%EF%BC%8E"),
    ],
)
def test_ids_cannot_be_misread(desk: Caller, name: str) -> None:
    """security.md 10."""
    assert desk.put(name).status in {404, 422}
    assert desk.ask("GET", f"/articles/{name}").status in {404, 422}
    assert desk.ask("DELETE", f"/articles/{name}").status in {404, 422}


def test_a_reason_stays_short_and_on_one_line(desk: Caller) -> None:
    desk.put("one")
    assert desk.ask("DELETE", f"/articles/one?reason={'x' * 301}").status == 422
    gone = said(desk.ask("DELETE", "/articles/one?reason=a%0D%0Ab%00c"))
    assert "\n" not in gone["reason"]
    assert "\0" not in gone["reason"]


def test_a_missing_article_is_not_found(desk: Caller) -> None:
    assert desk.ask("GET", "/articles/none").status == 404
    assert desk.ask("DELETE", "/articles/none").status == 404
