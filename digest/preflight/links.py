"""Links of an issue: which are worth a look, and what to say of what servers answered. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.preflight.page import read_page
from digest.preflight.proof import Finding, Level, Proof

_SCHEMES = frozenset({"http", "https"})
_QUIET = frozenset({"mailto", "tel"})
GONE = frozenset({404, 410})
_REFUSED = frozenset({401, 403, 405, 429})
"""Pages that people see and programs do not: a paywall, a guard against robots."""

OFFLINE = 3
"""From so many links on, with no answer from any, it is not they that are dead."""

_FAILING = 500
_OKAY = range(200, 300)


@dataclass(frozen=True, slots=True)
class Link:
    """An address that is looked at."""

    url: str
    """Without its fragment."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of looking at a link."""

    url: str
    status: int | None
    """``None``: there was no answer."""

    reason: str = ""
    """Why there was none."""

    redirects: int = 0
    final_url: str = ""
    """Where the answer came from."""

    was_tried: bool = True
    """False: it must not be connected to, or time was up."""


def links_of(proofs: Iterable[Proof], *, ours: Collection[str] = ()) -> tuple[Link, ...]:
    """Return the addresses in the *proofs* that can be looked at, in order, each once.

    Left out are what is one reader's own (with a token in it), and addresses that begin with one of
    *ours*: the issue's own page is not there before it is sent.
    """
    found: dict[str, None] = {}
    for proof in proofs:
        page = read_page(proof.html)
        for url in (*page.links, *(picture.src for picture in page.pictures)):
            bare = url.partition("#")[0]
            if not _can_be_fetched(bare) or bare.startswith(tuple(ours)):
                continue
            if proof.unsubscribe_token and proof.unsubscribe_token in bare:
                continue
            found.setdefault(bare)
    return tuple(Link(url) for url in found)


def relative_links(proof: Proof) -> list[Finding]:
    """Return the links that lead nowhere from a mail: without scheme or host, or an odd scheme."""
    page = read_page(proof.html)
    found = []
    for url in page.links:
        if url.startswith("#") and url != "#":
            continue
        scheme = _scheme(url)
        if scheme in _QUIET or _can_be_fetched(url):
            continue
        what = "is empty" if url in {"", "#"} else f"{url!r} is no whole address"
        found.append(
            Finding("relative_links", f"a link {what}: mails need https:// and a host in each")
        )
    found += [
        Finding("relative_links", f"the picture {picture.src!r} has no whole address")
        for picture in page.pictures
        if not _can_be_fetched(picture.src)
    ]
    return found


def dead_links(answers: Sequence[Answered]) -> list[Finding]:
    """Return the links that lead to nothing, and those of which nobody knows.

    When nothing at all answers, it is this machine that is offline, and nothing is known.
    """
    tried = [answer for answer in answers if answer.was_tried]
    if len(tried) >= OFFLINE and all(answer.status is None for answer in tried):
        text = (
            f"none of {len(tried)} links answers: this machine seems to be offline, so they count "
            "as not looked at"
        )
        return [Finding("dead_links", text, Level.NOTE)]
    found = []
    for answer in answers:
        status = answer.status
        if not answer.was_tried:
            text = f"{answer.url} was not looked at: {answer.reason}"
            found.append(Finding("dead_links", text, Level.NOTE))
        elif status is None:
            found.append(Finding("dead_links", f"{answer.url} {answer.reason}"))
        elif status in GONE:
            text = f"{answer.url} answers {status}: there is no such page"
            found.append(Finding("dead_links", text))
        elif status not in _OKAY and status not in _REFUSED:
            whose = "its server fails" if status >= _FAILING else "this is no page"
            found.append(Finding("dead_links", f"{answer.url} answers {status}: {whose}"))
    return found


def redirect_chains(answers: Sequence[Answered]) -> list[Finding]:
    """Return the links that go round more than one corner."""
    return [
        Finding(
            "redirect_chains",
            f"{answer.url} is redirected {answer.redirects} times, to {answer.final_url}: "
            "link there at once",
        )
        for answer in answers
        if answer.redirects > 1
    ]


def _scheme(url: str) -> str:
    return url.partition(":")[0].lower() if ":" in url else ""


def _can_be_fetched(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in _SCHEMES and bool(parts.hostname)
    except ValueError:
        return False
