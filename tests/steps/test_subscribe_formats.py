"""Lists as other programs export them: who is taken in, in which state, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes import KEYRING, NOW, subscription_states

from digest.errors import SubscriberImportError
from digest.mail.address import mailbox_key
from digest.model import SubscriptionState
from digest.steps.subscribe import (
    Change,
    People,
    Reading,
    Wish,
    parse_csv,
    record_of,
    subscribe,
)
from digest.steps.subscribe.formats import format_of, moment, network
from digest.store import subscribers
from digest.store.engine import Store

CONFIRMED = SubscriptionState.CONFIRMED
UNCONFIRMED = SubscriptionState.UNCONFIRMED
UNSUBSCRIBED = SubscriptionState.UNSUBSCRIBED

MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,{more}LEID,EUID,NOTES,TAGS\n"
    "ada@reader.example,Ada,Lovelace,2,2023-03-01 09:00:00,192.0.2.7,2023-03-01 09:05:00,"
    "198.51.100.9,,,,,Europe/London,GB,,2024-01-01 00:00:00,{cells}1,ab,,\n"
)
SUBSCRIBED = MAILCHIMP.format(more="", cells="")
LEFT = MAILCHIMP.format(
    more="UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,",
    cells="2024-05-06 07:08:09,May,1,NORMAL,,",
)
CLEANED = MAILCHIMP.format(
    more="CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,", cells="2024-05-06 07:08:09,May,1,"
)
SUBSTACK = (
    "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
    "ada@reader.example,{active},,other,{disabled},2024-01-15T10:00:00.000Z,\n"
)
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,"
    "deleted_at,labels,tiers,gift_id\n"
    "1,ada@reader.example,Ada,,{subscribed},false,,2024-01-15T10:00:00.000Z,{deleted},a,,\n"
)
LISTMONK = (
    "uuid,email,name,attributes,status,created_at,updated_at\n"
    'u,ada@reader.example,Ada,"{{""city"": ""x""}}",{status},'
    "2024-01-15 10:00:00.123456 +0000 UTC,2024-02-01 00:00:00 +0000 UTC\n"
)
BUTTONDOWN = (
    "email_address,notes,tags,type,creation_date,unsubscription_date,ip_address\n"
    "ada@reader.example,,,{kind},2024-01-15T10:00:00Z,{left},192.0.2.77\n"
)
JANUARY = datetime(2024, 1, 15, 10, tzinfo=UTC)
MAY = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def read(
    text: str,
    *,
    where: str = "people.csv",
    state: SubscriptionState = CONFIRMED,
    program: str = "",
    may_confirm: bool = True,
    skip_wrong: bool = False,
) -> People:
    return parse_csv(
        text.encode(),
        Reading(
            where=where,
            briefings=["daily"],
            default_briefing="daily",
            default_state=state,
            may_confirm=may_confirm,
            format=program,
            skip_wrong=skip_wrong,
        ),
    )


def only(text: str, state: SubscriptionState = CONFIRMED) -> Wish:
    (wish,) = read(text, state=state).wishes
    assert wish.person.email == "ada@reader.example"
    return wish


def refusal(text: str, **options: str) -> str:
    with pytest.raises(SubscriberImportError) as caught:
        read(text, **options)  # type: ignore[arg-type] # texts only
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (SUBSCRIBED, "mailchimp"),
        (LEFT, "mailchimp"),
        (CLEANED, "mailchimp"),
        (SUBSTACK.format(active="true", disabled="false"), "substack"),
        (GHOST.format(subscribed="true", deleted=""), "ghost"),
        (LISTMONK.format(status="enabled"), "listmonk"),
        (BUTTONDOWN.format(kind="regular", left=""), "buttondown"),
    ],
)
def test_each_program_is_told_by_its_columns(text: str, program: str) -> None:
    found = read(text).format
    assert found is not None
    assert found.name == program
    assert read(text, program=program).wishes == read(text).wishes


def test_our_own_columns_are_nobody_elses() -> None:
    assert read("email,name,state\nada@reader.example,Ada,confirmed\n").format is None
    assert format_of(["email", "name", "state"]) is None


def test_mailchimp_subscribed() -> None:
    wish = only(SUBSCRIBED)
    assert (wish.state, wish.suppressed) == (CONFIRMED, "")
    assert wish.since == datetime(2023, 3, 1, 9, 5, tzinfo=UTC)
    assert wish.person.name == "Ada Lovelace"
    assert wish.network == "198.51.100.0/24"
    assert wish.note == "opted in 2023-03-01 09:00:00"
    assert (wish.person.language, wish.person.timezone) == ("", "")


def test_mailchimp_unsubscribed() -> None:
    wish = only(LEFT)
    assert (wish.state, wish.since, wish.suppressed) == (UNSUBSCRIBED, MAY, "")
    assert wish.note == "unsubscribed 2024-05-06 07:08:09 (NORMAL)"


def test_mailchimp_cleaned() -> None:
    wish = only(CLEANED)
    assert (wish.suppressed, wish.note) == ("bounce", "cleaned 2024-05-06 07:08:09")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nonsubscribed_members_export_1.csv", "never subscribed: leave it out"),
        ("exports/unsubscribed_members_export_1.csv", "has no column UNSUB_TIME"),
        ("cleaned_members_export_1.csv", "has no column CLEAN_TIME"),
    ],
)
def test_mailchimps_files_are_not_mixed_up(name: str, reason: str) -> None:
    """A file of people who left, whose telling columns were cut off, revives nobody."""
    assert reason in refusal(SUBSCRIBED, where=name)
    assert read(SUBSCRIBED, where="subscribed_members_export_1.csv").wishes
    assert read(LEFT, where="unsubscribed_members_export_1.csv").wishes


@pytest.mark.parametrize(
    ("active", "disabled", "state"),
    [
        ("true", "false", CONFIRMED),
        ("false", "false", CONFIRMED),  # A free reader: the subscription meant is a paid one.
        ("false", "", CONFIRMED),
        ("true", "true", UNSUBSCRIBED),
    ],
)
def test_substack(active: str, disabled: str, state: SubscriptionState) -> None:
    wish = only(SUBSTACK.format(active=active, disabled=disabled))
    assert (wish.state, wish.since) == (state, JANUARY if state is CONFIRMED else None)


@pytest.mark.parametrize(
    ("subscribed", "deleted", "state", "since"),
    [
        ("true", "", CONFIRMED, JANUARY),
        ("false", "", UNSUBSCRIBED, None),
        ("true", "2024-05-06T07:08:09.000Z", UNSUBSCRIBED, MAY),
    ],
)
def test_ghost(
    subscribed: str, deleted: str, state: SubscriptionState, since: datetime | None
) -> None:
    wish = only(GHOST.format(subscribed=subscribed, deleted=deleted))
    assert (wish.state, wish.since) == (state, since)


@pytest.mark.parametrize(
    ("status", "usual", "state", "suppressed"),
    [
        ("enabled", CONFIRMED, CONFIRMED, ""),
        ("enabled", UNCONFIRMED, UNCONFIRMED, ""),
        ("enabled", UNSUBSCRIBED, UNSUBSCRIBED, ""),
        ("disabled", CONFIRMED, UNSUBSCRIBED, ""),
        ("blocklisted", CONFIRMED, CONFIRMED, "blocked"),
    ],
)
def test_listmonk(
    status: str, usual: SubscriptionState, state: SubscriptionState, suppressed: str
) -> None:
    wish = only(LISTMONK.format(status=status), usual)
    assert (wish.state, wish.suppressed) == (state, suppressed)
    if status == "enabled":
        assert wish.since == (JANUARY if state is CONFIRMED else None)


@pytest.mark.parametrize(
    ("kind", "left", "state", "suppressed"),
    [
        ("regular", "", CONFIRMED, ""),
        ("premium", "", CONFIRMED, ""),
        ("past_due", "", CONFIRMED, ""),
        ("unactivated", "", UNCONFIRMED, ""),
        ("unsubscribed", "2024-05-06T07:08:09Z", UNSUBSCRIBED, ""),
        ("removed", "", UNSUBSCRIBED, ""),
        ("regular", "2024-05-06T07:08:09Z", UNSUBSCRIBED, ""),
        ("complained", "", CONFIRMED, "complaint"),
        ("undeliverable", "", CONFIRMED, "bounce"),
    ],
)
def test_buttondown(kind: str, left: str, state: SubscriptionState, suppressed: str) -> None:
    wish = only(BUTTONDOWN.format(kind=kind, left=left))
    assert (wish.state, wish.suppressed) == (state, suppressed)
    if left:
        assert wish.since == MAY
    elif state is CONFIRMED and not suppressed:
        assert (wish.since, wish.network) == (JANUARY, "192.0.2.0/24")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SUBSTACK.format(active="true", disabled="maybe"), "email_disabled is 'maybe'"),
        (GHOST.format(subscribed="", deleted=""), "subscribed_to_emails is ''"),
        (LISTMONK.format(status="asleep"), "listmonk's status 'asleep' is not known"),
        (BUTTONDOWN.format(kind="odd", left=""), "Buttondown's type 'odd' is not known"),
        (SUBSCRIBED.replace("2023-03-01 09:05:00", "yesterday"), "'yesterday' is no time"),
        (SUBSCRIBED.replace("2023-03-01 09:05:00", "2023-13-01 09:05:00"), "there is no time"),
    ],
)
def test_what_is_not_understood_of_consent_is_refused_by_line(text: str, reason: str) -> None:
    assert refusal(text).startswith(f"people.csv:2: {reason}")


def test_a_format_that_is_named_needs_an_address() -> None:
    assert "has no column for the address, as an export of Ghost" in refusal(
        "a,b\n1,2\n", program="ghost"
    )


def test_nobody_counts_as_confirmed_unless_somebody_answers_for_it() -> None:
    """Said once for the whole file."""
    text = SUBSCRIBED + SUBSCRIBED.splitlines()[1].replace("ada@", "bob@") + "\n"
    with pytest.raises(SubscriberImportError) as caught:
        read(text, may_confirm=False)
    (problem,) = caught.value.problems
    assert problem.line == 2
    assert problem.reason.endswith("with --confirmed REASON; so do 1 more lines")
    with pytest.raises(SubscriberImportError):
        read(text, may_confirm=False, skip_wrong=True)
    assert read(LEFT, may_confirm=False).wishes
    assert read(CLEANED, may_confirm=False).wishes


def test_wrong_lines_can_be_named_and_the_others_taken() -> None:
    """Nothing is dropped without being told."""
    people = read(
        "email\nada@reader.example\nnobody\nADA@reader.example\nbob@reader.example\n",
        skip_wrong=True,
    )
    assert [wish.person.email for wish in people.wishes] == [
        "ada@reader.example",
        "bob@reader.example",
    ]
    assert [problem.line for problem in people.problems] == [3, 4]


def test_who_left_or_bounced_elsewhere_stays_out_here(store: Store) -> None:
    """email.md, Consent: unsubscribed and suppressed survive imports, in any order of files."""

    def take(text: str) -> list[Change]:
        wishes = read(text).wishes
        result = subscribe(
            store, KEYRING, wishes, method="import", evidence="from Mailchimp", now=NOW
        )
        return [change for _, change in result.changes]

    bob = LEFT.replace("ada@", "bob@")
    assert take(CLEANED) == [Change.NEWLY_SUPPRESSED]
    assert take(CLEANED) == [Change.SUPPRESSED]
    assert take(SUBSCRIBED) == [Change.SUPPRESSED]
    assert take(bob) == [Change.ADDED]
    assert take(SUBSCRIBED.replace("ada@", "bob@")) == [Change.KEPT_OUT]
    assert take(SUBSCRIBED.replace("ada@", "eve@")) == [Change.ADDED]
    assert subscription_states(store) == {
        "bob@reader.example": "unsubscribed",
        "eve@reader.example": "confirmed",
    }
    record = record_of(store, KEYRING, "ada@reader.example")
    assert record.subscriber is None
    assert record.suppression is not None
    assert record.suppression.reason == "bounce"
    assert record.suppression.evidence == "from Mailchimp; cleaned 2024-05-06 07:08:09"
    eve = record_of(store, KEYRING, "eve@reader.example")
    assert eve.subscriptions[0].confirmed_at == datetime(2023, 3, 1, 9, 5, tzinfo=UTC)
    assert eve.consents[0].at == NOW
    assert eve.consents[0].evidence == "from Mailchimp; opted in 2023-03-01 09:00:00"
    assert eve.consents[0].network == "198.51.100.0/24"


def test_who_is_here_and_left_elsewhere_leaves_now(sqlite_store: Store) -> None:
    """An issue on its way asks who has left since it was frozen."""
    for text in (SUBSCRIBED, LEFT):
        subscribe(sqlite_store, KEYRING, read(text).wishes, method="import", evidence="", now=NOW)
    with sqlite_store.read() as tx:
        person = subscribers.find(tx, mailbox_key("ada@reader.example"))
        assert person is not None
        (found,) = subscribers.subscriptions_of(tx, person.id)
    assert (found.state, found.unsubscribed_at) == (UNSUBSCRIBED, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("2024-01-15", datetime(2024, 1, 15, tzinfo=UTC)),
        ("2024-01-15 10:00", JANUARY),
        ("2024-01-15T10:00:00.000Z", JANUARY),
        ("2024-01-15T11:00:00+01:00", JANUARY),
        ("2024-01-15 10:00:00.123456 +0000 UTC", JANUARY),
        ("2024-01-15 12:00:00 +0200 CEST m=+1.5", JANUARY),
    ],
)
def test_times_as_programs_write_them(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["soon", "15.1.2024", "2024-02-30", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        moment(text)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2345::1", "2001:db8:1:2300::/56"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_of_an_address_only_the_network_is_kept(address: str, expected: str) -> None:
    assert network(address) == expected
