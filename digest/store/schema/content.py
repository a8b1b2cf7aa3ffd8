"""Articles: what each column means, and which query an index serves."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)

from digest.store.schema.base import ID, Utc, table

articles = table(
    "articles",
    # The order of first sight: selection for issues goes by this number and by nothing else.
    Column("id", ID, primary_key=True),
    # Tag URI, minted once, never changed.
    Column("uid", String(700), nullable=False, unique=True),
    Column("source", String(100), nullable=False),
    # Path inside the source's folder; moves when the file does.
    Column("path", String(1000), nullable=False),
    # Null once the article is withdrawn and another one took its place.
    Column("slug", String(80), unique=True),
    # The newest revision: what feeds and the next issue show.
    Column("revision", Integer, nullable=False),
    Column("first_seen_at", Utc, nullable=False),
    # Null while published.
    Column("withdrawn_at", Utc),
    # Empty unless withdrawn.
    Column("withdrawn_reason", Text, nullable=False),
    # Whether it was old already at first sight: in the feeds, not in mails.
    Column("is_backfill", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("source", "path"),
)

revisions = table(
    "article_revisions",
    # What an article said at one time; never changed once written. Issues point here.
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    # sha256 of what a reader sees: the same again makes no new revision.
    Column("digest", String(64), nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("published_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content_html", Text, nullable=False),
    Column("content_text", Text, nullable=False),
    Column("language", String(35), nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("correction", Text, nullable=False),
    Column("topics", JSON, nullable=False),
    # Lists of objects with the fields of model.Author and model.Enclosure.
    Column("authors", JSON, nullable=False),
    Column("enclosures", JSON, nullable=False),
    # An object with the fields of model.Image, or JSON null.
    Column("image", JSON, nullable=False),
    # An object with the fields of model.Episode, or JSON null.
    Column("episode", JSON, nullable=False, server_default="null"),
    # Who wrote it, for readers; empty for our own.
    Column("origin", Text, nullable=False, server_default=""),
)

aliases = table(
    "article_aliases",
    # Every key by which this article was ever known; a match updates and never announces again.
    Column("key", String(1100), primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), nullable=False, index=True),
)

files = table(
    "files",
    # Every file seen in a source's folder, so that an unchanged one is not parsed again.
    Column("source", String(100), primary_key=True),
    Column("path", String(1000), primary_key=True),
    # sha256 of the bytes and of everything else that decides what becomes of them.
    Column("fingerprint", String(64), nullable=False),
    # Null when it could not be read into an article; then `problem` says why.
    Column("article_id", ID, ForeignKey("articles.id"), index=True),
    Column("problem", Text, nullable=False),
    # Null when no single line is to blame.
    Column("problem_line", Integer),
    # Paths of the files it names, found or not: when one of them changes, it is read again.
    Column("assets", JSON, nullable=False),
    # sha256 of size, times, and number of the file and of those it names: the same again, and it is
    # not even opened. Empty while a change could go unseen by them.
    Column("stamp", String(64), nullable=False, server_default=""),
)

media = table(
    "media",
    # Pictures and enclosures that articles bring along; publish copies them into the feeds' folder.
    # "<first digits of sha256>-<file name>": another content is another name.
    Column("name", String(200), primary_key=True),
    Column("source", String(100), nullable=False),
    Column("path", String(1000), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("length_bytes", BigInteger, nullable=False),
    Column("media_type", String(100), nullable=False),
    # Pixels; null for what is no picture.
    Column("width", Integer),
    Column("height", Integer),
)
