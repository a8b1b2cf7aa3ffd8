"""Domain names as DNS and SMTP want them: lower-case A-labels (IDNA 2008, RFC 5890 to 5893).

The rules of RFC 5892 are computed from the standard library's ``unicodedata``. Its own ``idna``
codec is not used: that is IDNA 2003, which turns ``straße`` into ``strasse``, another domain.
Before the rules come the mappings that people expect (UTS #46, non-transitional): case, full
width, and the ideographic full stops.

Pure.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from digest.errors import AddressError

MAX_DOMAIN_OCTETS = 253
"""Longest name in text form (RFC 1035, section 2.3.4, less the root's dot and length octet)."""

MAX_LABEL_OCTETS = 63

_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_LDH_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LETTER_DIGITS = frozenset({"Ll", "Lu", "Lo", "Lm", "Mn", "Mc", "Nd"})  # RFC 5892, 2.1
_PVALID = frozenset("ßς\u06fd\u06fe\u0f0b\u3007")  # RFC 5892, 2.6
_DISALLOWED = frozenset("\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b")  # the same
_UNSEEN = re.compile(
    # Default_Ignorable_Code_Point among letters and marks, IgnorableBlocks, OldHangulJamo
    # (RFC 5892, sections 2.3, 2.4, 2.9).
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff\u20d0-\u20ff\U0001d100-\U0001d24f"
    "\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]"
)
_VIRAMA = 9  # canonical combining class
_KANA_OR_HAN = re.compile("(?:HIRAGANA|KATAKANA) LETTER|CJK UNIFIED|IDEOGRAPHIC")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_RTL_ALLOWED = frozenset({"R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"})
_LTR_ALLOWED = frozenset({"L", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"})


@lru_cache(maxsize=1024)
def to_ascii(domain: str) -> str:
    """Return *domain* in lower case, with every label that is not ASCII as its A-label.

    A domain of this form comes back unchanged. At least two labels are needed, and the last must
    not be a number: Digest writes to public mail domains, not to hosts or IP addresses.

    Raises:
        AddressError: if *domain* is not such a name; the message says what is wrong.
    """
    labels = [_mapped(label) for label in _DOTS.split(domain)]
    if any(_is_right_to_left(label) for label in labels):
        for label in labels:
            _check_direction(label)
    ascii_domain = ".".join(_to_ascii_label(label) for label in labels)
    check(ascii_domain)
    return ascii_domain


@lru_cache(maxsize=1024)  # most readers share a few domains
def check(domain: str) -> None:
    """Make sure that *domain* is a name in the form that :func:`to_ascii` returns.

    Raises:
        AddressError: if it is not; the message says what is wrong.
    """
    labels = domain.split(".")
    for label in labels:
        if not label:
            raise AddressError(
                "the domain after the @ has an empty part: check for missing text and extra dots"
            )
        if len(label) > MAX_LABEL_OCTETS:
            raise AddressError(
                f"a part of the domain is longer than {MAX_LABEL_OCTETS} characters, "
                "so it cannot exist: check for missing dots"
            )
        if not _LDH_LABEL.fullmatch(label):
            raise AddressError(
                f"{label!r} cannot be part of a domain: "
                "use letters, digits, and hyphens between them"
            )
    if len(labels) == 1:
        raise AddressError(f"the domain {domain!r} has no dot: write it whole, like example.org")
    if labels[-1].isdecimal():
        raise AddressError(f"{domain!r} is not a domain name: IP addresses are not accepted")
    if len(domain) > MAX_DOMAIN_OCTETS:
        raise AddressError(f"the domain is longer than {MAX_DOMAIN_OCTETS} characters")


def _mapped(label: str) -> str:
    """Map case and compatibility forms as UTS #46 does, but keep ß and final ς."""
    if label.isascii():
        return label.lower()
    return unicodedata.normalize("NFKC", "".join(map(_folded, label)))


def _folded(character: str) -> str:
    if character in _PVALID:
        return character
    if character == "ẞ":
        return "ß"
    for _ in range(2):  # folding can undo the normal form, and normalising can bring capitals
        character = unicodedata.normalize("NFKC", character).casefold()
    return character


def _to_ascii_label(label: str) -> str:
    if "." in label:  # from a single character like U+2488, "1."
        raise AddressError(f"{label!r} cannot be part of a domain: write its dots as full stops")
    if not label.isascii():
        _check_unicode(label)
        return "xn--" + label.encode("punycode").decode("ascii")
    if label.startswith("xn--"):
        _check_a_label(label)
    elif label[2:4] == "--":
        raise AddressError(
            f"{label!r} cannot be part of a domain: hyphens in its third and fourth place "
            "are reserved"
        )
    return label


def _check_a_label(label: str) -> None:
    """Refuse what only looks like an A-label (RFC 5890, section 2.3.2.1: a "fake A-label").

    Characters are not judged here: names from before IDNA 2008 exist and get mail.
    """
    encoded = label.removeprefix("xn--")
    try:
        decoded = encoded.encode("ascii").decode("punycode")
        genuine = not decoded.isascii() and decoded.encode("punycode").decode("ascii") == encoded
    except (ValueError, OverflowError):
        genuine = False
    if not genuine:
        raise AddressError(
            f"{label!r} is not a valid international domain label: check its letters"
        )


def _check_unicode(label: str) -> None:
    """Apply the rules for U-labels (RFC 5891, section 4.2; RFC 5892)."""
    if label[2:4] == "--":
        raise AddressError(
            f"{label!r} cannot be part of a domain: hyphens in its third and fourth place "
            "are reserved"
        )
    if label.startswith("-") or label.endswith("-"):
        raise AddressError(f"{label!r} cannot be part of a domain: it starts or ends with a hyphen")
    if unicodedata.category(label[0]).startswith("M"):
        raise AddressError(f"{label!r} cannot be part of a domain: it starts with a combining mark")
    for index, character in enumerate(label):
        if not _is_allowed(label, index):
            raise AddressError(
                f"the character {character!r} (U+{ord(character):04X}) cannot stand in a domain "
                "name: check it, or write the domain in its xn-- form"
            )


def _is_allowed(label: str, index: int) -> bool:
    """Return whether IDNA 2008 allows the character at *index* there."""
    character = label[index]
    if character in _PVALID or character == "-":
        return True
    if character in _DISALLOWED or _UNSEEN.match(character):
        return False
    if unicodedata.category(character) in _LETTER_DIGITS:
        return True
    return _is_allowed_in_context(label, index)


def _is_allowed_in_context(label: str, index: int) -> bool:
    """Apply the contextual rules of RFC 5892, appendix A.

    The two rules for Arabic digits are left to the Bidi rule, which also refuses any mixture. Of
    the rule for ZERO WIDTH NON-JOINER only the half for Indic scripts is there; the other half
    needs the joining types of all Arabic letters, which the standard library does not have.
    """
    before = label[index - 1] if index else ""
    after = label[index + 1 : index + 2]
    match label[index]:
        case "\u200c" | "\u200d":
            return bool(before) and unicodedata.combining(before) == _VIRAMA
        case "\u00b7":
            return before == after == "l"
        case "\u0375":
            return _is_of_script("GREEK", after)
        case "\u05f3" | "\u05f4":
            return _is_of_script("HEBREW", before)
        case "\u30fb":
            return any(_KANA_OR_HAN.match(unicodedata.name(c, "")) for c in label)
        case _:
            return False


def _is_of_script(script: str, character: str) -> bool:
    return bool(character) and unicodedata.name(character, "").startswith(script)


def _is_right_to_left(label: str) -> bool:
    return any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in label)


def _check_direction(label: str) -> None:
    """Apply the Bidi rule to a label of a right-to-left domain (RFC 5893, section 2)."""
    kinds = [unicodedata.bidirectional(c) for c in label]
    shown = [kind for kind in kinds if kind != "NSM"]
    if not shown:
        return  # empty: check() has the better words
    if kinds[0] in {"R", "AL"}:
        good = (
            _RTL_ALLOWED.issuperset(kinds)
            and shown[-1] in {"R", "AL", "EN", "AN"}
            and not {"EN", "AN"}.issubset(kinds)
        )
    else:
        good = kinds[0] == "L" and _LTR_ALLOWED.issuperset(kinds) and shown[-1] in {"L", "EN"}
    if not good:
        raise AddressError(
            f"{label!r} cannot be part of a right-to-left domain: "
            "it would be shown in an ambiguous order"
        )
