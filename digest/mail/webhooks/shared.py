"""Services that sign nothing and show a secret instead (Postmark, Brevo)."""

from __future__ import annotations

import base64
import binascii
import hmac

from digest.mail.webhooks.hook import ForgedError, Hook, Post, Proven

HEADER = "x-webhook-secret"
"""A header of one's own that can hold the secret."""

MIN_SECRET_CHARACTERS = 16


def check_secret(hook: Hook, post: Post) -> Proven:
    """Check that *post* shows the secret of *hook*.

    As the password of basic authentication (whatever the user name), as a bearer token (RFC 6750),
    or in :data:`HEADER`.

    Raises:
        ForgedError: if it does not.
    """
    shown = [_authorized(post.headers.get("authorization", "")), post.headers.get(HEADER, "")]
    secret = hook.secret.encode()
    # Each is compared, and all of it, so that the time tells nothing.
    matches = [hmac.compare_digest(item.encode("utf-8", "replace"), secret) for item in shown]
    if not secret or not any(matches):
        raise ForgedError("it does not show the secret")
    return Proven()


def _authorized(value: str) -> str:
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(rest.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[2]
