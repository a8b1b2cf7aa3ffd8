"""Letters: the mail that asks an editor, written at the moment that it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from digest import tokens
from digest.config import BriefingConfig, Config
from digest.mail.address import parse_address
from digest.mail.dkim import Signer, signer_for
from digest.mail.message import Letter, build, message_id
from digest.mail.smtp import Outgoing
from digest.model import Decision, IssueState
from digest.rendering.wording import Wording
from digest.steps.approval.asked import Asked, asked, preview_of, token_of
from digest.steps.approval.box import Box, above, as_text
from digest.store.engine import Store
from digest.store.notices import Notice
from digest.store.releases import Noted
from digest.tokens import Keyring

_ASKS_IN = frozenset({IssueState.COMPOSED, IssueState.SENDING, IssueState.HELD, IssueState.PAUSED})


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes the mails to editors."""

    store: Store
    config: Config
    keyring: Keyring
    signers: Mapping[str, Signer]
    """By domain."""

    def write(self, notice: Notice) -> tuple[str, Outgoing] | None:
        """Return the relay and the mail, the same at every attempt, also after a rotation of keys.

        ``None`` if it is of no use any more: somebody decided, or the editor is none any more.

        Raises:
            MessageError: if it cannot be written.
        """
        # As issues are: by the key that signed when it was written down (reliability.md R6).
        ring = self.keyring.led_by(notice.details.get("key", self.keyring.first_id))
        return (replace(self, keyring=ring) if ring else self)._write(notice)  # noqa: SLF001 - our own

    def _write(self, notice: Notice) -> tuple[str, Outgoing] | None:
        with self.store.read() as tx:
            found = asked(tx, self.config, int(notice.details.get("editor", 0)))
            if found is None or found.issue.state not in _ASKS_IN:
                return None
            if found.release is None or found.release.decision is not None:
                return None
            html, text = preview_of(tx, self.keyring, found.issue)
        briefing = self.config.briefing(found.issue.briefing)
        recipient = parse_address(notice.recipient)
        box = box_of(found, self.config, self.keyring, briefing)
        skeleton = build(
            Letter(
                from_name=briefing.from_name,
                from_address=briefing.from_address,
                reply_to=briefing.reply_to,
                subject=_wording(briefing).phrase(
                    "approve_mail_subject", subject=found.issue.subject
                ),
                date=notice.created_at,
                html=above(box, html) if html else "",
                text=as_text(box) + text,
                message_id_domain=briefing.from_address.rpartition("@")[2],
                language=briefing.language,
                precedence="",
            )
        )
        own_id = message_id(
            tokens.derive(self.keyring.first, "message-id"),
            f"notice/{notice.created_at.isoformat()}",
            notice.id,
            skeleton.message_id_domain,
        )
        utf8 = recipient.needs_smtputf8
        message = skeleton.fill(recipient, own_id, {}, smtputf8=utf8)
        signer = signer_for(self.signers, briefing.from_address)
        if signer is not None:
            message = signer.sign(message, notice.created_at)
        outgoing = Outgoing(briefing.from_address, str(recipient), message, notice.id, utf8)
        return briefing.relay, outgoing


def box_of(found: Asked, config: Config, keyring: Keyring, briefing: BriefingConfig) -> Box:
    """Return what the mail says above the issue. Pure."""
    issue, release = found.issue, found.release
    base = f"{config.web.url}approve/{token_of(keyring, found.editor, issue)}"
    wording, zone = _wording(briefing), briefing.timezone
    say = wording.phrase
    lines = [say("approve_for", subject=issue.subject, count=issue.candidates)]
    if release:
        lines[0] += " " + say("approve_when", time=_local(release.send_at, zone), zone=zone)
    if issue.state is IssueState.HELD:
        lines.append(say("approve_mail_held"))
    elif release and release.deadline_at and release.default:
        default = say(f"approve_{release.default}")
        when = _local(release.deadline_at, zone)
        lines.append(say("approve_deadline", time=when, decision=default))
    return Box(
        heading=say("approve_mail_heading", briefing=briefing.title, number=issue.number),
        lines=tuple(lines),
        found=say("approve_findings"),
        findings=tuple(
            (f"{say(f'level_{item.level}')}: {say(f'rule_{item.rule}')}", _placed(item))
            for item in found.findings
        ),
        links=tuple((each, say(f"approve_{each}"), f"{base}/{each}") for each in Decision),
        label=say("for_editors"),
        language=wording.language,
        direction=wording.direction,
    )


def _placed(item: Noted) -> str:
    return f"{item.place}: {item.text}" if item.place else item.text


def _wording(briefing: BriefingConfig) -> Wording:
    return Wording(briefing.language, briefing.timezone)


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M, %Y-%m-%d}"
