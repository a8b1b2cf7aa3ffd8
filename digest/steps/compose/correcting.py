"""Correcting: an issue that only those get who got another one, which was wrong.

It has the articles that are named and an editor's words, whatever was mailed before, and counts for
no later issue: what is mailed again here is not new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from digest import tokens
from digest.config import Config
from digest.errors import DigestError, NotFoundError
from digest.mail.message import placeholder
from digest.model import UNSUBSCRIBE_SLOT, Issue, Listed, MailFormat, Occurrence, issue_key
from digest.planning.variants import Kind, Sorting
from digest.rendering import Renderer
from digest.rendering.wording import Wording
from digest.selection import IssuePlan
from digest.steps.compose.composition import ComposeResult, Composition, Press, Rendition
from digest.steps.compose.content import content_of
from digest.steps.compose.gate import set_gate
from digest.steps.compose.letter import Heading
from digest.steps.compose.writing import write
from digest.store import articles as stored
from digest.store import clicks, deliveries, issues, releases
from digest.store.catchup import require_current
from digest.store.deliveries import Audience
from digest.store.engine import Store, Transaction
from digest.store.issues import NewIssue, Variant
from digest.tokens import Keyring


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be put right."""

    wrong: Issue
    articles: tuple[str, ...]
    """Slugs, in the order they stand in; not empty."""

    introduction: str
    """What the editor says of it. Not empty: readers are owed a word."""


def compose_correction(
    store: Store,
    config: Config,
    renderer: Renderer,
    keyring: Keyring,
    correction: Correction,
    *,
    now: datetime,
    looks_at_links: bool = False,
) -> ComposeResult:
    """Compose an issue for those who were sent a wrong one and are still subscribed.

    Mails of which nobody knows whether they arrived count as sent. *looks_at_links* is as for
    ``compose_due``; editors are not asked.

    Raises:
        NotFoundError: if there is no such briefing or article.
        DigestError: if there is nothing to say, or the articles are withdrawn.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
        TemplateError: if a template is broken.
    """
    require_current(store)
    name = correction.wrong.briefing
    briefing = config.briefing(name)
    if not correction.introduction.strip() or not correction.articles:
        raise DigestError("a correction needs an introduction and at least one article")
    press = Press(config, renderer, keyring, looks_at_links)
    day = now.astimezone(ZoneInfo(briefing.timezone)).date().isoformat()
    with store.write() as tx:
        taken = issues.periods_of(tx, name, day)
        number = 1
        while (period := f"{day}/{number}") in taken:
            number += 1
        formats = releases.readers_of(tx, correction.wrong.id)
        if not formats:
            reason = f"nobody was sent {name}/{correction.wrong.number}"
            return ComposeResult(name, period, None, None, 0, reason)
        prepared = _prepare(tx, press, correction, set(formats.values()), now)
        issue_id, candidates = _freeze(tx, press, prepared, correction, formats, period, now)
        occurrence = Occurrence(name, period, now)
        held = set_gate(tx, press, prepared, issue_id, occurrence, now, is_scheduled=False)
        return ComposeResult(name, period, issue_id, prepared.number, candidates, held=held)


def _prepare(
    tx: Transaction,
    press: Press,
    correction: Correction,
    formats: set[MailFormat],
    now: datetime,
) -> Composition:
    name = correction.wrong.briefing
    language = press.config.briefings[name].language
    wanted = _wanted(stored.list_all(tx), correction.articles)
    lead, *others = wanted
    plan = IssuePlan(lead, (("", tuple(others)),) if others else (), (), (), {})
    loaded = {item.sequence: item for item in stored.load(tx, [item.sequence for item in wanted])}
    number = issues.next_number(tx, name)
    key = issue_key(name, number, now)
    slot = placeholder(tokens.derive(press.keyring.first, "placeholder"), key, UNSUBSCRIBE_SLOT)
    mark = f"{Wording(language, 'UTC', press.renderer.phrases).phrase('correction')}: "
    counts_clicks = press.config.briefings[name].click_counts
    heading = Heading(name, number, slot, now, mark, correction.introduction, counts_clicks)
    content = content_of(plan, loaded)
    kinds, renditions = [], []
    for format_ in MailFormat:
        if format_ is MailFormat.TEXT and format_ not in formats:
            continue
        written, fitting = write(press, heading, content, language, format_)
        shown = written.context
        title = "all" if format_ is MailFormat.HTML else "text only"
        kinds.append(Kind(frozenset(plan.mailed), language, format_))
        mail, skeleton = written.mail, written.skeleton
        renditions.append(
            Rendition(title, shown.subject, plan, shown.content, mail, skeleton, fitting)
        )
    return Composition(
        name,
        number,
        key,
        slot,
        plan,
        tuple(renditions),
        # Nothing of it counts as mailed: it was mailed with the wrong issue.
        placed=(),
        sorting=Sorting(tuple(kinds), {}),
        targets={number: item.url for number, item in loaded.items()} if counts_clicks else {},
        cadence=correction.wrong.cadence,
    )


def _wanted(listed: Sequence[Listed], slugs: Sequence[str]) -> list[Listed]:
    by_slug = {item.slug: item for item in listed if item.withdrawn_at is None}
    for slug in slugs:
        if slug not in by_slug:
            near = [known for known in by_slug if slug.casefold() in known]
            raise NotFoundError("article", slug, near[:10])
    return [by_slug[slug] for slug in dict.fromkeys(slugs)]


def _freeze(
    tx: Transaction,
    press: Press,
    prepared: Composition,
    correction: Correction,
    formats: dict[int, MailFormat],
    period: str,
    now: datetime,
) -> tuple[int, int]:
    briefing = press.config.briefings[prepared.briefing]
    issue_id = issues.add(
        tx,
        NewIssue(
            briefing=prepared.briefing,
            period=period,
            subject=prepared.subject,
            composed_at=now,
            expires_at=now + briefing.expire_after,
            relay=briefing.relay,
            key_id=press.keyring.first_id,
            cadence=prepared.cadence,
        ),
        prepared.number,
    )
    ids = {
        kind.format: issues.add_variant(
            tx,
            issue_id,
            Variant(
                item.name,
                item.skeleton.to_bytes(),
                item.mail.html,
                item.mail.text,
                item.fitting.to_text(),
            ),
        )
        for kind, item in zip(prepared.sorting.kinds, prepared.renditions, strict=True)
    }
    own: dict[int, int | None] = {number: ids[format_] for number, format_ in formats.items()}
    clicks.add_links(tx, issue_id, prepared.targets)
    candidates = deliveries.freeze_for(tx, issue_id, prepared.briefing, Audience(own=own))
    issues.set_candidates(tx, issue_id, candidates)
    releases.add_correction(tx, issue_id, correction.wrong.id)
    return issue_id, candidates
