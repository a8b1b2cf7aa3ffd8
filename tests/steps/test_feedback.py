"""What follows from what comes back, on both engines (reliability.md, Replies; security.md 16)."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from fakes import KEYRING, subscription_states
from feedback_samples import FULL, PERMANENT, POLICY, VAGUE, Newsroom, arf, dsn, newsroom

from digest import tokens
from digest.mail.message import message_id
from digest.mail.refusals import Kind, Scope
from digest.mail.reports import Arrival, Report, Sort
from digest.steps.feedback import (
    Effect,
    Event,
    check_rates,
    explain,
    settle_undecided,
    take,
    take_mail,
)
from digest.steps.feedback.decide import MOST_HOURS
from digest.store import alerts, erasure, feedback, forwards, issues, rates, subscribers
from digest.store.dossier import dossier
from digest.store.engine import Store
from digest.store.feedback import NewReport


@pytest.fixture
def desk(store: Store) -> Newsroom:
    return newsroom(store, 'forward_to = "editor@gazette.example"')


def open_alerts(desk: Newsroom) -> dict[str, str]:
    with desk.store.read() as tx:
        return {alert.key: alert.text for alert in alerts.open_alerts(tx)}


def test_an_address_that_takes_no_mail_is_given_up_with_evidence(desk: Newsroom) -> None:
    ann = desk.person("ann")
    issue = desk.issue()
    taken = desk.bounce(PERMANENT, issue, ann)
    assert taken.decision.effect is Effect.SUPPRESSED
    assert taken.email == "ann@example.org"
    found = desk.suppression("ann")
    assert found is not None
    assert found.reason == "bounce"
    assert "There is no such address." in found.evidence
    assert "@" not in found.evidence
    assert desk.bounce(PERMANENT, issue, ann, 2).decision.effect is Effect.NOTHING


def test_the_same_report_twice_counts_once(desk: Newsroom) -> None:
    ann = desk.person("ann")
    issue = desk.issue()
    first, again = desk.bounce(FULL, issue, ann), desk.bounce(FULL, issue, ann)
    assert (first.decision.effect, first.is_new) == (Effect.COUNTED, True)
    assert (again.decision.effect, again.is_new) == (Effect.NOTHING, False)
    # In transit, servers write into the header.
    data = b"Received: by x\r\nDelivered-To: y\r\n" + dsn(FULL).replace(b"\r\n", b"\n")
    assert not desk.take(data, desk.sender(issue, ann)).is_new


def test_a_full_mailbox_is_given_up_after_weeks_only(desk: Newsroom) -> None:
    ann = desk.person("ann")
    effects = []
    for day in range(15):
        effects.append(desk.bounce(FULL, desk.issue(), ann, day).decision.effect)
        desk.wait(days=1)
    assert effects.index(Effect.SUPPRESSED) == 10
    assert set(effects[:10]) == {Effect.COUNTED}


def test_an_address_counts_once_a_day(desk: Newsroom) -> None:
    ann = desk.person("ann")
    for number in range(12):
        taken = desk.bounce(FULL, desk.issue(), ann, number)
        assert taken.decision.effect is Effect.COUNTED
        assert "from 1 day" in taken.decision.explanation


def test_a_good_address_is_tried_once_more(desk: Newsroom) -> None:
    """Probes: its server may be wrong for a day."""
    ann = desk.person("ann")
    for _ in range(3):
        desk.issue()
    desk.wait(days=5)
    spared = desk.bounce(PERMANENT, desk.issue(), ann, 1)
    assert spared.decision.effect is Effect.SPARED
    assert desk.suppression("ann") is None
    desk.wait(days=1)
    assert desk.bounce(PERMANENT, desk.issue(), ann, 2).decision.effect is Effect.SUPPRESSED


def test_what_arrived_since_clears_an_address(desk: Newsroom) -> None:
    ann = desk.person("ann")
    for _ in range(3):
        desk.issue()
    desk.wait(days=5)
    assert desk.bounce(PERMANENT, desk.issue(), ann, 1).decision.effect is Effect.SPARED
    for _ in range(3):
        desk.wait(days=1)
        desk.issue()
    desk.wait(days=3)
    taken = desk.bounce(PERMANENT, desk.issue(), ann, 2)
    assert taken.decision.effect is Effect.SPARED
    assert "from 1 day," in taken.decision.explanation


def test_what_is_our_fault_touches_nobody_and_pauses_the_domain(desk: Newsroom) -> None:
    people = [desk.person(name) for name in ("ann", "ben", "cleo")]
    issue = desk.issue()
    effects = [desk.bounce(POLICY, issue, person, person).decision.effect for person in people]
    assert effects == [Effect.BLAMED, Effect.BLAMED, Effect.PAUSED]
    assert all(desk.suppression(name) is None for name in ("ann", "ben", "cleo"))
    with desk.store.read() as tx:
        (pause,) = feedback.pauses(tx, desk.now)
    assert (pause.relay, pause.domain) == ("main", "example.org")
    assert "refused by policy" in open_alerts(desk)["reports:main/example.org"]
    desk.wait(days=2)
    check_rates(desk.store, desk.config, now=desk.now)
    assert open_alerts(desk) == {}


def test_several_domains_pause_the_relay(store: Store) -> None:
    desk = newsroom(store, "blame_people = 1")
    ann = desk.person("ann")
    taken = desk.bounce(POLICY, desk.issue(), ann)
    assert taken.decision.effect is Effect.PAUSED
    with store.read() as tx:
        assert [pause.domain for pause in feedback.pauses(tx, desk.now)] == [""]


@pytest.mark.parametrize("diagnostic", [VAGUE, "smtp; 550 5.6.7 needs SMTPUTF8"])
def test_nobody_is_given_up_by_what_nobody_can_classify(desk: Newsroom, diagnostic: str) -> None:
    ann = desk.person("ann")
    for number in range(20):
        assert desk.bounce(diagnostic, desk.issue(), ann, number).decision.effect is Effect.NOTHING
        desk.wait(days=1)
    assert desk.suppression("ann") is None


SIZES = [100, pytest.param(1000, marks=pytest.mark.slow)]


@pytest.mark.parametrize("number_of_reports", SIZES)
def test_security_16_forged_reports_have_no_effect(
    sqlite_store: Store, number_of_reports: int
) -> None:
    """No MAC, no effect: not an address with one wrong letter, and none that a text names."""
    desk = newsroom(sqlite_store)
    ann = desk.person("ann")
    issue = desk.issue()
    genuine = desk.sender(issue, ann)
    chance = random.Random(7)  # noqa: S311 - the same forgeries each time
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    for number in range(number_of_reports):
        place = genuine.index("+") + 1 + chance.randrange(32)
        other = chance.choice([letter for letter in letters if letter != genuine[place]])
        forged = genuine[:place] + other + genuine[place + 1 :]
        to = [forged, "bounces@gazette.example", "ann@example.org"][number % 3]
        taken = desk.take(dsn(PERMANENT, to, number), to)
        assert taken.decision.effect is Effect.NOTHING
        assert not taken.proof.kind
    assert desk.suppression("ann") is None
    with sqlite_store.read() as tx:
        assert rates.overall(tx, desk.now - timedelta(days=9)).bounced == 0


@pytest.mark.parametrize("number", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_security_16_mutated_reports_neither_crash_nor_hit_others(
    sqlite_store: Store, number: int
) -> None:
    """Of genuine mail that was mutated, at most its own subscriber is ever given up."""
    desk = newsroom(sqlite_store)
    ann, ben = desk.person("ann"), desk.person("ben")
    issue = desk.issue()
    sender = desk.sender(issue, ann)
    seeds = [dsn(PERMANENT, sender), dsn(FULL, sender), arf(sender, desk.token(ann)), dsn(VAGUE)]
    chance = random.Random(11)  # noqa: S311 - the same mutations each time
    for _ in range(number):
        arrival = Arrival(mutated(chance.choice(seeds), chance), "lmtp", "", ())
        taken = explain(desk.store, desk.config, KEYRING, arrival, now=desk.now)
        assert taken.email in {"", "ann@example.org"}
    assert subscription_states(sqlite_store)["ben@example.org"] == "confirmed"
    assert ben != ann


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return *data* with some bytes changed, cut, doubled, or moved."""
    for _ in range(chance.randrange(1, 6)):
        at, length = chance.randrange(len(data) + 1), chance.randrange(60)
        piece = data[at : at + length]
        match chance.randrange(4):
            case 0:
                data = data[:at] + chance.randbytes(chance.randrange(8)) + data[at + length :]
            case 1:
                data = data[:at] + data[at + length :]
            case 2:
                data = data[:at] + piece * chance.randrange(1, 4) + data[at:]
            case _:
                other = chance.randrange(len(data) + 1)
                data = data[:other] + piece + data[other:]
    return data


def test_reports_of_what_never_went_out_have_no_effect(desk: Newsroom) -> None:
    ann = desk.person("ann")
    taken = desk.bounce(PERMANENT, 99, ann)
    assert taken.decision.effect is Effect.NOTHING
    assert "nothing proves" in taken.decision.explanation


def test_reports_of_old_mail_count_for_nothing(desk: Newsroom) -> None:
    ann = desk.person("ann")
    issue = desk.issue()
    desk.wait(days=40)
    assert "days old" in desk.bounce(PERMANENT, issue, ann).decision.explanation
    assert desk.suppression("ann") is None


def test_a_complaint_unsubscribes_at_once(desk: Newsroom) -> None:
    ann = desk.person("ann")
    desk.person("ben")
    issue = desk.issue()
    taken = desk.take(arf(desk.sender(issue, ann)), "complaints@gazette.example")
    assert taken.decision.effect is Effect.SUPPRESSED
    states = subscription_states(desk.store)
    assert states == {"ann@example.org": "unsubscribed", "ben@example.org": "confirmed"}
    found = desk.suppression("ann")
    assert found is not None
    assert found.reason == "complaint"
    with desk.store.read() as tx:
        assert [event.method for event in subscribers.consents_of(tx, ann)] == [
            "form",
            "complaint",
        ]


def test_security_3_a_complaint_by_token_unsubscribes_and_no_more(desk: Newsroom) -> None:
    ann = desk.person("ann")
    taken = desk.take(arf("", desk.token(ann)))
    assert taken.decision.effect is Effect.UNSUBSCRIBED
    assert desk.suppression("ann") is None
    assert subscription_states(desk.store) == {"ann@example.org": "unsubscribed"}


def mail(subject: str, sender: str = "ann@example.org", more: str = "") -> bytes:
    return f"From: {sender}\r\nSubject: {subject}\r\n{more}\r\nHello.\r\n".encode()


def take_from(desk: Newsroom, data: bytes) -> Effect:
    arrival = Arrival(data, "lmtp", "ann@example.org", ("unsubscribe@gazette.example",))
    return take_mail(desk.store, desk.config, KEYRING, arrival, now=desk.now).decision.effect


def test_email_l7_the_mailto_form_unsubscribes(desk: Newsroom) -> None:
    ann = desk.person("ann")
    assert take_from(desk, mail(desk.token(ann))) is Effect.UNSUBSCRIBED
    assert subscription_states(desk.store) == {"ann@example.org": "unsubscribed"}
    assert take_from(desk, mail(desk.token(ann), more="X: 1\r\n")) is Effect.NOTHING
    with desk.store.read() as tx:
        assert [event.method for event in subscribers.consents_of(tx, ann)] == ["form", "mailto"]


def test_a_wish_without_a_genuine_token_goes_to_a_person(desk: Newsroom) -> None:
    desk.person("ann")
    assert take_from(desk, mail("unsubscribe")) is Effect.FORWARDED
    assert take_from(desk, mail("A" * 40)) is Effect.FORWARDED
    assert subscription_states(desk.store) == {"ann@example.org": "confirmed"}
    with desk.store.write() as tx:
        found = forwards.claim(tx, desk.now, 10, timedelta(minutes=1))
    assert [b"unsubscribe" in item.content for item in found] == [True, False]


@pytest.mark.parametrize(
    "data",
    [
        mail("Hello", more="Auto-Submitted: auto-generated\r\n"),
        mail("Hello", more="X-Digest-Passed-On: tag\r\n"),
        mail("Hello", sender="editor@gazette.example"),
        mail("Out of office"),
        mail("Hello", more="List-Id: <x.example>\r\n"),
    ],
)
def test_nothing_goes_round_in_circles(desk: Newsroom, data: bytes) -> None:
    assert take_from(desk, data) is Effect.NOTHING


def test_only_so_many_mails_an_hour_are_passed_on(store: Store) -> None:
    desk = newsroom(store, 'forward_to = "e@gazette.example"\nforwards_an_hour = 2')
    found = [take_from(desk, mail(f"Hello {number}")) for number in range(5)]
    assert found == [Effect.FORWARDED] * 5
    assert "2 mails are before it" in open_alerts(desk)["feedback:forwards"]
    due = []
    for hours in range(3):
        with store.write() as tx:
            at = desk.now + timedelta(hours=hours)
            due.append(len(forwards.claim(tx, at, 10, timedelta(days=9))))
    assert due == [2, 2, 1]


def test_what_would_wait_for_more_than_a_day_is_not_passed_on(store: Store) -> None:
    desk = newsroom(store, 'forward_to = "e@gazette.example"\nforwards_an_hour = 1')
    found = [take_from(desk, mail(f"Hello {number}")) for number in range(MOST_HOURS + 2)]
    assert found == [Effect.FORWARDED] * (MOST_HOURS + 1) + [Effect.NOTHING]


def test_without_an_address_nobody_gets_what_people_write(store: Store) -> None:
    assert take_from(newsroom(store), mail("Hello")) is Effect.NOTHING


def test_replies_of_relays_count_like_reports(desk: Newsroom) -> None:
    ann = desk.person("ann")
    issue = desk.issue()
    new = NewReport(
        identity=f"reply/{issue}/{ann}/permanent",
        at=desk.now,
        source="reply",
        sort=Sort.BOUNCE,
        kind=Kind.PERMANENT,
        scope=Scope.RECIPIENT,
        proof="reply",
        subscriber_id=ann,
        issue_id=issue,
        relay="main",
        domain="example.org",
        reason="There is no such address.",
    )
    with desk.store.write() as tx:
        assert feedback.add(tx, new) is not None
        assert feedback.add(tx, new) is None
    assert settle_undecided(desk.store, desk.config, now=desk.now) == 1
    assert settle_undecided(desk.store, desk.config, now=desk.now) == 0
    assert desk.suppression("ann") is not None


def test_replies_that_name_no_mail_count_for_nothing_however_many_there_are(
    desk: Newsroom,
) -> None:
    ann = desk.person("ann")
    for number in range(101):
        new = NewReport(
            identity=f"{number}",
            at=desk.now,
            source="reply",
            sort=Sort.BOUNCE,
            kind=Kind.PERMANENT,
            scope=Scope.RECIPIENT,
            proof="reply",
            subscriber_id=ann,
        )
        with desk.store.write() as tx:
            feedback.add(tx, new)
    assert settle_undecided(desk.store, desk.config, now=desk.now) == 101
    assert desk.suppression("ann") is None
    with desk.store.read() as tx:
        assert len(feedback.list_reports(tx, subscriber_id=ann, limit=7)) == 7
        assert feedback.list_reports(tx, subscriber_id=ann, only_effective=True) == []


def test_a_complaint_of_somebody_who_left_or_is_erased_is_kept(desk: Newsroom) -> None:
    ann = desk.person("ann")
    issue = desk.issue()
    take_from(desk, mail(desk.token(ann)))
    desk.take(arf(desk.sender(issue, ann)))
    with desk.store.read() as tx:
        assert [event.method for event in subscribers.consents_of(tx, ann)] == ["form", "mailto"]
    with desk.store.write() as tx:
        erasure.erase(tx, ann, desk.now, method="operator")
    assert desk.take(arf(desk.sender(issue, ann), number=2)).email == ""


def test_blame_that_goes_on_keeps_its_alert(desk: Newsroom) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    desk.bounce(POLICY, desk.issue(), ann, 1)
    desk.wait(days=2)
    desk.bounce(POLICY, desk.issue(), ben, 2)
    check_rates(desk.store, desk.config, now=desk.now)
    assert "reports:main/example.org" in open_alerts(desk)


def test_a_provider_proves_by_the_envelope_sender_as_well(desk: Newsroom) -> None:
    ann = desk.person("ann")
    sender = desk.sender(desk.issue(), ann)
    report = Report(Sort.COMPLAINT, reason="Spam.", envelope_sender=sender)
    event = Event(report, "1")
    assert take(desk.store, desk.config, KEYRING, event, now=desk.now).proof.kind == "sender"
    other = Event(Report(Sort.COMPLAINT, message_id="a@elsewhere.example"), "2", address="a@b.org")
    assert take(desk.store, desk.config, KEYRING, other, now=desk.now).proof.kind == ""


def test_a_provider_says_who_by_the_message_and_its_recipient(desk: Newsroom) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    issue_id = desk.issue()
    with desk.store.read() as tx:
        issue = issues.get(tx, issue_id)
    assert issue is not None
    domain = desk.config.briefings["daily"].from_address.rpartition("@")[2]
    own = message_id(tokens.derive(KEYRING.first, "message-id"), issue.key, ann, domain)
    report = Report(Sort.COMPLAINT, reason="Spam.", message_id=own.strip("<>"))

    def told(address: str, identity: str) -> str:
        event = Event(report, identity, address=address)
        return take(desk.store, desk.config, KEYRING, event, now=desk.now).proof.kind

    assert told("ben@example.org", "1") == ""
    assert told("nobody", "2") == ""
    assert told("ann@example.org", "3") == "message"
    assert subscription_states(desk.store)["ann@example.org"] == "unsubscribed"
    assert subscription_states(desk.store)["ben@example.org"] == "confirmed"
    assert ben != ann


def test_a_reader_who_is_erased_leaves_only_counts(desk: Newsroom) -> None:
    ann = desk.person("ann")
    issue = desk.issue()
    desk.bounce(PERMANENT, issue, ann)
    with desk.store.read() as tx:
        assert dossier(tx, ann)["reports"][0]["effect"] == "suppressed"
    with desk.store.write() as tx:
        erasure.erase(tx, ann, desk.now, method="operator")
    with desk.store.read() as tx:
        (left,) = feedback.list_reports(tx)
        assert (left.diagnostic, left.reason, left.email, left.domain) == ("", "", "", "")
        assert rates.by_issue(tx, desk.now - timedelta(days=9))[0].bounced == 1
    assert desk.bounce(PERMANENT, issue, ann, 2).decision.effect is Effect.NOTHING


def test_rates_count_people_by_issue_relay_and_domain(desk: Newsroom) -> None:
    people = [desk.person(f"p{number}") for number in range(10)]
    issue = desk.issue()
    desk.bounce(FULL, issue, people[0], 1)
    desk.bounce(FULL, issue, people[0], 2)
    for person in people[:2]:
        desk.take(arf(desk.sender(issue, person), number=person))
    since = desk.now - timedelta(days=9)
    with desk.store.read() as tx:
        overall = rates.overall(tx, since)
        assert (overall.accepted, overall.bounced, overall.complained) == (10, 1, 2)
        assert overall.complaint_percent == 20
        assert [item.name for item in rates.by_issue(tx, since)] == ["daily/1"]
        assert [(i.name, i.bounce_percent) for i in rates.by_relay(tx, since)] == [("main", 10.0)]
        assert [(i.name, i.accepted) for i in rates.by_domain(tx, since)] == [("example.org", 10)]
    check_rates(desk.store, desk.config, now=desk.now)
    assert "20.00 %" in open_alerts(desk)["complaints"]
    desk.wait(days=40)
    assert check_rates(desk.store, desk.config, now=desk.now).accepted == 0
    assert "complaints" not in open_alerts(desk)


def test_reports_are_kept_for_a_year(desk: Newsroom) -> None:
    ann = desk.person("ann")
    desk.bounce(FULL, desk.issue(), ann)
    desk.wait(days=366)
    check_rates(desk.store, desk.config, now=desk.now)
    with desk.store.read() as tx:
        assert feedback.list_reports(tx) == []


def test_what_would_follow_is_told_and_nothing_changes(desk: Newsroom) -> None:
    ann = desk.person("ann")
    issue = desk.issue()
    arrival = Arrival(dsn(PERMANENT), "file", "", (desk.sender(issue, ann),))
    told = explain(desk.store, desk.config, KEYRING, arrival, now=desk.now)
    assert (told.decision.effect, told.email) == (Effect.SUPPRESSED, "ann@example.org")
    assert desk.suppression("ann") is None
    desk.bounce(PERMANENT, issue, ann)
    assert not explain(desk.store, desk.config, KEYRING, arrival, now=desk.now).is_new
