"""Judge feed documents by the rules that Digest promises to keep (docs: "What a perfect feed is").

An offline validator: it reads bytes, fetches nothing, and knows nothing of how they were written.
Each finding begins with the number of the rule it breaks and the place: ``R3: item 2: guid …``.

========  ==========================================================================
R1 - R10  RSS 2.0: required elements, self link, guid, dates, authors, summary,
          enclosure, titles, image, schedule
T1 - T5   Atom 1.0: required elements, links, text types, times, language and URLs
J1        JSON Feed 1.1
X1 - X4   every format: characters, XML without DTD in UTF-8, safe HTML, the same ids
M1, H12   Media RSS and podcasts; tombstones
H10, H14  archive documents (RFC 5005); the list of feeds
========  ==========================================================================

Items and entries are counted from 1. A rule that is a recommendation, and a
fault that only seems to be one, give a ``warning``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from digest.errors import Problem
from digest.syndication import check_atom as _atom
from digest.syndication import check_json as _json
from digest.syndication import check_opml as _opml
from digest.syndication import check_rss as _rss
from digest.syndication.check_paging import Look, Reader, check_walk, look
from digest.syndication.check_rules import Findings

__all__ = [
    "Look",
    "Reader",
    "check_archive",
    "check_atom",
    "check_feed",
    "check_json",
    "check_opml",
    "check_rss",
    "check_same",
    "look",
]


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


def check_feed(
    rss: bytes, atom: bytes, json: bytes, *, urls: tuple[str, str, str] | None = None
) -> list[Problem]:
    """Return what is wrong with the documents of one feed, and where they disagree (X4).

    *urls* are where they are fetched from; ``None`` leaves out the comparison with rel=self.
    """
    problems: list[Problem] = []
    lists: dict[str, list[tuple[str, str]]] = {}
    for place, (name, data, check_document) in enumerate(
        (
            ("RSS", rss, _rss.check_document),
            ("Atom", atom, _atom.check_document),
            ("JSON Feed", json, _json.check_document),
        )
    ):
        findings = Findings(urls[place] if urls else name)
        lists[name] = check_document(data, urls[place] if urls else None, findings)
        problems += findings.problems
    for place, name in enumerate(("Atom", "JSON Feed"), 1):
        findings = Findings(urls[place] if urls else name)
        _compare(lists["RSS"], lists[name], findings)
        problems += findings.problems
    return problems


def check_opml(data: bytes, *, feeds: Collection[str] | None = None) -> list[Problem]:
    """Return what is wrong with the list of feeds *data* (H14).

    *feeds* are the URLs that it must have; ``None`` leaves that out.
    """
    findings = Findings("OPML")
    _opml.check_document(data, feeds, findings)
    return findings.problems


def check_archive(start: Look, read: Reader) -> list[Problem]:
    """Return what is wrong on the way from a current document to the first article (H10).

    Args:
        start: The current document, as :func:`look` returns it.
        read: Returns what is at a URL, in the same way.
    """
    findings = Findings(start.url)
    check_walk(start, read, findings)
    return findings.problems


def check_same(feeds: Mapping[str, Mapping[str, str]]) -> list[Problem]:
    """Return where feeds disagree about an article's id: one address, two ids (X4).

    Args:
        feeds: Name of the feed → id of each of its entries → the entry's link.
    """
    findings = Findings("feeds")
    known: dict[str, tuple[str, str]] = {}
    for name, entries in feeds.items():
        for uid, url in entries.items():
            first, where = known.setdefault(url, (uid, name))
            if first != uid:
                findings.add("X4", f"feed {name}", f"{url} is {uid} here, and {first} in {where}")
    return findings.problems


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
