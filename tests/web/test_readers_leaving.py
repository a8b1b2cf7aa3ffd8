"""Leaving: one click for mail programs (RFC 8058), one button for people, no trap for scanners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from reader_samples import SETTINGS, Town, link_in, text_of

from digest import tokens
from digest.model import RequestKind, SubscriptionState
from digest.steps.readers import undo, unsubscribe_by_token
from digest.tokens import Keyring, Purpose

ADA = "ada@example.org"
CONFIRMED, UNSUBSCRIBED = SubscriptionState.CONFIRMED, SubscriptionState.UNSUBSCRIBED


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town.at(tmp_path)
    town.subscribe(ADA)
    yield town
    town.service.close()


def undo_token_in(text: str) -> str:
    """Return what the page offers to take the leaving back with."""
    match = re.search(r'action="/resubscribe".*?name="token" value="([^"]+)"', text, re.DOTALL)
    return match[1] if match else ""


BOUNDARY = "xyz"
MULTIPART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    f"One-Click\r\n--{BOUNDARY}--\r\n"
).encode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        (f"multipart/form-data; boundary={BOUNDARY}", MULTIPART),
    ],
)
def test_one_click_takes_both_kinds_of_forms_and_answers_200(
    town: Town, content_type: str, body: bytes
) -> None:
    """email.md L4: no cookie, login, or Referer; no redirect; the same again changes nothing."""
    target = f"/unsubscribe/{town.leaving_token(ADA)}"
    for _ in range(3):
        answer = town.client().request(
            "POST", target, headers={"content_type": content_type}, body=body
        )
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert "location" not in answer.headers
        assert "set-cookie" not in answer.headers
    assert town.state(ADA) is UNSUBSCRIBED
    assert [event.method for event in town.record(ADA)] == ["form", "mail", "one-click"]
    assert town.record(ADA)[-1].network == "192.0.2.0/24"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b""),
        ("text/plain", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=abc", b"nonsense"),
        ("multipart/form-data", b"nonsense"),
        ("application/x-www-form-urlencoded", b"\xff\xfe%%%"),
    ],
)
def test_a_post_that_is_no_form_still_unsubscribes(
    town: Town, content_type: str, body: bytes
) -> None:
    """The address says all; whoever posts to it means it."""
    target = f"/unsubscribe/{town.leaving_token(ADA)}"
    answer = town.client().request(
        "POST", target, headers={"content_type": content_type}, body=body
    )
    assert answer.status == 200
    assert town.state(ADA) is UNSUBSCRIBED


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND"])
def test_nothing_but_post_unsubscribes(town: Town, method: str) -> None:
    """email.md L5."""
    answer = town.client().request(method, f"/unsubscribe/{town.leaving_token(ADA)}")
    assert answer.status in {200, 405}
    assert town.state(ADA) is CONFIRMED


def test_the_page_has_a_button_and_a_way_back(town: Town) -> None:
    target = f"/unsubscribe/{town.leaving_token(ADA)}"
    page = town.client().get(target)
    assert "Unsubscribe from Morning Briefing" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in page.headers["cache-control"]
    left = town.client().post(target)
    assert town.state(ADA) is UNSUBSCRIBED
    back = town.client().post("/resubscribe", {"token": undo_token_in(left.text)})
    assert "You are subscribed again" in back.text
    assert "Morning Briefing" in back.text
    assert town.state(ADA) is CONFIRMED
    assert [event.method for event in town.record(ADA)][2:] == ["page", "undo"]


def test_a_leaked_link_cannot_bring_anybody_back(town: Town) -> None:
    """security.md 3: a token to unsubscribe only unsubscribes."""
    token = town.leaving_token(ADA)
    town.client().post(f"/unsubscribe/{token}")
    again = town.client().post(f"/unsubscribe/{token}")
    assert undo_token_in(again.text) == ""
    assert town.client().post("/resubscribe", {"token": token}).status == 410
    assert town.state(ADA) is UNSUBSCRIBED


def test_leaving_is_taken_back_once_within_the_hour_and_never_after_leaving_again(
    town: Town,
) -> None:
    target = f"/unsubscribe/{town.leaving_token(ADA)}"
    first = undo_token_in(town.client().post(target).text)
    assert town.client().post("/resubscribe", {"token": first}).status == 200
    town.clock.advance(timedelta(minutes=5))
    second = undo_token_in(town.client().post(target).text)
    assert town.client().post("/resubscribe", {"token": first}).status == 410
    assert town.state(ADA) is UNSUBSCRIBED
    town.clock.advance(timedelta(hours=1))
    assert town.client().post("/resubscribe", {"token": second}).status == 410
    assert town.state(ADA) is UNSUBSCRIBED


def test_who_is_on_the_do_not_mail_record_or_erased_is_not_brought_back(town: Town) -> None:
    service, now = town.service, town.clock.now()
    erase = town.link(RequestKind.ERASE, ADA)
    left = unsubscribe_by_token(
        service.store, service.keyring, town.leaving_token(ADA), method="page", now=now
    )
    assert left is not None
    assert left.undo
    town.put_on_record(ADA)
    assert undo(service.store, service.keyring, left.undo, now=now) is None
    town.client().post(erase)
    assert undo(service.store, service.keyring, left.undo, now=now) is None


def test_an_undo_for_nobody_does_nothing(town: Town) -> None:
    later = town.clock.now() + timedelta(minutes=1)
    token = tokens.make(town.service.keyring, Purpose.UNDO, 4711, expires_at=later)
    assert undo(town.service.store, town.service.keyring, token, now=town.clock.now()) is None


def test_somebody_unconfirmed_can_leave_and_has_nothing_to_take_back(town: Town) -> None:
    town.add("new@example.org", SubscriptionState.UNCONFIRMED)
    left = town.client().post(f"/unsubscribe/{town.leaving_token('new@example.org')}")
    assert left.status == 200
    assert undo_token_in(left.text) == ""
    assert town.state("new@example.org") is UNSUBSCRIBED


def test_a_link_works_after_its_person_was_erased(town: Town) -> None:
    """email.md L6: for ever."""
    target = f"/unsubscribe/{town.leaving_token(ADA)}"
    assert town.client().post(town.link(RequestKind.ERASE, ADA)).status == 200
    assert town.client().post(target, {"List-Unsubscribe": "One-Click"}).status == 200
    assert town.client().post(target).status == 200
    assert town.client().get(target).status == 200


def test_a_link_works_after_keys_were_rotated(town: Town) -> None:
    token = town.leaving_token(ADA)
    old = town.service.keyring
    newer = Keyring((b"n" * 32, b"m" * 32, *old.secrets))
    left = unsubscribe_by_token(
        town.service.store, newer, token, method="mailto", now=town.clock.now()
    )
    assert left is not None
    assert town.record(ADA)[-1].method == "mailto"
    assert left.undo
    assert undo(town.service.store, newer, left.undo, now=town.clock.now()) is not None


def test_a_link_works_after_its_briefing_left_the_settings(town: Town, tmp_path: Path) -> None:
    target = f"/unsubscribe/{town.leaving_token(ADA)}"
    other = Town.at(tmp_path, SETTINGS.replace("[briefings.daily]", "[briefings.evening]"))
    assert "daily" in other.client().get(target).text
    assert other.client().post(target).status == 200
    assert town.state(ADA) is UNSUBSCRIBED
    other.service.close()


@pytest.mark.parametrize("token", ["x", "A" * 40, "é" * 40, "..", "%00"])
def test_a_link_that_is_not_whole_helps_to_another_one(town: Town, token: str) -> None:
    for method in ("GET", "POST"):
        answer = town.client().request(method, f"/unsubscribe/{token}")
        assert answer.status == 404
    assert town.state(ADA) is CONFIRMED


def test_who_lost_the_link_is_mailed_a_fresh_one(town: Town) -> None:
    broken = f"/unsubscribe/{town.leaving_token(ADA)[:-1]}"
    assert 'action="/links"' in town.client().get(broken).text
    assert 'action="/links"' in town.client().get("/unsubscribe").text
    town.ask("preferences", email=ADA)
    (mail,) = town.mails()
    assert town.client().post(link_in(mail, "unsubscribe")).status == 200
    assert town.state(ADA) is UNSUBSCRIBED
    assert "Unsubscribe from Morning Briefing" in text_of(mail)


def test_a_token_of_a_subscription_that_never_was_does_nothing(town: Town) -> None:
    token = tokens.make(town.service.keyring, Purpose.UNSUBSCRIBE, 0)
    assert town.client().post(f"/unsubscribe/{token}").status == 404
    assert town.client().get(f"/unsubscribe/{token}").status == 404


def test_a_body_that_is_too_large_is_turned_away(town: Town) -> None:
    answer = town.client().request(
        "POST",
        f"/unsubscribe/{town.leaving_token(ADA)}",
        headers={"content_type": "application/x-www-form-urlencoded"},
        body=b"a" * 200_000,
    )
    assert answer.status == 413
