"""From the settings to working parts: the only place where real things are plugged in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from digest import credentials, files, keyfile, waking
from digest.clock import Clock, SystemClock
from digest.config import Config, load
from digest.dispatch.local import LocalDispatch
from digest.errors import ConfigError, Problem
from digest.journal import Journal
from digest.mail.dkim import Signer
from digest.mail.relay import Relay
from digest.model import NoticeKind
from digest.rendering import Renderer, bundled_templates
from digest.rendering.pages import PageRenderer
from digest.steps import approval, keys
from digest.steps.deliver import Deliverer, Progress
from digest.steps.feedback import Feedback, Webhooks
from digest.steps.gather import Completer, Gatherer, Listener, Manners
from digest.steps.hub import Hub
from digest.steps.notify import Notifier
from digest.steps.preflight import Inspector
from digest.steps.readers import Postman
from digest.steps.readers.letters import Written
from digest.store import subscribers
from digest.store.engine import SCHEMA_REVISION, Store, open_store
from digest.store.notices import Notice
from digest.syndication.fetch import Fetcher, Limits
from digest.tokens import KEY_BYTES, Keyring

TEMPLATES_FOLDER = "templates"
"""The operator's own templates, beside config.toml."""


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that the doors hand to the steps."""

    config: Config
    root: Path
    """The folder of config.toml: relative paths in it are relative to this."""

    store: Store
    keyring: Keyring
    renderer: Renderer
    """Of mails."""

    page_renderer: PageRenderer
    relays: Mapping[str, Relay]
    signers: Mapping[str, Signer]
    """By domain."""

    clock: Clock

    def source_folder(self, source: str) -> Path:
        """Return the folder that the source called *source* reads."""
        return self.root / self.config.sources[source].path

    def deliverer(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        relays: Collection[str] = (),
    ) -> Deliverer:
        """Return what delivers this publication's issues; *on_progress* hears of each commit.

        Mail of other relays than *relays* is left to others, unless there are none.
        """
        return Deliverer(
            self.store,
            self.config,
            self.keyring,
            self.relays,
            self.clock,
            signers=self.signers,
            on_progress=on_progress,
            only=relays,
        )

    def dispatch(self) -> LocalDispatch:
        """Return what wakes the sender of this process when something may be due."""
        return waking.dispatch_of(self.store)

    def postman(self) -> Postman:
        """Return what sends the mails that subscribing and choosing need, and those to editors."""
        letters = approval.Letters(self.store, self.config, self.keyring, self.signers)

        def asks(notice: Notice) -> Written | None:
            written = letters.write(notice)
            return Written(*written) if written else None

        return Postman(
            self.store,
            self.config,
            self.keyring,
            self.renderer,
            self.relays,
            self.clock,
            signers=self.signers,
            others={NoticeKind.APPROVAL: asks},
        )

    def fetcher(self, limits: Limits | None = None) -> Fetcher:
        """Return a client for other people's servers, to be used as an async context manager."""
        agent = f"Digest (+{self.config.publication.url})"
        return Fetcher(agent, allow=self.config.fetch.allow, limits=limits)

    def gatherer(self) -> Gatherer:
        """Return what asks this publication's sources for news."""
        manners = Manners(self.clock)
        complete = Completer(self.store, self.config, self.clock, manners)
        return Gatherer(
            self.store, self.config, self.fetcher, self.clock, complete=complete, manners=manners
        )

    def listener(self) -> Listener:
        """Return what has hubs of sources tell us what is new."""
        return Listener(self.store, self.config, self.fetcher, self.clock)

    def inspector(self) -> Inspector:
        """Return what looks at links of issues before they go out."""
        return Inspector(self.store, self.config, self.fetcher, self.clock)

    def notifier(self) -> Notifier:
        """Return what tells hubs of feeds that have changed."""
        folder = self.root / self.config.publish.folder
        return Notifier(self.store, self.config, folder, self.fetcher, self.clock)

    def hub(self) -> Hub:
        """Return what serves those who subscribed at our own hub."""
        folder = self.root / self.config.publish.folder
        return Hub(self.store, self.config, folder, self.fetcher, self.clock)

    def feedback(self) -> Feedback:
        """Return what takes bounces, complaints, and replies.

        Raises:
            ConfigError: if the password of the mailbox cannot be read.
        """
        folder = self.config.feedback.maildir.path
        return Feedback(
            self.store,
            self.config,
            self.keyring,
            self.relays,
            self.clock,
            maildir=self.root / folder if folder else None,
            account=credentials.mailbox_of(self.config, self.root),
            signers=self.signers,
        )

    def webhooks(self) -> Webhooks:
        """Return what takes the webhooks of mail services.

        Raises:
            ConfigError: if a secret cannot be read, or is none that the service gives.
        """
        hooks = {
            name: credentials.webhook_of(name, settings, self.root)
            for name, settings in self.config.feedback.webhooks.items()
        }
        return Webhooks(self.store, self.config, self.keyring, self.clock, hooks, self.fetcher)

    def owned(self) -> AbstractContextManager[None]:
        """Hold the right to deliver meanwhile: with SQLite one process has it.

        Raises:
            BusyError: if another process has it; the error tells its number.
        """
        if not self.store.is_sqlite:
            return nullcontext()
        return files.owned(self.lock_path, "runs this publication")

    @property
    def lock_path(self) -> Path:
        """The file whose lock means: this process delivers from this database."""
        beside = self.store.path or self.root / "state" / "digest"
        return beside.with_suffix(".lock")

    def close(self) -> None:
        """Give the database back."""
        self.store.close()


def bundled(name: str) -> Path:
    """Return a file or folder that comes with Digest: ``articles``, ``config.toml``.

    Beside the package in a checkout, inside it in an installed wheel.
    """
    return bundled_templates().parent / name


def read_config(path: Path, environment: Mapping[str, str]) -> Config:
    """Return the settings in the file at *path*, overridden by *environment*.

    Raises:
        ConfigError: if there is no such file, or anything in it is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        reason = "there is no such file; make one with `digest init`, or name it with --config"
        raise ConfigError([Problem(str(path), reason)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), f"cannot be read: {error}")]) from error
    return load(text, where=str(path), environment=environment)


def open_service(
    path: Path,
    environment: Mapping[str, str],
    clock: Clock | None = None,
    *,
    any_key: bool = False,
) -> Service:
    """Open the publication whose settings are in the file at *path*.

    The database and the secret key are made at the first time.

    Args:
        path: The file of the settings.
        environment: What overrides them.
        clock: The time; the machine's by default.
        any_key: Whether the keys may be others than those of the do-not-mail record.

    Raises:
        ConfigError: if the settings, or a secret that they name, cannot be used.
        StoreError: if the database cannot be used.
        DigestError: if the do-not-mail record was made with other keys.
    """
    config = read_config(path, environment)
    service = plug_in(config, path.parent, clock or SystemClock())
    if not any_key:
        try:
            keys.check_addresses(service.store, service.keyring)
        except BaseException:
            service.close()
            raise
    return service


def plug_in(config: Config, root: Path, clock: Clock) -> Service:
    """Make working parts of *config*, whose relative paths are relative to *root*.

    Raises:
        ConfigError: if a secret cannot be read.
        StoreError: if the database cannot be used.
    """
    relays = {
        name: credentials.relay_of(name, relay, root) for name, relay in config.relays.items()
    }
    signers = {
        settings.domain: credentials.signer_of(f"dkim.{name}", settings, root)
        for name, settings in config.dkim.items()
    }
    templates = [root / TEMPLATES_FOLDER, bundled_templates()]
    store = _store(config, root)
    try:
        keyring = _keyring(config, root, store, clock)
        store.queue = waking.jobs_of(config, store)
    except BaseException:
        store.close()
        raise
    return Service(
        config=config,
        root=root,
        store=store,
        keyring=keyring,
        renderer=Renderer(templates),
        page_renderer=PageRenderer(templates),
        relays=relays,
        signers=signers,
        clock=clock,
    )


def look_at_store(config: Config, root: Path) -> Store | None:
    """Return the database as it is, without changing it; whoever looks closes it.

    ``None`` when there is none yet, or it has tables of another Digest.

    Raises:
        StoreError: if it cannot be read.
    """
    url = config.database.url
    path = root / url.removeprefix("sqlite:///")
    if url.startswith("sqlite:///") and not path.exists():
        return None
    store = _store(config, root, migrate=False)
    if store.revision() == SCHEMA_REVISION:
        return store
    store.close()
    return None


def _store(config: Config, root: Path, *, migrate: bool = True) -> Store:
    """Open the database, with the journal beside it."""
    store = open_store(_database_url(config.database.url, root), migrate=migrate)
    beside = store.path or root / "state" / "digest"
    keep = timedelta(days=config.database.journal_days)
    store.fact_log = Journal(beside.with_suffix(".journal"), keep)
    return store


def _database_url(url: str, root: Path) -> str:
    prefix = "sqlite:///"
    if not url.startswith(prefix):
        return url
    return prefix + str(root / url.removeprefix(prefix))


def _keyring(config: Config, root: Path, store: Store, clock: Clock) -> Keyring:
    if config.secrets.key is not None:
        return _parsed("DIGEST_SECRETS__KEY", config.secrets.key.get_secret_value())
    path = root / config.secrets.key_file
    try:
        if not path.exists():
            _refuse_new_key(path, store)
            fresh = keyfile.with_key("", secrets.token_bytes(KEY_BYTES), clock.now())
            files.write_private(path, fresh.encode())
    except FileExistsError:
        pass  # Another process was faster; its key is the one.
    except OSError as error:
        reason = f"the secret key cannot be written: {error.strerror}"
        raise ConfigError([Problem(str(path), reason)]) from error
    return _parsed(str(path), files.read_private(path).decode("ascii", "replace"))


def _refuse_new_key(path: Path, store: Store) -> None:
    """Raise if links that only the missing key can check are out already."""
    with store.read() as tx:
        if not subscribers.exist(tx):
            return
    reason = (
        "the secret key is missing, and mails are out whose links work only with it: bring it back "
        f"from a backup. If it is lost for good: openssl rand -hex 32 > {path}; chmod 600 {path}; "
        "digest keys adopt"
    )
    raise ConfigError([Problem(str(path), reason)])


def _parsed(where: str, text: str) -> Keyring:
    try:
        return keyfile.parse(text).keyring
    except ValueError as error:
        raise ConfigError([Problem(where, str(error))]) from None
