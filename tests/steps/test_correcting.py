"""A correction goes to those who were sent the wrong issue, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from fakes import KEYRING, RENDERER, Desk, add_readers, make_config
from store_samples import LEASE

from digest.errors import DigestError, NotFoundError
from digest.model import DeliveryState, Issue, MailFormat
from digest.steps.compose import ComposeResult, Correction, compose_correction, compose_now
from digest.store import deliveries, issues, releases
from digest.store.deliveries import Settlement
from digest.store.engine import Store

ADA, BOB, EVE = (f"{name}@reader.example" for name in ("ada", "bob", "eve"))


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    """A publication with an article and two readers."""
    desk = Desk(sqlite_store, tmp_path, make_config())
    desk.write("ferry.md")
    desk.ingest()
    add_readers(sqlite_store, [ADA, BOB])
    return desk


def sent(desk: Desk, outcomes: dict[str, DeliveryState]) -> Issue:
    """Compose an issue and settle its deliveries. Return it."""
    result = compose_now(desk.store, desk.config, RENDERER, KEYRING, "daily", now=desk.now)
    assert result.issue_id is not None, result.reason
    with desk.store.write() as tx:
        for claim in deliveries.claim(tx, result.issue_id, 10, desk.now, desk.now + LEASE):
            state = outcomes[claim.email]
            again = desk.now + LEASE if state is DeliveryState.UNCERTAIN else None
            done = Settlement(claim.id, claim.fence, state, 1, "250 ok", desk.now, again)
            deliveries.settle(tx, [done])
        issue = issues.get(tx, result.issue_id)
    assert issue is not None
    return issue


def corrected(
    desk: Desk, wrong: Issue, *slugs: str, words: str = "We were wrong."
) -> ComposeResult:
    return compose_correction(
        desk.store,
        desk.config,
        RENDERER,
        KEYRING,
        Correction(wrong, slugs or ("ferry",), words),
        now=desk.now,
    )


def audience(desk: Desk, result: ComposeResult) -> list[str]:
    assert result.issue_id is not None, result.reason
    with desk.store.read() as tx:
        return [row.email for row in deliveries.list_deliveries(tx, result.issue_id)]


def test_only_those_who_were_sent_the_wrong_issue_get_the_correction(desk: Desk) -> None:
    wrong = sent(desk, {ADA: DeliveryState.ACCEPTED, BOB: DeliveryState.REFUSED})
    add_readers(desk.store, [EVE])
    result = corrected(desk, wrong)
    assert audience(desk, result) == [ADA]
    with desk.store.read() as tx:
        assert result.issue_id is not None
        issue = issues.get(tx, result.issue_id)
        (variant,) = issues.variants_of(tx, result.issue_id).values()
        assert releases.corrects(tx, result.issue_id) == wrong.id
        assert releases.corrects(tx, wrong.id) is None
        assert deliveries.ledger(tx, result.issue_id).adds_up
    assert issue is not None
    assert issue.subject.startswith("Correction: ")
    assert "We were wrong." in variant.html
    assert "We were wrong." in variant.text


def test_a_mail_that_may_have_arrived_is_corrected_too(desk: Desk) -> None:
    wrong = sent(desk, {ADA: DeliveryState.UNCERTAIN, BOB: DeliveryState.REFUSED})
    assert audience(desk, corrected(desk, wrong)) == [ADA]


def test_what_is_mailed_again_is_not_new_for_later_issues(desk: Desk) -> None:
    wrong = sent(desk, {ADA: DeliveryState.ACCEPTED, BOB: DeliveryState.ACCEPTED})
    assert corrected(desk, wrong).issue_id
    assert corrected(desk, wrong).issue_id, "twice on one day"
    desk.now += timedelta(days=1)
    again = compose_now(desk.store, desk.config, RENDERER, KEYRING, "daily", now=desk.now)
    assert again.reason == "no new articles"


def test_who_wants_text_gets_text(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = sent(desk, {ADA: DeliveryState.ACCEPTED, BOB: DeliveryState.ACCEPTED})
    real = releases.readers_of
    monkeypatch.setattr(
        releases,
        "readers_of",
        lambda tx, issue_id: dict.fromkeys(real(tx, issue_id), MailFormat.TEXT),
    )
    result = corrected(desk, wrong)
    assert result.issue_id is not None
    with desk.store.read() as tx:
        found = list(issues.variants_of(tx, result.issue_id).values())
    assert [variant.name for variant in found] == ["all", "text only"]
    assert found[1].html == ""


def test_there_must_be_somebody_to_tell_and_something_to_say(desk: Desk) -> None:
    wrong = sent(desk, {ADA: DeliveryState.REFUSED, BOB: DeliveryState.REFUSED})
    nobody = corrected(desk, wrong)
    assert (nobody.issue_id, nobody.reason) == (None, f"nobody was sent daily/{wrong.number}")
    with pytest.raises(DigestError, match="needs an introduction"):
        corrected(desk, wrong, words=" ")


def test_an_unknown_article_is_named(desk: Desk) -> None:
    wrong = sent(desk, {ADA: DeliveryState.ACCEPTED, BOB: DeliveryState.REFUSED})
    with pytest.raises(NotFoundError, match=r"there is no article 'fer'\. There is: ferry"):
        corrected(desk, wrong, "ferry", "fer")
