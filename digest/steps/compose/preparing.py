"""Preparing: the next issue as it would be, read from the database and rendered, not written."""

from __future__ import annotations

from datetime import datetime

from digest import selection, tokens
from digest.config import BriefingConfig
from digest.mail.message import build, placeholder
from digest.model import UNSUBSCRIBE_SLOT, issue_key
from digest.selection import IssuePlan
from digest.steps.compose.composition import Composition, Press, Rendition
from digest.steps.compose.content import content_of
from digest.steps.compose.letter import context_of, letter_of
from digest.store import articles as stored
from digest.store import issues
from digest.store.engine import Transaction

TEST_MARK = "[Test] "


def prepare(
    tx: Transaction, press: Press, name: str, now: datetime, mark: str = ""
) -> Composition | str:
    """Return the next issue of the briefing, or why there is none.

    *mark* comes before its subject; an issue with one shows what was mailed before when nothing is
    new.

    Raises:
        TemplateError: if a template is broken.
    """
    config, keyring = press.config, press.keyring
    briefing = config.briefings[name]
    listed = stored.list_all(tx)
    plan = selection.plan_issue(listed, briefing, issues.used_articles(tx, name), now)
    if mark and not plan.articles:
        # A test is for the looks and the relay: what was mailed before will do.
        plan = selection.plan_issue(listed, briefing, (), now)
    if len(plan.articles) < briefing.min_articles:
        return _too_few(plan, briefing)
    number = issues.next_number(tx, name)
    content = content_of(plan, stored.load(tx, [item.sequence for item in plan.articles]))
    key = issue_key(name, number, now)
    slot = placeholder(tokens.derive(keyring.first, "placeholder"), key, UNSUBSCRIBE_SLOT)
    context = context_of(config, name, number, content, slot, now, mark)
    mail = press.renderer.briefing(context)
    skeleton = build(letter_of(config, context, mail, slot, now))
    rendition = Rendition("all", context.subject, plan, content, mail, skeleton)
    return Composition(name, number, key, slot, plan, (rendition,))


def _too_few(plan: IssuePlan, briefing: BriefingConfig) -> str:
    found = len(plan.articles)
    if found == 0:
        return "no new articles"
    return f"{found} new articles, fewer than min_articles = {briefing.min_articles}"
