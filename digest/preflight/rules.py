"""The rules that need nothing but the proof itself. Pure.

Each takes a :class:`~digest.preflight.proof.Proof` and returns what it found; levels are set later.
"""

from __future__ import annotations

import re
from collections import Counter
from email import message_from_bytes, policy
from itertools import islice

from digest.preflight.page import read_page
from digest.preflight.proof import Finding, Piece, Proof
from digest.preflight.tongue import agrees, language_of
from digest.rendering.colour import MINIMUM_CONTRAST, contrast
from digest.rendering.fit import MAX_BYTES

MAX_SUBJECT_CHARACTERS = 60
"""What most programs show (email.md, C5)."""

_MOST_OF_A_KIND = 10
"""Findings of one rule that are listed; the rest is a number."""

_LEFT_OVER = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\$\{\w+\}|%\(\w+\)s|\blorem ipsum\b|\bTODO\b|\bTKTK\b|\bXXX\b"
    r"|\[(?:insert|placeholder|headline|name|date)[^\]\n]{0,40}\]|\{(?:lead|date|number|briefing)\}",
    re.IGNORECASE,
)
_CASED = frozenset({"TODO", "TKTK", "XXX"})
_SPACE = re.compile(r"\s+")


def subject(proof: Proof) -> list[Finding]:
    """Find a subject that is empty, or longer than programs show."""
    length = len(proof.subject)
    if not proof.subject.strip():
        return [Finding("subject", "the subject is empty: set one in briefings.<name>.subject")]
    if length > MAX_SUBJECT_CHARACTERS:
        return [
            Finding(
                "subject",
                f"the subject has {length} characters; most programs show about "
                f"{MAX_SUBJECT_CHARACTERS}: shorten the lead's title, or set another subject",
            )
        ]
    return []


def size(proof: Proof) -> list[Finding]:
    """Find a mail that Gmail cuts off, as sent or unpacked."""
    found = []
    for what, length in (
        ("the mail has", len(proof.message)),
        ("its HTML has", len(proof.html.encode())),
    ):
        if length > MAX_BYTES:
            found.append(
                Finding(
                    "size",
                    f"{what} {length:,} bytes even with headlines only; Gmail cuts off what is "
                    f"above {MAX_BYTES:,}: take fewer articles (max_articles, headlines)",
                )
            )
    return found


def alternative_texts(proof: Proof) -> list[Finding]:
    """Find pictures that say nothing to those who do not see them."""
    page = read_page(proof.html)
    missing = [picture.src for picture in page.pictures if picture.alt is None]
    return _listed(
        "alternative_texts",
        [f"the picture {src} has no alternative text: give it one (alt)" for src in missing],
    )


def contrast_of_text(proof: Proof) -> list[Finding]:
    """Find text that cannot be read on its ground, in light and in dark mode (email.md, C3)."""
    found = []
    for shade in read_page(proof.html).shades:
        ratio = contrast(shade.colour, shade.ground)
        if ratio < MINIMUM_CONTRAST:
            found.append(
                f"{shade.sample!r} is {shade.colour} on {shade.ground} in {shade.scheme} mode: "
                f"contrast {ratio:.1f}, at least {MINIMUM_CONTRAST} is needed"
            )
    return _listed("contrast", found)


def text_part(proof: Proof) -> list[Finding]:
    """Find what the plain text does not say though the HTML does (email.md, F4)."""
    if not proof.text.strip():
        return [Finding("text_part", "the plain text is empty")]
    flat = _flat(proof.text)
    found = [
        f"the plain text leaves out {what} of {piece.slug}: {value!r}"
        for piece in proof.pieces
        for what, value in (("the title", piece.title), ("the address", piece.url))
        if value and _flat(value) not in flat
    ]
    if proof.html:
        seen = _flat(read_page(proof.html).text)
        found += [
            f"the HTML leaves out the title of {piece.slug}: {piece.title!r}"
            for piece in proof.pieces
            if _flat(piece.title) not in seen
        ]
    return _listed("text_part", found)


def postal_address(proof: Proof) -> list[Finding]:
    """Find a mail that does not say where its sender can be written to (email.md, L9)."""
    lines = [_flat(line) for line in proof.postal_address.splitlines() if line.strip()]
    if not lines:
        return [Finding("postal_address", "the settings have none: set publication.postal_address")]
    parts = [("plain text", _flat(proof.text))]
    if proof.html:
        parts.append(("HTML", _flat(read_page(proof.html).text)))
    return [
        Finding("postal_address", f"the {name} does not show the postal address: mend the template")
        for name, part in parts
        if any(line not in part for line in lines)
    ]


def unsubscribe(proof: Proof) -> list[Finding]:
    """Find a mail that cannot be unsubscribed from: by its headers, its HTML, and its text."""
    token = proof.unsubscribe_token
    found = []
    if not token or not proof.token_works:
        found.append("the token in its links unsubscribes nobody: look at the key file")
    if token not in proof.text:
        found.append("the plain text has no link to unsubscribe: mend the template")
    if proof.html and not any(
        token in url and "unsubscribe" in url for url in read_page(proof.html).links
    ):
        found.append("the HTML has no link to unsubscribe: mend the template")
    headers = message_from_bytes(proof.message, policy=policy.compat32)
    ways = _SPACE.sub("", str(headers.get("List-Unsubscribe", "")))
    if token not in ways:
        found.append("there is no header List-Unsubscribe with the reader's token")
    elif ways.startswith("<https:") and (
        headers.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click"
    ):
        found.append("there is no header List-Unsubscribe-Post: programs offer no button")
    return [Finding("unsubscribe", text) for text in found]


def placeholders(proof: Proof) -> list[Finding]:
    """Find what somebody meant to fill in."""
    parts = [("subject", proof.subject), ("plain text", proof.text)]
    if proof.html:
        parts.append(("HTML", read_page(proof.html).text))
    found: dict[str, None] = {}
    for name, part in parts:
        for match in _LEFT_OVER.finditer(part):
            word = match[0]
            # "xxx" and "todo" are words; in capitals they are marks.
            if word.upper() not in _CASED or word.isupper():
                found.setdefault(f"{word!r} in the {name} was not filled in")
    return _listed("placeholders", list(found))


def duplicates(proof: Proof) -> list[Finding]:
    """Find articles that stand in the issue twice, by address or by title."""
    found = []
    for what, values in (
        ("address", [(piece.url, piece) for piece in proof.pieces]),
        ("title", [(_flat(piece.title), piece) for piece in proof.pieces]),
    ):
        counts = Counter(value for value, _ in values)
        for value, number in counts.items():
            if number > 1:
                slugs = ", ".join(piece.slug for other, piece in values if other == value)
                found.append(f"{number} articles have the same {what}: {slugs}")
    return _listed("duplicates", found)


def language(proof: Proof) -> list[Finding]:
    """Find articles in another language than the briefing's."""
    found = []
    for piece in proof.pieces:
        told = _language_of(piece)
        wanted = (proof.language, *proof.languages)
        if not any(agrees(told, each) for each in wanted):
            found.append(
                f"{piece.slug} is in {told}, the briefing in {' and '.join(dict.fromkeys(wanted))}:"
                " leave it out, or name its language in the briefing's languages"
            )
    declared = read_page(proof.html).language if proof.html else ""
    if not agrees(declared, proof.language):
        found.append(f"the HTML says that it is in {declared}, the settings {proof.language}")
    return _listed("language", found)


def _language_of(piece: Piece) -> str:
    """Return what its words tell; where they do not, what it says of itself."""
    return language_of(f"{piece.title}. {piece.text}") or piece.language


def _flat(text: str) -> str:
    """Return *text* without what wrapping and case change."""
    return _SPACE.sub("", text).casefold()


def _listed(rule: str, texts: list[str]) -> list[Finding]:
    """Return a finding for each text, and one for those that are too many."""
    found = [Finding(rule, text) for text in islice(texts, _MOST_OF_A_KIND)]
    rest = len(texts) - len(found)
    if rest:
        found.append(Finding(rule, f"and {rest} more of the kind"))
    return found
