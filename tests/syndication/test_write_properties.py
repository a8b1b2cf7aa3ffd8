"""What holds for every article there can be, and for every process that writes a feed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from pathlib import Path

import feedparser
from feed_samples import AWKWARD, FEED, FEED_PUBLICATION, FULL, WITHDRAWN
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from samples import sample_article

from digest.model import Article, Author, Enclosure, FeedInfo, Image
from digest.syndication.check import check_feed
from digest.syndication.sanitize import sanitize_html
from digest.syndication.write import write_feed

SUMMARIES = replace(FEED, full_content=False)
ROOT = Path(__file__).parents[2]

UNICODE = st.text(st.characters(exclude_categories=()), max_size=30)
"""Any code points: controls, lone surrogates, and noncharacters, too."""

HOSTILE = [
    "<script>alert(1)</script>",
    "<p onclick='x()'>",
    "<svg onload=x()><a xlink:href='javascript:x'>",
    "<math><mtext></p><style><img src=x onerror=x()>",
    "<a href='jAvAsCrIpT&#58;alert(1)'>",
    "<a href='java\x01script:alert(1)'>",
    "<a href='java&#1;script:alert(1)'>",
    "<a href='//evil.example/x'>",
    "<a href='/relative?a=ä b#c'>",
    "<a href='http://bücher.example:80/ä[1]'>",
    "<a href='http://[::1]/'><a href='http://[bad/'><a href='mailto:a b@c?subject=ü'>",
    "<img src='data:text/html,x'><img src='x.png' srcset='a 1x, b 2x'>",
    "<iframe srcdoc='<script>'>",
    "<form action=x><input formaction=javascript:x>",
    "<base href='http://evil.example/'><meta http-equiv=refresh content='0;url=x'>",
    "<p style='position:fixed;background:url(x)'>",
    "<!-- --!><script>x</script>",
    "<![CDATA[ ]]> ]]>",
    "<noscript><p title='</noscript><img src=x onerror=x()>'>",
    "{{7*7}} &#x0; &#xD800; &#xFFFE; &nbsp; &amp;amp;",
    "<plaintext>",
    "</div></p></body></html>",
]
HTML = st.lists(st.one_of(st.sampled_from(HOSTILE), UNICODE), max_size=6).map("".join)

PREFIXES = ["//", "/", "http://", "javascript:", "?", ""]
URLS = st.one_of(
    st.just("https://courier.example/a"),
    st.builds("https://{}.example/{}".format, UNICODE, UNICODE),
    st.builds(
        "{}{}".format, st.sampled_from(["//", "/", "http://", "javascript:", "?", ""]), UNICODE
    ),
)
MOMENTS = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(timezones=st.sampled_from([timezone(timedelta(hours=h)) for h in (-12, 14)])),
)
SIZES = st.one_of(st.none(), st.integers(-2, 10**12))

IMAGES = st.builds(Image, URLS, UNICODE, UNICODE, UNICODE, UNICODE, SIZES, SIZES, SIZES)
ARTICLES = st.builds(
    Article,
    uid=st.integers(0, 50).map("tag:courier.example,2026:{}".format)
    | UNICODE.map("tag:courier.example,2026:{}".format)
    | st.just(""),
    slug=UNICODE,
    title=UNICODE,
    url=URLS,
    summary=UNICODE,
    content_html=HTML,
    content_text=UNICODE,
    published_at=MOMENTS,
    updated_at=MOMENTS,
    language=st.sampled_from(["en", "de-AT", "zh-Hant", ""]) | UNICODE,
    authors=st.lists(st.builds(Author, UNICODE, UNICODE | st.just("a@b.org"), URLS)).map(tuple),
    topics=st.lists(UNICODE, max_size=3).map(tuple),
    image=st.none()
    | st.builds(Image, URLS, UNICODE, UNICODE, UNICODE, UNICODE, SIZES, SIZES, SIZES),
    enclosures=st.lists(
        st.builds(
            Enclosure,
            URLS,
            st.sampled_from(["audio/mpeg", "AUDIO/ogg", "x"]) | UNICODE,
            st.integers(-2, 10**12),
            UNICODE,
            SIZES,
        ),
        max_size=3,
    ).map(tuple),
    correction=UNICODE,
    withdrawn_at=st.none() | MOMENTS,
    withdrawn_reason=UNICODE,
)


def assert_perfect(articles: Sequence[Article], feed: FeedInfo = FEED) -> None:
    """Fail unless every format of the feed is perfect, and every parser can read it."""
    documents = write_feed(FEED_PUBLICATION, feed, articles)
    problems = check_feed(documents.rss, documents.atom, documents.json)
    # R8 is a suspicion: a title may really be about "&amp;".
    assert [problem for problem in problems if "escaped twice" not in problem.reason] == []
    for data in (documents.rss, documents.atom):
        etree.fromstring(data)
        parsed = feedparser.parse(data)
        assert not parsed.bozo, parsed.bozo_exception
        assert len(parsed.entries) == len(json.loads(documents.json)["items"])


@settings(suppress_health_check=list(HealthCheck))
@given(st.lists(ARTICLES, max_size=10), st.sampled_from([FEED, SUMMARIES]))
@example(list(AWKWARD), FEED)
@example([FULL, WITHDRAWN], SUMMARIES)
def test_every_article_makes_a_perfect_entry(articles: list[Article], feed: FeedInfo) -> None:
    """feeds.md R1 - X4: nothing to be found in any format."""
    assert_perfect(articles, feed)


@settings(suppress_health_check=list(HealthCheck))
@given(HTML)
@example("".join(HOSTILE))
@example("<a href='java&#1;script:alert(1)'>x</a>")
def test_hostile_html_comes_out_safe_whole_and_stable(html: str) -> None:
    """feeds.md X3, T5; security.md 6: and the sanitiser has nothing left to change."""
    article = replace(FULL, content_html=html)
    assert_perfect([article])
    documents = write_feed(FEED_PUBLICATION, FEED, [article])
    (item,) = json.loads(documents.json)["items"]
    assert sanitize_html(item["content_html"]) == item["content_html"]


PROGRAM = """
import hashlib
from feed_samples import AWKWARD, FEED, FEED_PUBLICATION, FULL, WITHDRAWN
from digest.syndication.write import write_feed
documents = write_feed(FEED_PUBLICATION, FEED, [FULL, WITHDRAWN, *AWKWARD])
for data in (documents.rss, documents.atom, documents.json):
    print(hashlib.sha256(data).hexdigest())
"""


def test_bytes_are_the_same_in_every_process() -> None:
    """feeds.md X5, R4: whatever the hash seed, time zone, and locale."""
    documents = write_feed(FEED_PUBLICATION, FEED, [FULL, WITHDRAWN, *AWKWARD])
    expected = [
        hashlib.sha256(data).hexdigest() for data in (documents.rss, documents.atom, documents.json)
    ]
    for seed, zone, language in (("1", "Pacific/Kiritimati", "C"), ("77", "UTC", "de_DE.UTF-8")):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LC_ALL": language,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        }
        run = subprocess.run(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert run.stdout.split() == expected


def test_the_time_to_write_grows_with_the_number_of_entries_and_no_faster() -> None:
    """A thousand take two thirds of a second; how long four times as many take is compared."""
    text = "<p>The lake had been falling for three summers, and nobody had measured it.</p>\n"
    link = '<p>More <a href="https://courier.example/more?a=1&amp;b=2">about the lake</a>.</p>\n'
    articles = [
        sample_article(number, content_html=text * 40 + link * 5, image=FULL.image)
        for number in range(800)
    ]
    seconds = []
    for some in (articles[:200], articles):
        start = time.process_time()
        documents = write_feed(FEED_PUBLICATION, FEED, some)
        seconds.append(time.process_time() - start)
    assert len(documents.rss) > 2_400_000
    assert seconds[1] < 12 * seconds[0], seconds
