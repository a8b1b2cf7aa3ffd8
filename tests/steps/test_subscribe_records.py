"""One person: looked up, suppressed, taken off the record again, erased; on both engines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from fakes import KEYRING, NOW, Desk, add_readers, compose_issue, states_of, subscription_states

from digest.errors import AddressError, DigestError, NotFoundError
from digest.model import DeliveryState, SubscriptionState
from digest.steps.subscribe import erase, record_of, suppress, unsubscribe, unsuppress
from digest.store.engine import Store

ADA = "ada@reader.example"
LATER = NOW + timedelta(hours=1)


def test_a_record_has_all_there_is(store: Store, tmp_path: Path) -> None:
    issue = compose_issue(Desk(store, tmp_path), [ADA, "bob@reader.example"])
    record = record_of(store, KEYRING, ADA)
    assert record.subscriber is not None
    assert record.email == ADA
    assert [item.state for item in record.subscriptions] == [SubscriptionState.CONFIRMED]
    assert [(item.method, item.at) for item in record.consents] == [("form", NOW)]
    assert record.suppression is None
    (delivery,) = record.deliveries
    assert (delivery.briefing, delivery.number) == ("daily", issue.number)
    assert delivery.state is DeliveryState.QUEUED
    assert record_of(store, KEYRING, str(record.subscriber.id)) == record
    assert record_of(store, KEYRING, "ADA@Reader.Example").subscriber == record.subscriber
    assert record_of(store, KEYRING, ADA, deliveries=0).deliveries == ()


def test_whom_somebody_may_have_meant_is_named(store: Store) -> None:
    add_readers(store, [ADA, "bob@other.example", "ada@raeder.example"])
    with pytest.raises(
        NotFoundError, match=r"no subscriber 'adaa@reader\.example'\. There is: ada@"
    ):
        record_of(store, KEYRING, "adaa@reader.example")
    with pytest.raises(NotFoundError, match=r"There is: ada@reader\.example"):
        unsubscribe(store, "ada@reader.exampel", None, method="x", evidence="", now=NOW)
    with pytest.raises(NotFoundError, match=r"no subscriber 'zoe@nowhere\.example'\.$"):
        record_of(store, KEYRING, "zoe@nowhere.example")
    with pytest.raises(NotFoundError, match=r"no subscriber '999'\.$"):
        record_of(store, KEYRING, "999")
    with pytest.raises(AddressError, match="'ada' is no address: the address has no @"):
        record_of(store, KEYRING, "ada")


def test_who_is_suppressed_gets_nothing_that_waits(store: Store, tmp_path: Path) -> None:
    issue = compose_issue(Desk(store, tmp_path), [ADA, "bob@reader.example"])
    assert suppress(store, KEYRING, ADA, evidence="a lawyer wrote", now=LATER)
    assert states_of(store, issue) == {ADA: "suppressed", "bob@reader.example": "queued"}
    found = record_of(store, KEYRING, ADA).suppression
    assert found is not None
    assert (found.at, found.reason, found.evidence) == (LATER, "operator", "a lawyer wrote")
    assert not suppress(store, KEYRING, ADA, evidence="again", now=LATER)
    assert record_of(store, KEYRING, ADA).suppression == found


def test_an_address_that_never_subscribed_can_be_suppressed(store: Store) -> None:
    assert suppress(store, KEYRING, "eve@reader.example", evidence="asked by phone", now=NOW)
    record = record_of(store, KEYRING, "eve@reader.example")
    assert record.subscriber is None
    assert record.suppression is not None
    assert unsuppress(store, KEYRING, "eve@reader.example", evidence="x", now=NOW).reason
    with pytest.raises(NotFoundError):
        record_of(store, KEYRING, "eve@reader.example")


def test_taking_an_address_off_the_record_is_itself_recorded(store: Store) -> None:
    """email.md, Consent: the record says who did what, when, and why."""
    add_readers(store, [ADA])
    suppress(store, KEYRING, ADA, evidence="bounced twice", now=NOW)
    was = unsuppress(store, KEYRING, ADA, evidence="the mailbox works again", now=LATER)
    assert was.evidence == "bounced twice"
    record = record_of(store, KEYRING, ADA)
    assert record.suppression is None
    last = record.consents[-1]
    assert (last.at, last.method, last.state) == (LATER, "operator", "confirmed")
    assert last.evidence == (
        "taken off the do-not-mail record (operator on 2026-11-23): the mailbox works again"
    )
    assert subscription_states(store) == {ADA: "confirmed"}
    with pytest.raises(NotFoundError, match="no suppression of 'ada@"):
        unsuppress(store, KEYRING, ADA, evidence="x", now=LATER)


def test_who_is_erased_is_nowhere_and_stays_out(store: Store) -> None:
    """email.md, Consent: an erased address stays only as a keyed hash in the suppressions."""
    add_readers(store, [ADA])
    assert erase(store, KEYRING, ADA, now=LATER).email == ADA
    record = record_of(store, KEYRING, ADA)
    assert record.subscriber is None
    assert record.suppression is not None
    assert record.suppression.reason == "erased"
    add_readers(store, [ADA])
    assert subscription_states(store) == {}
    with pytest.raises(DigestError, match="only they themselves can come back"):
        unsuppress(store, KEYRING, ADA, evidence="please", now=LATER)
    for who in (ADA, "1"):
        with pytest.raises(NotFoundError):
            erase(store, KEYRING, who, now=LATER)
