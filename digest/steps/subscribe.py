"""Subscribe: people come, and go, and every change leaves a line in the record of their consent.

Nobody who unsubscribed, or is on the do-not-mail record, comes back through an import.
"""

from __future__ import annotations

import csv
import hmac
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest import tokens
from digest.config.values import check_language
from digest.errors import AddressError, NotFoundError, Problem, SubscriberImportError
from digest.mail import headers
from digest.mail.address import mailbox_key, parse_address
from digest.model import Subscription, SubscriptionState
from digest.store import subscribers
from digest.store.engine import Store, Transaction
from digest.store.subscribers import Consent, NewSubscriber
from digest.tokens import Keyring

COLUMNS = ("email", "name", "briefing", "state", "language", "timezone")
"""What an import understands and an export writes; only ``email`` is required."""

MAX_NAME_CHARACTERS = 200

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run when an exported cell begins with it."""

_MAX_PROBLEMS = 100


class Change(StrEnum):
    """What adding somebody did."""

    ADDED = "added"
    CONFIRMED = "confirmed"  #: Was there, unconfirmed.
    UNSUBSCRIBED = "unsubscribed"  #: Was there; the wish was to be there no longer.
    UNCHANGED = "unchanged"
    KEPT_OUT = "kept out"  #: Had unsubscribed; stays so.
    SUPPRESSED = "suppressed"  #: Is on the do-not-mail record; stays so.


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be subscribed, checked."""

    email: str
    """With the domain as A-label."""

    key: str
    name: str = ""
    language: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """One person's subscription to one briefing as it is to be."""

    person: Person
    briefing: str
    state: SubscriptionState


@dataclass(frozen=True, slots=True)
class SubscribeResult:
    """What became of each wish."""

    changes: tuple[tuple[Wish, Change], ...]

    def count(self, change: Change) -> int:
        """Return how many wishes led to *change*."""
        return sum(1 for _, made in self.changes if made is change)


def person_of(email: str, name: str = "", language: str = "", timezone: str = "") -> Person:
    """Return the person with these facts.

    Raises:
        AddressError: if *email* is no address we can write to.
        ValueError: if *name* is too long, *language* is no language tag, or *timezone* no IANA
            zone.
    """
    address = parse_address(email)
    if timezone:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"{timezone!r} is no time zone (use names like Europe/Zurich)"
            ) from error
    name = " ".join(headers.clean(name).split())
    if len(name) > MAX_NAME_CHARACTERS:
        raise ValueError(f"the name has more than {MAX_NAME_CHARACTERS} characters: shorten it")
    language = language.strip()
    if language:
        language = check_language(language)
    return Person(str(address), mailbox_key(email), name, language, timezone)


def subscribe(  # noqa: PLR0913 - who, to what, on whose word, when
    store: Store,
    keyring: Keyring,
    wishes: Iterable[Wish],
    *,
    method: str,
    evidence: str,
    now: datetime,
    allow_return: bool = False,
    progress: Callable[[int], None] | None = None,
) -> SubscribeResult:
    """Bring subscriptions into the wished states, all of them or none.

    Args:
        store: Where subscribers are kept.
        keyring: For the hash by which the do-not-mail record knows an address.
        wishes: Who is to be subscribed to what, in which state.
        method: Who does it, for the record: ``operator``, ``import``.
        evidence: What was agreed to, or why the operator says it was, for the record.
        now: When.
        allow_return: Whether somebody who unsubscribed may come back: only on their own word.
        progress: Told how many wishes are done.
    """
    secret = tokens.derive(keyring.first, "address")
    changes = []
    with store.write() as tx:
        for number, wish in enumerate(wishes, start=1):
            change = _subscribe_one(
                tx, secret, wish, method, evidence, now, allow_return=allow_return
            )
            changes.append((wish, change))
            if progress is not None:
                progress(number)
    return SubscribeResult(tuple(changes))


def unsubscribe(
    store: Store, email: str, briefing: str | None, *, method: str, evidence: str, now: datetime
) -> tuple[str, ...]:
    """End a person's subscription to *briefing* (``None``: to all). Return which were ended.

    Raises:
        NotFoundError: if nobody with that address ever subscribed.
        AddressError: if *email* is no address.
    """
    ended = []
    with store.write() as tx:
        person = subscribers.find(tx, mailbox_key(email))
        if person is None:
            raise NotFoundError("subscriber", email)
        for subscription in subscribers.subscriptions_of(tx, person.id):
            if briefing not in {None, subscription.briefing}:
                continue
            if subscription.state is not SubscriptionState.UNSUBSCRIBED:
                state = SubscriptionState.UNSUBSCRIBED
                consent = Consent(person.id, subscription.briefing, now, state, method, evidence)
                subscribers.set_state(tx, consent)
                ended.append(subscription.briefing)
    return tuple(ended)


def parse_csv(
    data: bytes,
    *,
    where: str,
    briefings: Sequence[str],
    default_briefing: str | None,
    default_state: SubscriptionState,
    may_confirm: bool,
) -> list[Wish]:
    """Return the wishes in a CSV file with a header line, or every reason why not.

    Args:
        data: The file: UTF-8, parted by commas, semicolons or tabs.
        where: Its name, for problems.
        briefings: Names of the briefings there are.
        default_briefing: For lines without one; ``None``: each line needs it.
        default_state: For lines without a state.
        may_confirm: Whether ``confirmed`` may stand in the file: somebody answers for it.

    Raises:
        SubscriberImportError: if any line is wrong; it names the first hundred and says how many
            more there are, and nothing is imported.
    """
    problems: list[Problem] = []
    rows = _rows(data, where)
    columns = _columns(next(rows, (1, []))[1], where)
    wishes: list[Wish] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            wish = _wish(_values(cells, columns), briefings, default_briefing, default_state)
        except ValueError as error:
            problems.append(Problem(where, str(error), line))
            continue
        first = seen.setdefault((wish.person.key, wish.briefing), line)
        if wish.state is SubscriptionState.CONFIRMED and not may_confirm:
            reason = "says confirmed; say why that is so with --confirmed REASON"
            problems.append(Problem(where, reason, line))
        elif first != line:
            reason = f"repeats {wish.person.email} of line {first}"
            problems.append(Problem(where, reason, line))
        else:
            wishes.append(wish)
    if len(problems) > _MAX_PROBLEMS:
        rest = len(problems) - _MAX_PROBLEMS
        problems = [*problems[:_MAX_PROBLEMS], Problem(where, f"{rest} more lines are wrong")]
    if problems:
        raise SubscriberImportError(problems)
    return wishes


def export_csv(subscriptions: Iterable[Subscription]) -> str:
    """Return *subscriptions* as CSV that an import reads back and no spreadsheet runs."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for subscription in subscriptions:
        person = subscription.subscriber
        cells = (
            person.email,
            person.name,
            subscription.briefing,
            str(subscription.state),
            person.language,
            person.timezone,
        )
        writer.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _subscribe_one(
    tx: Transaction,
    secret: bytes,
    wish: Wish,
    method: str,
    evidence: str,
    now: datetime,
    *,
    allow_return: bool,
) -> Change:
    person = wish.person
    address_hash = hmac.digest(secret, person.key.encode(), "sha256").hex()
    if subscribers.is_suppressed(tx, address_hash):
        return Change.SUPPRESSED
    known = subscribers.find(tx, person.key)
    if known is None:
        new = NewSubscriber(
            person.email, person.key, address_hash, person.name, person.language, person.timezone
        )
        known = subscribers.add(tx, new, now)
    subscription = subscribers.subscription(tx, known.id, wish.briefing)
    before = subscription.state if subscription else None
    if before is wish.state or (
        before is SubscriptionState.CONFIRMED and wish.state is SubscriptionState.UNCONFIRMED
    ):
        return Change.UNCHANGED
    if before is SubscriptionState.UNSUBSCRIBED and not allow_return:
        return Change.KEPT_OUT
    consent = Consent(known.id, wish.briefing, now, wish.state, method, evidence)
    subscribers.set_state(tx, consent)
    if before is None:
        return Change.ADDED
    is_end = wish.state is SubscriptionState.UNSUBSCRIBED
    return Change.UNSUBSCRIBED if is_end else Change.CONFIRMED


def _rows(data: bytes, where: str) -> Iterator[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reason = "is not UTF-8; save it as CSV UTF-8"
        raise SubscriberImportError([Problem(where, reason, line)]) from error
    header = text.splitlines()[0] if text else ""
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


def _columns(header: Sequence[str], where: str) -> list[str]:
    columns = [cell.strip().casefold() for cell in header]
    if "email" not in columns:
        known = ", ".join(COLUMNS)
        reason = f"the first line must name the columns, with email among them (known: {known})"
        raise SubscriberImportError([Problem(where, reason, 1)])
    unknown = [cell for cell in columns if cell and cell not in COLUMNS]
    if unknown:
        named = ", ".join(repr(cell) for cell in unknown)
        known = ", ".join(COLUMNS)
        reason = f"has columns that are not known: {named}; rename or remove them (known: {known})"
        raise SubscriberImportError([Problem(where, reason, 1)])
    return columns


def _values(cells: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise ValueError(
            f"has {len(cells)} cells for {len(columns)} columns; put a value with the separator in "
            "it into quotes"
        )
    return dict(zip(columns, (cell.strip() for cell in cells), strict=False))


def _wish(
    values: dict[str, str],
    briefings: Sequence[str],
    default_briefing: str | None,
    default_state: SubscriptionState,
) -> Wish:
    briefing = values.get("briefing") or default_briefing
    if not briefing:
        raise ValueError("names no briefing; add a column or use --briefing")
    if briefing not in briefings:
        raise ValueError(f"there is no briefing {briefing!r} (there is: {', '.join(briefings)})")
    state = values.get("state", "").casefold() or default_state
    if state not in set(SubscriptionState):
        raise ValueError(f"there is no state {state!r} (use {', '.join(SubscriptionState)})")
    try:
        person = person_of(
            _unquoted(values.get("email", "")),
            _unquoted(values.get("name", "")),
            values.get("language", ""),
            values.get("timezone", ""),
        )
    except AddressError as error:
        raise ValueError(str(error)) from error
    return Wish(person, briefing, SubscriptionState(state))


def _harmless(cell: str) -> str:
    """Return *cell* with a quote before what a spreadsheet would run (security.md 15).

    Also before quotes that stand there already, so that :func:`_unquoted` finds back to *cell*.
    """
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA_STARTS) else cell


def _unquoted(cell: str) -> str:
    """Return *cell* without the quote that :func:`_harmless` put before it. Its inverse."""
    is_quoted = cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA_STARTS)
    return cell[1:] if is_quoted else cell
