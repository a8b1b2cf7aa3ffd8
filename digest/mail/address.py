"""Email addresses that we write to: which we take, and when two are the same.

Pure. What RFC 5321 allows but no provider hands out (quoted local parts, address literals, hosts
without a dot) is refused: in a sign-up form it is a mistake or an attack.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from digest.errors import AddressError
from digest.mail import domains

MAX_LOCAL_OCTETS = 64
"""RFC 5321, section 4.5.3.1.1."""

MAX_ADDRESS_OCTETS = 254
"""RFC 5321, section 4.5.3.1.3: a path of 256 octets, less its angle brackets."""

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-"  # RFC 5322, 3.2.3, and RFC 6531, 3.3
_DOT_ATOM = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*")
_NOT_ATEXT = re.compile(rf"[^{_ATEXT}.]")
_SEVERAL = re.compile("[<>,;]")
_SEEN = re.compile("[!-~]*")  # most addresses: nothing to look for
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cs", "Zs", "Zl", "Zp"})
_REFUSED_IN_LOCAL = frozenset({"Cf", "Cn", "Co", "Me"})


@dataclass(frozen=True, slots=True)
class Address:
    """One address that mail can be written to. Made by :func:`parse_address`.

    Whatever way it is made, it is well-formed: no control characters, no white space, lengths
    within RFC 5321. So it can stand in a header or an SMTP command as it is.

    Raises:
        AddressError: if the parts do not make such an address.
    """

    local: str
    """What stands before the @: a dot-atom in the subscriber's own spelling, NFC."""

    domain: str
    """Lower case, A-labels only."""

    def __post_init__(self) -> None:
        """Refuse anything that is not well-formed."""
        _check_local(self.local)
        domains.check(self.domain)
        if len(self.local.encode()) + 1 + len(self.domain) > MAX_ADDRESS_OCTETS:
            raise AddressError(f"the address is longer than {MAX_ADDRESS_OCTETS} characters")

    def __str__(self) -> str:
        """Return ``local@domain``."""
        return f"{self.local}@{self.domain}"

    @property
    def ascii(self) -> str | None:
        """``local@domain`` where that is ASCII; ``None`` where only SMTPUTF8 can carry it."""
        return None if self.needs_smtputf8 else str(self)

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a relay that offers SMTPUTF8 (RFC 6531) can take the address."""
        return not self.local.isascii()


def parse_address(text: str) -> Address:
    """Read one bare address, like ``name@example.org``.

    International domains become A-labels; a non-ASCII local part is normalised to NFC and kept.
    Nothing is trimmed: callers that read forms or files strip the ends first.

    Raises:
        AddressError: if *text* is anything else; the message is one sentence for the person who
            wrote it and does not repeat the whole address.
    """
    if not text:
        raise AddressError("the address is empty: write it like name@example.org")
    for character in "" if _SEEN.fullmatch(text) else text:
        if unicodedata.category(character) in _UNSEEN_CATEGORIES:
            kind = "a space" if character == " " else "a space or control character"
            raise AddressError(f"the address has {kind} (U+{ord(character):04X}) in it: remove it")
    if _SEVERAL.search(text):
        raise AddressError("write one bare address like name@example.org, without a name or a list")
    if '"' in text:
        raise AddressError("quotation marks in an address are not accepted: write it without them")
    local, at, domain = text.rpartition("@")
    if not at:
        raise AddressError("the address has no @: write it like name@example.org")
    if "@" in local:
        raise AddressError("the address has more than one @: write one address only")
    if domain.startswith("["):
        raise AddressError("the part after the @ is not a domain name like example.org")
    return Address(unicodedata.normalize("NFC", local), domains.to_ascii(domain))


def mailbox_key(text: str) -> str:
    """Return the key under which the address *text* is unique: case does not make two of it.

    Keys are for comparing only. Mail goes to the address itself: folding the local part can yield
    another person's mailbox.

    Raises:
        AddressError: if *text* is not an address (see :func:`parse_address`).
    """
    return key_of(parse_address(text))


def key_of(address: Address) -> str:
    """Return the :func:`mailbox_key` of an address that was parsed already."""
    local = unicodedata.normalize("NFC", address.local.casefold())
    return f"{local}@{address.domain}"


def domain_of(text: str) -> str:
    """Return the domain of the address *text*: lower case, A-labels.

    Raises:
        AddressError: if *text* is not an address (see :func:`parse_address`).
    """
    return parse_address(text).domain


def _check_local(local: str) -> None:
    if len(local) <= MAX_LOCAL_OCTETS and local.isascii() and _DOT_ATOM.fullmatch(local):
        return  # as most are
    if not local:
        raise AddressError("nothing stands before the @: write the address like name@example.org")
    if wrong := _NOT_ATEXT.search(local):
        raise AddressError(f"the character {wrong[0]!r} cannot stand before the @ of an address")
    if not _DOT_ATOM.fullmatch(local):
        raise AddressError(
            "the part before the @ starts or ends with a dot or has two dots in a row: remove one"
        )
    if not local.isascii():
        _check_unicode_local(local)
    if len(local.encode()) > MAX_LOCAL_OCTETS:
        raise AddressError(f"the part before the @ is longer than {MAX_LOCAL_OCTETS} octets")


def _check_unicode_local(local: str) -> None:
    """Refuse characters that nobody can see or type (RFC 6530, section 10.1, leaves it to us)."""
    for character in local:
        if unicodedata.category(character) in _REFUSED_IN_LOCAL | _UNSEEN_CATEGORIES:
            raise AddressError(
                f"the character U+{ord(character):04X} cannot stand before the @ of an address"
            )
    if not unicodedata.is_normalized("NFC", local):
        raise AddressError("the part before the @ is not in Unicode normal form C")
