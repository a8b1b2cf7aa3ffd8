"""A publication with readers: what the tests of subscribing, choosing, and leaving begin with."""

from __future__ import annotations

import atexit
import email
import email.policy
import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from starlette.types import ASGIApp
from web_client import Answer, WebClient

from digest import tokens
from digest.clock import ManualClock
from digest.config import load
from digest.model import DeliveryState, RequestKind, SubscriptionState
from digest.rendering import Renderer, bundled_templates
from digest.rendering.pages import PageRenderer
from digest.steps import readers
from digest.steps.readers.decide import Outcome
from digest.steps.readers.letters import Writer
from digest.store import consent, notices, requests, subscribers
from digest.store.consent import Consent
from digest.store.engine import open_store
from digest.store.subscribers import NewSubscriber
from digest.tokens import Purpose
from digest.web.app import make_app
from digest.wiring import Service, plug_in

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)

SETTINGS = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "Europe/Lisbon"
postal_address = "1 Quay Street, Port Halden"

[briefings.daily]
title = "Morning Briefing"
description = "Each morning at seven"
from_address = "briefing@gazette.example"

[briefings.weekly]
title = "The Week"
from_address = "week@gazette.example"

[relays.default]
host = "127.0.0.1"
port = 1025
tls = "none"
"""


@dataclass
class Town:
    """A publication, its pages, and a clock of ours; mails are read instead of sent."""

    service: Service
    clock: ManualClock
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        """Make the pages."""
        self.app = make_app(self.service)

    @classmethod
    def at(cls, folder: Path, settings: str = SETTINGS) -> Town:
        """Return a publication with *settings* whose database is in *folder*."""
        path = folder / "state" / "digest.sqlite3"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_migrated(), path)
        clock = ManualClock(START)
        service = plug_in(load(settings), folder, clock)
        # Templates are compiled once for all tests: that takes longer than a test does.
        return cls(replace(service, renderer=_MAILS, page_renderer=_PAGES), clock)

    # What people do.

    def client(self, ip: str = "192.0.2.7") -> WebClient:
        """Return a browser of somebody at *ip*."""
        return WebClient(self.app, ip)

    def stamp(self, ip: str = "192.0.2.7") -> str:
        """Return the stamp of a form that somebody at *ip* has had before them long enough."""
        shown = self.clock.now() - timedelta(seconds=5)
        return readers.make_stamp(self.service.keyring, readers.network_of(ip), shown)

    def sign_up(self, address: str, *briefings: str, ip: str = "192.0.2.7") -> Answer:
        """Send the form as somebody at *ip* would."""
        form = {"email": address, "briefing": briefings[0] if briefings else "daily"}
        return self.client(ip).post("/subscribe", form | {"stamp": self.stamp(ip)})

    def ask(self, kind: str, **form: str) -> Answer:
        """Ask for a link of that kind, by ``email`` or ``token``."""
        return self.client().post("/links", {"kind": kind, **form})

    def subscribe(self, address: str, *briefings: str) -> None:
        """Bring somebody through sign-up and confirmation."""
        self.sign_up(address, *briefings)
        (mail,) = self.mails(address)
        assert self.client().post(link_in(mail, "confirm")).status == 200
        self.mails()

    def link(self, kind: RequestKind, address: str) -> str:
        """Return the path of a fresh link of that kind, mailed to *address*."""
        self.ask(kind, email=address)
        (mail,) = self.mails(address)
        return link_in(mail, kind)

    # What becomes of it.

    def answer(self) -> dict[Outcome, int]:
        """Look at what was asked for. Return how often it came to what."""
        service = self.service
        now = self.clock.now()
        return dict(
            readers.answer_requests(service.store, service.config, service.keyring, now=now)
        )

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """Return the mails that wait (for one address), which are sent by that."""
        self.answer()
        service = self.service
        writer = Writer(
            service.store, service.config, service.keyring, service.renderer, service.signers
        )
        found = []
        with service.store.write() as tx:
            due = notices.claim(tx, self.clock.now(), 100_000, timedelta(minutes=1))
        for notice in due:
            written = writer.write(notice)
            if written is not None and to in {None, written.outgoing.recipient}:
                found.append(parsed(written.outgoing.message))
            with service.store.write() as tx:
                notices.settle(tx, notice.id, DeliveryState.ACCEPTED)
        return found

    def state(self, address: str, briefing: str = "daily") -> SubscriptionState | None:
        """Return where somebody's consent stands; ``None``: they never had it."""
        with self.service.store.read() as tx:
            person = subscribers.find(tx, address)
            found = subscribers.subscription(tx, person.id, briefing) if person else None
        return found.state if found else None

    def record(self, address: str) -> list[Consent]:
        """Return the record of somebody's consent."""
        with self.service.store.read() as tx:
            person = subscribers.find(tx, address)
            return consent.consents_of(tx, person.id) if person else []

    def person(self, address: str) -> int:
        """Return somebody's number."""
        with self.service.store.read() as tx:
            person = subscribers.find(tx, address)
        assert person is not None
        return person.id

    def leaving_token(self, address: str, briefing: str = "daily") -> str:
        """Return the token that stands in every mail of the briefing to somebody."""
        with self.service.store.read() as tx:
            person = subscribers.find(tx, address)
            assert person is not None
            found = subscribers.subscription(tx, person.id, briefing)
        assert found is not None
        return tokens.make(self.service.keyring, Purpose.UNSUBSCRIBE, found.id)

    def put_on_record(self, address: str, reason: str = "complaint") -> None:
        """Put an address on the do-not-mail record."""
        with self.service.store.write() as tx:
            hashed = self.service.keyring.address_hash(address)
            subscribers.suppress(tx, hashed, self.clock.now(), reason, "")

    def add(self, address: str, state: SubscriptionState, briefing: str = "daily") -> int:
        """Write somebody down without any mail. Return their number."""
        now = self.clock.now()
        with self.service.store.write() as tx:
            hashed = self.service.keyring.address_hash(address)
            person = subscribers.add(tx, NewSubscriber(address, address, hashed), now)
            event = Consent(person.id, briefing, now, state, "import", "")
            subscribers.set_state(tx, event)
        return person.id

    def asked(self) -> list[requests.Request]:
        """Return all requests, whatever became of them."""
        with self.service.store.read() as tx:
            found = (requests.get(tx, number) for number in range(1, 2000))
            return [each for each in found if each is not None]


_MAILS, _PAGES = Renderer([bundled_templates()]), PageRenderer([bundled_templates()])


@cache
def _migrated() -> Path:
    """Return an empty database with all tables, made once."""
    path = Path(tempfile.mkdtemp(prefix="digest-readers-")) / "template.sqlite3"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    open_store(f"sqlite:///{path}").close()
    return path


def parsed(message: bytes) -> EmailMessage:
    """Return a mail as programs see it."""
    found = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """Return one of the bodies of *mail*."""
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def link_in(mail: EmailMessage, path: str) -> str:
    """Return the path of the link in *mail* that leads to *path* and a token."""
    match = re.search(rf"https?://[^/\s]+(/{path}/[A-Za-z0-9_-]{{40}})(?![\w-])", text_of(mail))
    assert match, text_of(mail)
    return match[1]
