"""What mails about somebody's subscription say. Pure.

Nothing that a stranger wrote gets into one: only titles from the settings, and words of our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from digest import tokens
from digest.config import Config
from digest.model import Issue, NoticeContext, NoticeKind
from digest.rendering.catalogues import Catalogues
from digest.rendering.phrases import PHRASES
from digest.rendering.wording import Wording
from digest.steps.readers.links import token_of
from digest.store.notices import Notice
from digest.store.requests import Request
from digest.tokens import Keyring, Purpose

PATHS = {
    NoticeKind.CONFIRM: "confirm",
    NoticeKind.PREFERENCES: "preferences",
    NoticeKind.EXPORT: "export",
    NoticeKind.ERASE: "erase",
    NoticeKind.CHANGE_ADDRESS: "change-address",
}
"""Below the site's base: where the link of each kind leads, with its token added."""


def briefings_of(notice: Notice, config: Config) -> list[str]:
    """Return the briefings that the mail speaks of, those that there still are."""
    return [name for name in notice.details.get("briefings", ()) if name in config.briefings]


def subscriptions_of(notice: Notice, config: Config) -> dict[str, int]:
    """Return the subscriptions that the mail can end: number by briefing."""
    found: Mapping[str, int] = notice.details.get("subscriptions", {})
    return {name: number for name, number in found.items() if name in config.briefings}


def context_of(
    notice: Notice,
    request: Request | None,
    latest: Mapping[str, Issue],
    config: Config,
    keyring: Keyring,
    phrases: Catalogues = PHRASES,
) -> NoticeContext:
    """Return what the mail says.

    Args:
        notice: The mail.
        request: Whose link is in it; needed for those of :data:`PATHS`.
        latest: The latest issue of each briefing that the mail welcomes to.
        config: The settings.
        keyring: For the tokens of links.
        phrases: What it is said in.
    """
    language = str(notice.details.get("language") or config.publication.language)
    wording = Wording(language, config.publication.timezone, phrases)
    titles = [config.briefing(name).title for name in briefings_of(notice, config)]
    values = {"briefing": wording.listed(titles), "publication": config.publication.title}
    name = _phrases_of(notice)
    button = None
    if request is not None and notice.kind in PATHS:
        url = f"{config.web.url}{PATHS[notice.kind]}/{token_of(keyring, request)}"
        button = (wording.phrase(f"{name}_button"), url)
    return NoticeContext(
        publication=config.publication_value(),
        language=language,
        timezone=config.publication.timezone,
        subject=wording.phrase(f"{name}_subject", **values),
        heading=wording.phrase(f"{name}_heading"),
        paragraphs=(wording.phrase(f"{name}_text", **values),),
        button=button,
        after=_after(notice, wording),
        links=(
            *_reading(latest, config, wording),
            *_leaving(subscriptions_of(notice, config), config, keyring, wording),
        ),
        sender=wording.phrase("mail_reason", site=urlsplit(config.web.url).hostname),
    )


def _phrases_of(notice: Notice) -> str:
    if notice.details.get("already"):
        return "mail_already"
    return f"mail_{notice.kind.replace('-', '_')}"


def _after(notice: Notice, wording: Wording) -> tuple[str, ...]:
    if notice.kind is NoticeKind.CONFIRM:
        day = wording.local_date(notice.expires_at)
        return (
            wording.phrase("mail_confirm_after", date=day),
            wording.phrase("mail_confirm_ignore"),
        )
    if notice.kind is NoticeKind.ADDRESS_CHANGED:
        return (wording.phrase("mail_address_changed_after"),)
    if notice.kind is NoticeKind.WELCOME:
        return ()
    return (wording.phrase("mail_link_after"), wording.phrase("mail_link_ignore"))


def _reading(
    latest: Mapping[str, Issue], config: Config, wording: Wording
) -> list[tuple[str, str]]:
    return [
        (
            wording.phrase("latest_issue", title=issue.subject),
            f"{config.web.url}issues/{name}/{issue.number}",
        )
        for name, issue in latest.items()
    ]


def _leaving(
    mine: Mapping[str, int], config: Config, keyring: Keyring, wording: Wording
) -> list[tuple[str, str]]:
    return [
        (
            wording.phrase("mail_unsubscribe", briefing=config.briefing(name).title),
            f"{config.web.url}unsubscribe/{tokens.make(keyring, Purpose.UNSUBSCRIBE, number)}",
        )
        for name, number in mine.items()
    ]
