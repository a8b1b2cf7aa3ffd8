"""Letters: how a mail about somebody's subscription is written, at the moment that it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from digest import tokens
from digest.config import BriefingConfig, Config
from digest.mail.address import parse_address
from digest.mail.dkim import Signer, signer_for
from digest.mail.message import Letter, build, message_id, placeholder
from digest.mail.smtp import Outgoing
from digest.model import UNSUBSCRIBE_SLOT, Issue, NoticeContext, NoticeKind
from digest.rendering import RenderedMail, Renderer
from digest.steps.readers.contexts import PATHS, briefings_of, context_of, subscriptions_of
from digest.store import issues, requests
from digest.store.engine import Store
from digest.store.notices import Notice
from digest.store.requests import Request
from digest.tokens import Keyring, Purpose


@dataclass(frozen=True, slots=True)
class Written:
    """A mail, and the relay that takes it."""

    relay: str
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes mails about subscriptions."""

    store: Store
    config: Config
    keyring: Keyring
    renderer: Renderer
    signers: Mapping[str, Signer]
    """By domain."""

    def write(self, notice: Notice) -> Written | None:
        """Return the mail, the same at every attempt, also after a rotation of keys.

        ``None`` if it is of no use any more: its link was used, or is gone.

        Raises:
            DigestError: if it cannot be written: no briefing is left, or a template is broken.
        """
        # As issues are: by the key that signed when it was written down (reliability.md R6).
        ring = self.keyring.led_by(notice.details.get("key", self.keyring.first_id))
        return (replace(self, keyring=ring) if ring else self)._write(notice)  # noqa: SLF001 - our own

    def _write(self, notice: Notice) -> Written | None:
        request = self._request(notice)
        if notice.kind in PATHS and (request is None or request.used_at is not None):
            return None
        briefing = self._sender(notice)
        latest = self._latest(notice)
        phrases = self.renderer.phrases
        context = context_of(notice, request, latest, self.config, self.keyring, phrases)
        mail = self.renderer.notice(context)
        outgoing = self._outgoing(notice, briefing, context, mail)
        return Written(briefing.relay, outgoing)

    def _outgoing(
        self, notice: Notice, briefing: BriefingConfig, context: NoticeContext, mail: RenderedMail
    ) -> Outgoing:
        recipient = parse_address(notice.recipient)
        values = self._values(notice)
        skeleton = build(self._letter(notice, briefing, context, mail, values))
        own_id = message_id(
            tokens.derive(self.keyring.first, "message-id"),
            f"notice/{notice.created_at.isoformat()}",
            notice.id,
            skeleton.message_id_domain,
        )
        utf8 = recipient.needs_smtputf8
        message = skeleton.fill(recipient, own_id, values, smtputf8=utf8)
        signer = signer_for(self.signers, briefing.from_address)
        if signer is not None:
            message = signer.sign(message, notice.created_at)
        return Outgoing(briefing.from_address, str(recipient), message, notice.id, utf8)

    def _letter(
        self,
        notice: Notice,
        briefing: BriefingConfig,
        context: NoticeContext,
        mail: RenderedMail,
        values: Mapping[str, str],
    ) -> Letter:
        html, text = mail.html, mail.text
        slots = {}
        for name, value in values.items():
            # What the value may not do: stand in a URL that a letter has without a slot.
            slots[name] = self._slot(notice, name)
            html, text = html.replace(value, slots[name]), text.replace(value, slots[name])
        return Letter(
            from_name=briefing.from_name,
            from_address=briefing.from_address,
            reply_to=briefing.reply_to,
            subject=context.subject,
            date=notice.created_at,
            html=html,
            text=text,
            message_id_domain=briefing.from_address.rpartition("@")[2],
            slots=slots,
            language=context.language,
            # Somebody asked for it: it is no bulk mail.
            precedence="",
            **self._list_fields(notice, briefing, slots),
        )

    def _list_fields(
        self, notice: Notice, briefing: BriefingConfig, slots: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return what says how to leave, in a mail that is part of a subscription (email.md L1)."""
        if not slots:
            return {}
        archive = f"{self.config.web.url}issues/{briefings_of(notice, self.config)[0]}"
        return {
            "list_id": briefing.list_id,
            "list_name": briefing.title,
            "list_help": archive,
            "list_archive": archive,
            "list_owner": briefing.reply_to or briefing.from_address,
            "unsubscribe_url": f"{self.config.web.url}unsubscribe/{slots[UNSUBSCRIBE_SLOT]}",
            "unsubscribe_mailto": briefing.unsubscribe_mailto,
            "unsubscribe_slot": UNSUBSCRIBE_SLOT,
        }

    def _values(self, notice: Notice) -> dict[str, str]:
        """Return the token that the mail's headers carry, if it is part of a subscription."""
        if notice.kind is not NoticeKind.WELCOME:
            return {}
        mine = subscriptions_of(notice, self.config)
        briefings = [name for name in briefings_of(notice, self.config) if name in mine]
        if not briefings:
            return {}
        token = tokens.make(self.keyring, Purpose.UNSUBSCRIBE, mine[briefings[0]])
        return {UNSUBSCRIBE_SLOT: token}

    def _slot(self, notice: Notice, name: str) -> str:
        secret = tokens.derive(self.keyring.first, "placeholder")
        return placeholder(secret, f"notice/{notice.id}", name)

    def _sender(self, notice: Notice) -> BriefingConfig:
        """Return the briefing whose sender and relay the mail has."""
        names = briefings_of(notice, self.config) or list(self.config.briefings)
        return self.config.briefing(next(iter(names), ""))

    def _request(self, notice: Notice) -> Request | None:
        if notice.request_id is None:
            return None
        with self.store.read() as tx:
            return requests.get(tx, notice.request_id)

    def _latest(self, notice: Notice) -> dict[str, Issue]:
        if notice.kind is not NoticeKind.WELCOME:
            return {}
        with self.store.read() as tx:
            found = {
                name: issues.list_issues(tx, name, limit=1)
                for name in briefings_of(notice, self.config)
            }
        return {name: latest[0] for name, latest in found.items() if latest}
