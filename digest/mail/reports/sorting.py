"""From a mail to what it reports: each kind is asked in turn, the surest first."""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import Message

from digest.mail.reports import dsn, mime
from digest.mail.reports.plain import read_plain_bounce
from digest.mail.reports.report import Report, Sort

_UNSUBSCRIBE = re.compile(
    r"^\W*(?:(?:re|aw|sv|fwd?|odp|res)\s*:\s*)*(?:please\s+)?(?:unsubscribe(?:\s+me)?|remove(?:\s+me)?"
    r"|opt[- ]?out|abmelden|abbestellen|d[ée]sabonner|d[ée]sinscription|desuscribir(?:me)?"
    r"|cancelar suscripci[óo]n|dar(?:me)? de baja|відписатися|إلغاء الاشتراك|uitschrijven|afmelden"
    r"|disiscriviti|cancella(?:mi)?)\W*$",
    re.IGNORECASE,
)

_AUTOMATIC_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic|matische|mated)?[- ]?(?:re(?:ply|sponse)|antwort|:)"
    r"|out of (?:the )?office|abwesend|abwesenheit|away from|on (?:vacation|leave|holiday)"
    r"|vacation|(?:re: )?i am away"
    r"|r[ée]ponse automatique|absence du bureau|respuesta autom[áa]tica|fuera de (?:la )?oficina"
    r"|risposta automatica|fuori sede|автоматична відповідь|автоответ|رد تلقائي"
    r"|\[?(?:ticket|case|request)[ #:])",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"(?:confirm|verif(?:y|ication of)|validate|approve) (?:your|the|that your) (?:e-?mail|message|"
    r"mail|sender)|sender verification|challenge[- ]response|spamarrest|boxbe|tmda|"
    r"(?:click|follow|visit).{0,60}(?:to (?:have|get) your (?:mail|message) delivered"
    r"|deliver your message)|messages? (?:is|are) (?:being )?held",
    re.IGNORECASE | re.DOTALL,
)
PASSED_ON = "X-Digest-Passed-On"
"""A field that only mail has that we passed on to the one who answers: it comes from a program."""

_AUTOMATIC_FIELDS = (
    PASSED_ON,
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Response-From",
)
_BULK = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_WORDS_LOOKED_AT = 3_000


def read_report(data: bytes, *, is_null_sender: bool = False) -> Report:
    """Return what the mail *data* reports; never raises.

    Args:
        data: The mail as it came, header and body.
        is_null_sender: Whether its envelope sender was empty, as that of reports is.
    """
    message = mime.parse(data)
    if message is None:
        return _UNREADABLE
    try:
        return _read(message, is_null_sender=is_null_sender)
    except Exception:  # noqa: BLE001 - the email package fails in ever new ways on what anybody wrote
        # A mail that nobody can read has no effect, rather than coming again and again.
        return _UNREADABLE


def words_of(data: bytes) -> str:
    """Return what a reader of the mail *data* sees first; never raises."""
    message = mime.parse(data)
    try:
        return mime.words(message) if message else ""
    except Exception:  # noqa: BLE001 - as above
        return ""


def writer_of(data: bytes) -> tuple[str, str]:
    """Return who wrote the mail *data*, for people, and the address that answers go to.

    Both are what the mail says of itself, on one line, and empty where it says nothing; never
    raises.
    """
    message = mime.parse(data)
    if message is None:
        return "", ""
    try:
        who = mime.address(message, "From")
        return who or mime.header(message, "From"), mime.address(message, "Reply-To") or who
    except Exception:  # noqa: BLE001 - as above
        return "", ""


_UNREADABLE = Report(Sort.UNKNOWN, reason="It cannot be read as a mail.", is_automatic=True)


def _read(message: Message, *, is_null_sender: bool) -> Report:
    is_automatic = is_null_sender or _is_automatic(message)
    report = (
        dsn.read_feedback(message)
        or dsn.read_delivery_status(message)
        or dsn.read_disposition(message)
    )
    if report is None:
        report = _unsubscribe(message) or _by_words(
            message, is_null_sender=is_null_sender, is_automatic=is_automatic
        )
    else:
        is_automatic = True
    return replace(
        report,
        subject=mime.header(message, "Subject")[:200],
        sender=mime.address(message, "From"),
        is_automatic=is_automatic or report.sort not in {Sort.REPLY, Sort.UNSUBSCRIBE},
    )


def _unsubscribe(message: Message) -> Report | None:
    """Return the wish to get no more, told by a token of ours or by the subject alone.

    Mail programs send what List-Unsubscribe says: the token is the subject (RFC 2369).
    """
    subject = mime.header(message, "Subject")
    token = mime.TOKEN.search(subject)
    if token is None and not _UNSUBSCRIBE.fullmatch(subject):
        return None
    reason = "A reader asks to get no more."
    return Report(Sort.UNSUBSCRIBE, reason=reason, token=token[0] if token else "")


def _by_words(message: Message, *, is_null_sender: bool, is_automatic: bool) -> Report:
    failure = read_plain_bounce(message, is_null_sender=is_null_sender)
    if failure is not None:
        return failure
    subject = mime.header(message, "Subject")
    said = f"{subject}\n{mime.words(message)[:_WORDS_LOOKED_AT]}"
    if _CHALLENGE.search(said):
        return Report(Sort.CHALLENGE, reason="It wants a person to prove that there is one.")
    if is_automatic or _AUTOMATIC_SUBJECT.search(subject):
        return Report(Sort.AUTO_REPLY, reason="A program answered: away, moved, or a ticket.")
    if any(map(str.isalnum, mime.header(message, "From"))):
        # Whatever stands there: a person's mail must not go under for an address that few have.
        return Report(Sort.REPLY, reason="A person wrote.")
    return Report(Sort.UNKNOWN, reason="It says nothing that can be told.")


def _is_automatic(message: Message) -> bool:
    """Return whether *message* says that a program wrote it (RFC 3834, and what came before)."""
    submitted = mime.header(message, "Auto-Submitted").lower().split(";")[0].strip()
    if submitted and submitted != "no":
        return True
    if any(message.get(name) is not None for name in _AUTOMATIC_FIELDS):
        return True
    suppress = mime.header(message, "X-Auto-Response-Suppress").lower()
    if {"all", "oof", "autoreply"} & {item.strip() for item in suppress.split(",")}:
        return True
    return mime.header(message, "Precedence").lower() in _BULK or bool(message.get("List-Id"))
