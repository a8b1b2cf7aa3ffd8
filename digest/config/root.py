"""The whole of config.toml as one value, and what other modules are given of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urljoin, urlsplit
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import Field

from digest.config.tables import (
    DOMAINS,
    BriefingConfig,
    DatabaseConfig,
    DeliveryConfig,
    DeskConfig,
    DkimConfig,
    FeedbackConfig,
    FeedConfig,
    FetchConfig,
    LogConfig,
    PreflightConfig,
    PublicationConfig,
    PublishConfig,
    RelayConfig,
    SecretsConfig,
    SignupConfig,
    SourceConfig,
    Table,
    WebConfig,
    WebSubConfig,
)
from digest.config.values import Expects, Name
from digest.errors import NotFoundError
from digest.model import Author, BriefingInfo, Cadence, FeedInfo, Podcast, Publication
from digest.schedule import Schedule, parse_cron, weekday_numbers

PRIVATE_FOLDER = "private"
"""Below the site; in it a folder for each private feed, named by its token."""

MAIN_FEED = "main"
"""The feed that always exists and is written at the root of the folder."""

FORMATS = ("rss.xml", "atom.xml", "feed.json")
"""File names of a feed's document, in each of its folders."""

OPML = "feeds.opml"
"""File name of the list of all feeds."""

HUB = "hub"
"""Where our own hub is, below the site."""

SOURCES = "sources"
"""Below the site; in it the addresses at which hubs bring what upstream sources have."""

TOPIC_FOLDER = "topics"
"""Where the feeds of single topics are, below the folder."""

_PODCAST_NAMESPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""Of the podcast namespace's ``guid``."""


class Config(Table):
    """Everything that config.toml and the environment say. Made by :func:`digest.config.load`.

    Mappings keep the order of the file.
    """

    publication: Annotated[
        PublicationConfig, Expects("a table [publication] with title, url, and id")
    ]
    database: Annotated[DatabaseConfig, Expects("a table [database]")] = DatabaseConfig()
    secrets: Annotated[SecretsConfig, Expects("a table [secrets]")] = SecretsConfig()
    sources: Annotated[
        Mapping[Name, SourceConfig], Expects("tables, each with a name: [sources.articles]")
    ] = Field(default_factory=lambda: {"articles": SourceConfig()})
    publish: Annotated[PublishConfig, Expects("a table [publish]")] = PublishConfig()
    feeds: Annotated[
        Mapping[Name, FeedConfig], Expects("tables, each with a name: [feeds.main]")
    ] = Field(default_factory=dict)
    """Once loaded, the first is always ``main``."""

    briefings: Annotated[
        Mapping[Name, BriefingConfig], Expects("tables, each with a name: [briefings.daily]")
    ] = Field(default_factory=dict)
    relays: Annotated[
        Mapping[Name, RelayConfig], Expects("tables, each with a name: [relays.default]")
    ] = Field(default_factory=dict)
    dkim: Annotated[
        Mapping[Name, DkimConfig], Expects("tables, each with a name: [dkim.default]")
    ] = Field(default_factory=dict)
    web: Annotated[WebConfig, Expects("a table [web]")] = WebConfig()
    desk: Annotated[DeskConfig, Expects("a table [desk]")] = DeskConfig()
    websub: Annotated[WebSubConfig, Expects("a table [websub]")] = WebSubConfig()
    fetch: Annotated[FetchConfig, Expects("a table [fetch]")] = FetchConfig()
    signup: Annotated[SignupConfig, Expects("a table [signup]")] = SignupConfig()
    preflight: Annotated[PreflightConfig, Expects("a table [preflight]")] = PreflightConfig()
    delivery: Annotated[DeliveryConfig, Expects("a table [delivery]")] = DeliveryConfig()
    feedback: Annotated[FeedbackConfig, Expects("a table [feedback]")] = FeedbackConfig()
    log: Annotated[LogConfig, Expects("a table [log]")] = LogConfig()

    def publication_value(self) -> Publication:
        """Return who publishes, as feeds, mails, and pages are given it."""
        table = self.publication
        return Publication(
            title=table.title,
            url=table.url,
            id=table.id,
            description=table.description,
            language=table.language,
            author=Author(table.author_name or table.title, table.author_email),
            postal_address=table.postal_address,
            copyright=table.copyright,
            logo_url=urljoin(table.url, table.logo) if table.logo else "",
            accent=table.accent,
            logo_width=table.logo_width,
            theme=table.theme,
            heading_font=table.heading_font,
            text_font=table.text_font,
        )

    def folders(self) -> tuple[str, ...]:
        """Return the names of the sources that are folders."""
        return tuple(name for name, item in self.sources.items() if item.kind == "folder")

    def feed_infos(self) -> tuple[FeedInfo, ...]:
        """Return what each feed of the settings says of itself, ``main`` first."""
        return tuple(self._feed_info(name, feed) for name, feed in self.feeds.items())

    def topic_feed(self, topic: str) -> FeedConfig:
        """Return the settings of the feed that *topic* has by itself: those of ``main`` else."""
        main = self.feeds[MAIN_FEED]
        return main.model_copy(
            update={
                "kind": "articles",
                "topics": (topic,),
                "exclude_topics": (),
                "title": f"{self.publication.title}: {topic}",
                "podcast": False,
            }
        )

    def topic_feed_info(self, slug: str, topic: str) -> FeedInfo:
        """Return what the feed ``topics/<slug>`` of *topic* says of itself."""
        return self._feed_info(f"{TOPIC_FOLDER}/{slug}", self.topic_feed(topic))

    def hubs(self) -> tuple[str, ...]:
        """Return the URLs of the hubs that the feeds name, our own first."""
        own = (f"{self.web.url}{HUB}",) if self.websub.hub == "self" else ()
        return (*own, *self.websub.hubs)

    def private_feed_url(self, token: str) -> str:
        """Return the address of the folder with the private feed that *token* opens."""
        return f"{self.web.url}{PRIVATE_FOLDER}/{token}/"

    def callback_url(self, token: str) -> str:
        """Return where a hub brings what a source has; *token* says to us which one it is."""
        return f"{self.web.url}{SOURCES}/{token}"

    def moved(self) -> dict[str, str]:
        """Return the documents that have another address now: old URL → new URL, both absolute.

        Servers answer the old one with 301; the documents' ids and self links are those of the new.
        """
        base = self.publish.url
        return {f"{base}{old}": urljoin(base, new) for old, new in self.publish.moved.items()}

    def gone(self) -> tuple[str, ...]:
        """Return the absolute URLs that servers answer with 410: documents that are no more."""
        return tuple(f"{self.publish.url}{path}" for path in self.publish.gone)

    def has_ended(self, info: FeedInfo) -> bool:
        """Return whether the settings say that a feed has another address now, or none.

        It may be written all the same: the feed of a topic cannot be taken out of the settings.
        """
        return info.rss_url in {*self.moved(), *self.gone()}

    def _feed_info(self, name: str, feed: FeedConfig) -> FeedInfo:
        base = self.publish.url if name == MAIN_FEED else f"{self.publish.url}{name}/"
        return FeedInfo(
            name=name,
            title=feed.title,
            description=feed.description,
            language=feed.language,
            rss_url=base + FORMATS[0],
            atom_url=base + FORMATS[1],
            json_url=base + FORMATS[2],
            uid=f"{self.publication.id}:feed/{name}",
            full_content=feed.content == "full",
            ttl_minutes=self.publish.every_minutes,
            hubs=self.hubs(),
            podcast=self._podcast(base + FORMATS[0], feed) if feed.podcast else None,
        )

    def _podcast(self, url: str, feed: FeedConfig) -> Podcast:
        table = self.publication
        image = feed.podcast_image or table.logo
        # Podcast namespace, "guid": of the feed's URL without scheme and trailing slashes.
        made = uuid5(_PODCAST_NAMESPACE, url.partition("://")[2].rstrip("/"))
        return Podcast(
            guid=feed.podcast_guid or str(made),
            author=feed.podcast_author or table.author_name or table.title,
            owner_name=feed.podcast_owner_name or table.author_name or table.title,
            owner_email=feed.podcast_owner_email or table.author_email,
            image_url=urljoin(table.url, image) if image else "",
            categories=feed.podcast_categories,
            explicit=feed.podcast_explicit,
            kind=feed.podcast_type,
            locked=feed.podcast_locked,
            medium=feed.podcast_medium,
        )

    def briefing(self, name: str) -> BriefingConfig:
        """Return the briefing called *name*.

        Raises:
            NotFoundError: if there is none; the error names those there are.
        """
        try:
            return self.briefings[name]
        except KeyError:
            raise NotFoundError("briefing", name, list(self.briefings)) from None

    def briefing_info(self, name: str) -> BriefingInfo:
        """Return what the briefing called *name* says of itself in its mails.

        Raises:
            NotFoundError: if there is none.
        """
        briefing = self.briefing(name)
        return BriefingInfo(
            name=name,
            title=briefing.title,
            description=briefing.description,
            language=briefing.language,
            full_content=briefing.content == "full",
            timezone=briefing.timezone,
        )

    def schedule_of(self, name: str, cadence: Cadence = Cadence.EACH) -> Schedule:
        """Return when issues of the briefing called *name* are due for readers of *cadence*.

        Weekly ones are only made where its ``weekly_on`` says a day.

        Raises:
            NotFoundError: if there is none.
        """
        briefing = self.briefing(name)
        zone = ZoneInfo(briefing.timezone)
        if cadence is Cadence.WEEKLY:
            at = parse_cron(briefing.cron, zone).time if briefing.cron else briefing.send_at
            return Schedule(time=at, zone=zone, weekdays=weekday_numbers((briefing.weekly_on,)))
        if briefing.cron:
            return parse_cron(briefing.cron, zone)
        return Schedule(
            time=briefing.send_at,
            zone=zone,
            weekdays=weekday_numbers(briefing.days),
            days_of_month=frozenset(briefing.day_of_month),
        )

    def relay_of(self, name: str) -> RelayConfig:
        """Return the (first) relay that takes the mails of the briefing called *name*.

        Raises:
            NotFoundError: if there is no such briefing.
        """
        return self.relays[self.briefing(name).relay]


def completed(config: Config) -> Config:
    """Return *config* with every default that depends on other keys filled in."""
    publication = config.publication
    publish = config.publish.model_copy(update={"url": config.publish.url or feeds_url(config)})
    feeds = {MAIN_FEED: config.feeds.get(MAIN_FEED, FeedConfig()), **config.feeds}
    return config.model_copy(
        update={
            "publish": publish,
            "sources": {
                name: source.model_copy(
                    update={"language": source.language or publication.language}
                )
                for name, source in config.sources.items()
            },
            "feeds": {name: _feed(name, feed, config) for name, feed in feeds.items()},
            "briefings": {
                name: _briefing(name, briefing, config)
                for name, briefing in config.briefings.items()
            },
            "relays": {name: _relay(relay) for name, relay in config.relays.items()},
            "delivery": config.delivery.model_copy(
                update={"domains": {**DOMAINS, **config.delivery.domains}}
            ),
            "web": config.web.model_copy(update={"url": config.web.url or publication.url}),
        }
    )


def feeds_url(config: Config) -> str:
    """Return where the published folder is reachable unless the settings say so."""
    if config.web.site == "static":
        return config.web.url or config.publication.url
    return f"{config.publication.url}feeds/"


def default_list_id(name: str, publication: PublicationConfig) -> str:
    """Return the List-Id of the briefing called *name* unless it has its own."""
    return f"{name}.{urlsplit(publication.url).hostname or 'localhost'}"


def _feed(name: str, feed: FeedConfig, config: Config) -> FeedConfig:
    publication = config.publication
    suffix = "" if name == MAIN_FEED else f": {name.replace('-', ' ').capitalize()}"
    whose = feed.briefing or next(iter(config.briefings), "") if feed.kind == "issues" else ""
    briefing = config.briefings.get(whose)
    return feed.model_copy(
        update={
            "briefing": whose,
            "title": feed.title or (briefing.title if briefing else publication.title + suffix),
            "description": feed.description
            or (briefing and (briefing.description or briefing.title))
            or publication.description
            or publication.title,
            "language": feed.language
            or (briefing.language if briefing else "")
            or publication.language,
        }
    )


def _briefing(name: str, briefing: BriefingConfig, config: Config) -> BriefingConfig:
    publication = config.publication
    domain = briefing.from_address.rpartition("@")[2]
    relay = briefing.relay or next(iter(briefing.relays or config.relays), "")
    return briefing.model_copy(
        update={
            "from_name": briefing.from_name or publication.title,
            "language": briefing.language or publication.language,
            "timezone": briefing.timezone or publication.timezone,
            "relay": relay,
            "relays": briefing.relays or (relay,),
            "list_id": briefing.list_id or default_list_id(name, publication),
            "unsubscribe_mailto": briefing.unsubscribe_mailto or f"unsubscribe@{domain}",
        }
    )


def _relay(relay: RelayConfig) -> RelayConfig:
    ports = {"starttls": 587, "tls": 465, "none": 25}
    return relay.model_copy(update={"port": relay.port or ports[relay.tls]})
