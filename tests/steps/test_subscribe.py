"""People come and go, and every change leaves a line in the record of their consent."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import KEYRING, NOW, subscription_states
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from store_samples import at_once

from digest.errors import AddressError, NotFoundError, SubscriberImportError
from digest.mail.address import mailbox_key
from digest.model import Cadence, MailFormat, Subscriber, Subscription, SubscriptionState
from digest.steps.subscribe import (
    COLUMNS,
    Change,
    Person,
    Reading,
    SubscribeResult,
    Wish,
    export_csv,
    parse_csv,
    person_of,
    subscribe,
    unsubscribe,
)
from digest.store import listing, subscribers
from digest.store.engine import Store
from digest.store.listing import Filter, Listed
from digest.store.subscribers import Consent

UNCONFIRMED = SubscriptionState.UNCONFIRMED
CONFIRMED = SubscriptionState.CONFIRMED
UNSUBSCRIBED = SubscriptionState.UNSUBSCRIBED

ADA = "ada@reader.example"


def wish(email: str, state: SubscriptionState = CONFIRMED, briefing: str = "daily") -> Wish:
    return Wish(person_of(email), briefing, state)


def apply(store: Store, *wishes: Wish, allow_return: bool = False) -> list[Change]:
    result = subscribe(
        store,
        KEYRING,
        wishes,
        method="import",
        evidence="signed up at the fair",
        now=NOW,
        allow_return=allow_return,
    )
    assert [made for made, _ in result.changes] == list(wishes)
    return [change for _, change in result.changes]


def leave(store: Store, briefing: str | None = None) -> tuple[str, ...]:
    at = NOW + timedelta(hours=1)
    return unsubscribe(store, ADA, briefing, method="one-click", evidence="RFC 8058", now=at)


def suppress(store: Store, email: str) -> None:
    with store.write() as tx:
        subscribers.suppress(
            tx, KEYRING.address_hash(mailbox_key(email)), NOW, "complaint", "a report"
        )


def record_of(store: Store, email: str = ADA) -> list[Consent]:
    with store.read() as tx:
        person = subscribers.find(tx, mailbox_key(email))
        assert person is not None
        return subscribers.consents_of(tx, person.id)


# Coming.


@pytest.mark.parametrize(
    ("before", "wanted", "change", "after"),
    [
        (None, UNCONFIRMED, Change.ADDED, "unconfirmed"),
        (None, CONFIRMED, Change.ADDED, "confirmed"),
        (None, UNSUBSCRIBED, Change.ADDED, "unsubscribed"),
        (UNCONFIRMED, UNCONFIRMED, Change.UNCHANGED, "unconfirmed"),
        (UNCONFIRMED, CONFIRMED, Change.CONFIRMED, "confirmed"),
        (UNCONFIRMED, UNSUBSCRIBED, Change.UNSUBSCRIBED, "unsubscribed"),
        (CONFIRMED, UNCONFIRMED, Change.UNCHANGED, "confirmed"),
        (CONFIRMED, CONFIRMED, Change.UNCHANGED, "confirmed"),
        (CONFIRMED, UNSUBSCRIBED, Change.UNSUBSCRIBED, "unsubscribed"),
        (UNSUBSCRIBED, UNCONFIRMED, Change.KEPT_OUT, "unsubscribed"),
        (UNSUBSCRIBED, CONFIRMED, Change.KEPT_OUT, "unsubscribed"),
        (UNSUBSCRIBED, UNSUBSCRIBED, Change.UNCHANGED, "unsubscribed"),
    ],
)
def test_what_becomes_of_a_wish(
    sqlite_store: Store,
    before: SubscriptionState | None,
    wanted: SubscriptionState,
    change: Change,
    after: str,
) -> None:
    """email.md, Consent: nothing revives who has left, nothing takes a confirmation back."""
    if before is not None:
        apply(sqlite_store, wish(ADA, before))
    assert apply(sqlite_store, wish(ADA, wanted)) == [change]
    assert subscription_states(sqlite_store) == {ADA: after}


def test_on_their_own_word_people_come_back(sqlite_store: Store) -> None:
    apply(sqlite_store, wish(ADA))
    leave(sqlite_store)
    assert apply(sqlite_store, wish(ADA), allow_return=True) == [Change.CONFIRMED]
    assert subscription_states(sqlite_store) == {ADA: "confirmed"}


def test_who_is_on_the_do_not_mail_record_stays_out(store: Store) -> None:
    """In any spelling of the address, and whoever asks; on both engines."""
    suppress(store, ADA)
    wishes = [wish(ADA), wish("ADA@Reader.EXAMPLE"), wish("bob@reader.example")]
    changes = apply(store, *wishes, allow_return=True)
    assert changes == [Change.SUPPRESSED, Change.SUPPRESSED, Change.ADDED]
    assert subscription_states(store) == {"bob@reader.example": "confirmed"}


def test_every_change_leaves_a_line_in_the_record(store: Store) -> None:
    """email.md, Consent: append-only; how, when, and what was agreed to."""
    apply(store, wish(ADA, UNCONFIRMED))
    apply(store, wish(ADA))
    apply(store, wish(ADA))
    assert leave(store) == ("daily",)
    person = record_of(store)[0].subscriber_id
    later = NOW + timedelta(hours=1)
    fair = ("import", "signed up at the fair")
    assert record_of(store) == [
        Consent(person, "daily", NOW, UNCONFIRMED, *fair),
        Consent(person, "daily", NOW, CONFIRMED, *fair),
        Consent(person, "daily", later, UNSUBSCRIBED, "one-click", "RFC 8058"),
    ]


def test_one_person_is_one_row_whatever_the_capitals(sqlite_store: Store) -> None:
    first, second = wish("Ada@Reader.example"), wish("aDA@reader.EXAMPLE", briefing="weekly")
    assert apply(sqlite_store, first, second) == [Change.ADDED, Change.ADDED]
    with sqlite_store.read() as tx:
        found = list(subscribers.list_subscriptions(tx))
    assert [item.subscriber.email for item in found] == ["Ada@reader.example"] * 2
    assert len({item.subscriber.id for item in found}) == 1


def test_all_or_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in the middle leaves no half of it."""
    monkeypatch.setattr("digest.steps.subscribe.step.BATCH", 1)
    broken = Wish(Person(None, "x@reader.example"), "daily", CONFIRMED)  # type: ignore[arg-type] # what no check lets through
    with pytest.raises(IntegrityError):
        apply(store, wish(ADA), broken)
    assert subscription_states(store) == {}


def test_progress_and_counts(sqlite_store: Store) -> None:
    told: list[int] = []
    result = subscribe(
        sqlite_store,
        KEYRING,
        [wish(ADA), wish("bob@reader.example"), wish(ADA)],
        method="import",
        evidence="",
        now=NOW,
        progress=told.append,
    )
    assert told == [1, 3]
    assert (result.count(Change.ADDED), result.count(Change.UNCHANGED)) == (2, 1)
    assert SubscribeResult(()).count(Change.ADDED) == 0


def test_a_check_says_what_would_be_done_and_does_nothing(store: Store) -> None:
    apply(store, wish(ADA))
    asked = [wish(ADA), wish("bob@reader.example")]
    result = subscribe(store, KEYRING, asked, method="import", evidence="", now=NOW, is_check=True)
    assert [change for _, change in result.changes] == [Change.UNCHANGED, Change.ADDED]
    assert subscription_states(store) == {ADA: "confirmed"}
    assert subscribe(store, KEYRING, [], method="x", evidence="", now=NOW).changes == ()


@pytest.mark.parametrize("briefing", ["daily", "other"])
def test_two_imports_of_the_same_people_at_once_fail_neither(store: Store, briefing: str) -> None:
    """Nobody is there twice, whatever the order of the files."""
    people = [f"reader{number}@reader.example" for number in range(60)]

    def take(place: int) -> list[Change]:
        order = people if place % 2 else people[::-1]
        wishes = [wish(email, briefing="daily" if place % 2 else briefing) for email in order]
        return apply(store, *wishes)

    made = Counter(change for changes in at_once(4, take) for change in changes)
    briefings = {"daily", briefing}
    assert made == {
        Change.ADDED: 60 * len(briefings),
        Change.UNCHANGED: 240 - 60 * len(briefings),
    }
    with store.read() as tx:
        found = [item.subscriber.email for item in subscribers.list_subscriptions(tx)]
    assert Counter(found) == dict.fromkeys(people, len(briefings))


def test_what_people_chose_comes_along_and_nothing_of_theirs_is_overwritten(store: Store) -> None:
    later = NOW + timedelta(days=9)
    chosen = replace(
        wish(ADA), topics=("harbour", "weather"), cadence=Cadence.WEEKLY, paused_until=later
    )
    apply(store, replace(chosen, person=replace(chosen.person, format=MailFormat.TEXT)))
    apply(store, wish(ADA), wish(ADA, UNSUBSCRIBED))
    with store.read() as tx:
        (found,) = list(subscribers.list_subscriptions(tx))
    assert found.topics == ("harbour", "weather")
    assert (found.cadence, found.paused_until) == (Cadence.WEEKLY, later)
    assert found.subscriber.format is MailFormat.TEXT
    with store.read() as tx:
        text = export(*listing.list_people(tx, Filter()))
    (back,) = parse(text, may_confirm=True)
    assert back.topics == found.topics
    assert (back.cadence, back.paused_until) == (Cadence.WEEKLY, later)
    assert (back.person.format, back.since) == (MailFormat.TEXT, NOW)


def test_a_suppressed_address_is_exported_as_one(store: Store) -> None:
    """email.md, Consent: suppressions survive a move to another installation."""
    apply(store, wish(ADA))
    suppress(store, ADA)
    with store.read() as tx:
        text = export(*listing.list_people(tx, Filter()))
    (back,) = parse(text, may_confirm=True)
    assert back.suppressed == "complaint"


# Going.


def test_leaving_one_briefing_or_all(sqlite_store: Store) -> None:
    apply(sqlite_store, *(wish(ADA, briefing=name) for name in ("daily", "weekly", "yearly")))
    assert leave(sqlite_store, "weekly") == ("weekly",)
    assert leave(sqlite_store, "weekly") == ()
    assert leave(sqlite_store) == ("daily", "yearly")
    assert leave(sqlite_store) == ()
    assert len(record_of(sqlite_store)) == 6


def test_who_never_came_cannot_leave(sqlite_store: Store) -> None:
    with pytest.raises(NotFoundError, match="no subscriber 'ada@"):
        leave(sqlite_store)
    with pytest.raises(AddressError):
        unsubscribe(sqlite_store, "nobody", None, method="x", evidence="", now=NOW)


# Persons.


def test_a_person_is_written_cleanly() -> None:
    person = person_of("Ada@BÜCHER.example", " Ada\t\n Lovelace\x00 ", " de-ch ", "Europe/Zurich")
    assert person == Person(
        "Ada@xn--bcher-kva.example",
        "ada@xn--bcher-kva.example",
        "Ada Lovelace",
        "de-CH",
        "Europe/Zurich",
    )


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"email": "ada"}, "has no @"),
        ({"email": "a b@reader.example"}, "space"),
        ({"timezone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone"),
        ({"timezone": "../etc/passwd"}, "is no time zone"),
        ({"language": "english please"}, "is not a language tag"),
        ({"name": "x" * 201}, "more than 200 characters"),
    ],
)
def test_a_person_with_a_mistake_is_refused(facts: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        person_of(
            facts.get("email", ADA),
            facts.get("name", ""),
            facts.get("language", ""),
            facts.get("timezone", ""),
        )


# Files of people.


def reading(
    default_briefing: str | None = "daily",
    state: SubscriptionState = UNCONFIRMED,
    *,
    may_confirm: bool = False,
) -> Reading:
    return Reading(
        where="people.csv",
        briefings=["daily", "weekly"],
        default_briefing=default_briefing,
        default_state=state,
        may_confirm=may_confirm,
    )


def parse(
    text: str | bytes,
    default_briefing: str | None = "daily",
    state: SubscriptionState = UNCONFIRMED,
    *,
    may_confirm: bool = False,
) -> list[Wish]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(parse_csv(data, reading(default_briefing, state, may_confirm=may_confirm)).wishes)


def emails(wishes: list[Wish]) -> list[str]:
    return [item.person.email for item in wishes]


def problems_of(text: str | bytes, default_briefing: str | None = "daily") -> list[str]:
    with pytest.raises(SubscriberImportError) as caught:
        parse(text, default_briefing)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "email,name\nada@reader.example,Ada\n",
        "\ufeffemail,name\r\nada@reader.example,Ada\r\n",
        "Email ; NAME\nada@reader.example ; Ada \n",
        "email\tname\nada@reader.example\tAda",
        'email,name\n\n"ada@reader.example","Ada"\n , \n',
        "name,email,\nAda,ada@reader.example,\n",
        "email,name\nada@reader.example,Ada,,\n",
    ],
)
def test_csv_as_programs_write_it(text: str) -> None:
    """With a BOM, semicolons, tabs, quotes, empty lines, and an empty column."""
    (found,) = parse(text)
    assert (found.person.email, found.person.name) == (ADA, "Ada")
    assert (found.briefing, found.state) == ("daily", UNCONFIRMED)


def test_every_column_is_read() -> None:
    (found,) = parse(
        "email,name,briefing,state,language,timezone\n"
        f"{ADA},Ada,weekly,Unsubscribed,de,Europe/Zurich\n"
    )
    assert found == Wish(person_of(ADA, "Ada", "de", "Europe/Zurich"), "weekly", UNSUBSCRIBED)


def test_quoted_values_may_hold_anything() -> None:
    text = 'email,name\nada@reader.example,"Lovelace, ""Ada""\nCountess"\nbob@reader.example,Bob\n'
    assert [item.person.name for item in parse(text)] == ['Lovelace, "Ada" Countess', "Bob"]


def test_every_bad_line_is_named_and_nothing_taken() -> None:
    """The line where a value over several lines begins is the one that is told."""
    assert problems_of(
        "email,name,briefing,state,timezone\n"
        "ada@reader.example,Ada\n"
        'nobody,"over\ntwo lines"\n'
        "bob@reader.example,Bob,monthly\n"
        "bob@reader.example,Bob,daily,maybe\n"
        "bob@reader.example,Bob,daily,,Mars\n"
        "ADA@reader.example,Ada\n"
        "bob@reader.example,Bob,daily,confirmed\n"
        "bob@reader.example,Lovelace, Ada,daily,,,\n"
        "bob@reader.example,Bob,,,,x,y\n"
    ) == [
        "people.csv:3: the address has no @: write it like name@example.org",
        "people.csv:5: there is no briefing 'monthly' (there is: daily, weekly)",
        "people.csv:6: there is no state 'maybe' (use unconfirmed, confirmed, unsubscribed)",
        "people.csv:7: 'Mars' is no time zone (use names like Europe/Zurich)",
        "people.csv:8: repeats ADA@reader.example of line 2",
        "people.csv:9: says confirmed; say why that is so with --confirmed REASON",
        "people.csv:10: there is no briefing 'Ada' (there is: daily, weekly)",
        (
            "people.csv:11: has 7 cells for 5 columns; "
            "put a value with the separator in it into quotes"
        ),
    ]


def test_a_line_must_say_which_briefing_when_there_are_several() -> None:
    (told,) = problems_of("email\nada@reader.example\n", None)
    assert told == "people.csv:2: names no briefing; add a column or use --briefing"


def test_confirmed_stands_when_somebody_answers_for_it() -> None:
    (found,) = parse(f"email,state\n{ADA},confirmed\n", may_confirm=True)
    assert found.state is CONFIRMED
    (found,) = parse(f"email\n{ADA}\n", state=CONFIRMED, may_confirm=True)
    assert found.state is CONFIRMED


def test_the_same_person_may_want_two_briefings() -> None:
    text = f"email,briefing\n{ADA},daily\n{ADA},weekly\n"
    assert [item.briefing for item in parse(text)] == ["daily", "weekly"]


@pytest.mark.parametrize("text", ["", "\n", "name,address\nAda,ada@reader.example\n"])
def test_a_file_without_the_column_is_refused(text: str) -> None:
    (told,) = problems_of(text)
    assert told.startswith("people.csv:1: the first line must name the columns, with email among")


def test_a_header_alone_is_an_empty_list() -> None:
    assert parse("email,name\n") == []


def test_another_encoding_is_named_by_line() -> None:
    (told,) = problems_of("email,name\nada@reader.example,Ada\nb@x.example,Zoë\n".encode("latin-1"))
    assert told == "people.csv:3: is not UTF-8; save it as CSV UTF-8"


def test_a_value_without_end_is_named() -> None:
    (told,) = problems_of('email,name\nada@reader.example,"' + "x" * 200_000)
    assert told.startswith("people.csv:2: field larger than field limit")


def test_a_hopeless_file_is_told_in_a_hundred_lines() -> None:
    told = problems_of("email\n" + "nobody\n" * 250)
    assert len(told) == 101
    assert told[-1] == "people.csv: 150 more lines are wrong"


# Export, and back.


def subscription(email: str, name: str = "", **facts: str) -> Listed:
    person = Subscriber(1, email, name, facts.get("language", ""), facts.get("timezone", ""))
    state = SubscriptionState(facts.get("state", "confirmed"))
    return Listed(
        Subscription(1, person, facts.get("briefing", "daily"), state), facts.get("suppressed", "")
    )


def export(*found: Listed) -> str:
    return "".join(export_csv(found))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "'=", "''+"])
def test_no_spreadsheet_runs_a_cell(start: str) -> None:
    """security.md 15."""
    name = f"{start}cmd|' /C calc'!A0"
    text = export(subscription("=cmd@reader.example", name))
    for cell in list(csv.reader(io.StringIO(text)))[1]:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    (back,) = parse(text, may_confirm=True)
    assert (back.person.email, back.person.name) == ("=cmd@reader.example", name)


def test_an_export_has_the_columns_of_an_import() -> None:
    text = export(
        subscription(ADA, "Ada", language="de", timezone="UTC", state="unconfirmed"),
        subscription("b@reader.example", suppressed="bounce"),
    )
    assert text.splitlines() == [
        (
            "email,name,briefing,state,language,timezone,confirmed_at,unsubscribed_at,suppressed,"
            "format,topics,cadence,paused_until"
        ),
        "ada@reader.example,Ada,daily,unconfirmed,de,UTC,,,,html,,each,",
        "b@reader.example,,daily,confirmed,,,,,bounce,html,,each,",
    ]
    assert ",".join(COLUMNS) == text.splitlines()[0]


addresses = st.from_regex(r"['=+a-z][a-z'+=-]{0,8}@[a-z]{1,8}\.example", fullmatch=True)
people = st.tuples(
    addresses,
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.sampled_from(["daily", "weekly"]),
    st.sampled_from([str(state) for state in SubscriptionState]),
    st.sampled_from(["", "de", "pt-BR"]),
    st.sampled_from(["", "Europe/Zurich"]),
)


@given(st.lists(people, max_size=5, unique_by=lambda item: (mailbox_key(item[0]), item[2])))
@example([("'=x@y.example", "'=1", "daily", "confirmed", "", "")])
@example([("a@y.example", "\xa0a\xa0b", "daily", "confirmed", "", "")])
@example([("a@y.example", '";\r\n,', "daily", "confirmed", "", "")])
def test_what_is_exported_is_imported_as_it_was(rows: list[tuple[str, ...]]) -> None:
    wishes = [
        Wish(person_of(email, name, language, zone), briefing, SubscriptionState(state))
        for email, name, briefing, state, language, zone in rows
    ]
    text = export(
        *(
            subscription(
                item.person.email,
                item.person.name,
                briefing=item.briefing,
                state=str(item.state),
                language=item.person.language,
                timezone=item.person.timezone,
            )
            for item in wishes
        )
    )
    assert parse(text, may_confirm=True) == wishes
    assert parse("\ufeff" + text, may_confirm=True) == wishes


def test_an_import_of_an_export_changes_nothing_and_revives_nobody(store: Store) -> None:
    apply(store, wish(ADA), wish("bob@reader.example", UNCONFIRMED), wish("eve@reader.example"))
    with store.read() as tx:
        text = export(*listing.list_people(tx, Filter()))
    leave(store)
    suppress(store, "eve@reader.example")
    changes = apply(store, *parse(text, may_confirm=True))
    assert changes == [Change.KEPT_OUT, Change.UNCHANGED, Change.SUPPRESSED]
    assert subscription_states(store)[ADA] == "unsubscribed"


def test_a_quote_that_is_never_closed_swallows_nobody() -> None:
    """The line is named and nothing is imported, instead of one person with a very long name."""
    data = b'email,name\nada@x.example,"Ada\nbob@x.example,Bob\n'
    with pytest.raises(SubscriberImportError) as refused:
        parse(data, state=CONFIRMED, may_confirm=True)
    [problem] = refused.value.problems
    assert problem.line == 2
    assert "a quote opens in this line" in problem.reason


def test_a_column_that_is_not_known_is_no_column_to_pass_over() -> None:
    """A slip in "state" would subscribe those who left."""
    with pytest.raises(SubscriberImportError) as refused:
        parse("email,nmae,staet\nada@reader.example,A,unsubscribed\n")
    [problem] = refused.value.problems
    assert problem.line == 1
    assert "'nmae', 'staet'" in problem.reason
