"""DKIM signatures (RFC 6376, RFC 8463): what is signed, and how it is done quickly.

Pure. RSA-2048 always; Ed25519 only beside it, because the large providers do not verify that. The
canonical form is relaxed/relaxed, bodies are signed whole (no ``l=``), and From, To, Subject, and
Date are signed once more than they occur, so that nobody can add another.

All mails of one skeleton share most of their bytes. :meth:`Signer.prepare` brings them into
canonical form once, and keeps the state of the body's hash up to the first slot; a signature then
costs the rest of one SHA-256 and one private-key operation, which lets other threads run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from digest.errors import MessageError
from digest.mail import domains
from digest.mail.address import Address, domain_of
from digest.mail.dkim_keys import (
    dns_record,
    load_ed25519,
    load_rsa,
    new_ed25519_key,
    new_rsa_key,
)
from digest.mail.skeleton import Skeleton

__all__ = [
    "PreparedSigner",
    "Signer",
    "dns_record",
    "new_ed25519_key",
    "new_rsa_key",
    "signer_for",
]

OVERSIGNED = ("from", "to", "subject", "date")
"""Signed once more than they occur (RFC 6376, section 5.4.2)."""

SIGNED = (
    *OVERSIGNED,
    "message-id",
    "reply-to",
    "list-id",
    "list-help",
    "list-archive",
    "list-owner",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "auto-submitted",
    "precedence",
    "content-language",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
)
"""Signed where they occur, in this order. RFC 8058 demands the two that unsubscribe."""

_WHITE_SPACE = re.compile(rb"[ \t]+")
_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_MARK = re.compile(rb"\0([a-z0-9_]+)\0")
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_COLUMNS = 72


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs in the name of one domain. Made by :meth:`from_pem`; safe to share among threads."""

    domain: str
    """A-labels, lower case."""

    selector: str
    rsa_key: rsa.RSAPrivateKey = field(repr=False)
    ed25519_selector: str = ""
    ed25519_key: ed25519.Ed25519PrivateKey | None = field(default=None, repr=False)
    """``None``: RSA alone."""

    @classmethod
    def from_pem(
        cls,
        domain: str,
        selector: str,
        rsa_pem: bytes,
        *,
        ed25519_selector: str = "",
        ed25519_pem: bytes = b"",
    ) -> Signer:
        """Return the signer for *domain*, with private keys in PEM without a passphrase.

        The Ed25519 key is optional and has a selector of its own.

        Raises:
            MessageError: if a key cannot be used, or a selector is not a DNS name.
            AddressError: if *domain* is not a domain.
        """
        selectors = [selector, ed25519_selector] if ed25519_pem else [selector]
        for each in selectors:
            if not _SELECTOR.fullmatch(each) or selectors.count(each) > 1:
                raise MessageError(
                    f"{each!r} cannot be a DKIM selector: take lower-case letters, digits, and "
                    "hyphens, another one for each key"
                )
        second = load_ed25519(ed25519_pem) if ed25519_pem else None
        return cls(
            domains.to_ascii(domain),
            selector,
            load_rsa(rsa_pem),
            ed25519_selector if second else "",
            second,
        )

    def sign(self, message: bytes, signed_at: datetime) -> bytes:
        """Return *message* with its signatures before it. Sign last: no byte may change after.

        Raises:
            MessageError: if *signed_at* has no zone, or *message* has one of :data:`SIGNED` twice.
        """
        head, body = _split(message)
        names, signed = _signed_fields(head)
        body_hash = hashlib.sha256(_relaxed_body(body)).digest()
        return _write(self.drafts(names), signed, body_hash, signed_at) + message

    def prepare(self, skeleton: Skeleton) -> PreparedSigner:
        """Return what signs the mails of *skeleton* quickly, byte for byte as :meth:`sign` does.

        Raises:
            MessageError: if the mails have one of :data:`SIGNED` twice.
        """
        return PreparedSigner(self, skeleton)

    def drafts(self, names: str) -> tuple[Draft, ...]:
        """Return a signature field a key, RSA first, for an ``h=`` of *names*."""
        drafts = [Draft("rsa-sha256", self.domain, self.selector, names, _rsa(self.rsa_key))]
        if self.ed25519_key:
            sign = _ed25519(self.ed25519_key)
            drafts.append(Draft("ed25519-sha256", self.domain, self.ed25519_selector, names, sign))
        return tuple(drafts)


def signer_for(signers: Mapping[str, Signer], address: str) -> Signer | None:
    """Return who of *signers* (by domain) signs for the sender at *address*.

    Its domain's, or the nearest above it; ``None`` when there is none.
    """
    domain = domain_of(address)
    while domain and domain not in signers:
        domain = domain.partition(".")[2]
    return signers.get(domain)


class PreparedSigner:
    """Fills one skeleton and signs what comes out. Safe to share among threads."""

    def __init__(self, signer: Signer, skeleton: Skeleton) -> None:
        """Bring what the mails of *skeleton* share into canonical form; see :meth:`Signer.prepare`.

        Marks in the cuts are like values: not empty, and without white space. So the canonical
        form of the marked mail, cut at its marks, is that of every mail.
        """
        marks = {name: b"\0" + name.encode("ascii") + b"\0" for name in skeleton.cuts}
        head, body = _split(skeleton.join(marks))
        names, signed = _signed_fields(head)
        canonical = _relaxed_body(body)
        start = first.start() if (first := _MARK.search(canonical)) else len(canonical)
        self._skeleton = skeleton
        self._drafts = signer.drafts(names)
        self._signed = _Template(signed)
        self._body_start = hashlib.sha256(canonical[:start])
        self._body_rest = _Template(canonical[start:])

    def fill(
        self,
        recipient: Address,
        message_id: str,
        values: Mapping[str, str],
        *,
        signed_at: datetime,
        smtputf8: bool = False,
    ) -> bytes:
        """Return the signed mail for *recipient*: what :meth:`Skeleton.fill` returns, signed.

        *signed_at* goes into ``t=``: pass the issue's date, and a retry has the same bytes.

        Raises:
            MessageError: as :meth:`Skeleton.fill`, or if *signed_at* has no zone.
        """
        resolved = self._skeleton.resolve(recipient, message_id, values, smtputf8=smtputf8)
        return self.signatures(resolved, signed_at) + self._skeleton.join(resolved)

    def signatures(self, resolved: Mapping[str, bytes], signed_at: datetime) -> bytes:
        """Return the signature fields that belong before the mail with *resolved* in its cuts.

        *resolved* came from :meth:`Skeleton.resolve`; *signed_at* is as for :meth:`fill`.

        Raises:
            MessageError: if *signed_at* has no zone.
        """
        body_hash = self._body_start.copy()
        body_hash.update(self._body_rest.fill(resolved))
        signed = self._signed.fill(resolved)
        return _write(self._drafts, signed, body_hash.digest(), signed_at)


class Draft:
    """One DKIM-Signature field, but for its time, body hash, and signature."""

    def __init__(
        self,
        algorithm: str,
        domain: str,
        selector: str,
        names: str,
        sign: Callable[[bytes], bytes],
    ) -> None:
        """Write what does not change; *names* is the value of ``h=``, folded."""
        field = (
            f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n"
            f" d={domain}; s={selector};\r\n h={names};\r\n "
        ).encode("ascii")
        self.folded = field
        self.canonical = _relaxed_field(field) + b" "
        self.sign = sign


class _Template:
    """Octets with marks, ready to be filled often."""

    def __init__(self, marked: bytes) -> None:
        self._pieces = _MARK.split(marked)
        self._cuts = tuple(name.decode("ascii") for name in self._pieces[1::2])

    def fill(self, resolved: Mapping[str, bytes]) -> bytes:
        pieces = self._pieces.copy()
        pieces[1::2] = [resolved[name] for name in self._cuts]
        return b"".join(pieces)


def _write(
    drafts: tuple[Draft, ...], signed: bytes, body_hash: bytes, signed_at: datetime
) -> bytes:
    """Return the finished signature fields over the header fields *signed* and *body_hash*."""
    if signed_at.tzinfo is None:
        raise MessageError("the time of a signature needs a zone: pass an aware datetime")
    tags = b"t=%d; bh=%s;" % (signed_at.timestamp(), base64.b64encode(body_hash))
    written: list[bytes] = []
    for draft in drafts:
        # RFC 6376, section 3.7: the field itself comes last, with an empty b= and no CRLF.
        signature = base64.b64encode(draft.sign(signed + draft.canonical + tags + b" b="))
        lines = [signature[at : at + _COLUMNS] for at in range(0, len(signature), _COLUMNS)]
        written += (draft.folded, tags, b"\r\n b=", b"\r\n ".join(lines), b"\r\n")
    return b"".join(written)


def _rsa(key: rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    scheme, algorithm = padding.PKCS1v15(), hashes.SHA256()
    return lambda data: key.sign(data, scheme, algorithm)


def _ed25519(key: ed25519.Ed25519PrivateKey) -> Callable[[bytes], bytes]:
    return lambda data: key.sign(hashlib.sha256(data).digest())  # RFC 8463, section 3


def _split(message: bytes) -> tuple[bytes, bytes]:
    """Return header and body of *message*, without the empty line between them."""
    head, _, body = message.partition(b"\r\n\r\n")
    return head, body


def _signed_fields(head: bytes) -> tuple[str, bytes]:
    """Return the value of ``h=``, folded, and the header fields it names in canonical form."""
    fields: dict[str, bytes] = {}
    for each in _FIELD_END.split(head):
        name = each.partition(b":")[0].decode("ascii").lower()
        if name in fields and name in SIGNED:
            raise MessageError(f"the mail has {name} twice: receivers might show the other one")
        fields[name] = _relaxed_field(each) + b"\r\n"
    present = [name for name in SIGNED if name in fields]
    names = sorted([*present, *OVERSIGNED], key=SIGNED.index)
    # A name that has no field left to it signs that there is none (RFC 6376, section 5.4.2).
    return _folded(names), b"".join(fields[name] for name in present)


def _folded(names: list[str]) -> str:
    """Join *names* by colons, with line breaks after some (RFC 6376, section 3.5, tag h)."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) >= _COLUMNS:
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n ".join(lines).removesuffix(":")


def _relaxed_field(field: bytes) -> bytes:
    """Return a header field in canonical form, without its CRLF (RFC 6376, section 3.4.2)."""
    name, _, value = field.partition(b":")
    value = _WHITE_SPACE.sub(b" ", value.replace(b"\r\n", b""))
    return name.strip().lower() + b":" + value.strip()


def _relaxed_body(body: bytes) -> bytes:
    """Return a body in canonical form (RFC 6376, section 3.4.4)."""
    lines = _WHITE_SPACE.sub(b" ", body + b"\r\n").replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""
