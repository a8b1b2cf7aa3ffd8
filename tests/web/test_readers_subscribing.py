"""Subscribing by the pages: form, mail, button; the answer tells nothing (email.md, Consent)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from reader_samples import SETTINGS, Town, link_in, text_of

from digest.model import MailFormat, RequestKind, SubscriptionState
from digest.steps.readers import forget_old, words_of
from digest.steps.readers.decide import Outcome
from digest.store import choices, requests, subscribers

ADA = "ada@example.org"
CONFIRMED, UNSUBSCRIBED = SubscriptionState.CONFIRMED, SubscriptionState.UNSUBSCRIBED
DAY = timedelta(days=1)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town.at(tmp_path)
    yield town
    town.service.close()


def test_nobody_is_a_subscriber_before_they_pressed_the_button_in_their_mail(town: Town) -> None:
    assert town.sign_up(ADA).status == 200
    assert town.state(ADA) is None
    (mail,) = town.mails()
    assert mail["To"] == ADA
    link = link_in(mail, "confirm")
    page = town.client().get(link)
    assert page.status == 200
    assert "Morning Briefing" in page.text
    assert town.state(ADA) is None
    done = town.client().post(link)
    assert done.status == 200
    assert "Morning Briefing" in done.text
    assert town.state(ADA) is CONFIRMED
    assert town.state(ADA, "weekly") is None


def test_the_record_says_what_was_agreed_to_when_from_where_and_how(town: Town) -> None:
    town.sign_up(ADA, ip="192.0.2.77")
    (mail,) = town.mails()
    town.clock.advance(timedelta(hours=1))
    town.client("2001:db8:0:1ff::9").post(link_in(mail, "confirm"))
    words = words_of(town.service.config, "daily", "en")
    asked, confirmed = town.record(ADA)
    assert (asked.state, asked.method, asked.network) == (
        SubscriptionState.UNCONFIRMED,
        "form",
        "192.0.2.0/24",
    )
    assert (confirmed.state, confirmed.method, confirmed.network) == (
        CONFIRMED,
        "mail",
        "2001:db8:0:100::/56",
    )
    for event in asked, confirmed:
        assert (event.evidence, event.version) == (words.text, words.version)
    assert confirmed.at - asked.at == timedelta(hours=1)


def test_the_words_that_are_agreed_to_stand_beside_the_box(town: Town) -> None:
    page = town.client().get("/subscribe")
    assert words_of(town.service.config, "daily", "").text in page.text
    assert len(words_of(town.service.config, "daily", "").version) == 12


def test_the_link_of_a_confirmation_works_once_and_for_a_week(town: Town) -> None:
    town.sign_up(ADA)
    (mail,) = town.mails()
    link = link_in(mail, "confirm")
    assert town.client().post(link).status == 200
    assert town.client().post(link).status == 410
    assert town.client().get(link).status == 410
    assert len(town.record(ADA)) == 2
    town.sign_up("ben@example.org")
    (mail,) = town.mails("ben@example.org")
    town.clock.advance(timedelta(days=7, seconds=1))
    assert town.client().get(link_in(mail, "confirm")).status == 410
    assert town.client().post(link_in(mail, "confirm")).status == 410
    assert town.state("ben@example.org") is None


def test_who_confirmed_is_welcomed_with_the_way_out(town: Town) -> None:
    town.sign_up(ADA)
    (mail,) = town.mails()
    town.client().post(link_in(mail, "confirm"))
    (welcome,) = town.mails()
    assert welcome["Subject"] == "Welcome to Morning Briefing"
    token = town.leaving_token(ADA)
    assert f"<https://gazette.example/unsubscribe/{token}>" in welcome["List-Unsubscribe"]
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert welcome["List-Id"] == "Morning Briefing <daily.gazette.example>"
    assert town.client().post(link_in(welcome, "unsubscribe")).status == 200
    assert town.state(ADA) is UNSUBSCRIBED


def test_the_welcome_can_be_left_out(tmp_path: Path) -> None:
    town = Town.at(tmp_path, SETTINGS + "\n[signup]\nwelcome = false\n")
    town.sign_up(ADA)
    (mail,) = town.mails()
    town.client().post(link_in(mail, "confirm"))
    assert town.mails() == []
    town.service.close()


def test_a_confirmation_mail_is_complete_and_no_bulk_mail(town: Town) -> None:
    """email.md F2, F9, F4."""
    town.sign_up(ADA)
    (mail,) = town.mails()
    assert sorted(mail.keys()) == sorted(
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Auto-Submitted",
            "Content-Language",
            "Content-Type",
        ]
    )
    assert mail["From"] == "The Harbour Gazette <briefing@gazette.example>"
    link = link_in(mail, "confirm")
    assert text_of(mail, "html").count(link) == 1
    assert "1 Quay Street" in text_of(mail)
    assert "December 1, 2026" in text_of(mail)


def test_the_confirmation_mail_holds_nothing_from_strangers(town: Town) -> None:
    """A name that is a link, and whatever else a form can carry (security.md 1)."""
    evil = "https://evil.example/ \r\nBcc: e@evil.example"
    form = {
        "email": ADA,
        "briefing": "daily",
        "stamp": town.stamp(),
        "name": evil,
        "topic": evil,
        "timezone": evil,
        "language": evil,
        "format": evil,
        "return": "https://evil.example/",
        "subject": evil,
    }
    town.client().post("/subscribe", form)
    (mail,) = town.mails()
    assert "evil" not in mail.as_string()
    assert "evil" not in text_of(mail) + text_of(mail, "html")
    assert mail["Bcc"] is None


def test_what_was_chosen_on_the_form_holds_once_it_is_confirmed(town: Town) -> None:
    form = {
        "email": ADA,
        "briefing": "weekly",
        "stamp": town.stamp(),
        "topic": "World",
        "language": "en",
        "timezone": "Europe/Zurich",
        "format": "text",
    }
    town.client().post("/subscribe", form)
    (mail,) = town.mails()
    town.client().post(link_in(mail, "confirm"))
    with town.service.store.read() as tx:
        person = subscribers.find(tx, ADA)
        assert person is not None
        (found,) = subscribers.subscriptions_of(tx, person.id)
    assert (found.briefing, found.topics) == ("weekly", ("World",))
    assert (person.language, person.timezone, person.format) == (
        "en",
        "Europe/Zurich",
        MailFormat.TEXT,
    )


def test_a_strangers_form_changes_nothing_for_who_is_there(town: Town) -> None:
    town.subscribe(ADA)
    with town.service.store.write() as tx:
        person = subscribers.find(tx, ADA)
        assert person is not None
        choices.set_person(
            tx, person.id, language="en", timezone="Europe/Rome", mail_format=MailFormat.TEXT
        )
    before = town.record(ADA)
    town.clock.advance(2 * DAY)
    town.sign_up(ADA, "weekly")
    assert len(town.mails()) == 1
    with town.service.store.read() as tx:
        person = subscribers.find(tx, ADA)
    assert person is not None
    assert (person.timezone, person.format) == ("Europe/Rome", MailFormat.TEXT)
    assert town.record(ADA) == before
    assert town.state(ADA, "weekly") is None


def test_who_has_it_already_is_told_so(town: Town) -> None:
    town.subscribe(ADA)
    town.clock.advance(2 * DAY)
    town.sign_up(ADA)
    (mail,) = town.mails()
    assert mail["Subject"] == "You are subscribed to Morning Briefing"
    assert "/confirm/" not in text_of(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_who_left_comes_back_only_by_their_own_button(town: Town) -> None:
    town.subscribe(ADA)
    town.client().post(f"/unsubscribe/{town.leaving_token(ADA)}")
    town.clock.advance(2 * DAY)
    town.sign_up(ADA)
    (mail,) = town.mails()
    assert town.state(ADA) is UNSUBSCRIBED
    town.client().post(link_in(mail, "confirm"))
    assert town.state(ADA) is CONFIRMED


def test_who_came_on_the_do_not_mail_record_meanwhile_stays_out(town: Town) -> None:
    town.sign_up(ADA)
    (mail,) = town.mails()
    town.put_on_record(ADA)
    page = town.client().post(link_in(mail, "confirm"))
    assert "do-not-mail" in page.text
    assert town.state(ADA) is None
    assert town.mails() == []


def test_a_briefing_that_is_gone_is_not_confirmed(tmp_path: Path) -> None:
    town = Town.at(tmp_path)
    town.sign_up(ADA, "weekly")
    town.service.close()
    without = SETTINGS.replace("[briefings.weekly]", "[briefings.other]")
    later = Town.at(tmp_path, without)
    assert later.answer() == {Outcome.GONE: 1}
    later.service.close()


@pytest.fixture
def states(town: Town) -> dict[str, str]:
    """Addresses in every state there is."""
    town.subscribe("confirmed@example.org")
    town.subscribe("left@example.org")
    town.client().post(f"/unsubscribe/{town.leaving_token('left@example.org')}")
    town.add("unconfirmed@example.org", SubscriptionState.UNCONFIRMED)
    town.put_on_record("suppressed@example.org")
    town.subscribe("erased@example.org")
    town.client().post(town.link(RequestKind.ERASE, "erased@example.org"))
    town.clock.advance(2 * DAY)
    town.sign_up("pending@example.org")
    town.mails()
    kinds = ("confirmed", "left", "unconfirmed", "suppressed", "erased", "pending")
    return {kind: f"{kind}@example.org" for kind in kinds} | {
        "new": "new@example.org",
        "nowhere": "a@no-such-domain.invalid",
    }


def test_the_answer_is_the_same_byte_for_byte_whoever_it_is(
    town: Town, states: dict[str, str]
) -> None:
    """security.md 2."""
    for ask in (
        town.sign_up,
        lambda address: town.ask("preferences", email=address),
        lambda address: town.ask("erase", email=address),
    ):
        answers = {state: ask(address) for state, address in states.items()}
        first = answers["new"]
        assert first.status == 200
        assert {answer.status for answer in answers.values()} == {200}
        assert {answer.body for answer in answers.values()} == {first.body}
        assert all(answer.headers == first.headers for answer in answers.values())
    # And it is the same when it is too much.
    for number in range(40):
        answer = town.sign_up(f"reader{number}@example.net")
    assert answer.body == town.sign_up("new@example.org").body


def test_what_a_page_writes_down_is_the_same_whoever_it_is(
    town: Town, states: dict[str, str]
) -> None:
    """The same work before the answer, by construction: one row, and nobody looked up."""
    before = len(town.asked())
    for address in states.values():
        town.sign_up(address)
    rows = town.asked()[before:]
    assert len(rows) == len(states)
    assert {(row.subscriber_id, row.subscription_id, row.outcome) for row in rows} == {
        (None, None, "")
    }
    outcomes = town.answer()
    assert outcomes == {Outcome.MAILED: 5, Outcome.SUPPRESSED: 2, Outcome.LIMITED: 1}


def test_a_form_without_a_fresh_stamp_is_shown_once_more(town: Town) -> None:
    """A form on a page that stands still, on another site, or sent too soon."""
    client = town.client()
    page = client.post("/subscribe", {"email": ADA, "briefing": "weekly"})
    assert page.status == 200
    assert f'value="{ADA}"' in page.text
    assert 'value="weekly" checked' in page.text
    assert town.asked() == []
    stamp = page.text.split('name="stamp" value="')[1].split('"')[0]
    too_soon = client.post("/subscribe", {"email": ADA, "briefing": "weekly", "stamp": stamp})
    assert town.asked() == []
    assert 'name="stamp"' in too_soon.text
    town.clock.advance(timedelta(seconds=3))
    client.post("/subscribe", {"email": ADA, "briefing": "weekly", "stamp": stamp})
    assert [each.email for each in town.asked()] == [ADA]


def test_what_is_wrong_with_a_form_stands_beside_the_field(town: Town) -> None:
    wrong = town.client().post("/subscribe", {"email": "ada@", "briefing": "daily"})
    assert wrong.status == 422
    assert 'aria-invalid="true"' in wrong.text
    none = town.client().post("/subscribe", {"email": ADA, "stamp": town.stamp()})
    assert none.status == 422
    assert "Please choose at least one" in none.text
    empty = town.client().post("/subscribe", {})
    assert 'class="wrong"' not in empty.text
    assert town.asked() == []


def test_what_was_written_into_the_form_is_shown_as_text(town: Town) -> None:
    """security.md 7."""
    page = town.client().post("/subscribe", {"email": '"><script>{{7*7}}</script>', "briefing": ""})
    assert "<script>" not in page.text
    assert "49" not in page.text.split("<main")[1].split("</main>")[0]


def test_a_program_that_fills_everything_in_gets_the_usual_answer_and_no_mail(town: Town) -> None:
    form = {"email": ADA, "briefing": "daily", "stamp": town.stamp()}
    trapped = town.client().post("/subscribe", form | {"website": "https://spam.example/"})
    asked = town.client().post("/links", {"email": ADA, "website": "x"})
    assert town.asked() == []
    assert trapped.body == town.sign_up(ADA).body
    assert asked.status == 200


FRIENDLY = SETTINGS + '\n[signup]\norigins = ["https://www.gazette.example"]\n'


def test_a_form_of_a_friendly_site_needs_no_second_click_and_returns_there(tmp_path: Path) -> None:
    town = Town.at(tmp_path, FRIENDLY)
    target = "https://www.gazette.example/thanks"
    form = {"email": ADA, "briefing": "daily", "return": target}
    answer = town.client().post("/subscribe", form, origin="https://www.gazette.example")
    assert (answer.status, answer.headers["location"]) == (303, target)
    assert len(town.mails()) == 1
    town.service.close()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "java\nscript:alert(1)", "/x"]
)
def test_nobody_is_sent_to_a_site_that_is_not_in_the_settings(tmp_path: Path, target: str) -> None:
    """security.md 11."""
    town = Town.at(tmp_path, FRIENDLY)
    form = {"email": ADA, "briefing": "daily", "return": target, "stamp": town.stamp()}
    for origin in ("https://www.gazette.example", "https://evil.example", ""):
        answer = town.client().post("/subscribe", form, origin=origin)
        assert answer.status == 200
        assert "location" not in answer.headers
        assert "evil" not in answer.text
    town.service.close()


def test_on_our_own_page_the_way_back_is_a_link(tmp_path: Path) -> None:
    """Browsers follow no redirect from our form to another site (form-action)."""
    town = Town.at(tmp_path, FRIENDLY)
    target = "https://www.gazette.example/thanks"
    form = {"email": ADA, "briefing": "daily", "return": target, "stamp": town.stamp()}
    answer = town.client().post("/subscribe", form, origin="https://gazette.example")
    assert answer.status == 200
    assert f'href="{target}"' in answer.text
    town.service.close()


def test_what_was_asked_for_is_forgotten_in_time(town: Town) -> None:
    """How long the settings say; an open link keeps its request."""
    town.sign_up(ADA)
    town.sign_up("later@example.org")
    town.mails()
    service = town.service
    assert forget_old(service.store, service.config, now=town.clock.now() + 29 * DAY) == 0
    town.clock.advance(31 * DAY)
    town.sign_up("new@example.org")
    forgotten = forget_old(service.store, service.config, now=town.clock.now())
    assert forgotten == 2
    assert [each.email for each in town.asked()] == ["new@example.org"]


def test_without_briefings_there_is_nothing_to_subscribe_to(tmp_path: Path) -> None:
    town = Town.at(tmp_path, SETTINGS.split("[briefings.daily]")[0])
    assert town.client().get("/subscribe").status == 404
    town.service.close()


def test_requests_of_one_network_do_not_use_up_anothers_budget(town: Town) -> None:
    budgets = requests.Budgets(network=2, domain=100, total=100)
    with town.service.store.write() as tx:
        taken = [
            requests.add_within(
                tx,
                requests.NewRequest(
                    RequestKind.SUBSCRIBE, town.clock.now(), network, details={"language": ""}
                ),
                budgets,
            )
            for network in ("a", "a", "a", "b")
        ]
    assert taken == [True, True, False, True]
