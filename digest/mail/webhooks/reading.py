"""From a request to what it says, whichever service it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from digest.mail.webhooks import brevo, mailgun, postmark, sendgrid, ses, sns
from digest.mail.webhooks.hook import Batch, Hook, Post, Proven, UnreadableError
from digest.mail.webhooks.shared import MIN_SECRET_CHARACTERS, check_secret

_PROVE: Mapping[str, Callable[[Hook, Post, datetime], Proven]] = {
    "ses": sns.prove,
    "postmark": lambda hook, post, _: check_secret(hook, post),
    "sendgrid": sendgrid.prove,
    "mailgun": mailgun.prove,
    "brevo": lambda hook, post, _: check_secret(hook, post),
}
_READ: Mapping[str, Callable[[bytes], Batch]] = {
    "ses": ses.read,
    "postmark": postmark.read,
    "sendgrid": sendgrid.read,
    "mailgun": mailgun.read,
    "brevo": brevo.read,
}
_TYPES = {"ses": frozenset({"text/plain", "application/json"})}
_JSON = frozenset({"application/json"})


def prove(hook: Hook, post: Post, now: datetime) -> Proven:
    """Check that the service of *hook* sent *post*, over the raw bytes of its body.

    Raises:
        ForgedError: if it did not.
        StaleError: if it is older than it may be.
        UnreadableError: if it is nothing that the service sends.
    """
    kind = post.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES.get(hook.provider, _JSON):
        raise UnreadableError(f"it is of the type {kind[:60] or 'none'!r}, and should be JSON")
    return _PROVE[hook.provider](hook, post, now)


def read(provider: str, body: bytes) -> Batch:
    """Return what *body* says, which *provider* sent.

    Raises:
        UnreadableError: if it is nothing that the service sends.
    """
    return _READ[provider](body)


def check_keys(hook: Hook) -> None:
    """Check that requests can be proved with what the settings say.

    Raises:
        ValueError: if not; the text says why, and goes on after the name of the table.
    """
    if hook.provider == "sendgrid":
        sendgrid.load_key(hook.public_key)
    elif hook.provider != "ses" and len(hook.secret) < MIN_SECRET_CHARACTERS:
        raise ValueError(
            f"has a secret that can be guessed: take {MIN_SECRET_CHARACTERS} characters or more, "
            "as from openssl rand -hex 24"
        )
