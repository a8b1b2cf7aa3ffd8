"""Due times: one instant per local date, in every zone (design: the clock)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.schedule import (
    EVERY_DAY,
    Action,
    Decision,
    Schedule,
    decide,
    due_at,
    latest_due,
    local_date,
    next_due,
    occurrences_between,
    parse_cron,
    parse_weekdays,
    weekday_numbers,
)

ZURICH = ZoneInfo("Europe/Zurich")
ZONES = sorted(available_timezones())
DAY = timedelta(days=1)
FIRST, LAST = date(2024, 1, 1), date(2031, 12, 31)
SIX_HOURS = timedelta(hours=6)


def at(text: str) -> datetime:
    """Return the instant that *text*, ISO 8601 in UTC, names."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(hour: int, minute: int = 0, zone: str = "Europe/Zurich") -> Schedule:
    return Schedule(time(hour, minute), ZoneInfo(zone))


def dates(first: date, last: date, step: int = 1) -> Iterator[date]:
    for number in range(0, (last - first).days + 1, step):
        yield first + number * DAY


def dates_of_change(zone: ZoneInfo) -> set[date]:
    """Return the dates around every change of *zone*'s offset, and each fifth of the month."""
    found = {day for day in dates(FIRST, LAST) if day.day == 5}
    noon = datetime.combine(FIRST, time(12), UTC)
    offset = noon.astimezone(zone).utcoffset()
    for day in dates(FIRST, LAST, step=7):
        before, offset = offset, datetime.combine(day, time(12), UTC).astimezone(zone).utcoffset()
        if offset != before:
            found.update(day + number * DAY for number in range(-9, 3))
    return found


def first_instant(zone: ZoneInfo, local: datetime) -> datetime:
    """Return the first minute at which *zone*'s clocks show *local* or later: brute force."""
    instant = local.replace(tzinfo=UTC) - timedelta(hours=15)
    while instant.astimezone(zone).replace(tzinfo=None) < local:
        instant += timedelta(minutes=15)
    while (instant - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None) >= local:
        instant -= timedelta(minutes=1)
    return instant


def assert_once_a_date(schedule: Schedule, days: list[date]) -> None:
    """Assert that each of *days* has one due time, in order, on that local date.

    Or at the midnight that ends it, where a gap takes the rest of the date (America/Nuuk).
    """
    previous = datetime.min.replace(tzinfo=UTC)
    for day in days:
        due = due_at(schedule, day)
        assert due is not None, (schedule, day)
        assert due.utcoffset() == timedelta()
        assert due > previous, (schedule, day)
        local = due.astimezone(schedule.zone)
        is_pushed_over_midnight = schedule.time.hour == 23 and local.time() == time(0)
        assert local.date() == day + is_pushed_over_midnight * DAY, (schedule, day)
        previous = due


def test_every_zone_is_due_once_on_each_local_date_around_its_changes() -> None:
    """2024 to 2031, all zones of the IANA database, at midnight and in the usual gap."""
    for name in ZONES:
        zone = ZoneInfo(name)
        days = sorted(dates_of_change(zone))
        for moment in (time(0), time(2, 30)):
            assert_once_a_date(Schedule(moment, zone), days)


@pytest.mark.slow
@pytest.mark.parametrize("moment", [time(0), time(0, 30), time(1, 30), time(2, 30), time(23, 59)])
def test_every_zone_is_due_once_on_every_local_date(moment: time) -> None:
    for name in ZONES:
        assert_once_a_date(Schedule(moment, ZoneInfo(name)), list(dates(FIRST, LAST)))


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    day=st.dates(date(1972, 1, 1), date(2036, 1, 1)),
    moment=st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
)
@example(zone=ZURICH, day=date(2026, 3, 29), moment=time(2, 30))
@example(zone=ZURICH, day=date(2026, 10, 25), moment=time(2, 30))
@example(zone=ZoneInfo("Australia/Lord_Howe"), day=date(2026, 10, 4), moment=time(2, 10))
@example(zone=ZoneInfo("America/Sao_Paulo"), day=date(2018, 11, 4), moment=time(0))
@example(zone=ZoneInfo("Asia/Kathmandu"), day=date(1986, 1, 1), moment=time(0, 5))
def test_due_is_the_first_minute_at_which_the_clocks_are_there(
    zone: ZoneInfo, day: date, moment: time
) -> None:
    """Gaps and folds alike, against a search through the minutes."""
    due = due_at(Schedule(moment, zone), day)
    if due is not None:
        assert due == first_instant(zone, datetime.combine(day, moment))


@pytest.mark.parametrize(
    ("zone", "day", "moment", "due"),
    [
        ("Europe/Zurich", "2026-01-15", "07:00", "2026-01-15T06:00"),
        ("Europe/Zurich", "2026-07-15", "07:00", "2026-07-15T05:00"),
        ("Europe/Zurich", "2026-03-29", "01:59", "2026-03-29T00:59"),
        ("Europe/Zurich", "2026-03-29", "02:00", "2026-03-29T01:00"),
        ("Europe/Zurich", "2026-03-29", "02:30", "2026-03-29T01:00"),
        ("Europe/Zurich", "2026-03-29", "03:00", "2026-03-29T01:00"),
        ("Europe/Zurich", "2026-10-25", "02:30", "2026-10-25T00:30"),
        ("Europe/Zurich", "2026-10-25", "03:00", "2026-10-25T02:00"),
        ("America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T03:00"),
        ("America/Havana", "2026-03-08", "00:30", "2026-03-08T05:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30"),
        ("Asia/Kathmandu", "2026-11-24", "07:00", "2026-11-24T01:15"),
        # Greenland's gap ends at midnight, from 23:00 to 00:00 of the next date.
        ("America/Nuuk", "2026-03-28", "22:59", "2026-03-29T00:59"),
        ("America/Nuuk", "2026-03-28", "23:30", "2026-03-29T01:00"),
        # The gap of 1919 reached over midnight, from 23:30 to 00:30 of the next date.
        ("America/Toronto", "1919-03-30", "23:45", "1919-03-31T04:30"),
        ("America/Toronto", "1919-03-31", "00:15", "1919-03-31T04:30"),
        # The days before and after the date that Samoa left out.
        ("Pacific/Apia", "2011-12-29", "07:00", "2011-12-29T17:00"),
        ("Pacific/Apia", "2011-12-31", "07:00", "2011-12-30T17:00"),
    ],
)
def test_due_times_by_hand(zone: str, day: str, moment: str, due: str) -> None:
    schedule = Schedule(time.fromisoformat(moment), ZoneInfo(zone))
    assert due_at(schedule, date.fromisoformat(day)) == at(due)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Fakaofo", date(2011, 12, 30)),
        ("Pacific/Kwajalein", date(1993, 8, 21)),
        ("Pacific/Kiritimati", date(1994, 12, 31)),
    ],
)
@pytest.mark.parametrize("moment", [time(0), time(7), time(23, 59)])
def test_a_date_that_a_zone_left_out_has_no_occurrence(zone: str, day: date, moment: time) -> None:
    schedule = Schedule(moment, ZoneInfo(zone))
    assert due_at(schedule, day) is None
    noon = datetime.combine(day, time(12), UTC)
    periods = [
        period for period, _ in occurrences_between(schedule, noon - 3 * DAY, noon + 3 * DAY)
    ]
    assert day.isoformat() not in periods
    assert len(periods) in {5, 6}


def test_a_schedule_is_due_on_its_own_dates_only() -> None:
    """Weekdays, days of the month, and months must all hold."""
    first_mondays = Schedule(
        time(7), ZURICH, weekdays=frozenset({0}), days_of_month=frozenset(range(1, 8))
    )
    year = list(dates(date(2026, 1, 1), date(2026, 12, 31)))
    due = [day for day in year if due_at(first_mondays, day)]
    assert len(due) == 12
    assert all(day.weekday() == 0 and day.day <= 7 for day in due)
    ends_of_quarters = Schedule(
        time(7), ZURICH, days_of_month=frozenset({-1}), months=frozenset({3, 6, 9, 12})
    )
    assert [day for day in year if due_at(ends_of_quarters, day)] == [
        date(2026, 3, 31),
        date(2026, 6, 30),
        date(2026, 9, 30),
        date(2026, 12, 31),
    ]


def test_the_last_day_of_february_knows_leap_years() -> None:
    schedule = Schedule(time(7), ZURICH, days_of_month=frozenset({-1}))
    assert due_at(schedule, date(2028, 2, 28)) is None
    assert due_at(schedule, date(2028, 2, 29)) is not None
    assert due_at(schedule, date(2100, 2, 28)) is not None


def test_occurrences_between_leaves_out_the_start_and_takes_in_the_end() -> None:
    schedule = daily(7)
    found = list(occurrences_between(schedule, at("2026-11-22T06:00"), at("2026-11-24T06:00")))
    assert found == [
        ("2026-11-23", at("2026-11-23T06:00")),
        ("2026-11-24", at("2026-11-24T06:00")),
    ]
    assert list(occurrences_between(schedule, at("2026-11-24T06:00"), at("2026-11-24T06:00"))) == []
    assert list(occurrences_between(schedule, at("2026-11-24T06:00"), at("2026-11-20T06:00"))) == []


def test_occurrences_between_finds_the_one_that_a_gap_pushed_past_midnight() -> None:
    schedule = daily(23, 45, "America/Toronto")
    found = list(occurrences_between(schedule, at("1919-03-31T04:29"), at("1919-03-31T04:31")))
    assert found == [("1919-03-30", at("1919-03-31T04:30"))]


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    now=st.datetimes(
        datetime(2000, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
        datetime(2035, 1, 1),  # noqa: DTZ001 - as above
        timezones=st.just(UTC),
    ),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
)
@example(zone=ZoneInfo("Pacific/Apia"), now=at("2011-12-30T12:00"), weekdays=frozenset({4}))
def test_latest_and_next_stand_on_either_side_of_now_with_nothing_between(
    zone: ZoneInfo, now: datetime, weekdays: frozenset[int]
) -> None:
    schedule = Schedule(time(2, 30), zone, weekdays)
    latest, following = latest_due(schedule, now), next_due(schedule, now)
    assert latest is not None
    assert following is not None
    assert latest[1] <= now < following[1]
    between = occurrences_between(schedule, latest[1], following[1])
    assert list(between) == [following]


def test_a_schedule_that_names_no_real_date_is_never_due_and_the_search_ends() -> None:
    never = Schedule(time(7), ZURICH, days_of_month=frozenset({30}), months=frozenset({2}))
    now = at("2026-11-24T07:00")
    assert latest_due(never, now) is None
    assert next_due(never, now) is None
    assert decide(never, (), now, SIX_HOURS) == ()


def test_29_february_is_found_from_years_away() -> None:
    leap = Schedule(time(7), ZURICH, days_of_month=frozenset({29}), months=frozenset({2}))
    now = at("2026-11-24T07:00")
    assert latest_due(leap, now) == ("2024-02-29", at("2024-02-29T06:00"))
    assert next_due(leap, now) == ("2028-02-29", at("2028-02-29T06:00"))


def test_local_date_is_the_zones() -> None:
    assert local_date(daily(7, zone="Pacific/Kiritimati"), at("2026-11-24T12:00")) == date(
        2026, 11, 25
    )


# What to do about due times


def run(period: str, due: str) -> Decision:
    return Decision(period, at(due), Action.RUN)


def test_an_occurrence_that_is_due_runs_and_before_that_nothing_does() -> None:
    known = ["2026-11-23"]
    assert decide(daily(7), known, at("2026-11-24T05:59:59"), SIX_HOURS) == ()
    assert decide(daily(7), known, at("2026-11-24T06:00"), SIX_HOURS) == (
        run("2026-11-24", "2026-11-24T06:00"),
    )


def test_a_recorded_occurrence_is_never_decided_again() -> None:
    """However often it is asked: each sweep, a second daemon, a restart."""
    known = ["2026-11-23", "2026-11-24"]
    assert decide(daily(7), known, at("2026-11-24T06:00"), SIX_HOURS) == ()
    assert decide(daily(7), known, at("2026-11-25T05:59"), SIX_HOURS) == ()


def test_of_several_missed_only_the_latest_runs_and_the_others_say_why_not() -> None:
    decisions = decide(daily(7), ["2026-11-20"], at("2026-11-24T09:00"), SIX_HOURS)
    assert [(each.period, each.action) for each in decisions] == [
        ("2026-11-21", Action.SKIP),
        ("2026-11-22", Action.SKIP),
        ("2026-11-23", Action.SKIP),
        ("2026-11-24", Action.RUN),
    ]
    assert {each.reason for each in decisions[:-1]} == {"missed, and a later issue took its place"}
    assert decisions[-1].reason == ""


def test_too_late_is_skipped_with_the_lateness_as_its_reason() -> None:
    known = ["2026-11-23"]
    assert decide(daily(7), known, at("2026-11-24T12:00"), SIX_HOURS)[0].action is Action.RUN
    (decision,) = decide(daily(7), known, at("2026-11-24T12:01"), SIX_HOURS)
    assert decision.action is Action.SKIP
    assert decision.reason == "missed by 6 h 01 min; at most 6 h is made up for"


def test_a_new_briefing_starts_now_and_makes_nothing_up() -> None:
    """One marker for the last due time before its start; everything after it runs."""
    start = decide(daily(7), (), at("2026-11-24T06:30"), SIX_HOURS)
    assert start == (
        Decision(
            "2026-11-24",
            at("2026-11-24T06:00"),
            Action.SKIP,
            "the briefing was set up after this time",
        ),
    )
    known = [start[0].period]
    assert decide(daily(7), known, at("2026-11-24T06:31"), SIX_HOURS) == ()
    assert decide(daily(7), known, at("2026-11-25T06:00"), SIX_HOURS) == (
        run("2026-11-25", "2026-11-25T06:00"),
    )


def test_a_new_time_of_day_does_not_make_a_second_issue_for_today() -> None:
    """From 07:00 to 09:00 after today's has gone out."""
    assert decide(daily(9), ["2026-11-24"], at("2026-11-24T08:00"), SIX_HOURS) == ()
    assert decide(daily(9), ["2026-11-24"], at("2026-11-25T08:00"), SIX_HOURS) == (
        run("2026-11-25", "2026-11-25T08:00"),
    )


def test_a_clock_that_was_in_the_future_for_a_while_silences_nothing() -> None:
    """reliability.md, clock jump: rows of 2099 do not hold back the issues until then."""
    known = ["2099-01-01", "2026-11-23"]
    assert decide(daily(7), known, at("2026-11-24T06:00"), SIX_HOURS) == (
        run("2026-11-24", "2026-11-24T06:00"),
    )


def test_a_clock_that_goes_back_makes_no_second_issue() -> None:
    known = ["2026-11-22", "2026-11-23", "2026-11-24"]
    assert decide(daily(7), known, at("2026-11-23T06:00"), SIX_HOURS) == ()


def test_a_briefing_known_from_the_future_only_starts_now() -> None:
    decisions = decide(daily(7), ["2099-01-01"], at("2026-11-24T06:30"), SIX_HOURS)
    assert [(each.period, each.action) for each in decisions] == [("2026-11-24", Action.SKIP)]


@pytest.mark.parametrize(
    ("day", "due"), [("2026-03-29", "2026-03-29T01:00"), ("2026-10-25", "2026-10-25T00:30")]
)
def test_the_night_the_clocks_change_makes_one_issue(day: str, due: str) -> None:
    """Asked every minute of that day, as the sweep does."""
    schedule = daily(2, 30)
    known = [(date.fromisoformat(day) - DAY).isoformat()]
    made: list[Decision] = []
    now = at(f"{day}T00:00") - timedelta(hours=1)
    for _ in range(25 * 60):
        decisions = decide(schedule, known, now, SIX_HOURS)
        made += decisions
        known += [each.period for each in decisions]
        now += timedelta(minutes=1)
    assert made == [run(day, due)]


# How schedules are written


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", {0}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat,sun", {5, 6}),
        ("Sat, Sun", {5, 6}),
        ("fri-mon", {4, 5, 6, 0}),
        ("monday-sunday", {0, 1, 2, 3, 4, 5, 6}),
        ("tue-tue", {1}),
        ("mon,wed-thu", {0, 2, 3}),
    ],
)
def test_weekdays_are_read(text: str, days: set[int]) -> None:
    assert parse_weekdays(text) == days


@pytest.mark.parametrize("text", ["", "mon-", "-fri", "mon-fri-sun", "1-5", "montag", "mon;tue"])
def test_what_is_no_weekday_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r'is not a day of the week; write "mon", "mon-fri"'):
        parse_weekdays(text)


def test_a_slip_in_a_weekday_is_guessed() -> None:
    with pytest.raises(ValueError, match="did you mean 'thursday'"):
        parse_weekdays("thirsday")


def test_weekday_numbers_begin_with_monday() -> None:
    assert weekday_numbers(("mon", "sun")) == {0, 6}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 7 * * *", Schedule(time(7), ZURICH)),
        ("30 6 * * mon-fri", Schedule(time(6, 30), ZURICH, frozenset(range(5)))),
        ("30 6 * * 1-5", Schedule(time(6, 30), ZURICH, frozenset(range(5)))),
        ("0 7 * * 0", Schedule(time(7), ZURICH, frozenset({6}))),
        ("0 7 * * 7", Schedule(time(7), ZURICH, frozenset({6}))),
        ("0 7 * * 0-7", Schedule(time(7), ZURICH)),
        ("0 7 * * sun-tue", Schedule(time(7), ZURICH, frozenset({6, 0, 1}))),
        ("0 7 * * fri-mon", Schedule(time(7), ZURICH, frozenset({4, 5, 6, 0}))),
        ("0 7 * * SAT,Sunday", Schedule(time(7), ZURICH, frozenset({5, 6}))),
        ("0 7 * * */2", Schedule(time(7), ZURICH, frozenset({6, 1, 3, 5}))),
        ("0 7 1,15 * *", Schedule(time(7), ZURICH, EVERY_DAY, frozenset({1, 15}))),
        ("0 7 1-31 * mon", Schedule(time(7), ZURICH, frozenset({0}))),
        ("0 7 */10 * *", Schedule(time(7), ZURICH, EVERY_DAY, frozenset({1, 11, 21, 31}))),
        ("0 7 20/5 * *", Schedule(time(7), ZURICH, EVERY_DAY, frozenset({20, 25, 30}))),
        ("0 7 10-20/5 * *", Schedule(time(7), ZURICH, EVERY_DAY, frozenset({10, 15, 20}))),
        (
            "0 7 1 jan,jul *",
            Schedule(time(7), ZURICH, EVERY_DAY, frozenset({1}), frozenset({1, 7})),
        ),
        ("0 7 29 2 *", Schedule(time(7), ZURICH, EVERY_DAY, frozenset({29}), frozenset({2}))),
        ("  0   7 * 1-12 *  ", Schedule(time(7), ZURICH)),
    ],
)
def test_cron_expressions_are_read(text: str, expected: Schedule) -> None:
    assert parse_cron(text, ZURICH) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have five fields.* it has 0"),
        ("0 7 * *", "it has 4"),
        ("0 0 7 * * *", "it has 6"),
        ("@daily", "must have five fields"),
        ("*/5 7 * * *", r"minute must be a single number, not '\*/5', because there is one issue"),
        ("0 7,19 * * *", "hour must be a single number, not '7,19'"),
        ("0 * * * *", "hour must be a single number"),
        ("\N{SUPERSCRIPT TWO} 7 * * *", "minute must be a single number"),
        ("60 7 * * *", "'60' is no minute; it must be 0 to 59$"),
        ("0 24 * * *", "'24' is no hour; it must be 0 to 23$"),
        ("0 7 0 * *", "'0' is no day of the month; it must be 1 to 31$"),
        ("0 7 * 13 *", "'13' is no month; it must be 1 to 12 or a name such as 'dec'"),
        ("0 7 * * 8", "'8' is no day of the week"),
        ("0 7 * * mo", "'mo' is no day of the week; it must be 0 to 7 or a name such as 'sun'"),
        ("0 7 10-5 * *", "'10-5' is no day of the month: it ends before it begins"),
        ("0 7 * nov-feb *", "'nov-feb' is no month: it ends before it begins"),
        ("0 7 */0 * *", "a step must be at least 1"),
        ("0 7 L * *", "'l' is no day of the month"),
        ("0 7 ? * *", r"'\?' is no day of the month; write 1, 1,15"),
        ("0 7 1, * *", "'' is no day of the month"),
        ("0 7 1 * mon", "limits days of the month and of the week.*use day_of_month and days"),
        ("0 7 30 2 *", "never comes: no such month has 30 days"),
        ("0 7 31 apr,jun *", "never comes: no such month has 31 days"),
    ],
)
def test_what_is_no_cron_expression_is_refused_by_field(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_cron(text, ZURICH)


@given(text=st.text(alphabet="0123456789*/,-amonjtuesdlfri ?L#", max_size=30))
@example(text="0 7 29 2 *")
def test_any_text_is_a_schedule_or_a_clear_error(text: str) -> None:
    """No other exception, and what is read is due within 40 years."""
    try:
        schedule = parse_cron(text, ZURICH)
    except ValueError as error:
        assert "cron" in str(error)  # noqa: PT017 - both ends are right
    else:
        assert next_due(schedule, at("2026-11-24T07:00")) is not None
