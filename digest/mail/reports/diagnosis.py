"""How bad a failure is, by what the failing server said: the same table as for live replies.

In this order: the enhanced code inside Diagnostic-Code, the Status field unless it says nothing
(Exim writes 5.0.0 for everything), the SMTP code, the words (RFC 3464, RFC 3463).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest.mail.refusals import Kind, Scope, rule_for
from digest.mail.replies import Reply, Stage

_STATUS = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})\b(?![.\d])")
_CODE = re.compile(r"(?:^|[\s;:<(\"'])([45]\d\d)(?=[\s\-#:,]|$)")
_TYPE = re.compile(r"^\s*[A-Za-z][\w-]{0,40}\s*;\s*")
_REPEATED = re.compile(r"(?<=\s)[45]\d\d[- ](?=[245]\.\d{1,3}\.\d{1,3}|\S)")
_VAGUE = 0
_PERMANENT = 500
_CONNECTION = re.compile(
    r"connection (?:timed out|refused|lost|reset|died)|no route to host|network (?:is )?unreachable"
    r"|host (?:or domain name )?(?:not found|unreachable)|unknown host|host unknown|not reachable"
    r"|name service error|retry timeout"
    r"|(?:could not|cannot|unable to) (?:be )?(?:connect|contact|resolve|deliver(?:ed)? in time)"
    r"|delivery (?:time|timed) ?(?:expired|out)|too long|lookup failure|unrouteable"
)
_MAX_CHARACTERS = 1_000
_QUOTED = re.compile(r"(?:^|[\s>:(])[45]\d\d[ -](?:[45]\.\d|\S)|\b[45]\.\d{1,3}\.\d{1,3}\b")
_ORIGINAL = re.compile(
    r"^[ >]{0,20}(?:-{1,60} ?)?(?:below this line is a copy|original message|this is a copy"
    r"|returned mail|returned message|a copy of|the (?:header|body) of|your message.{0,20}follows"
    r"|reporting-mta:)",
    re.IGNORECASE | re.MULTILINE,
)
_CONTEXT_LINES = 3
_MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a failure means."""

    kind: Kind | None
    """``None``: nothing told it."""

    scope: Scope | None
    reason: str
    text: str
    """What was said, on one line."""


def diagnose(said: str, status: str = "") -> Diagnosis:
    """Return what a failure means.

    Args:
        said: A Diagnostic-Code, or the words of a bounce that quote a server.
        status: The Status field, like ``5.1.1``; empty when there is none.
    """
    text = " ".join(_TYPE.sub("", said[:_MAX_CHARACTERS]).split())
    enhanced = _enhanced(text) or _enhanced(status, only_telling=True)
    code = _code(text, enhanced, status)
    if code is None:
        return _by_words(text)
    words = _REPEATED.sub("", _CODE.sub(" ", f" {text}", count=1)).strip()
    prefix = f"{'.'.join(map(str, enhanced))} " if enhanced else ""
    reply = Reply(code, (prefix + _STATUS.sub(" ", words),))
    rule = rule_for(Stage.RCPT, reply)
    if code >= _PERMANENT and rule.kind is Kind.TRANSIENT and rule.scope is Scope.MESSAGE:
        # The table's last line: whose fault it is was not said.
        return Diagnosis(None, None, "It says that it failed, and not why.", text)
    return Diagnosis(rule.kind, rule.scope, f"{rule.sentence}.", text)


def diagnose_words(said: str) -> Diagnosis:
    """Return what the words of a bounce mean: those around a quoted code if there are any."""
    said = without_original(said)
    lines = [line.strip(" >\t") for line in said.splitlines()[:_MAX_LINES]]
    for number, line in enumerate(lines):
        if _QUOTED.search(f" {line}"):
            # The reply may run over several lines, and end with the paragraph.
            following = lines[number : number + _CONTEXT_LINES]
            paragraph = following[: following.index("")] if "" in following else following
            return diagnose(" ".join(paragraph))
    return diagnose(" ".join(lines))


def without_original(said: str) -> str:
    """Return the words of a bounce without the message that it brings back."""
    cut = _ORIGINAL.search(said)
    return said[: cut.start()] if cut and cut.start() > 0 else said


def _by_words(text: str) -> Diagnosis:
    """Return what words without any code mean; only what is unmistakable means something."""
    rule = rule_for(Stage.RCPT, Reply(550, (text,))) if text else None
    # Exim: "mailbox is full: retry timeout exceeded".
    is_full = rule is not None and (rule.kind, rule.scope) == (Kind.TRANSIENT, Scope.RECIPIENT)
    if not is_full and _CONNECTION.search(text.lower()):
        reason = "The recipient's server could not be reached."
        return Diagnosis(Kind.TRANSIENT, Scope.MESSAGE, reason, text)
    if rule is None or (rule.kind is Kind.TRANSIENT and rule.scope is Scope.MESSAGE):
        return Diagnosis(None, None, "It says that it failed, and not why.", text)
    return Diagnosis(rule.kind, rule.scope, f"{rule.sentence}.", text)


def _enhanced(text: str, *, only_telling: bool = False) -> tuple[int, int, int] | None:
    """Return the first enhanced code of *text*; with *only_telling* none that says nothing."""
    for found in _STATUS.finditer(text):
        digits = (int(found[1]), int(found[2]), int(found[3]))
        if digits[0] != 2 and not (only_telling and digits[1:] == (_VAGUE, _VAGUE)):  # noqa: PLR2004 - 2.y.z is success
            return digits
    return None


def _code(text: str, enhanced: tuple[int, int, int] | None, status: str) -> int | None:
    """Return the SMTP code to judge by; ``None`` when neither a code nor a status is there."""
    found = _CODE.search(text)
    klass = enhanced[0] if enhanced else _class_of(status)
    if found and (klass is None or int(found[1]) // 100 == klass):
        return int(found[1])
    if klass is None:
        return None
    return klass * 100 + 50


def _class_of(status: str) -> int | None:
    """Return 4 or 5 as *status* has it; ``None`` when it has neither."""
    match = re.match(r"\s*([45])\.", status)
    return int(match[1]) if match else None
