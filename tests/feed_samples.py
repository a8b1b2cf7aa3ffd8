"""Feeds and awkward articles for the tests of ``digest/syndication``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from samples import SAMPLE_PUBLICATION, sample_article

from digest.model import Article, Author, Enclosure, FeedInfo, Image, Publication

FEED_PUBLICATION: Publication = replace(
    SAMPLE_PUBLICATION,
    title="Tide & Table",
    author=Author("Ada Quill", "ada@example.org", "https://courier.example/ada"),
    logo_url="https://courier.example/logo.png",
)

FEED = FeedInfo(
    name="all",
    title="Tide & Table: <everything>",
    description="All we print & more",
    language="en",
    rss_url="https://courier.example/feeds/all.rss",
    atom_url="https://courier.example/feeds/all.atom",
    json_url="https://courier.example/feeds/all.json",
    uid="tag:courier.example,2026:feed:all",
    ttl_minutes=30,
    hubs=("https://hub.example/", "https://hub.example/second?a=1&b=2"),
)

EPISODE = Enclosure(
    "https://courier.example/media/tide.mp3", "audio/mpeg", 4_211_207, "The tide, read aloud", 754
)
REPORT = Enclosure("https://courier.example/media/tide.pdf", "application/pdf", 90_112, "Figures")
PICTURE = Image(
    "https://courier.example/media/quay & lake.png",
    alt="A quay at low water",
    caption="The quay <in> March",
    credit="R. & S. Okafor",
    media_type="image/png",
    length_bytes=20_480,
    width=1200,
    height=600,
)

FULL = sample_article(
    1,
    title="Salt & sand: why <low> water matters",
    summary='Three summers & "one" reason <that> counts',
    content_html=(
        '<p>It <a href="https://courier.example/about?a=1&amp;b=2">fell</a> &amp; fell.</p>'
    ),
    published_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    updated_at=datetime(2026, 3, 2, 7, 5, 9, tzinfo=UTC),
    authors=(Author("Ilse Varga", "ilse@example.org", "https://courier.example/ilse"),),
    topics=("World & water", "Ports"),
    image=PICTURE,
    enclosures=(EPISODE, REPORT),
    language="de",
    correction="An earlier version gave <another> depth & date.",
)
"""An article in which every field says something."""

WITHDRAWN = sample_article(
    2,
    withdrawn_at=datetime(2026, 3, 3, 12, tzinfo=UTC),
    withdrawn_reason="The measurement & its source were wrong",
)

AWKWARD: tuple[Article, ...] = (
    sample_article(
        10, title="Ends a section ]]> early", content_html="<p>]]> and <![CDATA[x]]></p>"
    ),
    sample_article(
        11,
        title="Emoji 🌊 and Astral \U0001d517",
        content_html="<p>🌊 \U0001d517ide</p>",
        topics=("🌊",),
    ),
    sample_article(
        12,
        title="\u202bהגאות יורדת\u202c",  # noqa: RUF001 - Hebrew
        language="he",
        content_html='<p dir="rtl">המים ירדו</p>',
        summary="המים ירדו שלושה קיצים",
    ),
    sample_article(
        13, title="Bell\x07 and \x00NUL\x1b", content_html="<p>a\x0bb&#1;c&#xFFFE;d</p>"
    ),
    sample_article(14, title="Lone \ud83c surrogate \udfff", summary="half \ud83c a wave \uffff"),
    sample_article(15, url="https://bücher.example/straße/ä b?q=ü&x=[1]#ß"),
    sample_article(16, url="/articles/relative/", content_html='<p><a href="../x">up</a></p>'),
    sample_article(17, url="javascript:alert(1)", content_html="<p onclick='x()'>hi</p>"),
    sample_article(18, published_at=datetime(2026, 3, 1, 9, 30), updated_at=datetime(1, 1, 1)),  # noqa: DTZ001 - naive on purpose
    sample_article(
        19,
        published_at=datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        updated_at=datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ),
    sample_article(20, title="", summary="", content_text="", content_html=""),
    sample_article(21, title=" \x01 ", slug="", uid="", summary="\n", content_text="Only words."),
    sample_article(22, uid="tag:courier.example,2026:ü & so on"),
    sample_article(23, authors=(Author("Pa (the elder) \\", "pa@example.org"), Author("", "x@y"))),
    sample_article(24, authors=(Author("", "solo@example.org"),), language="no such language"),
    sample_article(
        25,
        enclosures=(
            replace(EPISODE, length_bytes=0),
            replace(REPORT, media_type="nonsense"),
            replace(REPORT, url="ftp://courier.example/x"),
            replace(EPISODE, length_bytes=-4, duration_seconds=-1),
        ),
    ),
    sample_article(
        26, image=Image("/media/low.webp", width=-3, height=0, length_bytes=-1, media_type="?")
    ),
    sample_article(27, image=Image("data:image/png;base64,AAAA")),
    sample_article(28, topics=("", "  ", "One", "One", "Two\nlines")),
)
"""Articles with everything that makes feedgen raise, or readers stumble."""
