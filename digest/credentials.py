"""From the settings to what has a key or a password: relays, signers, the mailbox, webhooks.

Secrets stand in files that the settings name, and that nobody else may read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from digest import files
from digest.config import Config
from digest.config.tables import DkimConfig, RelayConfig, WebhookConfig
from digest.errors import ConfigError, MessageError, Problem
from digest.mail.dkim import Signer
from digest.mail.imap import Account
from digest.mail.relay import Relay
from digest.mail.webhooks import Hook, check_keys


def check_secrets(config: Config, root: Path) -> list[Problem]:
    """Return what is wrong with the files of keys and passwords that *config* names."""
    found: list[Problem] = []
    for name, relay in config.relays.items():
        found += _wrong(partial(relay_of, name, relay, root))
        if relay.ca_file and not (root / relay.ca_file).is_file():
            reason = f"there is no file {root / relay.ca_file}; put the certificates (PEM) there"
            found.append(Problem(f"relays.{name}.ca_file", reason))
    for name, signing in config.dkim.items():
        found += _wrong(partial(signer_of, f"dkim.{name}", signing, root))
    for name, hook in config.feedback.webhooks.items():
        found += _wrong(partial(webhook_of, name, hook, root))
    return found + _wrong(partial(mailbox_of, config, root))


def relay_of(name: str, settings: RelayConfig, root: Path) -> Relay:
    """Return the relay called *name*, with its password.

    Raises:
        ConfigError: if the password cannot be read.
    """
    return Relay(
        name=name,
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        username=settings.username,
        password=_password(f"relays.{name}", settings.password, settings.password_file, root),
        helo=settings.helo,
        ca_file=str(root / settings.ca_file) if settings.ca_file else None,
        connect_timeout_seconds=settings.timeout_seconds,
        command_timeout_seconds=settings.timeout_seconds,
        messages_per_connection=settings.messages_per_connection,
    )


def signer_of(where: str, settings: DkimConfig, root: Path) -> Signer:
    """Return what signs the mail of a domain; *where* is the key of its settings.

    Raises:
        ConfigError: if a key cannot be read, or is none.
    """
    second = settings.ed25519_key_file
    try:
        return Signer.from_pem(
            settings.domain,
            settings.selector,
            _private(f"{where}.key_file", root / settings.key_file),
            ed25519_selector=settings.ed25519_selector,
            ed25519_pem=_private(f"{where}.ed25519_key_file", root / second) if second else b"",
        )
    except MessageError as error:
        raise ConfigError([Problem(where, str(error))]) from error


def mailbox_of(config: Config, root: Path) -> Account | None:
    """Return the mailbox that mail to us arrives in; ``None`` without one.

    Raises:
        ConfigError: if the password cannot be read.
    """
    settings = config.feedback.imap
    if not settings.host:
        return None
    return Account(
        host=settings.host,
        port=settings.port,
        username=settings.username,
        password=_password("feedback.imap", settings.password, settings.password_file, root),
        tls=settings.tls,
        folder=settings.folder,
        processed_folder=settings.processed_folder,
        ca_file=str(root / settings.ca_file) if settings.ca_file else None,
        max_bytes=config.feedback.inbox.max_bytes,
    )


def webhook_of(name: str, settings: WebhookConfig, root: Path) -> Hook:
    """Return the webhook called *name*, with its secret.

    Raises:
        ConfigError: if the secret cannot be read, or is none that the service gives.
    """
    where = f"feedback.webhooks.{name}"
    hook = Hook(
        name=name,
        provider=settings.provider,
        secret=_password(where, settings.secret, settings.secret_file, root, "secret_file"),
        public_key=settings.public_key,
        topics=settings.topics,
        max_age=settings.max_age,
    )
    try:
        check_keys(hook)
    except ValueError as error:
        raise ConfigError([Problem(where, str(error))]) from None
    return hook


def _password(
    where: str, given: SecretStr | None, file: str, root: Path, key: str = "password_file"
) -> str:
    """Return the password that was *given*, or stands in *file*; empty without either."""
    if not file:
        return given.get_secret_value() if given else ""
    path = root / file
    try:
        return _private(f"{where}.{key}", path).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), "the password is not UTF-8")]) from error


def _private(key: str, path: Path) -> bytes:
    """Return the secret in the file at *path*, which the settings name at *key*."""
    try:
        return files.read_private(path)
    except ConfigError as error:
        reason = "; ".join(f"{problem.where}: {problem.reason}" for problem in error.problems)
        raise ConfigError([Problem(key, reason)]) from error


def _wrong(make: Callable[[], object]) -> list[Problem]:
    try:
        make()
    except ConfigError as error:
        return error.problems
    return []
