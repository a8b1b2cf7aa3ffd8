"""A newsroom for tests of composing: mails that only list what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fakes import KEYRING, NOW, make_config
from samples import sample_article
from sqlalchemy import select

from digest.model import Cadence, MailContext, MailFormat, SubscriptionState
from digest.rendering import RenderedMail, Renderer, bundled_templates
from digest.steps.compose import ComposeResult, compose_due, compose_now
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store import articles, choices, issues, subscribers
from digest.store.engine import Store, Transaction
from digest.store.schema import deliveries


class Lister(Renderer):
    """Writes which articles a mail has, its language, and its introduction; nothing else."""

    def briefing(self, context: MailContext) -> RenderedMail:
        """Return a mail of the slugs alone."""
        content = context.content
        told = [article.slug for article in content.articles]
        told += [f"also:{each.slug}" for others in content.also.values() for each in others]
        text = f"{context.briefing.language}|{context.introduction}|{' '.join(told)}"
        return RenderedMail(f"<p>{text}</p>", text, "")


LISTER = Lister([bundled_templates()])


class Newsroom:
    """A publication with a daily briefing whose issues tell what is in them."""

    def __init__(self, store: Store, daily: str = "", more: str = "") -> None:
        """Begin on Monday evening."""
        self.store = store
        self.config = make_config(daily=daily, more=more)
        self.now = NOW

    def write(self, number: int, **changes: Any) -> int:  # noqa: ANN401 - any field
        """Publish an article whose slug is ``a<number>``. Return its sequence number."""
        at = changes.pop("published_at", self.now)
        article = replace(
            sample_article(number, published_at=at, updated_at=at, **changes), slug=f"a{number}"
        )
        with self.store.write() as tx:
            return articles.add(
                tx, article, path=f"{number}.md", digest=str(number), seen_at=self.now
            )

    def join(
        self,
        name: str,
        *,
        briefing: str = "daily",
        topics: Sequence[str] = (),
        language: str = "",
        timezone: str = "",
        mail_format: MailFormat = MailFormat.HTML,
        cadence: Cadence = Cadence.EACH,
    ) -> int:
        """Subscribe somebody who wants that. Return their subscriber id."""
        email = f"{name}@reader.example"
        wishes = [Wish(person_of(email), briefing, SubscriptionState.CONFIRMED)]
        subscribe(self.store, KEYRING, wishes, method="form", evidence="", now=self.now)
        with self.store.write() as tx:
            for mine in subscribers.list_subscriptions(tx):
                if mine.subscriber.email != email or mine.briefing != briefing:
                    continue
                choices.set_person(
                    tx,
                    mine.subscriber.id,
                    language=language,
                    timezone=timezone,
                    mail_format=mail_format,
                )
                choices.set_subscription(
                    tx,
                    mine.id,
                    topics=tuple(topics),
                    cadence=cadence,
                    paused_until=None,
                    now=self.now,
                )
                return mine.subscriber.id
        raise AssertionError(email)

    def due(self) -> tuple[ComposeResult, ...]:
        """Make what is due."""
        return compose_due(self.store, self.config, LISTER, KEYRING, now=self.now)

    def by_hand(self, briefing: str = "daily") -> ComposeResult:
        """Make an issue at once."""
        return compose_now(self.store, self.config, LISTER, KEYRING, briefing, now=self.now)

    def got(self, result: ComposeResult) -> dict[str, str]:
        """Return what each reader gets of an issue."""
        assert result.issue_id is not None, result.reason
        with self.store.read() as tx:
            variants = issues.variants_of(tx, result.issue_id)
            return {
                row.email.partition("@")[0]: variants[row.variant_id].text
                for row in rows_of(tx, result.issue_id)
            }

    def times(self, result: ComposeResult) -> dict[str, datetime | None]:
        """Return when each reader's mail may go; ``None``: at once."""
        assert result.issue_id is not None, result.reason
        with self.store.read() as tx:
            return {
                row.email.partition("@")[0]: row.next_attempt_at
                for row in rows_of(tx, result.issue_id)
            }


def rows_of(tx: Transaction, issue_id: int) -> Sequence[Any]:
    """Return the deliveries of an issue, by id."""
    query = select(deliveries).where(deliveries.c.issue_id == issue_id)
    return tx.execute(query.order_by(deliveries.c.id)).all()
