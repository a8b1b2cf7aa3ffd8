"""Subscribers, issues, and counts over the API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_samples import ARTICLE, Caller, api_service, caller_of, said
from web_samples import send_issue

from digest.mail.sink import Sink
from digest.model import IssueState, SubscriptionState
from digest.steps.access import Scope
from digest.steps.compose import compose_now
from digest.steps.publish import publish
from digest.steps.readers import answer_requests
from digest.steps.subscribe import record_of, suppress
from digest.store import issues
from digest.wiring import Service, plug_in

ADA = {"email": "ada@reader.example", "briefings": ["daily"]}
CONSENT = {"text": "Yes, I want the briefing.", "at": "2026-11-01T10:00:00Z", "evidence": "form 7"}


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    made = api_service(tmp_path, sqlite_template)
    yield made
    made.close()


@pytest.fixture
def crm(service: Service) -> Caller:
    return caller_of(service, Scope.SUBSCRIBERS, Scope.CONSENT)


def test_who_is_added_is_asked_first(service: Service, crm: Caller) -> None:
    """email.md, Consent: nothing is subscribed before the person presses the link."""
    body = said(crm.ask("POST", "/subscribers", ADA), 202)
    assert body == {"changes": [{"briefing": "daily", "change": "asked"}]}
    assert crm.ask("GET", "/subscribers/ada@reader.example").status == 404
    outcomes = answer_requests(
        service.store, service.config, service.keyring, now=service.clock.now()
    )
    assert {str(outcome): count for outcome, count in outcomes.items()} == {"mailed": 1}


def test_asking_answers_the_same_whoever_it_is(service: Service, crm: Caller) -> None:
    """security.md 2."""
    first = crm.ask("POST", "/subscribers", ADA)
    crm.ask("POST", "/subscribers", {**ADA, "consent": CONSENT})
    suppress(
        service.store, service.keyring, "bob@reader.example", evidence="", now=service.clock.now()
    )
    bob = crm.ask("POST", "/subscribers", {**ADA, "email": "bob@reader.example"})
    again = crm.ask("POST", "/subscribers", ADA)
    assert first.body == again.body == bob.body


def test_with_consent_on_record_nobody_is_asked(service: Service, crm: Caller) -> None:
    body = said(crm.ask("POST", "/subscribers", {**ADA, "consent": CONSENT, "ip": "192.0.2.77"}))
    assert body["changes"] == [{"briefing": "daily", "change": "added"}]
    record = record_of(service.store, service.keyring, "ada@reader.example")
    assert record.subscriptions[0].state is SubscriptionState.CONFIRMED
    [consent] = record.consents
    assert (consent.method, consent.network) == ("api", "192.0.2.0/24")
    assert consent.evidence == (
        "Yes, I want the briefing. (2026-11-01T10:00:00+00:00); form 7; token caller"
    )


def test_who_left_does_not_come_back_by_the_api(crm: Caller) -> None:
    crm.ask("POST", "/subscribers", {**ADA, "consent": CONSENT})
    left = said(crm.ask("DELETE", "/subscribers/ada%40reader.example?briefing=daily"))
    assert left["changes"] == [{"briefing": "daily", "change": "unsubscribed"}]
    again = said(crm.ask("POST", "/subscribers", {**ADA, "consent": CONSENT}))
    assert again["changes"] == [{"briefing": "daily", "change": "kept out"}]
    shown = said(crm.ask("GET", "/subscribers/ada%40reader.example"))
    assert shown["subscriptions"][0]["state"] == "unsubscribed"


def test_consent_needs_a_scope_of_its_own(service: Service) -> None:
    caller = caller_of(service, Scope.SUBSCRIBERS)
    assert caller.ask("POST", "/subscribers", {**ADA, "consent": CONSENT}).status == 403
    assert caller.ask("GET", "/subscribers/ada@reader.example").status == 404


def test_a_person_is_erased(crm: Caller) -> None:
    crm.ask("POST", "/subscribers", {**ADA, "consent": CONSENT})
    assert crm.ask("DELETE", "/subscribers/ada@reader.example?erase=1&briefing=daily").status == 422
    assert crm.ask("DELETE", "/subscribers/ada@reader.example?erase=yes").status == 422
    assert crm.ask("DELETE", "/subscribers/ada@reader.example?erase=1").status == 204
    assert said(crm.ask("GET", "/subscribers/ada@reader.example"))["subscriptions"] == []


def test_nobody_is_listed_or_found_by_number(crm: Caller) -> None:
    """Errors name no addresses that are nearly the same, either."""
    crm.ask("POST", "/subscribers", {**ADA, "consent": CONSENT})
    assert crm.ask("GET", "/subscribers").status == 405
    assert crm.ask("GET", "/subscribers/1").status == 422
    near = crm.ask("GET", "/subscribers/adam@reader.example")
    assert near.status == 404
    assert "ada@" not in near.text
    gone = crm.ask("DELETE", "/subscribers/adam@reader.example")
    assert gone.status == 404
    assert "ada@" not in gone.text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "no address"}, "/email"),
        ({"email": "a@b.example\r\nBcc: x@y.example"}, "/email"),
        ({"briefings": []}, "/briefings"),
        ({"briefings": ["nightly"]}, "/briefings/0"),
        ({"ip": "nowhere"}, "/ip"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"format": "pdf"}, "/format"),
        ({"name": "Ada"}, "/name"),
        ({"consent": {**CONSENT, "at": "2026-12-24T00:00:00Z"}}, "/consent/at"),
        ({"consent": {"text": "short", "at": CONSENT["at"]}}, "/consent/text"),
    ],
)
def test_what_is_wrong_is_told_by_field(
    crm: Caller, change: dict[str, object], pointer: str
) -> None:
    body = said(crm.ask("POST", "/subscribers", {**ADA, **change}), 422)
    assert [item["pointer"] for item in body["errors"]] == [pointer]


def test_sign_ups_have_limits_by_the_readers_network(service: Service, crm: Caller) -> None:
    """security.md 1: a leaked token bombs nobody."""
    most = service.config.signup.per_network_an_hour
    asked = [
        crm.ask("POST", "/subscribers", {**ADA, "email": f"a{n}@x{n}.example", "ip": "192.0.2.9"})
        for n in range(most + 1)
    ]
    assert [answer.status for answer in asked] == [202] * most + [429]
    assert asked[-1].headers["retry-after"] == "3600"
    elsewhere = crm.ask("POST", "/subscribers", {**ADA, "ip": "198.51.100.1"})
    assert elsewhere.status == 202


def test_issues_are_listed_shown_held_resumed_and_approved(service: Service) -> None:
    caller = caller_of(service, Scope.ISSUES)
    number = send_issue(service)
    [listed] = said(caller.ask("GET", "/issues?briefing=daily&limit=5"))["issues"]
    shown = said(caller.ask("GET", f"/issues/daily/{number}"))
    assert listed == shown
    assert (shown["state"], shown["ledger"]["candidates"]) == ("sending", 1)
    assert shown["is_balanced"] is True
    held = said(caller.ask("POST", f"/issues/daily/{number}/hold"))
    assert held["state"] == "held"
    assert said(caller.ask("POST", f"/issues/daily/{number}/resume"))["state"] == "sending"
    caller.ask("POST", f"/issues/daily/{number}/hold")
    assert said(caller.ask("POST", f"/issues/daily/{number}/approve"))["state"] == "sending"
    with service.store.write() as tx:
        issue = issues.find(tx, "daily", number)
        assert issue is not None
        issues.move(tx, issue.id, IssueState.FINISHED, if_in=[IssueState.SENDING])
    assert caller.ask("POST", f"/issues/daily/{number}/hold").status == 409
    assert caller.ask("POST", f"/issues/daily/{number}/approve").status == 409


@pytest.mark.parametrize("path", ["/issues/daily/99", "/issues/daily/x", "/issues/daily/1²"])
def test_issues_that_are_none_are_not_found(service: Service, path: str) -> None:
    caller = caller_of(service, Scope.ISSUES)
    path = path.replace("²", "%C2%B2")
    assert caller.ask("GET", path).status == 404
    assert caller.ask("POST", f"{path}/hold").status == 404


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "9" * 50])
def test_lists_have_limits(service: Service, limit: str) -> None:
    caller = caller_of(service, Scope.ISSUES)
    assert caller.ask("GET", f"/issues?limit={limit}").status == 422


def test_stats_count_and_name_nobody(service: Service) -> None:
    caller = caller_of(service, Scope.STATS)
    send_issue(service)
    answer = caller.ask("GET", "/stats")
    body = said(answer)
    assert body["subscriptions"] == {"daily": {"confirmed": 1}}
    assert body["issues"] == {"daily": {"sending": 1}}
    assert body["articles"]["published"] > 0
    assert "@" not in answer.text


async def test_what_is_pushed_gets_into_feed_and_mail(
    tmp_path: Path, sqlite_template: Path
) -> None:
    """The whole way: push, feed, mail."""
    async with Sink(tmp_path / "mail", port=0) as sink:

        def push_and_compose() -> Service:
            made = api_service(tmp_path / "site", sqlite_template)
            relay = made.config.relays["default"].model_copy(update={"port": sink.port})
            config = made.config.model_copy(update={"relays": {"default": relay}})
            made.close()
            service = plug_in(config, made.root, made.clock)
            caller = caller_of(service, Scope.ARTICLES, Scope.SUBSCRIBERS, Scope.CONSENT)
            said(caller.ask("POST", "/subscribers", {**ADA, "consent": CONSENT}))
            said(caller.ask("PUT", "/articles/tram", ARTICLE), 201)
            now = service.clock.now()
            publish(service.store, service.config, service.root, now=now)
            compose_now(
                service.store, service.config, service.renderer, service.keyring, "daily", now=now
            )
            return service

        service = await asyncio.to_thread(push_and_compose)
        try:
            await service.deliverer().run_due()
        finally:
            service.close()
    feed = await asyncio.to_thread((service.root / "feeds" / "atom.xml").read_text)
    [mail] = await asyncio.to_thread(lambda: list((tmp_path / "mail").glob("**/*.eml")))
    text = await asyncio.to_thread(mail.read_text)
    assert ARTICLE["title"] in feed
    assert ARTICLE["title"] in text
