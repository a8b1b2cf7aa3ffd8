"""A small publication with a site: articles in two directions, a moved one, a withdrawn one."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from web_client import WebClient

from digest.clock import ManualClock
from digest.config import load
from digest.model import IssueState, SubscriptionState
from digest.steps.compose import compose_now
from digest.steps.ingest import ingest
from digest.steps.publish import publish
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store import issues
from digest.web.app import make_app
from digest.wiring import Service, plug_in

SITE_CONFIG = """
[publication]
title = "Gazette"
url = "{url}"
id = "tag:gazette.example,2026"
description = "News of the quay"
language = "{language}"
timezone = "Europe/Zurich"
postal_address = "Gazette\\n1 Quay Street"
author_email = "desk@gazette.example"

[feeds.science]
topics = ["Science"]

[briefings.daily]
title = "Morning Briefing"
description = "At seven"
from_address = "briefing@gazette.example"
max_age_days = 0

[relays.default]
host = "127.0.0.1"
port = 1
tls = "none"
{more}
"""

SITE_AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

FERRY = """\
---
title: The ferry runs again & <again>
slug: ferry
summary: After eleven weeks it is back.
authors: [Ines Prado <ines@gazette.example>]
topics: [Local, Science]
published: 2026-11-20T06:00:00Z
image: {file: ferry.png, alt: A white ferry, caption: The ferry on Monday, credit: I. Prado}
correction: An earlier version gave the wrong day.
pinned: true
---

The ferry runs twice a day.

## Timetable

> It is the bridge we have.
>
> <cite>The harbour master</cite>

See [the list](https://elsewhere.example/list).
"""

LAKE = """\
---
title: The lake is full
topics: [Science]
published: 2026-11-19T06:00:00Z
---

It rained. {{7*7}} </script><script>alert(1)</script>
"""

WELL = """\
---
title: البئر في الوادي
slug: well
language: ar
topics: [Local]
published: 2026-11-18T06:00:00Z
---

ماء البئر عذب.
"""

AWAY = """\
---
title: A report elsewhere
slug: away
url: https://elsewhere.example/report
published: 2026-11-17T06:00:00Z
---

It lies on another site.
"""

COMING = """\
---
title: Not yet
slug: coming
topics: [Local]
published: 2026-11-25T06:00:00Z
---

Embargoed until tomorrow.
"""

ARTICLES = {
    "ferry.md": FERRY,
    "lake.md": LAKE,
    "well.md": WELL,
    "away.md": AWAY,
    "coming.md": COMING,
}


def site_service(
    root: Path,
    template: Path,
    *,
    url: str = "https://gazette.example/",
    language: str = "en",
    more: str = "",
    environment: dict[str, str] | None = None,
) -> Service:
    """Return a publication whose articles are in the store; its clock stands at SITE_AT.

    *template* is a migrated database to begin with.
    """
    (root / "state").mkdir(parents=True)
    shutil.copyfile(template, root / "state" / "digest.sqlite3")
    folder = root / "articles"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ARTICLES.items():
        (folder / name).write_text(text)
    (folder / "ferry.png").write_bytes(PNG)
    text = SITE_CONFIG.format(url=url, language=language, more=more)
    service = plug_in(load(text, environment=environment or {}), root, ManualClock(SITE_AT))
    read_articles(service)
    return service


def read_articles(service: Service) -> None:
    """Bring what lies in the folder into the store, and write the feeds."""
    later(service)
    now = service.clock.now()
    ingest(
        service.store,
        service.config,
        "articles",
        service.source_folder("articles"),
        now=now,
        accept_removals=True,
    )
    publish(service.store, service.config, service.root, now=now)


def later(service: Service, by: timedelta = timedelta(seconds=5)) -> None:
    """Let so much time pass that the site looks for changes again."""
    assert isinstance(service.clock, ManualClock)
    service.clock.advance(by)


def send_issue(service: Service) -> int:
    """Compose an issue for one reader, as if it were being sent. Return its number."""
    now = service.clock.now()
    subscribe(
        service.store,
        service.keyring,
        [Wish(person_of("ada@reader.example"), "daily", SubscriptionState.CONFIRMED)],
        method="form",
        evidence="",
        now=now,
    )
    done = compose_now(
        service.store, service.config, service.renderer, service.keyring, "daily", now=now
    )
    assert done.issue_id is not None
    assert done.number is not None
    with service.store.write() as tx:
        issues.move(tx, done.issue_id, IssueState.SENDING, if_in=[IssueState.COMPOSED])
    later(service)
    return done.number


def client_of(service: Service, ip: str = "192.0.2.1") -> WebClient:
    """Return a client of the publication's app."""
    return WebClient(make_app(service), ip)
