"""What the files of a folder mean for the articles known so far. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from html import escape

from digest.errors import Problem
from digest.model import Article, Draft, Image
from digest.steps.ingest.slugs import Wish, allot
from digest.store.articles import Known
from digest.syndication import assets, identity
from digest.syndication.assets import Asset
from digest.syndication.markup import fold_white_space

MAX_UID_CHARACTERS = 600
"""Longer ones, of very long file names, are made from a hash instead."""

_HALF = 32
"""Hexadecimal digits of each of the two hashes in a digest."""

MASS_REMOVAL = 10
"""More articles than this, and more than half, vanishing at once is taken for an accident."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source's articles come from and go to: what deciding needs of the settings."""

    source: str
    topics: tuple[str, ...]
    """Added to each article's own."""

    language: str
    """Of articles that do not say."""

    publication_id: str
    article_base: str
    """Articles without a ``url`` of their own get ``<article_base><slug>``."""

    media_base: str


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file with all that was found out about it before anything is decided."""

    path: str
    fingerprint: str
    draft: Draft
    found: dict[str, Asset]
    """The pictures and enclosures it names that exist, by the reference as written."""

    named: tuple[str, ...] = ()
    """Paths of all files it names, found or not."""

    stamp: str = ""
    """By which it is known the next time without being opened; empty where that is not safe."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one file means: a new article, a new revision of a known one, or nothing new."""

    file: ReadFile
    article: Article
    digest: str
    known: Known | None
    """``None`` for an article seen for the first time."""

    aliases: frozenset[str]
    """Keys to remember that are not known yet."""

    @property
    def is_new_revision(self) -> bool:
        """Whether anything that is published of it differs."""
        return self.known is None or self.known.digest != self.digest

    @property
    def is_newly_withdrawn(self) -> bool:
        """Whether this takes a published article back."""
        return (
            self.article.withdrawn_at is not None
            and self.known is not None
            and self.known.withdrawn_at is None
        )

    @property
    def is_back(self) -> bool:
        """Whether this publishes a withdrawn article again."""
        return (
            self.article.withdrawn_at is None
            and self.known is not None
            and self.known.withdrawn_at is not None
        )


@dataclass(slots=True)
class Decided:
    """All that is to be written for one source."""

    decisions: list[Decision] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)
    """Articles whose files are gone: to be withdrawn."""

    freed: list[Known] = field(default_factory=list)
    """Withdrawn articles whose slug another one takes over."""

    refused: dict[str, Known | None] = field(default_factory=dict)
    """Readable files that cannot become an article, and the article they were before, by path."""

    problems: list[Problem] = field(default_factory=list)


def decide(
    read: Sequence[ReadFile],
    known: Sequence[Known],
    place: Place,
    *,
    now: datetime,
    present: Collection[str],
    accept_removals: bool = False,
) -> Decided:
    """Return what is to be written for the files in *read*.

    Args:
        read: Files that are new or changed, sorted by path.
        known: Every article of every source.
        place: What the settings say.
        now: The time of first sight, and of changes that do not state their own.
        present: Paths of all files in the folder, changed or not, readable or not.
        accept_removals: Withdraw articles whose files are gone even if they are most of them.
    """
    registry = _Registry(known, place.source, present)
    matched = [_Matched(file, *registry.match(file, place.source)) for file in read]
    result = Decided()
    result.gone = _vanished(registry, place, present, result, accept_removals=accept_removals)
    wishes = [
        Wish(item.file.path, item.slug, item.known, bool(item.file.draft.withdrawn))
        for item in matched
    ]
    allotment = allot(place.source, wishes, known, [item.sequence for item in result.gone])
    result.freed = allotment.freed
    for item in matched:
        path = item.file.path
        if path in allotment.refused:
            reason = (
                f"the slug {item.slug!r} is taken by {allotment.refused[path]}; "
                "give one of the two another `slug:` in its front matter"
            )
            result.problems.append(Problem(path, reason))
            result.refused[path] = item.known
        else:
            _decide_one(item, allotment.slugs[path], registry, place, now, result)
    return result


@dataclass(frozen=True, slots=True)
class _Matched:
    """A file, the article that it is, and the keys by which it may be known."""

    file: ReadFile
    known: Known | None
    keys: tuple[str, ...]

    @property
    def slug(self) -> str:
        """The slug that the file wants: its own word, else what the article has been found under.

        An address that is out in feeds and mails stays, whatever title or file name become.
        """
        draft = self.file.draft
        is_out = self.known is not None and self.known.slug and not draft.slug_is_explicit
        return self.known.slug if self.known and is_out else draft.slug


class _Registry:
    """Who is known by which path, key, and uid while decisions are made."""

    def __init__(self, known: Sequence[Known], source: str, present: Collection[str]) -> None:
        self.own = [item for item in known if item.source == source]
        self.uids = {item.uid for item in known}
        self.keys = {key for item in known for key in item.aliases}
        self.matched: set[int] = set()
        self._by_path = {item.path: item for item in self.own}
        # Only an article whose file is gone can be found again elsewhere.
        self._adrift = {
            key: item for item in self.own if item.path not in present for key in item.aliases
        }

    def match(self, file: ReadFile, source: str) -> tuple[Known | None, tuple[str, ...]]:
        """Return the article that the file is, by its path or, for a moved file, by its keys."""
        keys = identity.alias_keys(source, file.path, file.draft)
        found = self._by_path.get(file.path)
        if found is None:
            candidates = (self._adrift.get(key) for key in keys)
            found = next(
                (item for item in candidates if item and item.sequence not in self.matched), None
            )
        if found is not None:
            self.matched.add(found.sequence)
        return found, keys


def _decide_one(
    item: _Matched, slug: str, registry: _Registry, place: Place, now: datetime, result: Decided
) -> None:
    file, known = item.file, item.known
    uid = _uid(file, known, registry, place, result)
    registry.uids.add(uid)
    article = _article(file, uid, slug, known, place, now, result)
    new_keys = frozenset((*item.keys, f"uid:{uid}")) - registry.keys
    registry.keys |= new_keys
    digest = _digest(article, file)
    if known and file.draft.updated_at is None and _says_the_same(known.digest, digest):
        article = replace(article, updated_at=max(known.updated_at, article.published_at))
    result.decisions.append(Decision(file, article, digest, known, new_keys))


def _uid(
    file: ReadFile, known: Known | None, registry: _Registry, place: Place, result: Decided
) -> str:
    wanted = file.draft.uid
    if known is not None:
        if wanted and wanted != known.uid:
            reason = f"uid stays {known.uid}: an article's uid never changes"
            result.problems.append(Problem(file.path, reason, severity="warning"))
        return known.uid
    base = uid_bases(file, place)[-1]
    uid, number = base, 2
    while uid in registry.uids:
        uid, number = f"{base}-{number}", number + 1
    if wanted and uid != wanted:
        why = "is too long" if base != wanted else "belongs to another article"
        reason = f"uid {wanted[:80]} {why}; this one got {uid}"
        result.problems.append(Problem(file.path, reason, severity="warning"))
    return uid


def uid_bases(file: ReadFile, place: Place) -> tuple[str, ...]:
    """Return the uids that the file's article may get, the likeliest last; see :func:`decide`."""
    base = file.draft.uid or identity.mint_uid(place.publication_id, place.source, file.path)
    if len(base) <= MAX_UID_CHARACTERS:
        return (base,)
    name = sha256(base.encode("utf-8", "surrogatepass")).hexdigest()
    return base, identity.mint_uid(place.publication_id, place.source, name)


def _article(
    file: ReadFile,
    uid: str,
    slug: str,
    known: Known | None,
    place: Place,
    now: datetime,
    result: Decided,
) -> Article:
    url = file.draft.url or place.article_base + (slug or file.draft.slug)
    draft = assets.attach(file.draft, file.found, page_url=url, media_base=place.media_base)
    published_at = _published_at(file, known, now, result)
    updated_at = draft.updated_at or (published_at if known is None else now)
    withdrawn_at = (known.withdrawn_at if known else None) or now if draft.withdrawn else None
    return Article(
        uid=uid,
        slug=slug,
        title=draft.title,
        url=url,
        summary=draft.summary,
        content_html=_with_lone_words(draft.content_html, draft.image),
        content_text=draft.content_text,
        published_at=published_at,
        updated_at=max(updated_at, published_at),
        source=place.source,
        language=draft.language or place.language,
        authors=draft.authors,
        topics=draft.topics_and(place.topics),
        image=draft.image if draft.image and draft.image.url else None,
        enclosures=draft.enclosures,
        episode=draft.episode,
        pinned=draft.pinned,
        correction=draft.correction,
        withdrawn_at=withdrawn_at,
        withdrawn_reason=draft.withdrawn,
    )


def _published_at(file: ReadFile, known: Known | None, now: datetime, result: Decided) -> datetime:
    stated = file.draft.published_at
    if known is None:
        return stated or now
    if stated is None or stated == known.published_at:
        return known.published_at
    if known.published_at > now:
        return stated
    reason = (
        f"published stays {known.published_at:%Y-%m-%d %H:%M} UTC: the article is out since then; "
        "to tell of a change set `updated`"
    )
    result.problems.append(Problem(file.path, reason, severity="warning"))
    return known.published_at


def _with_lone_words(html: str, image: Image | None) -> str:
    """Return *html* led by the words of a picture that there is no file of."""
    if image is None or image.url:
        return html
    words = " ".join(escape(text, quote=False) for text in (image.caption, image.credit) if text)
    return f"<figure><figcaption>{words}</figcaption></figure>\n{html}"


def _digest(article: Article, file: ReadFile) -> str:
    """Return two hashes in one: of what the file says, and of all that is published of it.

    The second one also moves with the settings: addresses, topics of the source, and with what no
    reader sees, like ``pinned``. That makes a new revision, but it is no news of the article.
    """
    # What is not taken over from the file is no change; to be withdrawn is none of the content.
    draft = replace(file.draft, published_at=article.published_at, withdrawn="")
    assets_said = sorted((written, asset.sha256) for written, asset in file.found.items())
    whole = (
        article.url,
        article.title,
        article.summary,
        fold_white_space(article.content_html),
        article.content_text,
        article.language,
        article.published_at,
        article.authors,
        article.topics,
        article.image,
        article.enclosures,
        article.pinned,
        article.correction,
    )
    episode = (article.episode,) if article.episode else ()
    return _half(identity.content_digest(draft), assets_said) + _half((*whole, *episode))


def _half(*said: object) -> str:
    return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()[:_HALF]


def _says_the_same(one: str, other: str) -> bool:
    """Return whether the files behind two digests say the same."""
    return one[:_HALF] == other[:_HALF]


def _vanished(
    registry: _Registry,
    place: Place,
    present: Collection[str],
    result: Decided,
    *,
    accept_removals: bool,
) -> list[Known]:
    published = [item for item in registry.own if item.withdrawn_at is None]
    gone = [
        item
        for item in published
        if item.path not in present and item.sequence not in registry.matched
    ]
    too_many = len(gone) > MASS_REMOVAL and len(gone) * 2 > len(published)
    if gone and (not present or too_many) and not accept_removals:
        reason = (
            f"the files of {len(gone)} of {len(published)} articles are gone; they stay published, "
            "since that looks like an accident. To withdraw them run "
            "`digest publish --accept-removals`"
        )
        result.problems.append(Problem(place.source, reason))
        return []
    return gone
