"""What WebSub's parties say to each other (feeds.md H8, security.md 8)."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.model import HubMode
from digest.syndication import websub
from digest.syndication.network import Allowed
from digest.syndication.websub import HubRequestError, Question

TOPIC = "https://gazette.example/feeds/atom.xml"
CALLBACK = "https://reader.example/in?user=7"

FORM = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": CALLBACK}


def parse(**changed: str) -> websub.HubRequest:
    """Parse a good request with some fields changed; ``_`` stands for ``.`` after ``hub``."""
    form = {**FORM, **{f"hub.{name}": value for name, value in changed.items()}}
    return websub.parse_request(form, {TOPIC}.__contains__, Allowed.of(["inside:8080"]))


def test_a_request_in_order_is_read_with_its_defaults() -> None:
    found = parse(unknown="ignored")
    assert (found.mode, found.topic) == (HubMode.SUBSCRIBE, TOPIC)
    assert (found.callback, found.site) == (CALLBACK, "reader.example:443")
    assert (found.secret, found.lease) == ("", timedelta(days=10))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("mode", "", "hub.mode must be"),
        ("mode", "denied", "hub.mode must be"),
        ("mode", "publish", "hub.mode must be"),
        ("topic", "", "no feed of this site"),
        ("topic", "https://other.example/feed", "no feed of this site"),
        ("topic", "http://gazette.example/feeds/atom.xml", "no feed of this site"),
        ("callback", "", "is not an http or https address"),
        ("callback", "ftp://reader.example/", "is not an http or https address"),
        ("callback", "file:///etc/passwd", "is not an http or https address"),
        ("callback", "javascript:alert(1)", "is not an http or https address"),
        ("callback", "https://user:pass@reader.example/", "is not an http or https address"),
        ("callback", "https://reader.example:22/", "uses port 22"),
        ("callback", "http://127.0.0.1/", "127.0.0.1 is not a public address"),
        ("callback", "http://0x7f000001/", "is an address in disguise"),
        ("callback", "http://2130706433/", "is an address in disguise"),
        ("callback", "http://127.1/", "is an address in disguise"),
        ("callback", "http://0177.0.0.1/", "is an address in disguise"),
        ("callback", "http://[::1]/", "is not a public address"),
        ("callback", "http://[::ffff:169.254.169.254]/", "is not a public address"),
        ("callback", "http://[64:ff9b::7f00:1]/", "is not a public address"),
        ("callback", "http://[2002:7f00:1::]/", "is not a public address"),
        ("callback", "http://[fec0::1]/", "is not a public address"),
        ("callback", "http://192.0.0.8/", "is not a public address"),
        ("callback", "http://224.0.0.1/", "is not a public address"),
        ("callback", "http://169.254.169.254/latest/meta-data/", "is not a public address"),
        ("callback", "https://reader.example/" + "x" * 1000, "is longer than 1000 characters"),
        ("callback", "https://reader.example/" + "é" * 200, "is longer than 1000 characters"),
        ("secret", "x" * 200, "less than 200 bytes"),
        ("secret", "é" * 100, "less than 200 bytes"),
        ("secret", "a\0b", "UTF-8"),
        ("secret", f"a{chr(0xD800)}b", "UTF-8"),
        ("secret", "a\N{REPLACEMENT CHARACTER}b", "UTF-8"),
        ("lease_seconds", "0", "whole number of seconds"),
        ("lease_seconds", "-5", "whole number of seconds"),
        ("lease_seconds", "1.5", "whole number of seconds"),
        ("lease_seconds", "ten", "whole number of seconds"),
        ("lease_seconds", "١٢", "whole number of seconds"),
    ],
)
def test_what_is_wrong_in_a_request_is_refused_with_its_reason(
    field: str, value: str, reason: str
) -> None:
    """security.md 8: no callback leads inside, however it is written."""
    with pytest.raises(HubRequestError, match=reason) as caught:
        parse(**{field: value})
    assert caught.value.status == (404 if field == "topic" else 400)


def test_a_callback_that_the_operator_let_in_may_be_inside() -> None:
    assert parse(callback="http://inside:8080/cb#part").callback == "http://inside:8080/cb"


def test_the_longest_secret_passes() -> None:
    assert parse(secret="x" * 199).secret == "x" * 199


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("", timedelta(days=10)),
        ("1", timedelta(hours=1)),
        ("3600", timedelta(hours=1)),
        ("7200", timedelta(hours=2)),
        ("2592000", timedelta(days=30)),
        ("2592001", timedelta(days=30)),
        ("9" * 20, timedelta(days=30)),
        ("0" * 30 + "7200", timedelta(hours=2)),
        ("9" * 2000, timedelta(days=30)),
    ],
)
def test_a_lease_is_kept_within_bounds(asked: str, given: timedelta) -> None:
    assert websub.lease_of(asked) == given


@given(st.text(max_size=3000))
@example("0" * 3000)
def test_any_text_as_lease_is_a_lease_or_refused(text: str) -> None:
    try:
        lease = websub.lease_of(text)
    except HubRequestError:
        return
    assert websub.MIN_LEASE <= lease <= websub.MAX_LEASE


def test_a_callback_is_asked_with_its_own_query_kept() -> None:
    """WebSub 5.1: the callback's query is preserved."""
    url = websub.verification_url(
        "https://reader.example/in?a=1&b=%20",
        Question(HubMode.SUBSCRIBE, TOPIC, timedelta(hours=2)),
        "xyz",
    )
    assert url.startswith("https://reader.example/in?a=1&b=%20&")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "a": "1",
        "b": " ",
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.challenge": "xyz",
        "hub.lease_seconds": "7200",
    }


def test_unsubscribing_is_asked_without_a_lease() -> None:
    question = Question(HubMode.UNSUBSCRIBE, TOPIC, timedelta(hours=2))
    url = websub.verification_url("https://reader.example", question, "xyz")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "hub.mode": "unsubscribe",
        "hub.topic": TOPIC,
        "hub.challenge": "xyz",
    }
    assert urlsplit(url).path == "/"


def test_a_denial_says_why() -> None:
    url = websub.denial_url(CALLBACK, TOPIC, "no more & never")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "user": "7",
        "hub.mode": "denied",
        "hub.topic": TOPIC,
        "hub.reason": "no more & never",
    }


@pytest.mark.parametrize(
    ("status", "body", "is_yes"),
    [
        (200, b"xyz", True),
        (204, b"xyz", True),
        (200, b"xyz\n", False),
        (200, b"", False),
        (200, b"XYZ", False),
        (301, b"xyz", False),
        (404, b"xyz", False),
        (500, b"xyz", False),
    ],
)
def test_only_the_challenge_with_success_says_yes(status: int, body: bytes, is_yes: bool) -> None:  # noqa: FBT001 - a column of the table
    assert websub.is_confirmed(status, body, "xyz") is is_yes


def test_the_signature_is_that_of_rfc_4231() -> None:
    """Test case 2 of RFC 4231 (HMAC-SHA-256)."""
    found = websub.signature("Jefe", b"what do ya want for nothing?")
    assert found == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@given(secret=st.text(max_size=50), body=st.binary(max_size=200), other=st.binary(max_size=200))
@example(secret="", body=b"", other=b"\0")
def test_a_signature_fits_its_content_and_no_other(secret: str, body: bytes, other: bytes) -> None:
    said = websub.signature(secret, body)
    assert websub.is_signed(secret, body, said)
    assert websub.is_signed(secret, other, said) is (other == body)


def test_a_document_goes_out_with_its_type_and_links() -> None:
    """WebSub 7: Content-Type of the topic, and Link with hub and self."""
    found = websub.content_headers(TOPIC, ["https://a.example/", "https://b.example/"], "text/x")
    assert found == {
        "Content-Type": "text/x",
        "Link": '<https://a.example/>; rel="hub", <https://b.example/>; rel="hub", '
        f'<{TOPIC}>; rel="self"',
    }


def test_a_ping_names_the_document_by_both_names() -> None:
    assert parse_qsl(websub.ping_form(TOPIC).decode()) == [
        ("hub.mode", "publish"),
        ("hub.url", TOPIC),
        ("hub.topic", TOPIC),
    ]


def test_an_answer_means_taken_or_farewell_or_neither() -> None:
    found = [(websub.is_taken(status), websub.is_farewell(status)) for status in (204, 302, 410)]
    assert found == [(True, False), (False, False), (False, True)]


def test_pauses_grow_over_hours_and_stay_near_their_step() -> None:
    minutes = [websub.pause_after(number, 0.5).total_seconds() / 60 for number in range(1, 9)]
    assert minutes == [1, 5, 15, 60, 120, 240, 240, 240]
    assert websub.pause_after(1, 0.0) == timedelta(seconds=45)
    assert websub.pause_after(1, 1.0) == timedelta(seconds=75)


@pytest.mark.parametrize("mode", [HubMode.SUBSCRIBE, HubMode.UNSUBSCRIBE])
def test_what_we_ask_a_hub_is_what_ours_reads(mode: HubMode) -> None:
    """WebSub 5.1: the two are inverses."""
    wanted = Question(mode, "https://a.example/?a=1&b=\N{SNOWMAN}", timedelta(days=3))
    body = websub.request_form(wanted, "https://us.example/sources/x?y=%20", "s\xe9same")
    form = dict(parse_qsl(body.decode()))
    found = websub.parse_request(form, lambda _topic: True, Allowed.of(()))
    assert (found.mode, found.topic) == (mode, wanted.topic)
    assert found.callback == "https://us.example/sources/x?y=%20"
    if mode is HubMode.SUBSCRIBE:
        assert (found.lease, found.secret) == (wanted.lease, "s\xe9same")


@pytest.mark.parametrize("mode", list(HubMode))
def test_what_a_hub_asks_is_what_we_read(mode: HubMode) -> None:
    """WebSub 5.2 and 5.3: the two are inverses."""
    lease = timedelta(days=2) if mode is HubMode.SUBSCRIBE else websub.DEFAULT_LEASE
    said = Question(mode, "https://a.example/?a=1&b=2", lease)
    callback = "https://us.example/sources/x"
    if mode is HubMode.DENIED:
        url = websub.denial_url(callback, said.topic, "no room")
        said, challenge = replace(said, lease=timedelta()), ""
    else:
        url, challenge = websub.verification_url(callback, said, "c 7&"), "c 7&"
    query = dict(parse_qsl(urlsplit(url).query))
    assert websub.parse_question(query) == (said, challenge)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "publish", "hub.topic": "t", "hub.challenge": "c"},
        {"hub.mode": "subscribe", "hub.challenge": "c"},
        {"hub.mode": "subscribe", "hub.topic": "t"},
        {"hub.mode": "subscribe", "hub.topic": "t", "hub.challenge": "c" * 2000},
    ],
)
def test_what_is_no_question_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(HubRequestError):
        websub.parse_question(query)


@pytest.mark.parametrize("said", ["", "-1", "soon", "\u0663"])
def test_a_lease_that_a_hub_does_not_state_is_the_usual_one(said: str) -> None:
    query = {"hub.mode": "subscribe", "hub.topic": "t", "hub.challenge": "c"}
    question, _ = websub.parse_question({**query, "hub.lease_seconds": said})
    assert question.lease == websub.DEFAULT_LEASE


def test_links_are_read_as_they_are_written() -> None:
    """WebSub 4; the two are inverses for addresses in order."""
    hubs = ("https://hub.example/?a=1,2", "https://two.example/")
    header = websub.links("https://a.example/feed", hubs)
    assert websub.read_links(header, "https://a.example/") == (hubs, "https://a.example/feed")
    other = '</hub>; title="a, b"; rel="hub x", <javascript:1>; rel=hub, <b>; rel=Self, <c>'
    assert websub.read_links(other, "https://a.example/") == (
        ("https://a.example/hub",),
        "https://a.example/b",
    )
    assert websub.read_links("<" * 5000, "https://a.example/") == ((), "")


@pytest.mark.parametrize("method", websub.SIGNED_WITH)
def test_stronger_signatures_count_too_and_sha1_does_not(method: str) -> None:
    """WebSub 7.1."""
    made = hmac.new(b"key", b"body", method).hexdigest()
    assert websub.is_signed("key", b"body", f"{method.upper()}={made}")
    assert not websub.is_signed("key", b"other", f"{method}={made}")
    weak = hmac.new(b"key", b"body", "sha1").hexdigest()
    assert not websub.is_signed("key", b"body", f"sha1={weak}")
