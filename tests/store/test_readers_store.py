"""What readers ask for and are told, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from store_samples import NOW, add_person, at_once, freeze_issue

from digest.model import Cadence, DeliveryState, MailFormat, NoticeKind, RequestKind
from digest.store import choices, deliveries, erasure, notices, requests, subscribers
from digest.store.dossier import dossier
from digest.store.engine import Store
from digest.store.requests import Budgets, NewRequest

HOUR = timedelta(hours=1)
WIDE = Budgets(100, 100, 100)


def asked(email: str = "a@example.org", network: str = "192.0.2.0/24") -> NewRequest:
    domain = email.rpartition("@")[2]
    return NewRequest(
        RequestKind.SUBSCRIBE, NOW, network, email, email, domain, details={"topics": ["World"]}
    )


def test_a_request_is_asked_answered_and_used_once(store: Store) -> None:
    with store.write() as tx:
        assert requests.add_within(tx, asked(), WIDE)
        (found,) = requests.unanswered(tx, 10)
        requests.answer(tx, found.id, requests.MAILED, NOW, expires_at=NOW + HOUR)
    with store.write() as tx:
        assert requests.unanswered(tx, 10) == []
        assert [r.id for r in requests.mailed_since(tx, "a@example.org", found.kind, NOW - HOUR)]
        assert requests.use(tx, found.id, RequestKind.ERASE, NOW) is None
        assert requests.use(tx, found.id, found.kind, NOW + HOUR) is None
        used = requests.use(tx, found.id, found.kind, NOW)
        assert used is not None
        assert used.details == {"topics": ["World"]}
        assert requests.use(tx, found.id, found.kind, NOW) is None


def test_of_many_who_press_at_once_one_succeeds(store: Store) -> None:
    with store.write() as tx:
        requests.add_within(tx, asked(), WIDE)
        (found,) = requests.unanswered(tx, 1)
        requests.answer(tx, found.id, requests.MAILED, NOW, expires_at=NOW + HOUR)

    def press(_: int) -> bool:
        with store.write() as tx:
            return requests.use(tx, found.id, found.kind, NOW) is not None

    assert sum(at_once(6, press)) == 1


def test_of_many_who_answer_at_once_each_request_has_one(store: Store) -> None:
    with store.write() as tx:
        for number in range(8):
            requests.add_within(tx, asked(f"{number}@example.org"), WIDE)

    def answer(_: int) -> list[int]:
        with store.write() as tx:
            batch = requests.unanswered(tx, 3)
            for each in batch:
                requests.answer(tx, each.id, requests.MAILED, NOW)
            return [each.id for each in batch]

    taken = [number for batch in at_once(4, answer) for number in batch]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize(
    ("budgets", "taken"),
    [(Budgets(2, 9, 9), 2), (Budgets(9, 3, 9), 3), (Budgets(9, 9, 4), 4), (WIDE, 5)],
)
def test_budgets_hold_for_an_hour(store: Store, budgets: Budgets, taken: int) -> None:
    with store.write() as tx:
        assert [requests.add_within(tx, asked(), budgets) for _ in range(5)].count(True) == taken
        later = NewRequest(RequestKind.EXPORT, NOW + HOUR, "192.0.2.0/24", details={})
        assert requests.add_within(tx, later, budgets)


def test_a_notice_is_claimed_by_one(store: Store) -> None:
    with store.write() as tx:
        for _ in range(6):
            notices.add(tx, NoticeKind.WELCOME, "a@x.example", {}, now=NOW, expires_at=NOW + HOUR)

    def claim(_: int) -> list[int]:
        with store.write() as tx:
            return [each.id for each in notices.claim(tx, NOW, 2, HOUR)]

    taken = [number for batch in at_once(4, claim) for number in batch]
    assert len(taken) == len(set(taken))
    with store.write() as tx:
        rest = notices.claim(tx, NOW, 10, HOUR)
        assert len(taken) + len(rest) == 6
        notices.put_off(tx, rest[0].id if rest else taken[0], NOW + HOUR, "451", 1)
        notices.settle(tx, taken[-1], DeliveryState.ACCEPTED)
        assert [recipient for _, _, recipient in notices.settled(tx)] == [""]
        assert notices.forget(tx, NOW + HOUR) == 1
        assert len(notices.waiting(tx)) == 5


def test_requests_are_forgotten_with_their_notices(store: Store) -> None:
    with store.write() as tx:
        requests.add_within(tx, asked(), WIDE)
        (found,) = requests.unanswered(tx, 1)
        requests.answer(tx, found.id, requests.MAILED, NOW, expires_at=NOW + HOUR)
        notices.add(
            tx,
            NoticeKind.CONFIRM,
            "a@example.org",
            {},
            now=NOW,
            expires_at=NOW + HOUR,
            request_id=found.id,
        )
        assert requests.forget(tx, NOW + HOUR, NOW) == 0
        assert requests.forget(tx, NOW + HOUR, NOW + 2 * HOUR) == 1
        assert notices.waiting(tx) == []


def test_choices_are_kept_and_a_pause_holds_issues_back(store: Store) -> None:
    with store.write() as tx:
        person, other = add_person(tx, "ada"), add_person(tx, "ben")
        (mine,) = subscribers.subscriptions_of(tx, person)
        choices.set_person(
            tx, person, language="de", timezone="Europe/Rome", mail_format=MailFormat.TEXT
        )
        choices.set_subscription(
            tx,
            mine.id,
            topics=("World",),
            cadence=Cadence.WEEKLY,
            paused_until=NOW + timedelta(seconds=1),
            now=NOW,
        )
        (kept,) = subscribers.subscriptions_of(tx, person)
        assert (kept.topics, kept.cadence) == (("World",), Cadence.WEEKLY)
        assert kept.subscriber.format is MailFormat.TEXT
        issue = freeze_issue(tx)
        assert [row.subscriber_id for row in deliveries.list_deliveries(tx, issue)] == [other]


def test_two_people_cannot_have_one_address(store: Store) -> None:
    with store.write() as tx:
        person, _ = add_person(tx, "ada"), add_person(tx, "ben")
    with pytest.raises(IntegrityError), store.write() as tx:
        choices.set_address(tx, person, "ben@example.org", "ben@example.org", "hash")


def test_erasing_leaves_the_ledger_and_no_address(store: Store) -> None:
    with store.write() as tx:
        person, _ = add_person(tx, "ada"), add_person(tx, "ben")
        issue = freeze_issue(tx)
        before = deliveries.ledger(tx, issue)
        assert erasure.erase(tx, person, NOW, method="erasure")
        after = deliveries.ledger(tx, issue)
        assert before.candidates == after.candidates
        assert after.adds_up
        assert after.counts[DeliveryState.SUPPRESSED] == 1
        assert subscribers.get(tx, person) is None
        assert subscribers.find(tx, "ada@example.org") is None
        assert subscribers.is_suppressed(tx, "hash of ada")
        assert "ada@" not in str(dossier(tx, person))
        add_person(tx, "eve")
