"""The tables of config.toml as values: what each key is, its unit, and its default.

Durations and intervals carry their unit in the name. "Empty" is an empty text or list; where a
docstring names a default for it, :func:`digest.config.load` has filled it in.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from digest.config import values
from digest.config.values import Expects
from digest.schedule import WEEKDAYS, parse_cron

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Table(BaseModel):
    """Base of all tables: unchangeable, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PublicationConfig(Table):
    """``[publication]``: who publishes."""

    title: values.Line
    url: values.BaseUrl
    """The site; ends in ``/``."""

    id: values.TagPrefix
    """Prefix of all tag URIs (RFC 4151). Never change it: every article would be new again."""

    description: values.Text = ""
    language: values.Language = "en"
    """BCP 47."""

    timezone: values.Timezone = "UTC"
    """IANA name; times without a zone in articles and schedules are meant in it."""

    author_name: values.OptionalLine = ""
    author_email: values.OptionalAddress = ""
    postal_address: values.Text = ""
    """Shown in every mail; many countries require it."""

    copyright: values.Text = ""
    logo: values.Logo = ""
    """URL, or a path below :attr:`url`."""

    accent: values.Accent = "#8a1c1c"
    """CSS colour ``#rrggbb``."""


class DatabaseConfig(Table):
    """``[database]``: where everything is kept."""

    url: Annotated[values.DatabaseUrl, Field(repr=False)] = "sqlite:///state/digest.sqlite3"
    """``sqlite:///path`` or ``postgresql://…``; a password in it only by environment."""


class SecretsConfig(Table):
    """``[secrets]``: the key that signs links."""

    key_file: values.Path = "state/secret.key"
    """Made at first start; see :func:`digest.tokens.parse_keyring` for what it holds."""

    key: values.Secret = None
    """Instead of the file; by environment only (``DIGEST_SECRETS__KEY``)."""


class SourceConfig(Table):
    """``[sources.<name>]``: where articles come from."""

    kind: Annotated[Literal["folder"], Expects('"folder"')] = "folder"
    path: values.Path = "articles"
    language: values.OptionalLanguage = ""
    """Of articles that do not say; empty: the publication's."""

    topics: values.Topics = ()
    """Added to each article's own."""

    furniture: values.Lines = ()
    """Further lines of pasted pages that do not belong to the article, exactly as they stand."""

    keep: values.Lines = ()
    """Lines that are never taken for page furniture."""


class PublishConfig(Table):
    """``[publish]``: where feeds are written."""

    folder: values.Path = "feeds"
    url: values.OptionalBaseUrl = ""
    """Where :attr:`folder` is reachable; empty: ``feeds/`` below the publication's URL."""

    every_minutes: Annotated[
        int, Field(ge=1, le=1440), Expects("a whole number of minutes, 1 to 1440")
    ] = 5


class FeedConfig(Table):
    """``[feeds.<name>]``: a selection of articles in three formats."""

    title: values.OptionalLine = ""
    """Empty: the publication's title, with the feed's name unless it is ``main``."""

    description: values.Text = ""
    """Empty: the publication's."""

    topics: values.Topics = ()
    """Only articles with one of these; empty: all."""

    exclude_topics: values.Topics = ()
    language: values.OptionalLanguage = ""
    """What the feed says of itself; empty: the publication's."""

    sources: values.Names = ()
    """Only articles from these; empty: all."""

    entries: Annotated[
        int, Field(ge=1, le=1000), Expects("a whole number of articles, 1 to 1000")
    ] = 50
    content: values.Content = "full"


class BriefingConfig(Table):
    """``[briefings.<name>]``: a recurring product that readers subscribe to."""

    title: values.Line
    description: values.Text = ""
    subject: values.Subject = "{lead}"
    """With ``{briefing}`` (its title), ``{lead}`` (the lead's title), ``{date}``, ``{number}``."""

    from_address: values.Address
    from_name: values.OptionalLine = ""
    """Empty: the publication's title."""

    reply_to: values.OptionalAddress = ""
    language: values.OptionalLanguage = ""
    """Empty: the publication's."""

    timezone: values.OptionalTimezone = ""
    """Empty: the publication's."""

    send_at: values.TimeOfDay = time(7)
    """Wall time in :attr:`timezone`."""

    days: values.Days = WEEKDAYS
    """``mon`` … ``sun``."""

    day_of_month: values.DaysOfMonth = ()
    """1 to 31, -1 for the last; empty: all. A date must satisfy :attr:`days` too."""

    cron: values.OptionalLine = ""
    """Five fields, instead of the three keys above; empty: those count."""

    topics: values.Topics = ()
    """Only articles with one of these; empty: all."""

    exclude_topics: values.Topics = ()
    sources: values.Names = ()
    """Only articles from these; empty: all."""

    lead: Annotated[
        Literal["pinned", "newest", "none"],
        Expects('"pinned" (the newest pinned article, else the newest), "newest", or "none"'),
    ] = "pinned"
    max_articles: Annotated[
        int, Field(ge=1, le=500), Expects("a whole number of articles, 1 to 500")
    ] = 25
    """Shown with summary or text; further ones become headlines or wait for the next issue."""

    min_articles: Annotated[
        int, Field(ge=1, le=500), Expects("a whole number of articles, 1 to 500")
    ] = 1
    """With fewer new articles than this, no issue is made."""

    max_age_days: Annotated[
        int, Field(ge=0, le=36500), Expects("a whole number of days, 0 for no limit")
    ] = 30
    """Articles published longer ago than this are not mailed; 0: no limit."""

    sections: values.Topics = ()
    """Topics in the order of their sections; other topics follow."""

    headlines: Annotated[
        int, Field(ge=0, le=100), Expects("a whole number of headlines, 0 to 100")
    ] = 8
    """How many further articles stand as headlines under "more"."""

    content: values.Content = "summary"
    relay: Annotated[str, Expects("the name of a relay")] = ""
    """Empty: the first relay."""

    max_lateness_hours: Annotated[
        int, Field(ge=1, le=168), Expects("a whole number of hours, 1 to 168")
    ] = 6
    """An issue that is due longer ago than this is skipped, with a stored reason."""

    expire_after_hours: Annotated[
        int, Field(ge=1, le=720), Expects("a whole number of hours, 1 to 720")
    ] = 48
    """How long after an issue was due it is still of use to readers."""

    list_id: values.ListId = ""
    """Empty: the briefing's name and the publication's host. Never change it."""

    unsubscribe_mailto: values.OptionalAddress = ""
    """Empty: ``unsubscribe@`` the domain of :attr:`from_address`."""

    bounce_address: values.OptionalAddress = ""
    """Where relays report failures, with ``+<code>`` before the ``@``, which proves whose mail it
    was; the mailbox must take such addresses. Empty: the sender's, without a code."""

    @property
    def max_lateness(self) -> timedelta:
        """How late an issue may be composed."""
        return timedelta(hours=self.max_lateness_hours)

    @property
    def expire_after(self) -> timedelta:
        """How long after its due time an issue may still be sent."""
        return timedelta(hours=self.expire_after_hours)

    @property
    def max_age(self) -> timedelta | None:
        """How old articles may be; ``None`` when there is no limit."""
        return timedelta(days=self.max_age_days) if self.max_age_days else None

    def subject_of(self, *, lead: str, date: str, number: int) -> str:
        """Return the subject of one issue; *lead* and *date* are text, taken as they are."""
        filled = {
            "{briefing}": self.title,
            "{lead}": lead,
            "{date}": date,
            "{number}": str(number),
        }
        return values.fill_subject(self.subject, filled)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.cron:
            both = self.model_fields_set & {"send_at", "days", "day_of_month"}
            if both:
                raise ValueError(f"has cron and also {min(both)}; keep one of the two")
            parse_cron(self.cron, ZoneInfo("UTC"))
        if self.min_articles > self.max_articles:
            raise ValueError("has min_articles above max_articles, so no issue would ever be made")
        return self


class RelayConfig(Table):
    """``[relays.<name>]``: an SMTP server that mail is handed to."""

    host: values.Host
    port: Annotated[int, Field(ge=0, le=65535), Expects("a port number, 1 to 65535")] = 0
    """0: 587 with STARTTLS, 465 with TLS, 25 with none."""

    tls: Annotated[
        Literal["starttls", "tls", "none"],
        Expects('"starttls" (usually port 587), "tls" (port 465), or "none"'),
    ] = "starttls"
    """Required, not tried: without it nothing is sent."""

    username: values.OptionalLine = ""
    """Empty: no login."""

    password: values.Secret = None
    """By environment only (``DIGEST_RELAYS__<NAME>__PASSWORD``)."""

    password_file: values.OptionalPath = ""
    helo: values.OptionalHost = ""
    """The name we greet with; empty: the machine's."""

    ca_file: values.OptionalPath = ""
    """Certificates (PEM) to trust instead of the system's; empty: the system's."""

    connections: Annotated[
        int, Field(ge=1, le=100), Expects("a whole number of connections, 1 to 100")
    ] = 4
    messages_per_connection: Annotated[
        int, Field(ge=1, le=100_000), Expects("a whole number of messages, 1 to 100000")
    ] = 100
    rate_per_second: Annotated[
        float, Field(ge=0, le=100_000), Expects("a number of messages a second, 0 for no limit")
    ] = 0
    """Messages over all connections; 0: no limit."""

    timeout_seconds: Annotated[
        int, Field(ge=1, le=600), Expects("a whole number of seconds, 1 to 600")
    ] = 60
    """For connecting and for each reply but the last, which is given 600 s (RFC 5321)."""

    @property
    def has_login(self) -> bool:
        """Whether the relay is told who we are."""
        return bool(self.username)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.password is not None and self.password_file:
            raise ValueError("has a password by environment and a password_file; keep one")
        if self.username and self.tls == "none" and self.host not in LOOPBACK:
            raise ValueError(
                'has a username and tls = "none": the password would travel readable; '
                'use "starttls" or "tls"'
            )
        return self


class DkimConfig(Table):
    """``[dkim.<name>]``: signs mail whose sender's domain is :attr:`domain` or below it."""

    domain: values.Host
    selector: values.Name
    """Its record is at ``<selector>._domainkey.<domain>``."""

    key_file: values.Path
    """RSA, PEM; readable by nobody else. Made by ``digest dkim new``."""

    ed25519_selector: values.OptionalName = ""
    ed25519_key_file: values.OptionalPath = ""
    """A second signature beside the first; empty: none."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.ed25519_selector) != bool(self.ed25519_key_file):
            raise ValueError("needs ed25519_selector and ed25519_key_file together, or neither")
        if self.ed25519_selector == self.selector:
            raise ValueError("has one selector for two keys; each needs a record of its own")
        return self


class WebConfig(Table):
    """``[web]``: the pages that readers come to from mails."""

    url: values.OptionalBaseUrl = ""
    """Base of the unsubscribe, preferences, and view pages; empty: the publication's URL."""


class DeliveryConfig(Table):
    """``[delivery]``: how mail is handed to relays, whichever it is."""

    uncertain: Annotated[
        Literal["retry", "hold"],
        Expects('"retry" (perhaps twice, never lost) or "hold" (for the operator to decide)'),
    ] = "retry"
    """What happens to a mail that went out whole and got no reply."""

    uncertain_retry_minutes: Annotated[
        int, Field(ge=1, le=1440), Expects("a whole number of minutes, 1 to 1440")
    ] = 15


class LogConfig(Table):
    """``[log]``: what is said while running."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Expects('"debug", "info", "warning", or "error"'),
    ] = "info"
    format: Annotated[
        Literal["console", "json"], Expects('"console" (for people) or "json" (a line each)')
    ] = "console"
