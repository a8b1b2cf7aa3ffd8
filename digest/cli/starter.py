"""What ``digest init`` writes: a small publication that works at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from digest.config import load
from digest.errors import DigestError
from digest.files import write_file

_CONFIG = """\
# {title}: the settings. `digest config` shows all that there are, with the values in force.

[publication]
title = {title_toml}
url = {url_toml}
# Prefix of every article's identity. Never change it, even if the site moves.
id = "tag:{host},{year}"
language = "en"
timezone = "UTC"
# Shown in every mail; most countries' laws ask for it.
postal_address = "{title_inner}, 1 Example Street, Example Town"

# Articles: Markdown, HTML, or plain text, in any subfolder.
[sources.articles]
path = "articles"

# Feeds: rss.xml, atom.xml and feed.json in feeds/, to be served at <url>feeds/.
[feeds.main]
content = "full"

[briefings.daily]
title = "Daily briefing"
from_address = "briefing@{host}"
send_at = "07:00"
days = "mon-fri"
# Articles published longer ago than this stay in the feeds and are not mailed.
max_age_days = 30

# Where mail is handed over. This one is `digest sink` on this machine, which keeps what it gets.
# A real one has tls = "starttls", a username, and its password in the environment variable
# DIGEST_RELAYS__DEFAULT__PASSWORD or in password_file.
[relays.default]
host = "127.0.0.1"
port = 1025
tls = "none"

# `digest run` serves the site here, for a reverse proxy that adds https.
[web]
listen = "127.0.0.1:8000"
"""

_ARTICLE = """\
---
title: Welcome to {title_yaml}
topics: [About]
---

This is the first article. It lies in `articles/` as a Markdown file; change it, or put others
beside it, and run `digest publish`.

Plain text pasted from a web page works as well: the first line is the title, and what belongs to
the page and not to the article (share buttons, "more articles") is taken out and listed by
`digest check`.
"""

_IGNORE = "/state/\n/feeds/\n/preview/\n/mail/\n"


def write_starter(folder: Path, *, title: str, url: str, now: datetime) -> tuple[Path, ...]:
    """Write a new publication to *folder*. Return the files.

    Raises:
        DigestError: if any of the files is there already; then nothing is written.
        ConfigError: if the title or the URL cannot be used; then nothing is written.
    """
    base = url if url.endswith("/") else f"{url}/"
    host = urlsplit(base).hostname or "example.org"
    text = _CONFIG.format(
        title=" ".join(title.split()),
        title_toml=_toml(title),
        title_inner=_toml(title)[1:-1],
        url_toml=_toml(base),
        host=host,
        year=now.year,
    )
    load(text, where="config.toml", environment={})
    contents = {
        folder / "config.toml": text,
        folder / "articles" / "welcome.md": _ARTICLE.format(title_yaml=_plain(title)),
        folder / ".gitignore": _IGNORE,
    }
    existing = [str(path) for path in contents if path.exists()]
    if existing:
        raise DigestError(f"{', '.join(existing)} is there already; nothing was written")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content.encode())
    return tuple(contents)


def _toml(text: str) -> str:
    """Return *text* as a TOML string."""
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(text: str) -> str:
    """Return *text* so that it may stand inside an unquoted YAML value."""
    return " ".join(text.replace(":", " ").replace("#", " ").split())
