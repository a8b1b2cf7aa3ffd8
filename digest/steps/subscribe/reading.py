"""Files of people: each line becomes a wish, or a reason why not. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from digest.errors import AddressError, Problem, SubscriberImportError
from digest.model import Cadence, MailFormat, SubscriptionState
from digest.steps.subscribe.exporting import COLUMNS, TOPIC_SEPARATOR, unquoted
from digest.steps.subscribe.formats import FORMATS, WRONG_FILES, Format, format_of, moment
from digest.steps.subscribe.people import Wish, person_of

MAX_PROBLEMS = 100

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file of people is to be read."""

    where: str
    """Its name, for problems."""

    briefings: Sequence[str]
    """Names of the briefings there are."""

    default_briefing: str | None
    """For lines without one; ``None``: each line needs it."""

    default_state: SubscriptionState
    """For lines without a state."""

    may_confirm: bool
    """Whether ``confirmed`` may stand in the file: somebody answers for it."""

    format: str = ""
    """Name of the program that wrote it (see ``formats.FORMATS``); empty: its columns tell."""

    skip_wrong: bool = False
    """Whether to take the other lines when some are wrong."""


@dataclass(frozen=True, slots=True)
class People:
    """What a file holds."""

    wishes: tuple[Wish, ...]
    problems: tuple[Problem, ...] = ()
    """Lines that were left out, and why."""

    format: Format | None = None
    """Whose export it is; ``None``: our own columns."""


def parse_csv(data: bytes, reading: Reading) -> People:
    """Return the people in a CSV file: UTF-8, a header line, commas, semicolons, or tabs.

    Raises:
        SubscriberImportError: if the file cannot be read, or any line is wrong and *reading* does
            not say to skip those; it names the first hundred and says how many more there are.
    """
    rows = _rows(data, reading.where)
    columns, found = _columns(next(rows, (1, []))[1], reading)
    problems: list[Problem] = []
    answerless: list[int] = []
    wishes: list[Wish] = []
    seen: dict[tuple[str, str], int] = {}
    translate = found.read if found else _as_it_is
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            wish = _wish(_values(cells, columns, translate), reading)
        except ValueError as error:
            problems.append(Problem(reading.where, str(error), line))
            continue
        first = seen.setdefault((wish.person.key, wish.briefing), line)
        if _needs_answer(wish, reading):
            answerless.append(line)
        elif first != line:
            reason = f"repeats {wish.person.email} of line {first}"
            problems.append(Problem(reading.where, reason, line))
        else:
            wishes.append(wish)
    if answerless:
        more = f"; so do {len(answerless) - 1} more lines" if len(answerless) > 1 else ""
        reason = f"says confirmed; say why that is so with --confirmed REASON{more}"
        problems.append(Problem(reading.where, reason, answerless[0]))
        problems.sort(key=lambda problem: problem.line or 0)
    if problems and (answerless or not reading.skip_wrong):
        raise SubscriberImportError(_shortened(problems, reading.where))
    return People(tuple(wishes), tuple(problems), found)


def _needs_answer(wish: Wish, reading: Reading) -> bool:
    is_confirmed = wish.state is SubscriptionState.CONFIRMED and not wish.suppressed
    return is_confirmed and not reading.may_confirm


def _shortened(problems: list[Problem], where: str) -> list[Problem]:
    rest = len(problems) - MAX_PROBLEMS
    if rest <= 0:
        return problems
    return [*problems[:MAX_PROBLEMS], Problem(where, f"{rest} more lines are wrong")]


def _rows(data: bytes, where: str) -> Iterator[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reason = "is not UTF-8; save it as CSV UTF-8"
        raise SubscriberImportError([Problem(where, reason, line)]) from error
    header = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            # A quoted value may go over several lines.
            line = reader.line_num + 1
    except csv.Error as error:
        reason = f"{error}: a quote opens in this line and is not closed as it should be"
        raise SubscriberImportError([Problem(where, reason, line)]) from error


def _columns(header: Sequence[str], reading: Reading) -> tuple[list[str], Format | None]:
    columns = [cell.strip().casefold() for cell in header]
    where, known = reading.where, ", ".join(COLUMNS)
    unknown = [cell for cell in columns if cell and cell not in COLUMNS]
    found = FORMATS[reading.format] if reading.format else None
    if found is None and unknown:
        found = format_of(columns)
    if found is not None:
        _check_file(found, columns, where)
        return columns, found
    if "email" not in columns:
        reason = f"the first line must name the columns, with email among them (known: {known})"
        raise SubscriberImportError([Problem(where, reason, 1)])
    if unknown:
        named = ", ".join(repr(cell) for cell in unknown)
        reason = (
            f"has columns that are not known: {named}; rename or remove them (known: {known}), or "
            f"say whose export it is with --format ({', '.join(FORMATS)})"
        )
        raise SubscriberImportError([Problem(where, reason, 1)])
    return columns, None


def _check_file(found: Format, columns: Sequence[str], where: str) -> None:
    """Raise if the file is not what it seems: the wrong one of several, or cut to pieces."""
    if not any("email" in column for column in columns):
        reason = f"has no column for the address, as an export of {found.title} has"
        raise SubscriberImportError([Problem(where, reason, 1)])
    if found.name != "mailchimp" or {"unsub_time", "clean_time"} & set(columns):
        return
    for word, reason in WRONG_FILES.items():
        if where.casefold().rpartition("/")[2].startswith(word):
            raise SubscriberImportError([Problem(where, reason, 1)])


def _as_it_is(values: Mapping[str, str]) -> dict[str, str]:
    return {
        **values,
        "email": unquoted(values.get("email", "")),
        "name": unquoted(values.get("name", "")),
        "topics": unquoted(values.get("topics", "")),
        "suppressed": unquoted(values.get("suppressed", "")),
    }


def _values(
    cells: Sequence[str],
    columns: Sequence[str],
    translate: Callable[[Mapping[str, str]], dict[str, str]],
) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise ValueError(
            f"has {len(cells)} cells for {len(columns)} columns; put a value with the separator in "
            "it into quotes"
        )
    return translate(dict(zip(columns, (cell.strip() for cell in cells), strict=False)))


def _wish(values: Mapping[str, str], reading: Reading) -> Wish:
    briefing = values.get("briefing") or reading.default_briefing
    if not briefing:
        raise ValueError("names no briefing; add a column or use --briefing")
    if briefing not in reading.briefings:
        there = ", ".join(reading.briefings)
        raise ValueError(f"there is no briefing {briefing!r} (there is: {there})")
    state = _one_of(SubscriptionState, values.get("state", ""), reading.default_state, "state")
    try:
        person = person_of(
            values.get("email", ""),
            values.get("name", ""),
            values.get("language", ""),
            values.get("timezone", ""),
            _one_of(MailFormat, values.get("format", ""), MailFormat.HTML, "format"),
        )
    except AddressError as error:
        raise ValueError(str(error)) from error
    topics = (topic.strip() for topic in values.get("topics", "").split(TOPIC_SEPARATOR))
    return Wish(
        person,
        briefing,
        state,
        since=_since(values, state),
        suppressed=values.get("suppressed", ""),
        note=values.get("note", ""),
        network=values.get("network", ""),
        topics=tuple(topic for topic in topics if topic),
        cadence=_one_of(Cadence, values.get("cadence", ""), Cadence.EACH, "cadence"),
        paused_until=moment(values.get("paused_until", "")),
    )


def _since(values: Mapping[str, str], state: SubscriptionState) -> datetime | None:
    confirmed = moment(values.get("confirmed_at", ""))
    unsubscribed = moment(values.get("unsubscribed_at", ""))
    if state is SubscriptionState.UNSUBSCRIBED:
        return unsubscribed
    return confirmed if state is SubscriptionState.CONFIRMED else None


def _one_of(kind: type[E], text: str, default: E, what: str) -> E:
    if not text:
        return default
    try:
        return kind(text.casefold())
    except ValueError:
        raise ValueError(
            f"there is no {what} {text.casefold()!r} (use {', '.join(kind)})"
        ) from None
