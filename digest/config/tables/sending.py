"""How mail goes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


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

    weight: Annotated[
        float, Field(ge=0, le=1000), Expects("a number, 0 for a relay that is held in reserve")
    ] = 1
    """Its share of the mails of briefings that name several relays; 0: only while none of the
    others can be used."""

    warmup_start: Annotated[date | None, Expects("a date such as 2026-12-01")] = None
    """The first day of a sender that is new, in the publication's zone: it sends 200 mails on that
    day and half as many more on each day that follows. ``None``: it is known."""

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


class DomainConfig(Table):
    """``[delivery.domains."<domain>"]``: what readers' mailboxes there are given at a time."""

    connections: Annotated[
        int, Field(ge=0, le=10_000), Expects("a whole number of mails at once, 0 for no limit")
    ] = 0
    """Mails at once over each relay; 0: as many as go."""

    rate_per_second: Annotated[
        float, Field(ge=0, le=100_000), Expects("a number of mails a second, 0 for no limit")
    ] = 0
    """Over each relay; 0: no limit."""


DOMAINS: Mapping[str, DomainConfig] = {
    "gmail.com": DomainConfig(connections=50),
    "outlook.com": DomainConfig(connections=30),
    "yahoo.com": DomainConfig(connections=20),
}
"""What large services are given unless the operator says otherwise; see ``mail/pace/providers``."""


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
    uncertain_retries: Annotated[
        int, Field(ge=0, le=100), Expects("a whole number of retries, 0 to 100")
    ] = 3
    """After so many that ended in the same way, it is held as with ``uncertain = "hold"``."""

    dispatch: Annotated[
        Literal["auto", "procrastinate", "polling"],
        Expects('"auto", "procrastinate", or "polling"'),
    ] = "auto"
    """How senders on several hosts learn that something is due. ``auto``: with PostgreSQL by
    procrastinate where it is installed, else by looking; with SQLite there is one sender only."""

    domains: Annotated[
        Mapping[values.Host, DomainConfig],
        Expects('tables, each with a domain: [delivery.domains."gmail.com"]'),
    ] = Field(default_factory=dict)
    """By domain of readers' addresses, the domains of one service together. Once loaded,
    :data:`DOMAINS` are among them."""

    @property
    def uncertain_after(self) -> timedelta | None:
        """How long to leave alone what is uncertain; ``None``: until the operator decides."""
        if self.uncertain == "hold":
            return None
        return timedelta(minutes=self.uncertain_retry_minutes)
