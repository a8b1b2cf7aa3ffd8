"""Before an issue goes out: when it may, what was found in it, and what editors say."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Text, UniqueConstraint

from digest.model import Decision
from digest.store.schema.base import ID, Utc, one_of, partial_index, table

issue_releases = table(
    "issue_releases",
    # When an issue may go out. An issue without a row goes out at once.
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    # Not before this: an issue is made at the briefing's cut-off and waits.
    Column("send_at", Utc, nullable=False),
    # Null unless links are to be looked at first; nothing waits for that beyond this time.
    Column("check_by", Utc),
    # Null until links were looked at.
    Column("checked_at", Utc),
    # Null unless editors are asked: when the default happens if none of them has decided.
    Column("deadline_at", Utc),
    # What then happens, "send" or "hold". Null unless editors are asked.
    Column("default_decision", String(10)),
    # What was decided last, and by whom: an editor's address, "operator", or "deadline". Null and
    # empty until then.
    Column("decision", String(10)),
    Column("decided_by", String(320), nullable=False),
    Column("decided_at", Utc),
    one_of("decision", Decision),
    CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
    CheckConstraint("(deadline_at IS NULL) = (default_decision IS NULL)", name="default"),
    # Serves the look at what is due for its default.
    partial_index("ix_issue_releases_deadline", "decision IS NULL", "deadline_at"),
)

issue_findings = table(
    "issue_findings",
    # What preflight found in an issue.
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("level", String(10), nullable=False),
    Column("text", Text, nullable=False),
    # The variant, or the slug of the article; empty: all of the issue.
    Column("place", Text, nullable=False),
)

issue_editors = table(
    "issue_editors",
    # Who was asked about an issue. The links in their mails hold the row's number.
    Column("id", ID, primary_key=True),
    Column("issue_id", ID, ForeignKey("issues.id"), nullable=False),
    Column("email", String(320), nullable=False),
    UniqueConstraint("issue_id", "email"),
)

issue_corrections = table(
    "issue_corrections",
    # An issue that only those get who got another one, which was wrong.
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    Column("corrects", ID, ForeignKey("issues.id"), nullable=False),
)
