"""The SMTP server we hand mail to, and what we must not do with it.

Pure: values and rules, no connection.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal

from digest.errors import RelayError, RelaySecurityError
from digest.mail.replies import Result

_HELO = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


@dataclass(frozen=True, slots=True)
class Relay:
    """How to reach the relay, and how long to wait for it."""

    name: str
    """What the operator calls it."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none", "opportunistic"] = "starttls"
    """``starttls``: required, by the command. ``tls``: from the first byte (port 465). ``none``:
    never. ``opportunistic``: by the command if it is offered, the certificate unchecked, since
    whoever can forge that can hide the offer as well; with a password the same as ``starttls``."""

    username: str = ""
    password: str = field(default="", repr=False)
    helo: str = ""
    """Our name for EHLO; empty means the address of our end as a literal, ``[192.0.2.1]``."""

    ca_file: str | None = None
    """PEM file of the authorities to trust *instead of* the system's; ``None`` means those."""

    verify: bool = True
    """Whether the certificate is checked. Not to be had without when a password goes over it,
    except on this machine."""

    connect_timeout_seconds: float = 30
    """For the connection and, again, for the TLS handshake."""

    command_timeout_seconds: float = 300
    """For each reply but the last (RFC 5321 section 4.5.3.2), and each 64 KiB of a message."""

    data_timeout_seconds: float = 600
    """For the reply to the final dot (RFC 5321 section 4.5.3.2.6)."""

    messages_per_connection: int = 500
    """After so many the session ends with QUIT and a new one is to be opened."""

    @property
    def has_login(self) -> bool:
        """Whether we log in."""
        return bool(self.username or self.password)

    @property
    def is_local(self) -> bool:
        """Whether :attr:`host` names this machine and nothing else."""
        return self.host.lower() == "localhost" or is_loopback(self.host)

    @property
    def needs_tls(self) -> bool:
        """Whether a session without TLS is out of the question."""
        return self.tls in {"starttls", "tls"} or (self.has_login and self.tls == "opportunistic")

    @property
    def checks_certificate(self) -> bool:
        """Whether the certificate must be good."""
        return self.verify and self.needs_tls

    def check(self) -> None:
        """Refuse what would give a password away or cannot work, before anything is sent.

        Raises:
            RelaySecurityError: if a password would go out in the clear, or to whoever answers.
            RelayError: if a value cannot be used.
        """
        where = f"relay {self.name!r}"
        if self.has_login and not self.is_local:
            if self.tls == "none":
                raise RelaySecurityError(
                    f"{where}: the password would go to {self.host} unencrypted. "
                    'Set tls = "starttls" or "tls".'
                )
            if not self.verify:
                raise RelaySecurityError(
                    f"{where}: the password would go to whoever answers as {self.host}. "
                    "Set verify = true, and ca_file if the relay's certificate is your own."
                )
        if self.helo and not _HELO.fullmatch(self.helo):
            raise RelayError(f"{where}: helo must be a host name, not {self.helo!r}.")
        if "\0" in self.username + self.password:
            raise RelayError(f"{where}: username and password must not hold a NUL.")


class SessionError(RelayError):
    """The relay was not reached or took no session; *result* says where that ended and why."""

    def __init__(self, relay: Relay, result: Result) -> None:
        """Carry *result*, whose stage is one before MAIL."""
        self.result = result
        super().__init__(f"relay {relay.name!r} at {relay.host}:{relay.port}: {result}")


def is_loopback(address: str) -> bool:
    """Return whether *address* is an IP address of this machine's own (``False`` for names)."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
