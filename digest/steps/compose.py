"""Compose: what is new becomes an issue of a briefing, frozen in one transaction.

An occurrence falls due; whoever inserts its row composes. Articles are chosen (a pure function, see
``selection.py``), rendered once, made into a finished message with slots for what is personal, and
written together with one delivery for each subscriber. From then on nothing of it changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from digest import schedule, selection, tokens
from digest.config import BriefingConfig, Config
from digest.errors import DigestError
from digest.mail.message import Letter, build, placeholder
from digest.mail.skeleton import Skeleton
from digest.model import (
    UNSUBSCRIBE_SLOT,
    Article,
    IssueContent,
    MailContext,
    MailLinks,
    Occurrence,
    OccurrenceState,
    Section,
    issue_key,
)
from digest.rendering import RenderedMail, Renderer
from digest.rendering.prose import shorten
from digest.rendering.wording import Wording
from digest.schedule import Action
from digest.selection import IssuePlan
from digest.store import alerts, deliveries, issues, occurrences
from digest.store import articles as stored
from digest.store.catchup import require_current
from digest.store.engine import Store, Transaction
from digest.store.issues import NewIssue, Placed, Variant
from digest.tokens import Keyring

TEST_MARK = "[Test] "

MAX_SUBJECT_CHARACTERS = 70
"""Longer subjects are cut at a word; phones show about half of it."""

_KNOWN_PERIODS = 800
"""How many occurrences back are looked up: more than two years of a daily briefing."""

_SENDER_ID_CHARACTERS = (5, 15)
"""How long the last part of Feedback-ID may be (Gmail's Postmaster Tools)."""


@dataclass(frozen=True, slots=True)
class Composition:
    """An issue made ready, but not written."""

    briefing: str
    number: int
    key: str
    """Names the issue in Message-IDs and placeholders; never two issues have the same."""

    slot: str
    """What stands in the mail where each reader's own token comes."""

    subject: str
    plan: IssuePlan
    content: IssueContent
    mail: RenderedMail
    skeleton: Skeleton


@dataclass(frozen=True, slots=True)
class ComposeResult:
    """What became of one due time."""

    briefing: str
    period: str
    issue_id: int | None
    """``None`` when nothing was composed."""

    number: int | None
    candidates: int
    """Deliveries that were frozen."""

    reason: str = ""
    """Why nothing was composed; empty when something was."""


def compose_due(
    store: Store, config: Config, renderer: Renderer, keyring: Keyring, *, now: datetime
) -> tuple[ComposeResult, ...]:
    """Compose every issue that is due at *now*, once, whoever else does the same.

    Raises:
        DigestError: if a briefing cannot be composed (a TemplateError: a template is broken), once
            the others are; its occurrence stays open and is tried again.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
    """
    require_current(store)
    results: list[ComposeResult] = []
    failures: list[DigestError] = []
    for name in config.briefings:
        try:
            results += _compose_briefing(store, config, renderer, keyring, name, now=now)
        except DigestError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return tuple(results)


def _compose_briefing(
    store: Store, config: Config, renderer: Renderer, keyring: Keyring, name: str, *, now: datetime
) -> list[ComposeResult]:
    briefing = config.briefings[name]
    with store.read() as tx:
        known = [item.period for item in occurrences.recent(tx, name, limit=_KNOWN_PERIODS)]
    # What would expire before it can be sent is not worth composing either.
    lateness = min(briefing.max_lateness, briefing.expire_after)
    results: list[ComposeResult] = []
    has_missed = False
    for decision in schedule.decide(config.schedule_of(name), known, now, lateness):
        occurrence = Occurrence(name, decision.period, decision.due_at)
        with store.write() as tx:
            if not occurrences.claim(tx, occurrence, now):
                continue
            if decision.action is Action.SKIP:
                # What was due before the briefing began is not missed by anybody.
                has_missed = bool(known)
                _skip(tx, occurrence, decision.reason, now, alert=has_missed)
                results.append(_nothing(name, decision.period, decision.reason))
                continue
            results.append(_compose(tx, config, renderer, keyring, occurrence, now=now))
            if results[-1].issue_id is not None and not has_missed:
                alerts.clear_alert(tx, f"missed:{name}", now)
    return results


def compose_now(
    store: Store, config: Config, renderer: Renderer, keyring: Keyring, name: str, *, now: datetime
) -> ComposeResult:
    """Compose an issue of the briefing called *name* at once, whatever its schedule says.

    Raises:
        NotFoundError: if there is no such briefing.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
        TemplateError: if a template is broken.
    """
    require_current(store)
    briefing = config.briefing(name)
    day = now.astimezone(ZoneInfo(briefing.timezone)).date().isoformat()
    with store.write() as tx:
        taken = issues.periods_of(tx, name, day)
        number = 1
        while (period := f"{day}/{number}") in taken:
            number += 1
        occurrence = Occurrence(name, period, now)
        result = _compose(tx, config, renderer, keyring, occurrence, now=now, is_scheduled=False)
        if result.issue_id is not None:
            alerts.clear_alert(tx, f"missed:{name}", now)
        return result


def draft_issue(
    store: Store,
    config: Config,
    renderer: Renderer,
    keyring: Keyring,
    name: str,
    *,
    now: datetime,
    is_test: bool = False,
) -> Composition | str:
    """Return the briefing's next issue as it would be at *now*, or why there would be none.

    A test is marked as one in its subject, and shows what was mailed before when nothing is new.
    Nothing is written.

    Raises:
        NotFoundError: if there is no such briefing.
        TemplateError: if a template is broken.
    """
    config.briefing(name)
    mark = TEST_MARK if is_test else ""
    with store.read() as tx:
        return _prepare(tx, config, renderer, keyring, name, now, mark)


def _compose(
    tx: Transaction,
    config: Config,
    renderer: Renderer,
    keyring: Keyring,
    occurrence: Occurrence,
    *,
    now: datetime,
    is_scheduled: bool = True,
) -> ComposeResult:
    name, period = occurrence.briefing, occurrence.period
    prepared = _prepare(tx, config, renderer, keyring, name, now)
    if isinstance(prepared, Composition) and not deliveries.has_audience(tx, name):
        prepared = "no confirmed subscribers"
    if isinstance(prepared, str):
        if is_scheduled:
            _skip(tx, occurrence, prepared, now, alert=False)
        return _nothing(name, period, prepared)
    briefing = config.briefings[name]
    issue_id = issues.add(
        tx,
        NewIssue(
            briefing=name,
            period=period,
            subject=prepared.subject,
            composed_at=now,
            expires_at=occurrence.due_at + briefing.expire_after,
            relay=briefing.relay,
            key_id=keyring.first_id,
        ),
        prepared.number,
    )
    issues.add_articles(tx, issue_id, name, _placed(prepared))
    variant_id = issues.add_variant(
        tx,
        issue_id,
        Variant("all", prepared.skeleton.to_bytes(), prepared.mail.html, prepared.mail.text),
    )
    candidates = deliveries.freeze(tx, issue_id, name, variant_id)
    issues.set_candidates(tx, issue_id, candidates)
    if is_scheduled:
        occurrences.settle(tx, name, period, OccurrenceState.COMPOSED, issue_id=issue_id)
    return ComposeResult(name, period, issue_id, prepared.number, candidates)


def _prepare(
    tx: Transaction,
    config: Config,
    renderer: Renderer,
    keyring: Keyring,
    name: str,
    now: datetime,
    mark: str = "",
) -> Composition | str:
    """Return the issue, or why there is none. *mark* comes before its subject."""
    briefing = config.briefings[name]
    listed = stored.list_all(tx)
    plan = selection.plan_issue(listed, briefing, issues.used_articles(tx, name), now)
    if mark and not plan.articles:
        # A test is for the looks and the relay: what was mailed before will do.
        plan = selection.plan_issue(listed, briefing, (), now)
    if len(plan.articles) < briefing.min_articles:
        return _too_few(plan, briefing)
    number = issues.next_number(tx, name)
    content = _content(plan, stored.load(tx, [item.sequence for item in plan.articles]))
    key = issue_key(name, number, now)
    slot = placeholder(tokens.derive(keyring.first, "placeholder"), key, UNSUBSCRIBE_SLOT)
    context = _context(config, name, number, content, slot, now, mark)
    mail = renderer.briefing(context)
    letter = _letter(config, context, mail, slot, now)
    return Composition(name, number, key, slot, context.subject, plan, content, mail, build(letter))


def _too_few(plan: IssuePlan, briefing: BriefingConfig) -> str:
    found = len(plan.articles)
    if found == 0:
        return "no new articles"
    return f"{found} new articles, fewer than min_articles = {briefing.min_articles}"


def _content(plan: IssuePlan, loaded: Sequence[Article]) -> IssueContent:
    by_number = {article.sequence: article for article in loaded}
    return IssueContent(
        lead=by_number[plan.lead.sequence] if plan.lead else None,
        sections=tuple(
            Section(title, tuple(by_number[item.sequence] for item in items))
            for title, items in plan.sections
        ),
        more=tuple(by_number[item.sequence] for item in plan.more),
        corrections=tuple(article for article in loaded if article.correction),
    )


def _context(
    config: Config,
    name: str,
    number: int,
    content: IssueContent,
    slot: str,
    now: datetime,
    mark: str,
) -> MailContext:
    briefing = config.briefings[name]
    day = now.astimezone(ZoneInfo(briefing.timezone)).date()
    wording = Wording(briefing.language, briefing.timezone)
    subject = briefing.subject_of(
        lead=content.articles[0].title, date=wording.full_date(day), number=number
    )
    base = config.web.url
    return MailContext(
        publication=config.publication_value(),
        briefing=config.briefing_info(name),
        number=number,
        date=day,
        subject=mark + shorten(subject, MAX_SUBJECT_CHARACTERS),
        content=content,
        links=MailLinks(
            unsubscribe=f"{base}unsubscribe/{slot}",
            preferences=f"{base}preferences/{slot}",
            view_online=f"{base}issues/{name}/{number}",
            archive=f"{base}issues/{name}",
        ),
    )


def _letter(
    config: Config, context: MailContext, mail: RenderedMail, slot: str, now: datetime
) -> Letter:
    briefing = config.briefings[context.briefing.name]
    return Letter(
        from_name=briefing.from_name,
        from_address=briefing.from_address,
        reply_to=briefing.reply_to,
        subject=context.subject,
        date=now,
        html=mail.html,
        text=mail.text,
        message_id_domain=briefing.from_address.rpartition("@")[2],
        slots={UNSUBSCRIBE_SLOT: slot},
        list_id=briefing.list_id,
        list_name=briefing.title,
        list_help=context.links.archive,
        list_archive=context.links.archive,
        list_owner=briefing.reply_to or briefing.from_address,
        unsubscribe_url=context.links.unsubscribe,
        unsubscribe_mailto=briefing.unsubscribe_mailto,
        unsubscribe_slot=UNSUBSCRIBE_SLOT,
        feedback_id=feedback_id(context.briefing.name, context.number, config.publication.url),
        language=briefing.language,
    )


def feedback_id(briefing: str, number: int, url: str) -> str:
    """Return the Feedback-ID of an issue: the same for all its readers (email.md, L8)."""
    least, most = _SENDER_ID_CHARACTERS
    host = re.sub(r"[^a-z0-9]", "", (urlsplit(url).hostname or "").lower())
    return f"{number}:{briefing}:briefing:{host[:most].ljust(least, 'x')}"


def _placed(composition: Composition) -> list[Placed]:
    roles: Mapping[int, str] = {
        **{item.sequence: "more" for item in composition.plan.more},
        **({composition.plan.lead.sequence: "lead"} if composition.plan.lead else {}),
    }
    return [
        Placed(article.sequence, article.revision, position, roles.get(article.sequence, "section"))
        for position, article in enumerate(composition.plan.articles, start=1)
    ]


def _skip(
    tx: Transaction, occurrence: Occurrence, reason: str, now: datetime, *, alert: bool
) -> None:
    occurrences.settle(
        tx, occurrence.briefing, occurrence.period, OccurrenceState.SKIPPED, reason=reason
    )
    if alert:
        text = f"no issue of {occurrence.briefing} for {occurrence.period}: {reason}"
        alerts.raise_alert(tx, f"missed:{occurrence.briefing}", text, now)


def _nothing(briefing: str, period: str, reason: str) -> ComposeResult:
    return ComposeResult(briefing, period, None, None, 0, reason)
