"""Asked: what the link in an editor's mail stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest import tokens
from digest.config import Config
from digest.mail.address import mailbox_key
from digest.mail.message import placeholder
from digest.model import UNSUBSCRIBE_SLOT, Issue
from digest.store import issues, releases
from digest.store.engine import Store, Transaction
from digest.store.issues import ArticleInIssue
from digest.store.releases import Editor, Noted, Release
from digest.tokens import Keyring, Purpose

SAMPLE_SUBSCRIPTION = 0
"""No subscription has this number: the links in what editors see end nobody's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An issue that an editor was asked about."""

    editor: Editor
    issue: Issue
    release: Release | None
    findings: tuple[Noted, ...]
    articles: tuple[ArticleInIssue, ...]


def token_of(keyring: Keyring, editor: Editor, issue: Issue) -> str:
    """Return the token of the editor's links. It is of use as long as the issue is."""
    return tokens.make(keyring, Purpose.APPROVE, editor.id, expires_at=issue.expires_at)


def look(
    store: Store, config: Config, keyring: Keyring, token: str, *, now: datetime
) -> Asked | None:
    """Return what *token* stands for.

    ``None`` when it is not genuine or expired, or whose it was is no editor of the briefing any
    more.
    """
    claim = tokens.check(keyring, Purpose.APPROVE, token, now)
    if claim is None:
        return None
    with store.read() as tx:
        return asked(tx, config, claim.subject)


def asked(tx: Transaction, config: Config, editor_id: int) -> Asked | None:
    """Return what the editor of that number was asked about; ``None`` as for :func:`look`."""
    editor = releases.editor(tx, editor_id)
    issue = issues.get(tx, editor.issue_id) if editor else None
    if editor is None or issue is None or not _is_editor(config, issue.briefing, editor.email):
        return None
    return Asked(
        editor,
        issue,
        releases.of(tx, issue.id),
        tuple(releases.findings_of(tx, issue.id)),
        tuple(issues.articles_of(tx, issue.id)),
    )


def preview_of(tx: Transaction, keyring: Keyring, issue: Issue) -> tuple[str, str]:
    """Return HTML and text of the whole issue, with links that are nobody's."""
    variant = next(iter(issues.variants_of(tx, issue.id).values()))
    own = keyring.led_by(issue.key_id) or keyring
    slot = placeholder(tokens.derive(own.first, "placeholder"), issue.key, UNSUBSCRIBE_SLOT)
    token = tokens.make(keyring, Purpose.UNSUBSCRIBE, SAMPLE_SUBSCRIPTION)
    return variant.html.replace(slot, token), variant.text.replace(slot, token)


def _is_editor(config: Config, briefing: str, email: str) -> bool:
    settings = config.briefings.get(briefing)
    editors = settings.approval_editors if settings else ()
    return mailbox_key(email) in {mailbox_key(each) for each in editors}
