"""What the articles that a source names mean for those known so far. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from digest.model import Article
from digest.model.upstream import Arrival
from digest.steps.gather.rules import Rules, newest
from digest.store.articles import Known
from digest.store.sources import Fate, Record
from digest.syndication import identity
from digest.syndication.markup import fold_white_space

TAKEN_BACK = "its source took it back"
"""Why an article is withdrawn that upstream deleted; one that comes back is published again."""

_SURE = ("guid:", "page:")
_ABOUT_SAME_TIME = timedelta(hours=12)
"""Who moves to another program may get the time zone wrong."""

_SAME_MOMENT = timedelta(minutes=1)
_PATH_CHARS = 24
_SLUG_HASH_CHARS = 6


@dataclass(frozen=True, slots=True)
class Place:
    """What deciding needs of the settings."""

    source: str
    title: str
    """What readers are told where articles are from."""

    language: str
    """Of articles that do not say."""

    topics: tuple[str, ...]
    publication_id: str
    rules: Rules
    max_articles: int = 0
    review: bool = False
    backfill: timedelta = timedelta(days=2)
    is_first: bool = False
    """Whether nothing was read of it before: what has no date is old, then."""

    is_ours: bool = False
    """Whether its articles are our own, so that readers need not be told where they are from."""

    article_base: str = ""
    """Where articles live that have no address; empty: those that have none are left out."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one article that a source named means."""

    arrival: Arrival
    """After the rules have changed it."""

    keys: tuple[str, ...]
    """The names under which it may be known, surest first; at least one."""

    fate: Fate
    reason: str = ""
    known: Known | None = None
    article: Article | None = None
    """To be written: a new article, or a new revision of the known one; ``None``: nothing is."""

    digest: str = ""
    is_back: bool = False
    """Whether this publishes a withdrawn article again."""

    record: Record | None = None
    """What became of it before."""

    @property
    def key(self) -> str:
        """The one that what became of it is remembered by."""
        return self.record.key if self.record else self.keys[0]


@dataclass(slots=True)
class Decided:
    """All that is to be written for one document."""

    verdicts: list[Verdict] = field(default_factory=list)
    taken_back: list[Known] = field(default_factory=list)
    """Articles that upstream has deleted: to be withdrawn."""

    known_keys: Collection[str] = ()
    """Those of the document's keys that an article is known by already."""


def keys_of(
    source: str, arrivals: Sequence[Arrival], *, is_ours: bool = False
) -> list[tuple[str, ...]]:
    """Return the keys of each of *arrivals*, without those that several share.

    Some feeds give all articles the address of their home page, or one guid. Whatever has no key
    of its own is known by all it says. With *is_ours*, what an article is called and where it lives
    say which one it is, and nothing else does.
    """
    all_keys = [identity.upstream_keys(source, arrival) for arrival in arrivals]
    if is_ours:
        all_keys = [tuple(key for key in own if key.startswith(_SURE)) for own in all_keys]
    shared = Counter(key for keys in all_keys for key in set(keys))
    found = []
    for arrival, keys in zip(arrivals, all_keys, strict=True):
        own = tuple(key for key in keys if shared[key] == 1)
        found.append(own or (_last_key(source, arrival),))
    return found


def _last_key(source: str, arrival: Arrival) -> str:
    draft = arrival.draft
    said = (source, arrival.guid, draft.url, draft.title, draft.content_text, draft.published_at)
    return f"whole:{sha256(repr(said).encode('utf-8', 'surrogatepass')).hexdigest()}"


def decide(  # noqa: PLR0913 - what is known, and from where, are its whole matter
    arrivals: Sequence[Arrival],
    keys: Sequence[tuple[str, ...]],
    known: Mapping[str, Known],
    records: Mapping[str, Record],
    slugs: Collection[str],
    place: Place,
    *,
    now: datetime,
    deleted: Collection[str] = (),
    admitted: Collection[str] = (),
) -> Decided:
    """Return what is to be written for *arrivals*.

    Args:
        arrivals: What the document names.
        keys: Of each of them, as :func:`keys_of` returned them.
        known: Articles of any source by each of these keys that one is known by.
        records: What became of such articles before, by key.
        slugs: Those that are taken, of all that these articles may want.
        place: What the settings say.
        now: The time of first sight.
        deleted: Guids that the document takes back.
        admitted: Keys of articles that somebody lets in now, whatever rules and review say.
    """
    decided = Decided(known_keys=known.keys())
    taken = set(slugs)
    matched = _matched(arrivals, keys, known, place.source)
    seen: set[tuple[str, ...]] = set()
    by_arrival = {id(arrival): index for index, arrival in enumerate(arrivals)}
    kept = {by_arrival[id(arrival)] for arrival in newest(arrivals, place.max_articles)}
    for index, (arrival, own) in enumerate(zip(arrivals, keys, strict=True)):
        item = matched[index]
        if (index not in kept and item is None) or own in seen:
            continue
        seen.add(own)
        record = next((records[key] for key in own if key in records), None)
        is_admitted = any(key in admitted for key in own)
        verdict = _one(arrival, own, item, record, taken, place, now, is_admitted=is_admitted)
        verdict = replace(verdict, record=record)
        if verdict.article is not None and verdict.known is None:
            taken.add(verdict.article.slug)
        decided.verdicts.append(verdict)
    gone = {identity.guid_key(place.source, guid) for guid in deleted}
    for key in sorted(gone & known.keys()):
        item = known[key]
        if item.source == place.source and item.withdrawn_at is None:
            decided.taken_back.append(item)
    return decided


def _matched(
    arrivals: Sequence[Arrival],
    keys: Sequence[tuple[str, ...]],
    known: Mapping[str, Known],
    source: str,
) -> dict[int, Known | None]:
    """Return which known article each is: by its surest key, and none is two."""
    found: dict[int, Known | None] = dict.fromkeys(range(len(keys)))
    used: set[int] = set()
    depth = max((len(own) for own in keys), default=0)
    for rank in range(depth):
        for index, own in enumerate(keys):
            item = known.get(own[rank]) if rank < len(own) else None
            if found[index] is not None or item is None or item.sequence in used:
                continue
            if item.source != source or is_same(arrivals[index], own, item):
                found[index] = item
                used.add(item.sequence)
    return found


def is_same(arrival: Arrival, keys: Collection[str], known: Known) -> bool:
    """Return whether what *arrival* shares with *known* makes it the same article.

    Its guid does, and so does its address, unless both have guids and these differ: then that is a
    page on which one article follows another, if neither title nor text nor time stays. An address
    on another host, or the same words, say nothing without the time.
    """
    shared = {_kind(key) for key in keys if key in known.aliases}
    if shared & {"guid", "named", "whole"} or {"page", "text"} <= shared:
        return True
    is_called_otherwise = any(_kind(key) == "guid" for key in keys) and any(
        _kind(key) == "guid" for key in known.aliases
    )
    if "page" in shared and not is_called_otherwise:
        return True
    said = arrival.draft.published_at
    if said is None:
        return bool(shared & {"page", "text"})
    apart = abs(said - known.published_at)
    return apart <= (_SAME_MOMENT if shared == {"place"} else _ABOUT_SAME_TIME)


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _one(  # noqa: PLR0913 - see decide
    arrival: Arrival,
    keys: tuple[str, ...],
    known: Known | None,
    record: Record | None,
    taken: Collection[str],
    place: Place,
    now: datetime,
    *,
    is_admitted: bool,
) -> Verdict:
    if known is not None and known.source != place.source:
        return Verdict(arrival, keys, Fate.ELSEWHERE, f"{known.source} has it", known)
    # What somebody lets in now was changed by the rules before it began to wait.
    changed = arrival if is_admitted else place.rules.changed(arrival)
    if known is not None:
        return _again(changed, keys, known, place, now)
    if not is_admitted:
        obstacle = _obstacle(arrival, record, place)
        if obstacle is not None:
            return Verdict(changed, keys, *obstacle)
    if not (changed.draft.url or place.article_base):
        return Verdict(changed, keys, Fate.LEFT_OUT, "has no address of its own")
    article = _new(changed, keys, taken, place, now)
    return Verdict(changed, keys, Fate.USED, article=article, digest=_digest(article, place))


def _obstacle(arrival: Arrival, record: Record | None, place: Place) -> tuple[Fate, str] | None:
    """Return what keeps a new article out, and why; ``None`` when nothing does."""
    if record is not None and record.fate is Fate.REFUSED:
        return Fate.REFUSED, record.reason
    against = place.rules.reason_against(arrival)
    if against:
        return Fate.LEFT_OUT, against
    return (Fate.WAITING, "") if place.review else None


def _again(
    arrival: Arrival, keys: tuple[str, ...], known: Known, place: Place, now: datetime
) -> Verdict:
    """Return what an article means that is known: usually nothing."""
    # What we withdrew from here ourselves, we can publish again from here.
    may_return = known.withdrawn_reason == TAKEN_BACK or place.is_ours
    is_back = known.withdrawn_at is not None and may_return
    if known.withdrawn_at is not None and not is_back:
        return Verdict(arrival, keys, Fate.USED, f"was withdrawn: {known.withdrawn_reason}", known)
    article = _revised(arrival, known, place, now)
    digest = _digest(article, place)
    if digest == known.digest and not is_back:
        return Verdict(arrival, keys, Fate.USED, known=known)
    return Verdict(arrival, keys, Fate.USED, "", known, article, digest, is_back)


def _new(
    arrival: Arrival, keys: tuple[str, ...], taken: Collection[str], place: Place, now: datetime
) -> Article:
    """Return *arrival* as an article that nobody has seen before."""
    draft = arrival.draft
    path = keys[0].partition(":")[2][:_PATH_CHARS]
    # A date in the future would keep hidden what everybody can read at its source.
    stated = draft.published_at or now
    published_at = stated if place.is_ours else min(stated, now)
    old = now - place.backfill
    is_backfill = draft.published_at < old if draft.published_at else place.is_first
    slug = draft.slug
    if slug in taken:
        tail = path[:_SLUG_HASH_CHARS]
        slug = f"{slug[: identity.MAX_SLUG_CHARS - _SLUG_HASH_CHARS - 1].strip('-')}-{tail}"
    return replace(
        _article(arrival, place, slug=slug),
        uid=identity.mint_uid(place.publication_id, place.source, path),
        published_at=published_at,
        updated_at=max(min(draft.updated_at or published_at, now), published_at),
        is_backfill=is_backfill,
    )


def _revised(arrival: Arrival, known: Known, place: Place, now: datetime) -> Article:
    """Return *arrival* as the newest revision of what is known."""
    said = arrival.draft.updated_at
    updated_at = said if said is not None and known.updated_at < said <= now else now
    stated = arrival.draft.published_at if place.is_ours else None
    published_at = stated or known.published_at
    return replace(
        _article(arrival, place, slug=known.slug),
        uid=known.uid,
        published_at=published_at,
        updated_at=max(updated_at, published_at),
    )


def _article(arrival: Arrival, place: Place, *, slug: str) -> Article:
    draft = arrival.draft
    return Article(
        uid="",
        slug=slug,
        title=draft.title,
        url=draft.url or place.article_base + slug,
        summary=draft.summary,
        content_html=draft.content_html,
        content_text=draft.content_text,
        published_at=datetime.min,  # noqa: DTZ901 - both callers put the real one
        updated_at=datetime.min,  # noqa: DTZ901 - see above
        source=place.source,
        origin="" if place.is_ours else arrival.origin or place.title,
        language=draft.language or place.language,
        authors=draft.authors,
        topics=draft.topics_and(place.topics),
        image=draft.image if draft.image and draft.image.url else None,
        enclosures=draft.enclosures,
        episode=draft.episode,
        pinned=draft.pinned,
        correction=draft.correction,
    )


def _digest(article: Article, place: Place) -> str:
    """Return a hash of all that is published of *article* but its times.

    When our own are published is ours to change.
    """
    seen = (
        article.url,
        article.title,
        article.summary,
        fold_white_space(article.content_html),
        article.language,
        article.origin,
        article.authors,
        article.topics,
        article.image,
        article.enclosures,
        article.episode,
        article.pinned,
        article.correction,
        *((article.published_at,) if place.is_ours else ()),
    )
    return sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()
