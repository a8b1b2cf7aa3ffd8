"""How refusals are told apart: a table, read from top to bottom.

Pure. The order decides, and what is said about *us* comes before what is said about the recipient,
so that no blocklist can cost a subscriber the briefing. The texts are what servers in use write;
a pattern that finds too much must err towards trying again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from digest.mail.replies import Reply, Stage


class Scope(StrEnum):
    """How far an outcome reaches."""

    RELAY = "relay"  #: All mail through this relay.
    SESSION = "session"  #: This connection.
    MESSAGE = "message"  #: This delivery, or its domain.
    RECIPIENT = "recipient"  #: This address, for all mail to it.


class Kind(StrEnum):
    """What an outcome says."""

    ACCEPTED = "accepted"
    TRANSIENT = "transient"  #: Try again.
    PERMANENT = "permanent"  #: Do not try again.
    OUR_FAULT = "our fault"  #: Ours to mend: policy, reputation, a password, a faulty message.
    THROTTLED = "throttled"  #: Too fast or too much: slow down.
    GREYLISTED = "greylisted"  #: Come back in a few minutes.
    UNCERTAIN = "uncertain"  #: It may have been accepted.


_REFUSAL = 400
_PERMANENT = 500
OPENING = frozenset(
    {Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.TLS, Stage.AUTH}
)
"""Stages before there is a message."""

_ADDRESS = re.compile(r"<[^>]*>|\S+@\S+")


class Facts:
    """A refusal, in the form that rules ask about."""

    def __init__(self, stage: Stage, reply: Reply) -> None:
        """Take *reply* to the command of *stage*."""
        self.stage = stage
        self.code = reply.code
        self.is_permanent = reply.code >= _PERMANENT
        self.subject, self.detail = reply.enhanced[1:] if reply.enhanced else (0, 0)
        # An address may hold any word: spam@, unknown@.
        self.text = _ADDRESS.sub(" ", reply.text).lower()

    def has(self, subject: int, *details: int) -> bool:
        """Whether the enhanced code is of *subject* and one of *details* (any, if none)."""
        return self.subject == subject and (not details or self.detail in details)

    @property
    def is_vague(self) -> bool:
        """Whether no enhanced code, or one that says nothing, leaves it to the text."""
        return self.detail == 0 and self.subject in {0, 1, 2, 3, 5}

    @property
    def is_about_sender(self) -> bool:
        """Whether the refused command did not yet name the recipient."""
        return self.stage in {Stage.MAIL, Stage.RSET}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table."""

    kind: Kind
    scope: Scope
    sentence: str
    """For people; without a full stop."""

    applies: Callable[[Facts], bool]
    is_final: bool = False
    """Whether the same bytes would be refused for ever."""


# What servers write, in lower case and without addresses.
_THROTTLE = re.compile(
    r"too many (?:messages|connections|concurrent|mails|emails|sessions|login)|rate[- ]?limit"
    r"|throttl|too fast|too quickly|slow down|sending (?:rate|limit)|unusual rate|unusually high"
    r"|(?:daily|hourly)\b.{0,40}(?:limit|quota)|temporarily deferred"
    r"|max(?:imum)? .{0,30}(?:connections|rate)|at a rate"
)
_GREYLIST = re.compile(r"gr[ea]y[- _]?list|postgrey")
_OUR_STANDING = re.compile(
    r"\brbl\b|\bdnsbl\b|(?:block|black|deny)[- ]?list|spamhaus|barracuda|spamcop|\bsorbs\b|\bcbl\b"
    r"|reputation|client host|\bip\b.{0,60}(?:block|reject|ban|list|denied)|reverse dns|\bptr\b"
    r"|\brdns\b|(?:block|reject|ban|denied).{0,40}\bip\b|your (?:ip|host|network|server)\b"
    r"|relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:allowed|permitted))|unable to relay"
    r"|authentication (?:is )?required|must (?:first )?authenticate|helo command rejected"
)
_OUR_CONTENT = re.compile(
    r"\bspam|\bjunk\b|unsolicited|\bdmarc\b|\bdkim\b|\bspf\b|content (?:rejected|filter|restrict)"
    r"|virus|malware|phish|sender (?:address )?(?:rejected|denied|not allowed)"
    r"|blocked (?:by|for|due|using|because)|(?:message|mail|sender|connection) .{0,20}blocked"
)
_POLICY = re.compile(r"polic(?:y|ies)\b")
_TOO_BIG = re.compile(
    r"(?:message|mail|data)\b.{0,40}too (?:big|large|long|much)|too much (?:mail )?data"
    r"|\bsize\b.{0,40}(?:limit|exceed|maximum)|exceed.{0,40}\bsize\b"
)
_FULL = re.compile(
    r"(?:mailbox|mail box|inbox|user|account|recipient|mailfolder|quota)\b.{0,40}(?:\bfull\b"
    r"|exceed|over ?quota)|over (?:disk |mail |storage )?quota|overquota"
    r"|reached (?:the |its )?(?:disk |mail )?quota|not enough (?:storage )?space|out of storage"
)
_UNKNOWN = re.compile(
    r"(?:user|recipient|mailbox|address|account|addressee|alias|adresse|empfänger|compte|cuenta"
    r"|dirección)\b.{0,60}?"
    r"(?:unknown|not found|(?:does not|doesn't|not) exist|no longer (?:exist|valid|in use)"
    r"|not (?:a )?(?:valid|known)\b|has been (?:deleted|closed|discontinued)|or discontinued"
    r"|not listed in|n'existe pas|existiert nicht|unbekannt|no existe)"
    r"|invalid (?:final delivery )?(?:user ?id|recipient|mailbox)\b"
    r"|(?:unknown|no such|non-?existent) (?:local )?(?:user|recipient|mailbox|address|account)"
    r"|no mailbox here|user doesn't have|does not have an? .{0,40}account"
)
_NO_MAIL = re.compile(r"null ?mx|domain\b.{0,40}(?:does not accept|doesn't accept|not found)")
_RENEW = re.compile(
    r"too many recipients"
    r"|too many (?:messages|mails|e-?mails|transactions)\b.{0,20}(?:connection|session)"
)

_RULES: tuple[Rule, ...] = (
    Rule(
        Kind.TRANSIENT,
        Scope.SESSION,
        "The relay wants a new transaction or session",
        lambda f: f.has(5, 3) or _RENEW.search(f.text) is not None,
    ),
    Rule(
        Kind.THROTTLED,
        Scope.RELAY,
        "The relay wants us to slow down",
        lambda f: (
            (f.code == 454 or _THROTTLE.search(f.text) is not None)  # noqa: PLR2004 - RFC 4954
            and (f.code in {421, 454} or f.is_about_sender or f.has(4, 5))
        ),
    ),
    Rule(
        Kind.GREYLISTED,
        Scope.MESSAGE,
        "Greylisted: a first attempt is put off",
        lambda f: not f.is_permanent and _GREYLIST.search(f.text) is not None,
    ),
    Rule(
        Kind.TRANSIENT,
        Scope.RECIPIENT,
        "The mailbox is full",
        lambda f: f.has(2, 2) and not f.is_about_sender,
    ),
    Rule(
        Kind.THROTTLED,
        Scope.MESSAGE,
        "This domain wants us to slow down",
        lambda f: _THROTTLE.search(f.text) is not None,
    ),
    Rule(
        Kind.OUR_FAULT,
        Scope.RELAY,
        "We are refused, not the recipient: our address, our name, or our login",
        lambda f: f.code in {530, 535, 538} or _OUR_STANDING.search(f.text) is not None,
    ),
    Rule(
        Kind.OUR_FAULT,
        Scope.MESSAGE,
        "Our mail is refused, not the recipient: spam, authentication, or policy",
        lambda f: (
            _OUR_CONTENT.search(f.text) is not None
            or (f.is_permanent and (f.has(7) or _POLICY.search(f.text) is not None))
        ),
    ),
    Rule(
        Kind.OUR_FAULT,
        Scope.RELAY,
        "Our sender address is refused",
        lambda f: f.is_permanent and (f.has(1, 7, 8) or (f.is_about_sender and f.has(1))),
    ),
    Rule(
        Kind.TRANSIENT,
        Scope.SESSION,
        "The relay ends the session",
        lambda f: f.code == 421,  # noqa: PLR2004 - RFC 5321 section 3.8
    ),
    Rule(
        Kind.PERMANENT,
        Scope.MESSAGE,
        "The address needs SMTPUTF8, which is not offered on the way to it",
        lambda f: f.is_permanent and f.has(6, 7),
    ),
    Rule(
        Kind.OUR_FAULT,
        Scope.MESSAGE,
        "The message is too large",
        lambda f: (
            f.is_permanent and (f.has(3, 4) or f.has(2, 3) or _TOO_BIG.search(f.text) is not None)
        ),
        is_final=True,
    ),
    Rule(
        Kind.OUR_FAULT,
        Scope.MESSAGE,
        "The message is faulty",
        lambda f: f.is_permanent and f.has(6),
        is_final=True,
    ),
    Rule(
        Kind.OUR_FAULT,
        Scope.RELAY,
        "The relay does not understand us",
        lambda f: f.is_permanent and f.has(5, 1, 2, 4, 5, 6),
    ),
    Rule(
        Kind.GREYLISTED,
        Scope.MESSAGE,
        "Greylisted: a first attempt is put off",
        lambda f: f.code in {450, 451} and f.has(7, 1),
    ),
    Rule(
        Kind.PERMANENT,
        Scope.RECIPIENT,
        "There is no such address",
        lambda f: (
            f.is_permanent
            and not f.is_about_sender
            and (
                f.has(1, 1, 2, 3, 6, 10)
                or f.code == 556  # noqa: PLR2004 - RFC 7504: the domain takes no mail
                or (f.is_vague and _NO_MAIL.search(f.text) is not None)
                or (f.is_vague and _UNKNOWN.search(f.text) is not None)
            )
        ),
    ),
    Rule(
        Kind.TRANSIENT,
        Scope.RECIPIENT,
        "The mailbox is full",
        lambda f: (
            not f.is_about_sender
            and f.is_vague
            # 552 is what RFC 5321 section 4.5.3.1.10 has clients take for temporary.
            and (f.code == 552 or _FULL.search(f.text) is not None)  # noqa: PLR2004 - see above
        ),
    ),
    Rule(
        Kind.TRANSIENT,
        Scope.RECIPIENT,
        "The mailbox takes no mail at the moment",
        lambda f: f.has(2, 1) and not f.is_about_sender,
    ),
    Rule(
        Kind.TRANSIENT,
        Scope.MESSAGE,
        "Refused for now",
        lambda f: not f.is_permanent,
    ),
    Rule(
        Kind.TRANSIENT,
        Scope.MESSAGE,
        "Refused without a reason that tells whose fault it is, so it is tried again",
        lambda _: True,
    ),
)
"""For what is said to a message. The first rule that applies counts."""

_OPENING_RULES: tuple[Rule, ...] = (
    Rule(
        Kind.THROTTLED,
        Scope.RELAY,
        "The relay wants us to slow down",
        lambda f: not f.is_permanent and _THROTTLE.search(f.text) is not None,
    ),
    Rule(
        Kind.OUR_FAULT,
        Scope.RELAY,
        "The relay refuses us: check user name and password",
        lambda f: f.is_permanent and f.stage is Stage.AUTH,
    ),
    Rule(
        Kind.OUR_FAULT,
        Scope.RELAY,
        "The relay refuses us: our address, our name, or our login",
        lambda f: (
            (f.is_permanent and f.has(7))
            or _OUR_STANDING.search(f.text) is not None
            or _OUR_CONTENT.search(f.text) is not None
        ),
    ),
    Rule(
        Kind.TRANSIENT,
        Scope.RELAY,
        "The relay takes no session at the moment",
        lambda _: True,
    ),
)
"""For what is said before there is a message."""


def rule_for(stage: Stage, reply: Reply) -> Rule:
    """Return the rule that explains *reply* at *stage*.

    Raises:
        ValueError: if *reply* is no refusal (4yz or 5yz).
    """
    if reply.code < _REFUSAL:
        raise ValueError(f"{reply} is no refusal.")
    facts = Facts(stage, reply)
    rules = _OPENING_RULES if stage in OPENING else _RULES
    return next(rule for rule in rules if rule.applies(facts))
