"""Mailed links: choosing, moving, seeing, and erasing; once, soon, and by a button only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from reader_samples import SETTINGS, START, Town, link_in, text_of
from sqlalchemy import text
from store_samples import add_issue

from digest import tokens
from digest.model import Cadence, DeliveryState, MailFormat, RequestKind, SubscriptionState
from digest.steps.private_feed import address_of
from digest.steps.readers import ask_for_link
from digest.steps.readers.decide import Outcome
from digest.steps.readers.letters import Writer
from digest.steps.readers.links import PURPOSES
from digest.store import deliveries, erasure, issues, notices, subscribers
from digest.store.deliveries import Settlement
from digest.store.dossier import dossier
from digest.store.engine import Transaction
from digest.store.issues import Variant
from digest.store.schema import metadata, requests
from digest.store.schema import notices as written
from digest.tokens import Keyring

ADA, BEN = "ada@example.org", "ben@example.org"
CONFIRMED, UNSUBSCRIBED = SubscriptionState.CONFIRMED, SubscriptionState.UNSUBSCRIBED
KINDS = [RequestKind.PREFERENCES, RequestKind.EXPORT, RequestKind.ERASE]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town.at(tmp_path)
    town.subscribe(ADA)
    yield town
    town.service.close()


def freeze(town: Town, briefing: str = "daily") -> int:
    """Freeze an issue of *briefing* now. Return its id."""
    with town.service.store.write() as tx:
        number = issues.next_number(tx, briefing)
        issue_id = add_issue(tx, briefing=briefing, number=number)
        tx.execute(
            text("UPDATE issues SET composed_at = :now"), {"now": str(town.clock.now())[:19]}
        )
        variant = issues.add_variant(tx, issue_id, Variant("all", b"", "", ""))
        frozen = deliveries.freeze(tx, issue_id, briefing, variant)
        issues.set_candidates(tx, issue_id, frozen)
    return issue_id


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_works_once_and_for_half_an_hour_and_not_by_looking(
    town: Town, kind: RequestKind
) -> None:
    """security.md 3 and 4."""
    link = town.link(kind, ADA)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        assert town.client().request(method, link).status in {200, 405}
    assert town.client().post(link).status == 200
    assert town.client().post(link).status == 410
    assert town.client().get(link).status == 410
    other = Town.at(Path(str(town.service.root)) / "other")
    other.subscribe(ADA)
    late = other.link(kind, ADA)
    other.clock.advance(timedelta(minutes=30))
    assert other.client().post(late).status == 410
    assert other.state(ADA) is CONFIRMED
    other.service.close()


def test_a_link_does_nothing_but_its_own_thing(town: Town) -> None:
    """security.md 3: tokens of one purpose are no good for another."""
    for kind in KINDS:
        token = town.link(kind, ADA).rpartition("/")[2]
        for path in {"confirm", "change-address", *KINDS} - {kind}:
            assert town.client().post(f"/{path}/{token}").status == 410
            assert town.client().get(f"/{path}/{token}").status == 410
        assert town.client().post(f"/unsubscribe/{token}").status == 404
        assert town.client().post("/resubscribe", {"token": token}).status == 410
    assert town.state(ADA) is CONFIRMED
    assert town.client().post(f"/export/{token}").status == 410


def test_a_mails_own_link_shows_nothing_of_a_person_and_gets_them_a_fresh_one(town: Town) -> None:
    token = town.leaving_token(ADA)
    page = town.client().get(f"/preferences/{token}")
    assert page.status == 200
    assert ADA not in page.text
    for path in ("preferences", "export", "erase"):
        assert town.client().post(f"/{path}/{token}", {"briefing": ""}).status == 410
    assert town.state(ADA) is CONFIRMED
    asked = town.ask("preferences", token=token)
    assert ADA not in asked.text
    (mail,) = town.mails()
    assert mail["To"] == ADA
    assert ADA in town.client().get(link_in(mail, "preferences")).text


def test_a_link_is_mailed_not_too_often_however_it_is_asked_for(town: Town) -> None:
    token = town.leaving_token(ADA)
    for _ in range(5):
        town.ask("export", token=token)
        town.ask("export", email=ADA)
    assert len(town.mails()) == 1
    assert town.answer() == {}


def test_asking_with_a_token_that_is_none_does_nothing(town: Town) -> None:
    before = len(town.asked())
    assert town.ask("export", token="x" * 40).status == 200
    assert town.ask("export", email="nonsense").status == 200
    assert len(town.asked()) == before
    town.ask("no-such-kind", email=ADA)
    assert town.asked()[-1].kind is RequestKind.PREFERENCES


def test_only_some_links_can_be_asked_for(town: Town) -> None:
    with pytest.raises(ValueError, match="subscribe"):
        ask_for_link(
            town.service.store,
            town.service.config,
            RequestKind.SUBSCRIBE,
            network="",
            now=START,
        )


def test_nobody_who_is_not_here_or_on_the_record_gets_a_link(town: Town) -> None:
    town.ask("export", email="nobody@example.org")
    town.put_on_record(ADA)
    town.ask("export", email=ADA)
    assert town.answer() == {Outcome.UNKNOWN: 1, Outcome.SUPPRESSED: 1}
    assert town.mails() == []


def test_a_link_asked_for_by_somebody_erased_meanwhile_goes_nowhere(town: Town) -> None:
    token = town.leaving_token(ADA)
    erase = town.link(RequestKind.ERASE, ADA)
    town.client().post(erase)
    town.ask("preferences", token=token)
    assert town.answer() == {Outcome.UNKNOWN: 1}


def test_briefings_are_chosen_and_each_change_is_recorded(town: Town) -> None:
    link = town.link(RequestKind.PREFERENCES, ADA)
    page = town.client().get(link).text
    assert 'value="daily" checked' in page
    assert 'value="weekly" checked' not in page
    form = {"briefing": "weekly", "language": "en", "timezone": "Europe/Zurich"}
    assert "Saved" in town.client().post(link, form).text
    assert town.state(ADA) is UNSUBSCRIBED
    assert town.state(ADA, "weekly") is CONFIRMED
    record = town.record(ADA)[2:]
    assert [(event.briefing, event.state, event.method) for event in record] == [
        ("daily", UNSUBSCRIBED, "preferences"),
        ("weekly", CONFIRMED, "preferences"),
    ]
    assert record[0].evidence == ""
    assert "The Week" in record[1].evidence
    assert record[1].version


def test_saving_what_is_so_already_records_nothing(town: Town) -> None:
    before = town.record(ADA)
    town.client().post(town.link(RequestKind.PREFERENCES, ADA), {"briefing": "daily"})
    assert town.record(ADA) == before


WEEKLY = SETTINGS.replace(
    'title = "Morning Briefing"', 'title = "Morning Briefing"\nweekly_on = "sun"'
)


def chosen(town: Town) -> tuple[tuple[str, ...], Cadence, MailFormat]:
    """Return topics, cadence, and format that Ada chose."""
    with town.service.store.read() as tx:
        person = subscribers.find(tx, ADA)
        assert person is not None
        (found,) = subscribers.subscriptions_of(tx, person.id)
    return found.topics, found.cadence, person.format


def test_topics_cadence_and_format_are_chosen_and_what_was_not_shown_stays(tmp_path: Path) -> None:
    """One issue a week is offered where the briefing has such issues."""
    settings = WEEKLY.replace("weekly_on", 'topics = ["World", "Sports"]\nweekly_on')
    town = Town.at(tmp_path, settings)
    town.subscribe(ADA)
    link = town.link(RequestKind.PREFERENCES, ADA)
    page = town.client().get(link).text
    assert page.count("Once a week") == 1
    assert 'name="topic-daily" value="World"' in page
    assert "Text only" in page
    form = {"briefing": "daily", "cadence-daily": "weekly", "format": "text"}
    town.client().post(link, form | {"has-topics-daily": "yes", "topic-daily": "World"})
    assert chosen(town) == (("World",), Cadence.WEEKLY, MailFormat.TEXT)
    town.clock.advance(timedelta(minutes=10))
    link = town.link(RequestKind.PREFERENCES, ADA)
    assert 'value="World" checked' in town.client().get(link).text
    town.client().post(link, {"briefing": "daily"})
    assert chosen(town) == (("World",), Cadence.WEEKLY, MailFormat.TEXT)
    town.clock.advance(timedelta(minutes=10))
    link = town.link(RequestKind.PREFERENCES, ADA)
    town.client().post(link, {"briefing": "daily", "has-topics-daily": "yes"})
    assert chosen(town)[0] == ()
    town.service.close()


def test_one_a_week_is_not_offered_by_a_briefing_without_such_issues(town: Town) -> None:
    link = town.link(RequestKind.PREFERENCES, ADA)
    assert "Once a week" not in town.client().get(link).text
    town.client().post(link, {"briefing": "daily", "cadence-daily": "weekly"})
    assert chosen(town)[1] is Cadence.EACH


def test_topics_and_format_are_chosen_when_signing_up(town: Town) -> None:
    page = town.client().get("/subscribe").text
    assert "Text only" in page
    form = {"email": BEN, "briefing": "daily", "stamp": town.stamp(), "format": "text"}
    town.client().post("/subscribe", form | {"topic": "World"})
    (mail,) = town.mails(BEN)
    town.client().post(link_in(mail, "confirm"), {})
    with town.service.store.read() as tx:
        person = subscribers.find(tx, BEN)
        assert person is not None
        (found,) = subscribers.subscriptions_of(tx, person.id)
    assert (found.topics, person.format) == (("World",), MailFormat.TEXT)


def test_the_reader_is_shown_their_own_feed_and_looking_writes_nothing(tmp_path: Path) -> None:
    """It is the address that the operator is shown, until that is ended."""
    town = Town.at(tmp_path, SETTINGS + "\n[web]\nprivate_feeds = true\n")
    town.subscribe(ADA)
    service, now = town.service, town.clock.now()
    link = town.link(RequestKind.PREFERENCES, ADA)
    page = town.client().get(link).text
    known = address_of(service.store, service.config, service.keyring, ADA, "daily", now=now)
    assert page.count(f'value="{known}rss.xml"') == 1
    assert "Your own feed" in page
    path = known.removeprefix("https://gazette.example")
    assert town.client().get(f"{path}rss.xml").status == 200
    other = address_of(
        service.store, service.config, service.keyring, ADA, "daily", revoke=True, now=now
    )
    assert other != known
    assert town.client().get(f"{path}rss.xml").status == 410
    assert f'value="{other}rss.xml"' in town.client().get(link).text
    service.close()


def test_a_mail_is_the_same_at_a_retry_after_a_rotation(town: Town) -> None:
    """reliability.md R6: the link, the Message-ID, and every other byte."""
    town.ask("preferences", email=ADA)
    town.answer()
    service = town.service
    with service.store.write() as tx:
        (notice,) = notices.claim(tx, town.clock.now(), 10, timedelta(0))
    rotated = Keyring((b"n" * 32, *service.keyring.secrets), service.keyring.addresses)
    first, second, removed = (
        Writer(service.store, service.config, ring, service.renderer, {}).write(notice)
        for ring in (service.keyring, rotated, Keyring((b"n" * 32,)))
    )
    assert first is not None
    assert first == second
    assert removed is not None
    assert removed != first


def test_erasing_takes_along_what_was_asked_for_at_an_earlier_address(town: Town) -> None:
    link = town.link(RequestKind.PREFERENCES, ADA)
    town.client().post(link, {"briefing": "daily", "new_address": BEN})
    (mail,) = town.mails(BEN)
    town.client().post(link_in(mail, "change-address"), {})
    town.mails()
    town.client().post(town.link(RequestKind.ERASE, BEN), {})
    with town.service.store.read() as tx:
        left = [tuple(row) for table in (requests, written) for row in tx.execute(table.select())]
    assert ADA not in repr(left)
    assert BEN not in repr(left)


def test_a_pause_ends_at_the_beginning_of_its_day_where_the_reader_is(town: Town) -> None:
    link = town.link(RequestKind.PREFERENCES, ADA)
    form = {"briefing": "daily", "pause-daily": "2026-12-24", "timezone": "Asia/Tokyo"}
    town.client().post(link, form)
    with town.service.store.read() as tx:
        person = subscribers.find(tx, ADA)
        assert person is not None
        (found,) = subscribers.subscriptions_of(tx, person.id)
    assert found.paused_until == datetime(2026, 12, 24, tzinfo=ZoneInfo("Asia/Tokyo"))
    town.clock.advance(timedelta(minutes=10))
    page = town.client().get(town.link(RequestKind.PREFERENCES, ADA)).text
    assert 'value="2026-12-24"' in page
    town.clock.jump(datetime(2026, 12, 25, tzinfo=UTC))
    page = town.client().get(town.link(RequestKind.PREFERENCES, ADA)).text
    assert 'name="pause-daily" value=""' in page


@pytest.mark.parametrize(
    "day", ["", "soon", "2026-11-24", "2025-01-01", "2028-01-01", "9999-12-31"]
)
def test_a_pause_that_makes_no_sense_is_none(town: Town, day: str) -> None:
    town.client().post(
        town.link(RequestKind.PREFERENCES, ADA), {"briefing": "daily", "pause-daily": day}
    )
    with town.service.store.read() as tx:
        person = subscribers.find(tx, ADA)
        assert person is not None
        (found,) = subscribers.subscriptions_of(tx, person.id)
    assert found.paused_until is None


def test_who_pauses_gets_no_issue_until_then_and_every_one_after(town: Town) -> None:
    town.subscribe(BEN)
    link = town.link(RequestKind.PREFERENCES, ADA)
    town.client().post(link, {"briefing": "daily", "pause-daily": "2026-11-26"})

    def readers_of(issue_id: int) -> list[str]:
        with town.service.store.read() as tx:
            assert deliveries.ledger(tx, issue_id).adds_up
            return [row.email for row in deliveries.list_deliveries(tx, issue_id)]

    assert readers_of(freeze(town)) == [BEN]
    town.clock.jump(datetime(2026, 11, 26, 7, tzinfo=UTC))
    assert readers_of(freeze(town)) == [ADA, BEN]


def move(town: Town, address: str) -> str:
    """Ask to move to *address*. Return what the page says."""
    town.clock.advance(timedelta(minutes=10))
    form = {"briefing": "daily", "new_address": address}
    return town.client().post(town.link(RequestKind.PREFERENCES, ADA), form).text


def test_an_address_is_changed_once_the_new_one_says_yes_and_the_old_one_is_told(
    town: Town,
) -> None:
    token = town.leaving_token(ADA)
    assert "on its way to the new address" in move(town, "Ada@new.example")
    (mail,) = town.mails()
    assert mail["To"] == "Ada@new.example"
    assert ADA not in mail.as_string()
    link = link_in(mail, "change-address")
    assert "Ada@new.example" in town.client().get(link).text
    assert town.state(ADA) is CONFIRMED
    assert "was changed" in town.client().post(link).text
    assert town.state(ADA) is None
    assert town.state("ada@new.example") is CONFIRMED
    (told,) = town.mails()
    assert told["To"] == ADA
    assert "new.example" not in text_of(told)
    assert town.record("ada@new.example")[-1].method == "address change"
    assert town.client().post(link).status == 410
    assert town.client().post(f"/unsubscribe/{token}").status == 200
    assert town.state("ada@new.example") is UNSUBSCRIBED


def test_an_address_that_somebody_has_is_not_taken_over(town: Town) -> None:
    town.subscribe(BEN)
    move(town, BEN)
    (mail,) = town.mails()
    answer = town.client().post(link_in(mail, "change-address"))
    assert "has a subscription already" in answer.text
    assert town.state(ADA) is CONFIRMED
    assert town.state(BEN) is CONFIRMED


def test_an_address_is_not_changed_to_one_on_the_do_not_mail_record(town: Town) -> None:
    town.put_on_record("new@example.org")
    move(town, "new@example.org")
    assert town.answer() == {Outcome.SUPPRESSED: 1}
    move(town, "late@example.org")
    (mail,) = town.mails()
    town.put_on_record("late@example.org")
    assert town.client().post(link_in(mail, "change-address")).status == 410
    assert town.state(ADA) is CONFIRMED


def test_an_address_that_is_none_leaves_the_old_one_and_saves_the_rest(town: Town) -> None:
    assert "stays" in move(town, "nonsense@")
    assert town.mails() == []
    assert "on its way" not in move(town, "ADA@example.org")
    assert town.mails() == []
    assert town.state(ADA) is CONFIRMED


def test_who_was_erased_meanwhile_does_not_move(town: Town) -> None:
    move(town, "new@example.org")
    (mail,) = town.mails()
    town.clock.advance(timedelta(minutes=1))
    town.client().post(town.link(RequestKind.ERASE, ADA))
    assert town.client().post(link_in(mail, "change-address")).status == 410
    assert town.state("new@example.org") is None


def test_the_export_is_all_that_is_stored_and_nobody_elses(town: Town) -> None:
    town.subscribe(BEN)
    freeze(town)
    answer = town.client().post(town.link(RequestKind.EXPORT, ADA))
    assert answer.headers["content-type"] == "application/json"
    assert "attachment" in answer.headers["content-disposition"]
    found = json.loads(answer.body)
    assert found["subscriber"]["email"] == ADA
    assert [each["briefing"] for each in found["subscriptions"]] == ["daily"]
    assert [each["method"] for each in found["consents"]] == ["form", "mail"]
    assert [each["state"] for each in found["deliveries"]] == ["queued"]
    assert {each["kind"] for each in found["requests"]} == {"subscribe", "export"}
    assert found["do_not_mail"] == []
    assert BEN not in answer.text
    assert "address_hash" not in answer.text


def settle(town: Town, issue_id: int, detail: str) -> None:
    """Let the relay have refused Ben's mail, and not yet answered for anybody else's."""
    with town.service.store.write() as tx:
        now = town.clock.now()
        claims = deliveries.claim(tx, issue_id, 10, now, now + timedelta(minutes=1))
        for claim in claims:
            if claim.email == BEN:
                done = Settlement(claim.id, claim.fence, DeliveryState.REFUSED, 1, detail, now)
                deliveries.settle(tx, [done])
        deliveries.release(tx, [each for each in claims if each.email != BEN])


def test_erasing_takes_the_address_from_every_table_and_keeps_the_ledger(town: Town) -> None:
    """email.md, Consent: only a keyed hash stays."""
    town.subscribe(BEN)
    first = freeze(town)
    settle(town, first, "550 5.1.1 <Ben@Example.org>: no such user")
    second = freeze(town)
    town.sign_up(BEN, "weekly")
    town.answer()
    link = town.link(RequestKind.ERASE, BEN)
    assert "cannot be undone" in town.client().get(link).text
    with town.service.store.read() as tx:
        before = deliveries.ledger(tx, first), deliveries.ledger(tx, second)
    assert "Everything is erased" in town.client().post(link).text
    with town.service.store.read() as tx:
        after = deliveries.ledger(tx, first), deliveries.ledger(tx, second)
        assert all(each.adds_up for each in after)
        assert after[0].counts == before[0].counts
        assert after[1].counts[DeliveryState.SUPPRESSED] == 1
        assert subscribers.is_suppressed(tx, town.service.keyring.address_hash(BEN))
        dump = everything(tx)
    assert "ben@" not in dump.lower()
    assert ADA in dump


def everything(tx: Transaction) -> str:
    """Return every cell of every table."""
    rows = []
    for table in metadata.sorted_tables:
        rows += [str(tuple(row)) for row in tx.execute(table.select())]
    return "\n".join(rows)


def test_erasing_nobody_twice_changes_nothing(town: Town) -> None:
    number = town.person(ADA)
    with town.service.store.write() as tx:
        assert erasure.erase(tx, number, town.clock.now(), method="erasure")
        assert not erasure.erase(tx, number, town.clock.now(), method="erasure")
        assert not erasure.erase(tx, 4711, town.clock.now(), method="erasure")


def test_an_erased_address_gets_no_more_mail_whoever_asks(town: Town) -> None:
    town.client().post(town.link(RequestKind.ERASE, ADA))
    town.clock.advance(timedelta(days=2))
    town.sign_up(ADA)
    town.ask("export", email=ADA)
    assert town.answer() == {Outcome.SUPPRESSED: 1, Outcome.UNKNOWN: 1}
    assert town.mails() == []


def test_what_the_operator_wrote_about_somebody_goes_with_them(town: Town) -> None:
    town.add("eve@example.org", CONFIRMED)
    number = town.person("eve@example.org")
    with town.service.store.write() as tx:
        tx.execute(
            text(
                "UPDATE consents SET evidence = 'Eve signed at the fair' WHERE subscriber_id = :n"
            ),
            {"n": number},
        )
        erasure.erase(tx, number, town.clock.now(), method="operator")
        assert "Eve" not in everything(tx)


def test_a_link_for_a_request_without_a_person_does_nothing(town: Town) -> None:
    """Nobody can make such a link; the steps are careful all the same."""
    with town.service.store.write() as tx:
        tx.execute(
            text(
                "INSERT INTO requests (kind, at, network, email, email_key, domain, details,"
                " outcome, expires_at) SELECT kinds.kind, '2026-11-24 06:00:00', '', '', '', '',"
                " '{}', 'mailed', '2027-01-01 00:00:00' FROM"
                " (SELECT 'export' AS kind UNION SELECT 'erase' UNION SELECT 'preferences') kinds"
            )
        )
    for request in town.asked():
        if request.kind in KINDS and request.subscriber_id is None:
            token = tokens.make(
                town.service.keyring,
                PURPOSES[request.kind],
                request.id,
                expires_at=request.expires_at,
            )
            assert town.client().post(f"/{request.kind}/{token}").status == 410


def test_the_settings_of_the_sample_publication_serve_readers(tmp_path: Path) -> None:
    town = Town.at(tmp_path, SETTINGS + "\n[web]\nurl = 'https://gazette.example/news/'\n")
    page = town.client().get("/news/subscribe")
    assert 'action="/news/subscribe"' in page.text
    town.sign_up(ADA)
    (mail,) = town.mails()
    assert "https://gazette.example/news/confirm/" in text_of(mail)
    town.service.close()


def test_one_confirmation_can_be_for_a_part_of_what_is_asked_for(town: Town) -> None:
    """Who has one of two briefings confirms the other; the record of the one is as it was."""
    town.clock.advance(timedelta(days=2))
    body = f"email={ADA}&briefing=daily&briefing=weekly&stamp={town.stamp()}".encode()
    town.client().request(
        "POST",
        "/subscribe",
        headers={"content_type": "application/x-www-form-urlencoded"},
        body=body,
    )
    (mail,) = town.mails()
    assert "Morning Briefing and The Week" in str(mail["Subject"])
    before = [event for event in town.record(ADA) if event.briefing == "daily"]
    town.client().post(link_in(mail, "confirm"))
    assert town.state(ADA, "weekly") is CONFIRMED
    assert [event for event in town.record(ADA) if event.briefing == "daily"] == before


def test_who_moves_takes_what_they_left_along(town: Town) -> None:
    town.clock.advance(timedelta(days=2))
    town.sign_up(ADA, "weekly")
    (mail,) = town.mails()
    town.client().post(link_in(mail, "confirm"))
    town.client().post(f"/unsubscribe/{town.leaving_token(ADA, 'weekly')}")
    town.mails()
    move(town, "new@example.org")
    (mail,) = town.mails()
    town.client().post(link_in(mail, "change-address"))
    assert town.state("new@example.org", "weekly") is UNSUBSCRIBED
    assert [e.briefing for e in town.record("new@example.org") if e.method == "address change"] == [
        "daily"
    ]


def test_nothing_is_stored_of_somebody_who_is_not_there(town: Town) -> None:
    with town.service.store.read() as tx:
        assert dossier(tx, 4711) == {}


def test_a_file_in_a_form_counts_as_nothing(town: Town) -> None:
    part = (
        b'--b\r\nContent-Disposition: form-data; name="email"; filename="x"\r\n\r\n'
        b"ada@example.org\r\n--b--\r\n"
    )
    answer = town.client().request(
        "POST", "/subscribe", headers={"content_type": "multipart/form-data; boundary=b"}, body=part
    )
    assert answer.status == 422


def test_the_page_for_links_can_be_found_without_any(town: Town) -> None:
    page = town.client().get("/links")
    assert page.status == 200
    assert 'name="email"' in page.text


def test_a_reader_is_spoken_to_in_their_language(town: Town) -> None:
    form = {"email": BEN, "briefing": "daily", "language": "de", "stamp": town.stamp()}
    town.client().post("/subscribe", form)
    (mail,) = town.mails()
    assert mail["Content-Language"] == "de"
    assert mail["Subject"] == "Bitte bestätigen Sie Ihr Abonnement von Morning Briefing"
    page = town.client().get(link_in(mail, "confirm"))
    assert '<html lang="de"' in page.text
    assert "Bestätigen Sie Ihr Abonnement" in page.text
