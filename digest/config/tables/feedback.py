"""What comes back: bounces, complaints, and mail that people write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from digest.config import values
from digest.config.tables.base import Table
from digest.config.tables.sending import LOOPBACK
from digest.config.tables.webhooks import WebhookConfig
from digest.config.values import Expects

_Points = Annotated[int, Field(ge=0, le=1000), Expects("a whole number of points, 0 to 1000")]


class InboxConfig(Table):
    """``[feedback.inbox]``: a mail server of our own that a mail server hands such mail to."""

    listen: values.OptionalListen = ""
    """As ``host:port``; empty: there is none."""

    protocol: Annotated[Literal["lmtp", "smtp"], Expects('"lmtp" or "smtp"')] = "lmtp"
    max_bytes: Annotated[
        int,
        Field(ge=10_000, le=100_000_000),
        Expects("a whole number of bytes, 10000 to 100000000"),
    ] = 10_000_000
    """A larger mail is refused."""


class ImapConfig(Table):
    """``[feedback.imap]``: a mailbox that such mail arrives in."""

    host: values.OptionalHost = ""
    """Empty: there is none."""

    port: Annotated[int, Field(ge=0, le=65535), Expects("a port number, 1 to 65535")] = 0
    """0: 993 with TLS, 143 else."""

    tls: Annotated[
        Literal["tls", "starttls", "none"],
        Expects('"tls" (port 993), "starttls" (port 143), or "none" (this machine only)'),
    ] = "tls"
    username: values.OptionalLine = ""
    password: values.Secret = None
    """By environment only (``DIGEST_FEEDBACK__IMAP__PASSWORD``)."""

    password_file: values.OptionalPath = ""
    ca_file: values.OptionalPath = ""
    """Certificates (PEM) to trust instead of the system's; empty: the system's."""

    folder: values.Line = "INBOX"
    processed_folder: values.Line = "Digest"
    """What was dealt with is moved there; made if missing."""

    poll_seconds: Annotated[
        int, Field(ge=5, le=3600), Expects("a whole number of seconds, 5 to 3600")
    ] = 60
    """How often it is looked, where the server does not tell of new mail by itself (IDLE)."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.password is not None and self.password_file:
            raise ValueError("has a password by environment and a password_file; keep one")
        if self.host and not self.username:
            raise ValueError("needs a username")
        if self.host and self.tls == "none" and self.host not in LOOPBACK:
            raise ValueError(
                'has tls = "none": the password would travel readable; use "tls" or "starttls"'
            )
        if self.folder == self.processed_folder:
            raise ValueError("needs a processed_folder that is another one than folder")
        return self


class MaildirConfig(Table):
    """``[feedback.maildir]``: a Maildir on this machine that such mail arrives in."""

    path: values.OptionalPath = ""
    """The folder that has ``new`` and ``cur``; empty: there is none."""


class FeedbackConfig(Table):
    """``[feedback]``: how much has to come back before an address is given up, and who answers."""

    inbox: Annotated[InboxConfig, Expects("a table [feedback.inbox]")] = InboxConfig()
    imap: Annotated[ImapConfig, Expects("a table [feedback.imap]")] = ImapConfig()
    maildir: Annotated[MaildirConfig, Expects("a table [feedback.maildir]")] = MaildirConfig()

    webhooks: Annotated[
        Mapping[values.Name, WebhookConfig],
        Expects("tables, each with a name: [feedback.webhooks.postmark]"),
    ] = Field(default_factory=dict)

    forward_to: values.OptionalAddress = ""
    """Who gets what people write to us; empty: nobody, it is only counted."""

    forwards_an_hour: Annotated[
        int, Field(ge=1, le=10_000), Expects("a whole number of mails, 1 to 10000")
    ] = 60
    suppress_at: Annotated[
        int, Field(ge=1, le=1000), Expects("a whole number of points, 1 to 1000")
    ] = 10
    """With so many points an address is given up."""

    permanent_points: _Points = 10
    """For an address that its server says takes no mail; once a day at most."""

    transient_points: _Points = 1
    """For a full mailbox, or a server that was not reached for days; once a day at most."""

    halve_after_days: Annotated[
        int, Field(ge=1, le=365), Expects("a whole number of days, 1 to 365")
    ] = 60
    """After so long a point counts half."""

    good_after: Annotated[
        int, Field(ge=1, le=1000), Expects("a whole number of issues, 1 to 1000")
    ] = 3
    """An address that took so many issues in the last 90 days is a good one."""

    probes: Annotated[int, Field(ge=0, le=10), Expects("a whole number of issues, 0 to 10")] = 1
    """So many more issues a good address gets, on other days, before it is given up."""

    blame_people: Annotated[
        int, Field(ge=1, le=1000), Expects("a whole number of people, 1 to 1000")
    ] = 3
    """When the mail servers of so many people at a domain blame us within an hour, it is left alone
    for a while. As many domains: the relay."""

    pause_minutes: Annotated[
        int, Field(ge=1, le=1440), Expects("a whole number of minutes, 1 to 1440")
    ] = 30
    complaint_percent: Annotated[
        float, Field(gt=0, le=100), Expects("a number of complaints in a hundred mails")
    ] = 0.08
    """Over the last 30 days; more raises an alert. Large services refuse mail from 0.1 on."""

    @property
    def halve_after(self) -> timedelta:
        """After how long a point counts half."""
        return timedelta(days=self.halve_after_days)

    @property
    def pause(self) -> timedelta:
        """For how long a domain or relay that blames us is left alone."""
        return timedelta(minutes=self.pause_minutes)
