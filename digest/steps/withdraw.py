"""Withdraw: an editor takes an article back that no file of ours says anything of."""

from __future__ import annotations

from datetime import datetime

from digest.config import Config
from digest.errors import DigestError
from digest.model import Listed
from digest.planning import article_called
from digest.store import articles as stored
from digest.store.engine import Store, Transaction


def why_not(config: Config, article: Listed) -> str:
    """Return why *article* cannot be withdrawn here, and how it can; empty: it can."""
    if article.withdrawn_at is not None:
        return "it is withdrawn already"
    source = config.sources.get(article.source)
    if source is not None and source.kind == "folder":
        return "its file says what it is: put “withdrawn: the reason” at its head, or remove it"
    return ""


def withdraw(store: Store, config: Config, reference: str, reason: str, *, now: datetime) -> Listed:
    """Withdraw the article: it leaves the feeds, the site, and issues that are not out.

    It stays so, whatever the source it came from still has. *reference* is as for
    :func:`digest.planning.article_called`.

    Raises:
        NotFoundError: if there is no such article.
        DigestError: if it cannot be withdrawn here; nothing is changed.
    """
    with store.write() as tx:
        sequence = article_called(reference, stored.known(tx), config).sequence
        article = _one(tx, sequence)
        if said := why_not(config, article):
            raise DigestError(f"{article.slug or article.title} cannot be withdrawn here: {said}")
        stored.withdraw(tx, sequence, now, " ".join(reason.split()) or "withdrawn by an editor")
        return _one(tx, sequence)


def _one(tx: Transaction, sequence: int) -> Listed:
    [article] = stored.list_some(tx, [sequence])
    return article
