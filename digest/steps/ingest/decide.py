"""What the files of a folder mean for the articles known so far. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from html import escape

from digest.errors import Problem
from digest.model import Article, Draft, Image
from digest.store.articles import Known
from digest.syndication import assets, identity
from digest.syndication.assets import Asset

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
        """Whether a reader would see a difference."""
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
    registry = _Registry(known, place.source, present, {file.path for file in read})
    result = Decided()
    for file in read:
        _decide_one(file, registry, place, now, result)
    result.gone = _vanished(registry, present, result, accept_removals=accept_removals)
    return result


class _Registry:
    """Who is known by which path, key, slug, and uid while decisions are made."""

    def __init__(
        self, known: Sequence[Known], source: str, present: Collection[str], read: Collection[str]
    ) -> None:
        own = [item for item in known if item.source == source]
        self.own = own
        self.by_path = {item.path: item for item in own}
        self.by_key = {key: item for item in known for key in item.aliases}
        self.uids = {item.uid for item in known}
        # An article whose file is being read again states its slug anew.
        rereading = {item.sequence for item in own if item.path in read}
        self.slugs: dict[str, Known | str] = {
            item.slug: item for item in known if item.slug and item.sequence not in rereading
        }
        self.keys = set(self.by_key)
        self._missing = {item.sequence for item in own if item.path not in present}
        self.matched: set[int] = set()

    def match(self, path: str, keys: Iterable[str]) -> Known | None:
        """Return the article that the file is, by its path or, for a moved file, by its keys."""
        found = self.by_path.get(path)
        if found is None:
            candidates = (self.by_key.get(key) for key in keys if not key.startswith("path:"))
            found = next((item for item in candidates if item and self.is_adrift(item)), None)
        if found is not None:
            self.matched.add(found.sequence)
        return found

    def is_adrift(self, item: Known) -> bool:
        """Whether the article's file is gone and no other file has claimed it yet."""
        return item.sequence in self._missing and item.sequence not in self.matched


def _decide_one(
    file: ReadFile, registry: _Registry, place: Place, now: datetime, result: Decided
) -> None:
    draft = file.draft
    keys = identity.alias_keys(place.source, file.path, draft)
    known = registry.match(file.path, keys)
    holder = registry.slugs.get(draft.slug)
    if holder is not None and holder is not known:
        if isinstance(holder, str) or holder.withdrawn_at is None:
            other = holder if isinstance(holder, str) else holder.path
            reason = f"the slug {draft.slug!r} is taken by {other}; give one of the two another"
            result.problems.append(Problem(file.path, f"{reason} `slug:` in its front matter"))
            result.refused[file.path] = known
            return
        result.freed.append(holder)
    uid = _uid(file, known, registry, place, result)
    registry.slugs[draft.slug] = file.path
    registry.uids.add(uid)
    article = _article(file, uid, known, place, now, result)
    new_keys = frozenset((*keys, f"uid:{uid}")) - registry.keys
    registry.keys |= new_keys
    digest = _digest(article, draft)
    if known is not None and known.digest == digest and draft.updated_at is None:
        article = replace(article, updated_at=known.updated_at)
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
    uid = wanted or identity.mint_uid(place.publication_id, place.source, file.path)
    number, base = 2, uid
    while uid in registry.uids:
        uid, number = f"{base}-{number}", number + 1
    if wanted and uid != wanted:
        reason = f"uid {wanted} belongs to another article; this one got {uid}"
        result.problems.append(Problem(file.path, reason, severity="warning"))
    return uid


def _article(
    file: ReadFile,
    uid: str,
    known: Known | None,
    place: Place,
    now: datetime,
    result: Decided,
) -> Article:
    url = file.draft.url or place.article_base + file.draft.slug
    draft = assets.attach(file.draft, file.found, page_url=url, media_base=place.media_base)
    published_at = _published_at(file, known, now, result)
    updated_at = draft.updated_at or (published_at if known is None else now)
    withdrawn_at = (known.withdrawn_at if known else None) or now if draft.withdrawn else None
    own = {topic.casefold() for topic in draft.topics}
    return Article(
        uid=uid,
        slug=draft.slug,
        title=draft.title,
        url=url,
        summary=draft.summary,
        content_html=_with_lone_caption(draft.content_html, draft.image),
        content_text=draft.content_text,
        published_at=published_at,
        updated_at=max(updated_at, published_at),
        source=place.source,
        language=draft.language or place.language,
        authors=draft.authors,
        topics=(*draft.topics, *(t for t in place.topics if t.casefold() not in own)),
        image=draft.image,
        enclosures=draft.enclosures,
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


def _with_lone_caption(html: str, image: Image | None) -> str:
    """Return *html* led by the caption of a picture that there is no file of."""
    if image is None or image.url or not image.caption:
        return html
    return f"<figure><figcaption>{escape(image.caption, quote=False)}</figcaption></figure>\n{html}"


def _digest(article: Article, draft: Draft) -> str:
    """Return the hash of all that a reader sees of the article."""
    # The draft's own digest comes first; the rest is what publishing adds to it.
    pieces = (
        identity.content_digest(draft),
        article.url,
        article.language,
        article.published_at.isoformat(),
        draft.updated_at.isoformat() if draft.updated_at else "",
        repr(article.topics),
        repr(article.image),
        repr(article.enclosures),
        article.content_html,
    )
    return sha256("\0".join(pieces).encode("utf-8", "surrogatepass")).hexdigest()


def _vanished(
    registry: _Registry, present: Collection[str], result: Decided, *, accept_removals: bool
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
        result.problems.append(Problem(registry.own[0].source, reason))
        return []
    return gone
