"""Proofs: an issue made ready, as preflight looks at it. Pure."""

from __future__ import annotations

from datetime import datetime

from digest import tokens
from digest.config import Config
from digest.mail.address import parse_address
from digest.mail.message import message_id
from digest.model import UNSUBSCRIBE_SLOT, Article
from digest.preflight import Piece, Proof
from digest.steps.compose.composition import Composition, Rendition
from digest.tokens import Keyring, Purpose

SAMPLE_READER = "reader@example.org"
SAMPLE_SUBSCRIPTION = 0
"""No subscription has this number: the token in proofs ends nobody's."""


def proofs_of(
    config: Config, keyring: Keyring, composition: Composition, now: datetime
) -> tuple[Proof, ...]:
    """Return the variants of an issue as preflight looks at them."""
    token = tokens.make(keyring, Purpose.UNSUBSCRIBE, SAMPLE_SUBSCRIPTION)
    works = tokens.check(keyring, Purpose.UNSUBSCRIBE, token, now) is not None
    briefing = config.briefings[composition.briefing]
    is_one = len(composition.renditions) == 1
    return tuple(
        Proof(
            subject=item.subject,
            html=item.mail.html.replace(composition.slot, token),
            text=item.mail.text.replace(composition.slot, token),
            message=_message(keyring, composition, item, token),
            language=kind.language,
            languages=(briefing.language, *briefing.languages),
            pieces=tuple(_piece(article) for article in item.content.articles),
            postal_address=config.publication.postal_address,
            unsubscribe_token=token,
            token_works=works,
            variant="" if is_one else item.name,
        )
        for kind, item in zip(composition.sorting.kinds, composition.renditions, strict=True)
    )


def _piece(article: Article) -> Piece:
    return Piece(
        slug=article.slug,
        title=article.title,
        url=article.url,
        text=article.content_text or article.summary,
        language=article.language,
        source=article.source,
    )


def _message(keyring: Keyring, composition: Composition, item: Rendition, token: str) -> bytes:
    skeleton = item.skeleton
    secret = tokens.derive(keyring.first, "message-id")
    own_id = message_id(secret, composition.key, SAMPLE_SUBSCRIPTION, skeleton.message_id_domain)
    return skeleton.fill(parse_address(SAMPLE_READER), own_id, {UNSUBSCRIBE_SLOT: token})
