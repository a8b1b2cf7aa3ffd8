"""What several tables must agree on, and what is allowed and yet probably a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from digest.config.environment import variable_of
from digest.config.root import Config, default_list_id
from digest.config.shape import Path, dotted, nearest
from digest.config.tables import (
    LOOPBACK,
    BriefingConfig,
    FeedbackConfig,
    FeedConfig,
    PublicationConfig,
    PublishConfig,
    SourceConfig,
    Table,
    WebConfig,
    WebSubConfig,
)
from digest.errors import Problem

_AnyTable = TypeVar("_AnyTable", bound=Table)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at one key, before it is known which line that is."""

    path: Path
    reason: str


def agreement(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield where the tables of *data*, the parsed file, contradict each other.

    Tables that are wrong in themselves are left out, as far as they are: their names still count.
    """
    sources = _names(data, "sources") or ["articles"]
    relays = _names(data, "relays")
    briefings = _valid(data, "briefings", BriefingConfig)
    for section, tables in (
        ("feeds", _valid(data, "feeds", FeedConfig)),
        ("briefings", briefings),
    ):
        for name, table in tables.items():
            for index, source in enumerate(table.sources):
                if source not in sources:
                    yield Finding(
                        (section, name, "sources", index), _no_such("source", source, sources)
                    )
    yield from _feeds(data)
    for name, briefing in briefings.items():
        if not relays:
            yield Finding(
                ("briefings", name),
                "needs a relay that takes its mail: add a table [relays.default] with its host",
            )
        elif briefing.relay and briefing.relay not in relays:
            yield Finding(("briefings", name, "relay"), _no_such("relay", briefing.relay, relays))
        else:
            for index, relay in enumerate(briefing.relays):
                if relay not in relays:
                    yield Finding(
                        ("briefings", name, "relays", index), _no_such("relay", relay, relays)
                    )
    yield from _list_ids(data, briefings)
    yield from _folders(data)
    yield from _static_site(data)
    yield from _hub(data)
    yield from _webhooks(data)


def _feeds(data: Mapping[str, Any]) -> Iterator[Finding]:
    names = _names(data, "briefings")
    for name, feed in _valid(data, "feeds", FeedConfig).items():
        if feed.kind == "issues" and not names:
            reason = "has issues of a briefing, and there is no briefing: add [briefings.daily]"
            yield Finding(("feeds", name, "kind"), reason)
        elif feed.briefing and feed.briefing not in names:
            yield Finding(
                ("feeds", name, "briefing"), _no_such("briefing", feed.briefing, names or ["none"])
            )


def _list_ids(data: Mapping[str, Any], briefings: dict[str, BriefingConfig]) -> Iterator[Finding]:
    publication = _one(data, "publication", PublicationConfig)
    owners: dict[str, str] = {}
    for name, briefing in briefings.items():
        default = default_list_id(name, publication) if publication else name
        list_id = briefing.list_id or default
        owner = owners.setdefault(list_id, name)
        if owner != name:
            yield Finding(
                ("briefings", name, "list_id"),
                f"{list_id!r} is the list id of briefings.{owner} already; "
                "mail programs would take the two for one",
            )


def _folders(data: Mapping[str, Any]) -> Iterator[Finding]:
    publish = _one(data, "publish", PublishConfig)
    sources = _valid(data, "sources", SourceConfig) or {"articles": SourceConfig()}
    owners: dict[PurePosixPath, str] = {}
    for name, source in sources.items():
        if source.kind != "folder":
            continue
        folder = PurePosixPath(source.path)
        owner = owners.setdefault(folder, name)
        if owner != name:
            yield Finding(
                ("sources", name, "path"),
                f"{source.path!r} is the folder of sources.{owner} already; "
                "its articles would be published twice",
            )
        if publish and PurePosixPath(publish.folder).is_relative_to(folder):
            yield Finding(
                ("publish", "folder"),
                f"{publish.folder!r} lies in the folder of sources.{name}; "
                "what is published would be read as articles",
            )


def _static_site(data: Mapping[str, Any]) -> Iterator[Finding]:
    publication = _one(data, "publication", PublicationConfig)
    publish, web = _one(data, "publish", PublishConfig), _one(data, "web", WebConfig)
    if not publication or not publish or not web or web.site != "static":
        return
    site = web.url or publication.url
    if publish.url not in {"", site}:
        yield Finding(
            ("publish", "url"),
            f"{publish.url!r} must be {site!r}, or left out: with a static site the folder of the "
            "feeds is the site",
        )


def _hub(data: Mapping[str, Any]) -> Iterator[Finding]:
    websub, web = _one(data, "websub", WebSubConfig), _one(data, "web", WebConfig)
    if websub and web and websub.hub == "self" and not web.listen:
        reason = (
            '"self" needs the web server: set [web] listen, and have the hub\'s address lead to it'
        )
        yield Finding(("websub", "hub"), reason)


def _webhooks(data: Mapping[str, Any]) -> Iterator[Finding]:
    feedback, web = _one(data, "feedback", FeedbackConfig), _one(data, "web", WebConfig)
    if feedback and web and feedback.webhooks and not web.listen:
        reason = "need the web server: set [web] listen, and have /hooks/<name> lead to it"
        yield Finding(("feedback", "webhooks"), reason)


def _no_such(kind: str, name: str, known: list[str]) -> str:
    close = nearest(name, known)
    hint = f"did you mean {close!r}?" if close else f"there is: {', '.join(known)}"
    return f"there is no {kind} {name!r}; {hint}"


def _names(data: Mapping[str, Any], section: str) -> list[str]:
    tables = data.get(section)
    return list(tables) if isinstance(tables, dict) else []


def _one(data: Mapping[str, Any], section: str, model: type[_AnyTable]) -> _AnyTable | None:
    try:
        return model.model_validate(data.get(section, {}))
    except ValidationError:
        return None


def _valid(data: Mapping[str, Any], section: str, model: type[_AnyTable]) -> dict[str, _AnyTable]:
    tables = data.get(section)
    if not isinstance(tables, dict):
        return {}
    checked = {name: _one(tables, name, model) for name in tables}
    return {name: table for name, table in checked.items() if table is not None}


def warnings(config: Config, *, where: str = "config.toml") -> list[Problem]:
    """Return what is allowed in *config* and yet probably a mistake; *where* names the file."""
    return [
        Problem(where, f"{dotted(finding.path)}: {finding.reason}", severity="warning")
        for finding in _doubts(config)
    ]


def _doubts(config: Config) -> Iterator[Finding]:
    for name, feed in config.feeds.items():
        if feed.podcast and not (feed.podcast_image or config.publication.logo):
            reason = "directories of podcasts take none without a picture"
            yield Finding(("feeds", name, "podcast_image"), reason)
        if feed.podcast and not feed.podcast_categories:
            reason = 'directories of podcasts take none without one, such as ["News"]'
            yield Finding(("feeds", name, "podcast_categories"), reason)
    for name, relay in config.relays.items():
        has_password = relay.password is not None or bool(relay.password_file)
        if relay.username and not has_password:
            variable = variable_of(("relays", name, "password"))
            yield Finding(
                ("relays", name, "username"),
                f"there is no password; set {variable} or password_file before anything is sent",
            )
        if has_password and not relay.username:
            yield Finding(("relays", name), "has a password and no username, so nobody logs in")
    if not config.briefings:
        return
    if not config.publication.postal_address:
        yield Finding(
            ("publication", "postal_address"),
            "is empty; many countries require a postal address in every mail",
        )
    url = urlsplit(config.web.url)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        yield Finding(
            ("web", "url"),
            f"{config.web.url!r} is not https, which one-click unsubscribing (RFC 8058) requires",
        )
