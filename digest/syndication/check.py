"""Judge feed documents by the rules that Digest promises to keep (docs: "What a perfect feed is").

An offline validator: it reads bytes, fetches nothing, and knows nothing of how they were written.
Each finding begins with the number of the rule it breaks and the place: ``R3: item 2: guid …``.

========  ==========================================================================
R1 - R10  RSS 2.0: required elements, self link, guid, dates, authors, summary,
          enclosure, titles, image, schedule
T1 - T5   Atom 1.0: required elements, links, text types, times, language and URLs
J1        JSON Feed 1.1
X1 - X4   every format: characters, XML without DTD in UTF-8, safe HTML, the same ids
M1, H12   Media RSS; tombstones
========  ==========================================================================

Items and entries are counted from 1. A rule that is a recommendation, and a
fault that only seems to be one, give a ``warning``.
"""

from __future__ import annotations

from digest.errors import Problem
from digest.syndication import check_atom as _atom
from digest.syndication import check_json as _json
from digest.syndication import check_rss as _rss
from digest.syndication.check_rules import Findings


def check_rss(data: bytes, *, url: str | None = None) -> list[Problem]:
    """Return what is wrong with the RSS document *data*, nothing when it is perfect.

    *url* is where it is fetched from; ``None`` leaves out the comparison with rel=self.
    """
    findings = Findings(url or "RSS")
    _rss.check_document(data, url, findings)
    return findings.problems


def check_atom(data: bytes, *, url: str | None = None) -> list[Problem]:
    """Return what is wrong with the Atom document *data*, as :func:`check_rss` does."""
    findings = Findings(url or "Atom")
    _atom.check_document(data, url, findings)
    return findings.problems


def check_json(data: bytes, *, url: str | None = None) -> list[Problem]:
    """Return what is wrong with the JSON Feed document *data*, as :func:`check_rss` does."""
    findings = Findings(url or "JSON Feed")
    _json.check_document(data, url, findings)
    return findings.problems


def check_feed(rss: bytes, atom: bytes, json: bytes) -> list[Problem]:
    """Return what is wrong with the documents of one feed, and where they disagree (X4)."""
    problems: list[Problem] = []
    lists: dict[str, list[tuple[str, str]]] = {}
    for name, data, check_document in (
        ("RSS", rss, _rss.check_document),
        ("Atom", atom, _atom.check_document),
        ("JSON Feed", json, _json.check_document),
    ):
        findings = Findings(name)
        lists[name] = check_document(data, None, findings)
        problems += findings.problems
    for name in ("Atom", "JSON Feed"):
        findings = Findings(name)
        _compare(lists["RSS"], lists[name], findings)
        problems += findings.problems
    return problems


def _compare(
    expected: list[tuple[str, str]], found: list[tuple[str, str]], findings: Findings
) -> None:
    """Note the first place where id and link are not those of RSS (X4)."""
    if len(expected) != len(found):
        reason = f"has {len(found)} entries, but RSS has {len(expected)}"
        findings.add("X4", "document", reason)
    for number, (there, here) in enumerate(zip(expected, found, strict=False), 1):
        if there != here:
            reason = f"id and link are {here}, but in RSS {there}"
            findings.add("X4", f"entry {number}", reason)
            return
