"""What is new becomes an issue, frozen in one transaction, once."""

from __future__ import annotations

import email
import email.policy
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from fakes import KEYRING, RENDERER, Desk, add_readers, compose_issue, make_config
from sqlalchemy.exc import IntegrityError

from digest.errors import DigestError, NotFoundError, TemplateError
from digest.mail.address import parse_address
from digest.mail.skeleton import Skeleton
from digest.model import IssueState, Occurrence, OccurrenceState, SubscriptionState
from digest.rendering import Renderer, bundled_templates, thrift
from digest.steps.compose import (
    ComposeResult,
    Composition,
    compose_due,
    compose_now,
    draft_issue,
    feedback_id,
)
from digest.store import alerts, deliveries, issues, occurrences
from digest.store.engine import Store, open_store
from digest.store.issues import Placed

DUE = datetime.fromisoformat("2026-11-24T06:00:00+00:00")
"""Tuesday, seven in the morning in Zurich."""

DAY = timedelta(days=1)


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    """A publication since Monday, with an article and two readers; now it is Tuesday at seven."""
    return opened(sqlite_store, tmp_path)


def opened(store: Store, root: Path, daily: str = "", more: str = "") -> Desk:
    desk = Desk(store, root, make_config(daily=daily, more=more))
    desk.write("ferry.md")
    desk.ingest()
    add_readers(store, ["ada@reader.example", "bob@reader.example"])
    assert [result.reason for result in due(desk)] == ["the briefing was set up after this time"]
    desk.now = DUE
    return desk


def due(desk: Desk, renderer: Renderer = RENDERER) -> tuple[ComposeResult, ...]:
    return compose_due(desk.store, desk.config, renderer, KEYRING, now=desk.now)


def by_hand(desk: Desk, name: str = "daily") -> ComposeResult:
    return compose_now(desk.store, desk.config, RENDERER, KEYRING, name, now=desk.now)


def draft(desk: Desk, *, is_test: bool = False) -> Composition | str:
    return draft_issue(
        desk.store, desk.config, RENDERER, KEYRING, "daily", now=desk.now, is_test=is_test
    )


def composed(desk: Desk, *, is_test: bool = False) -> Composition:
    found = draft(desk, is_test=is_test)
    assert isinstance(found, Composition)
    return found


def recorded(desk: Desk, name: str = "daily") -> list[Occurrence]:
    with desk.store.read() as tx:
        return occurrences.recent(tx, name)


def open_alerts(desk: Desk) -> list[str]:
    with desk.store.read() as tx:
        return [alert.text for alert in alerts.open_alerts(tx)]


def letter(desk: Desk, composition: Composition | None = None) -> EmailMessage:
    """The mail to one reader, as a mail program reads it."""
    composition = composition or composed(desk)
    return filled(composition.skeleton)


def filled(skeleton: Skeleton) -> EmailMessage:
    data = skeleton.fill(
        parse_address("ada@reader.example"),
        f"<x@{skeleton.message_id_domain}>",
        {"unsubscribe": "T" * 40},
    )
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def broken_templates(root: Path, name: str = "briefing.txt", text: str = "{{ nonsense }}") -> Path:
    """A copy of the templates, of which one is broken."""
    folder = root / "templates"
    shutil.copytree(bundled_templates(), folder)
    (folder / "email" / name).write_text(text)
    return folder


# Once, at its time.


def test_what_is_due_is_composed_and_frozen_on_both_engines(store: Store, tmp_path: Path) -> None:
    """reliability.md R1: issue, articles, variant, and one delivery for each confirmed reader."""
    desk = opened(store, tmp_path)
    add_readers(store, ["eve@reader.example"], state=SubscriptionState.UNCONFIRMED)
    (result,) = due(desk)
    assert result == ComposeResult("daily", "2026-11-24", result.issue_id, 1, 2)
    assert result.issue_id is not None
    with store.read() as tx:
        issue = issues.get(tx, result.issue_id)
        ledger = deliveries.ledger(tx, result.issue_id)
        articles = issues.articles_of(tx, result.issue_id)
        (variant,) = issues.variants_of(tx, result.issue_id).values()
    assert issue is not None
    assert issue.state is IssueState.COMPOSED
    assert (issue.composed_at, issue.expires_at) == (DUE, DUE + timedelta(hours=48))
    assert (issue.relay, issue.candidates) == ("default", 2)
    assert issue.subject == "Ferry"
    assert ledger.adds_up
    assert [(item.title, item.role, item.revision) for item in articles] == [("Ferry", "lead", 1)]
    assert filled(Skeleton.from_bytes(variant.skeleton))["Subject"] == issue.subject
    newest = recorded(desk)[0]
    assert (newest.period, newest.state, newest.reason) == (
        "2026-11-24",
        OccurrenceState.COMPOSED,
        "",
    )


def test_nothing_is_composed_before_its_time_nor_twice(desk: Desk) -> None:
    desk.now = DUE - timedelta(microseconds=1)
    assert due(desk) == ()
    desk.now = DUE
    assert len(due(desk)) == 1
    assert due(desk) == ()
    desk.now = DUE + timedelta(hours=12)
    assert due(desk) == ()


def test_two_daemons_at_once_make_one_issue(store: Store, tmp_path: Path) -> None:
    """design.md 5: whoever inserts the occurrence composes; on both engines, eight at a time."""
    desk = opened(store, tmp_path)
    together = threading.Barrier(8)

    def compose() -> tuple[ComposeResult, ...]:
        together.wait(10)
        return due(desk)

    with ThreadPoolExecutor(8) as pool:
        results = [job.result(30) for job in [pool.submit(compose) for _ in range(8)]]
    assert sum(len(result) for result in results) == 1
    with store.read() as tx:
        assert len(issues.list_issues(tx)) == 1


def test_a_second_process_finds_it_done(desk: Desk) -> None:
    """A store of its own on the same file."""
    assert len(due(desk)) == 1
    assert desk.store.path is not None
    other = open_store(f"sqlite:///{desk.store.path}")
    try:
        assert compose_due(other, desk.config, RENDERER, KEYRING, now=desk.now) == ()
    finally:
        other.close()


def test_a_rival_that_claims_in_between_wins(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    write = desk.store.write

    def after_the_rival() -> object:
        monkeypatch.setattr(desk.store, "write", write)
        assert len(due(desk)) == 1
        return write()

    monkeypatch.setattr(desk.store, "write", after_the_rival)
    assert due(desk) == ()


# Why nothing was sent: always a stored reason.


def test_a_new_briefing_makes_nothing_up_and_raises_no_alert(desk: Desk) -> None:
    (only,) = recorded(desk)
    assert (only.period, only.state) == ("2026-11-23", OccurrenceState.SKIPPED)
    assert open_alerts(desk) == []


def test_without_new_articles_there_is_no_issue(desk: Desk) -> None:
    due(desk)
    desk.now += DAY
    (result,) = due(desk)
    assert (result.issue_id, result.number, result.candidates) == (None, None, 0)
    assert result.reason == "no new articles"
    assert recorded(desk)[0].reason == "no new articles"
    assert recorded(desk)[0].state is OccurrenceState.SKIPPED
    assert open_alerts(desk) == []


def test_too_few_articles_wait_for_more(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, daily="min_articles = 2")
    assert due(desk)[0].reason == "1 new articles, fewer than min_articles = 2"
    desk.write("harbour.md")
    desk.ingest()
    desk.now += DAY
    (result,) = due(desk)
    assert (result.number, result.candidates) == (1, 2)


def test_without_confirmed_readers_nothing_is_composed(sqlite_store: Store, tmp_path: Path) -> None:
    desk = Desk(sqlite_store, tmp_path)
    desk.write("ferry.md")
    desk.ingest()
    add_readers(sqlite_store, ["ada@reader.example"], state=SubscriptionState.UNCONFIRMED)
    due(desk)
    desk.now = DUE
    assert due(desk)[0].reason == "no confirmed subscribers"
    assert open_alerts(desk) == []
    with sqlite_store.read() as tx:
        assert issues.used_articles(tx, "daily") == set()


def test_after_downtime_only_the_latest_is_made_up_for(desk: Desk) -> None:
    """design.md 6: the others are recorded, and an alert tells; it stays until all is well."""
    desk.now = DUE + 2 * DAY + timedelta(hours=6)
    results = due(desk)
    assert [(result.period, result.reason) for result in results] == [
        ("2026-11-24", "missed, and a later issue took its place"),
        ("2026-11-25", "missed, and a later issue took its place"),
        ("2026-11-26", ""),
    ]
    assert open_alerts(desk) == [
        "no issue of daily for 2026-11-24: missed, and a later issue took its place"
    ]
    desk.write("harbour.md")
    desk.ingest()
    desk.now = DUE + 3 * DAY
    assert due(desk)[0].number == 2
    assert open_alerts(desk) == []


def test_what_is_too_late_is_left_out_with_an_alert(desk: Desk) -> None:
    desk.now = DUE + timedelta(hours=6, minutes=1)
    (result,) = due(desk)
    assert result.reason == "missed by 6 h 01 min; at most 6 h is made up for"
    assert recorded(desk)[0].reason == result.reason
    assert open_alerts(desk) == [f"no issue of daily for 2026-11-24: {result.reason}"]
    by_hand(desk)
    assert open_alerts(desk) == []


def test_what_would_expire_at_once_is_too_late_too(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, daily="expire_after_hours = 1")
    desk.now = DUE + timedelta(hours=2)
    assert due(desk)[0].reason == "missed by 2 h; at most 1 h is made up for"


# What goes wrong.


def test_a_broken_template_writes_nothing_and_is_tried_again(desk: Desk, tmp_path: Path) -> None:
    broken = Renderer([broken_templates(tmp_path)])
    for _ in range(2):
        with pytest.raises(TemplateError, match="nonsense"):
            due(desk, broken)
        assert [item.period for item in recorded(desk)] == ["2026-11-23"]
    with desk.store.read() as tx:
        assert issues.list_issues(tx) == []
        assert issues.used_articles(tx, "daily") == set()
    assert due(desk)[0].number == 1


@pytest.mark.parametrize(
    ("nonsense", "reason"),
    [
        ("{{ nonsense }}", "nonsense"),
        ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", "steps"),
        ("{{ 'x' * 1000000000 }}", "1,000,000,000 characters"),
    ],
)
def test_one_briefing_that_fails_does_not_hold_the_others(
    sqlite_store: Store,
    tmp_path: Path,
    nonsense: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """reliability.md, poison templates: also one that would never end, or fill the memory."""
    monkeypatch.setattr(thrift, "MAX_STEPS", 100_000)
    weekly = '[briefings.weekly]\ntitle = "Week"\nfrom_address = "week@gazette.example"\n'
    desk = Desk(sqlite_store, tmp_path, make_config(more=weekly))
    desk.write("ferry.md")
    desk.ingest()
    for briefing in ("daily", "weekly"):
        add_readers(sqlite_store, ["ada@reader.example"], briefing)
    due(desk)
    desk.now = DUE
    text = f"{{% if briefing.name == 'daily' %}}{nonsense}{{% endif %}}{{{{ links.unsubscribe }}}}"
    broken = Renderer([broken_templates(tmp_path, text=text)])
    with pytest.raises(DigestError, match=rf"briefing\.txt:1: .*{reason}"):
        due(desk, broken)
    assert recorded(desk, "weekly")[0].state is OccurrenceState.COMPOSED
    assert [item.period for item in recorded(desk, "daily")] == ["2026-11-23"]
    assert [result.briefing for result in due(desk)] == ["daily"]


# Frozen.


def test_an_issue_does_not_change_with_its_articles(desk: Desk) -> None:
    """reliability.md: an edit after the freeze changes web and feeds, never the issue."""
    (result,) = due(desk)
    assert result.issue_id is not None

    def frozen() -> tuple[object, ...]:
        assert result.issue_id is not None
        with desk.store.read() as tx:
            return issues.variants_of(tx, result.issue_id), issues.articles_of(tx, result.issue_id)

    before = frozen()
    desk.write("ferry.md", "# Another title\n\nAnother text.\n")
    desk.now += timedelta(hours=1)
    assert desk.ingest().updated == ("ferry",)
    assert frozen() == before
    desk.write("other.md")
    (desk.folder / "ferry.md").unlink()
    assert desk.ingest().withdrawn == ("ferry",)
    assert frozen() == before


def test_an_article_is_in_one_issue_of_a_briefing_only(desk: Desk) -> None:
    """design.md 5: UNIQUE, whatever the code does; an edit does not bring it back."""
    first = due(desk)[0].issue_id
    desk.write("ferry.md", "# Ferry\n\nAnother text.\n")
    desk.write("harbour.md")
    desk.now += DAY
    desk.ingest()
    second = due(desk)[0].issue_id
    assert first is not None
    assert second is not None
    with desk.store.read() as tx:
        assert [item.title for item in issues.articles_of(tx, second)] == ["Harbour"]
    with pytest.raises(IntegrityError), desk.store.write() as tx:
        issues.add_articles(tx, second, "daily", [Placed(1, 1, 2, "more")])


def test_every_article_has_its_role_and_place(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, daily="max_articles = 2\nheadlines = 1")
    for name in ("b", "c", "d"):
        desk.now += timedelta(minutes=1)
        desk.write(f"{name}.md")
        desk.ingest()
    (result,) = due(desk)
    assert result.issue_id is not None
    with desk.store.read() as tx:
        placed = issues.articles_of(tx, result.issue_id)
    assert [(item.title, item.role) for item in placed] == [
        ("B", "lead"),
        ("Ferry", "section"),
        ("C", "more"),
    ]
    desk.now = DUE + DAY
    assert due(desk)[0].number == 2


def test_without_a_lead_all_stand_in_sections(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, daily='lead = "none"')
    (result,) = due(desk)
    assert result.issue_id is not None
    with desk.store.read() as tx:
        assert [item.role for item in issues.articles_of(tx, result.issue_id)] == ["section"]


# By hand.


def test_issues_by_hand_are_numbered_on_and_have_periods_of_their_own(desk: Desk) -> None:
    assert (by_hand(desk).number, by_hand(desk).reason) == (1, "no new articles")
    desk.write("b.md")
    desk.ingest()
    assert (by_hand(desk).period, by_hand(desk).period) == ("2026-11-24/2", "2026-11-24/3")
    desk.write("c.md")
    desk.ingest()
    (result,) = due(desk)
    assert (result.number, result.period) == (3, "2026-11-24")
    with desk.store.read() as tx:
        found = issues.find(tx, "daily", 2)
    assert found is not None
    assert found.expires_at == DUE + timedelta(hours=48)


def test_an_issue_by_hand_that_comes_to_nothing_leaves_nothing(desk: Desk) -> None:
    by_hand(desk)
    before = recorded(desk)
    result = by_hand(desk)
    assert (result.issue_id, result.reason) == (None, "no new articles")
    assert recorded(desk) == before


def test_an_unknown_briefing_is_named(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match=r"no briefing 'weekly'. There is: daily"):
        by_hand(desk, "weekly")
    with pytest.raises(NotFoundError):
        draft_issue(desk.store, desk.config, RENDERER, KEYRING, "weekly", now=desk.now)


# Looking without sending.


def test_a_preview_writes_nothing_and_is_what_will_be_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "write", None)
        preview = composed(desk)
    assert preview.number == 1
    (result,) = due(desk)
    assert result.issue_id is not None
    with desk.store.read() as tx:
        (variant,) = issues.variants_of(tx, result.issue_id).values()
        issue = issues.get(tx, result.issue_id)
    assert issue is not None
    assert Skeleton.from_bytes(variant.skeleton) == preview.skeleton
    assert (variant.html, variant.text) == (preview.mail.html, preview.mail.text)
    assert (issue.subject, issue.key) == (preview.subject, preview.key)
    assert draft(desk) == "no new articles"


def test_a_test_is_marked_in_its_subject(desk: Desk) -> None:
    composition = composed(desk, is_test=True)
    assert composition.subject == "[Test] Ferry"
    assert letter(desk, composition)["Subject"] == composition.subject


# The letter.


def test_a_long_subject_is_cut_at_a_word(sqlite_store: Store, tmp_path: Path) -> None:
    """email.md C5; the mark of a test is not at its cost."""
    desk = opened(sqlite_store, tmp_path)
    desk.write("ferry.md", "# " + "Harbour " * 20 + "\n\nText.\n")
    desk.ingest()
    subject = composed(desk).subject
    assert subject.startswith("Harbour Harbour")
    assert subject.endswith(" Harbour…")
    assert 60 < len(subject) <= 70
    assert composed(desk, is_test=True).subject == f"[Test] {subject}"


def test_a_subject_can_have_date_and_number(sqlite_store: Store, tmp_path: Path) -> None:
    desk = opened(sqlite_store, tmp_path, daily='subject = "{briefing} {number}, {date}"')
    assert composed(desk).subject == "Morning Briefing 1, Tuesday, November 24, 2026"


def test_the_letter_has_what_list_mail_needs(sqlite_store: Store, tmp_path: Path) -> None:
    """email.md F2, F4, F9, L1, L2, L8."""
    daily = 'reply_to = "desk@gazette.example"\nfrom_name = "The Gazette"\nlanguage = "en-GB"'
    mail = letter(opened(sqlite_store, tmp_path, daily=daily))
    token = "T" * 40
    expected = {
        "From": "The Gazette <briefing@gazette.example>",
        "To": "ada@reader.example",
        "Reply-To": "desk@gazette.example",
        "Message-ID": "<x@gazette.example>",
        "List-Id": "Morning Briefing <daily.gazette.example>",
        "List-Unsubscribe": (
            f"<https://gazette.example/unsubscribe/{token}>, "
            f"<mailto:unsubscribe@gazette.example?subject={token}>"
        ),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": "<https://gazette.example/issues/daily>",
        "List-Archive": "<https://gazette.example/issues/daily>",
        "List-Owner": "<mailto:desk@gazette.example>",
        "Feedback-ID": "1:daily:briefing:gazetteexample",
        "Precedence": "bulk",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en-GB",
    }
    assert {name: str(mail[name]) for name in expected} == expected
    assert mail["Date"].datetime == DUE
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        said = body.get_content()
        for wanted in (
            f"https://gazette.example/unsubscribe/{token}",
            f"https://gazette.example/preferences/{token}",
            "https://gazette.example/issues/daily/1",
            "https://gazette.example/articles/ferry",
            "1 Quay Street",
        ):
            assert wanted in said


def test_answers_to_a_letter_without_reply_to_go_to_its_sender(desk: Desk) -> None:
    mail = letter(desk)
    assert mail["Reply-To"] is None
    assert mail["List-Owner"] == "<mailto:briefing@gazette.example>"


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("https://gazette.example/", "gazetteexample"),
        ("https://www.a-very-long-name.example/", "wwwaverylongnam"),
        ("https://x.eu/", "xeuxx"),
        ("https://газета.example/", "example"),
        ("nonsense", "xxxxx"),
    ],
)
def test_the_feedback_id_names_the_sender_in_5_to_15_characters(url: str, sender: str) -> None:
    """email.md L8: no value of it is anybody's own."""
    assert feedback_id("daily", 12, url) == f"12:daily:briefing:{sender}"


def test_no_issue_has_the_key_of_another(desk: Desk) -> None:
    """Also when a restored backup counts a number twice: the moment is part of it."""
    first = composed(desk)
    desk.now += timedelta(seconds=1)
    second = composed(desk)
    assert first.number == second.number
    assert first.key != second.key
    assert first.slot != second.slot


def test_a_test_with_nothing_new_shows_what_was_mailed_before(desk: Desk) -> None:
    """The relay and the looks can be tried at any time; an issue still needs news."""
    compose_issue(desk, ["ada@reader.example"])
    parts = (desk.store, desk.config, RENDERER, KEYRING, "daily")
    assert draft_issue(*parts, now=desk.now) == "no new articles"
    drafted = draft_issue(*parts, now=desk.now, is_test=True)
    assert not isinstance(drafted, str)
    assert drafted.subject.startswith("[Test] ")
