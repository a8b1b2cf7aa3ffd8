"""Webhooks of mail services: each event and its class, and what proves who sent it.

reliability.md Replies, security.md 16.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from webhook_samples import (
    CERTIFICATE_URL,
    NOW,
    SECRET,
    SUBSCRIBE_URL,
    TOPIC,
    certificate,
    hook,
    names,
    notification,
    payload,
    posted,
    public_key_of,
    signed,
    signed_by_sendgrid,
    sns_key,
    subscription,
)

from digest.mail import verp
from digest.mail.headers import read_names
from digest.mail.refusals import Kind, Scope
from digest.mail.reports import Report, Sort
from digest.mail.webhooks import (
    PROVIDERS,
    Batch,
    ForgedError,
    Post,
    StaleError,
    UnreadableError,
    Verdict,
    WebhookError,
    answer_of,
    check_keys,
    fields_for,
    mark_of,
    prove,
    read,
    sns,
)

SECRETS = (b"s" * 32,)
MARK = mark_of(7, 12, SECRETS)
ID = "<0123.abcd@gazette.example>"

GONE = (Sort.BOUNCE, Kind.PERMANENT, Scope.RECIPIENT)
FULL = (Sort.BOUNCE, Kind.TRANSIENT, Scope.RECIPIENT)
LATE = (Sort.BOUNCE, Kind.TRANSIENT, Scope.MESSAGE)
OURS = (Sort.BOUNCE, Kind.OUR_FAULT, Scope.MESSAGE)
OUR_NAME = (Sort.BOUNCE, Kind.OUR_FAULT, Scope.RELAY)
VAGUE = (Sort.BOUNCE, None, None)
COMPLAINT = (Sort.COMPLAINT, None, None)
LEAVES = (Sort.UNSUBSCRIBE, None, None)
NOTHING = None

CLASSES = {
    "brevo-batch": GONE,
    "brevo-blocked": VAGUE,
    "brevo-hard-bounce": GONE,
    "brevo-hard-bounce-ours": OURS,
    "brevo-hard-bounce-says-nothing": GONE,
    "brevo-invalid": GONE,
    "brevo-soft-bounce": FULL,
    "brevo-soft-bounce-says-nothing": LATE,
    "brevo-spam": COMPLAINT,
    "brevo-unsubscribed": LEAVES,
    "mailgun-complained": COMPLAINT,
    "mailgun-delivered": NOTHING,
    "mailgun-failed-bounced-before": GONE,
    "mailgun-failed-complained-before": COMPLAINT,
    "mailgun-failed-full": FULL,
    "mailgun-failed-in-time": LATE,
    "mailgun-failed-no-such-address": GONE,
    "mailgun-failed-ours": OUR_NAME,
    "mailgun-failed-temporary": NOTHING,
    "mailgun-failed-unsubscribed-before": LEAVES,
    "mailgun-failed-vague": VAGUE,
    "mailgun-rejected": OURS,
    "mailgun-unsubscribed": LEAVES,
    "postmark-bounce-automatic": (Sort.AUTO_REPLY, None, None),
    "postmark-bounce-challenge": (Sort.CHALLENGE, None, None),
    "postmark-bounce-complaint": COMPLAINT,
    "postmark-bounce-delayed": (Sort.DELAYED, None, None),
    "postmark-bounce-dns": LATE,
    "postmark-bounce-hard": GONE,
    "postmark-bounce-hard-by-policy": OURS,
    "postmark-bounce-hard-says-nothing": GONE,
    "postmark-bounce-manual": NOTHING,
    "postmark-bounce-soft": FULL,
    "postmark-bounce-spam": OURS,
    "postmark-bounce-unknown": VAGUE,
    "postmark-bounce-unsubscribe": LEAVES,
    "postmark-change-bounced": GONE,
    "postmark-change-by-operator": NOTHING,
    "postmark-change-complained": COMPLAINT,
    "postmark-change-taken-back": NOTHING,
    "postmark-change-unsubscribed": LEAVES,
    "postmark-complaint": COMPLAINT,
    "postmark-delivery": NOTHING,
    "sendgrid-batch": GONE,
    "sendgrid-bounce": GONE,
    "sendgrid-bounce-full": FULL,
    "sendgrid-bounce-reputation": OUR_NAME,
    "sendgrid-bounce-says-nothing": GONE,
    "sendgrid-bounce-too-fast": (Sort.BOUNCE, Kind.THROTTLED, Scope.MESSAGE),
    "sendgrid-bounce-unclassified": VAGUE,
    "sendgrid-complaint": COMPLAINT,
    "sendgrid-dropped-bounced": GONE,
    "sendgrid-dropped-complained": COMPLAINT,
    "sendgrid-dropped-ours": OURS,
    "sendgrid-dropped-unsubscribed": LEAVES,
    "sendgrid-unsubscribe": LEAVES,
    "ses-bounce-automatic-answer": (Sort.AUTO_REPLY, None, None),
    "ses-bounce-by-policy": OUR_NAME,
    "ses-bounce-content": OURS,
    "ses-bounce-mailbox-full": FULL,
    "ses-bounce-no-such-address": GONE,
    "ses-bounce-on-own-list": VAGUE,
    "ses-bounce-says-nothing": GONE,
    "ses-bounce-undetermined": VAGUE,
    "ses-complaint": COMPLAINT,
    "ses-complaint-on-own-list": (Sort.UNKNOWN, None, None),
    "ses-complaint-taken-back": (Sort.UNKNOWN, None, None),
    "ses-event-delivery": NOTHING,
    "ses-event-reject": OURS,
}
"""What each payload means; what is not an effect on anybody is ``NOTHING``."""

ONE_OF_EACH = {
    "ses": "ses-complaint",
    "postmark": "postmark-complaint",
    "sendgrid": "sendgrid-complaint",
    "mailgun": "mailgun-complained",
    "brevo": "brevo-spam",
}


def batch_of(name: str) -> Batch:
    """Return what the payload called *name* says."""
    return read(name.partition("-")[0], payload(name, MARK, ID).encode())


def report_of(name: str) -> Report:
    """Return the one thing that the payload called *name* says."""
    (found,) = batch_of(name).happenings
    return found.report


def prove_(provider: str, post: Post) -> None:
    """Check that *provider* sent *post*."""
    prove(hook(provider), post, NOW)


def changed(post: Post, old: str, new: str) -> Post:
    """Return *post* with *new* instead of *old* in its body."""
    assert old.encode() in post.body
    return replace(post, body=post.body.replace(old.encode(), new.encode()))


def test_there_is_a_class_for_each_payload() -> None:
    assert sorted(CLASSES) == names()


@pytest.mark.parametrize("name", CLASSES)
def test_each_event_has_its_class_and_says_how_it_is_proved(name: str) -> None:
    """What the failing server said comes before the class that the service made of it."""
    found = batch_of(name).happenings
    if CLASSES[name] is NOTHING:
        assert not found
        return
    (happening,) = found
    report = happening.report
    assert (report.sort, report.kind, report.scope) == CLASSES[name]
    assert report.envelope_sender == MARK
    assert report.is_automatic
    assert report.reason
    assert len(happening.identity) == 64
    assert happening.address == ("" if name == "ses-event-reject" else "reader@example.org")


@pytest.mark.parametrize("name", ["ses-complaint", "sendgrid-bounce", "mailgun-complained"])
def test_services_that_keep_our_message_id_hand_it_back(name: str) -> None:
    assert f"<{report_of(name).message_id}>" == ID


def test_events_are_counted_by_name_and_unknown_ones_do_not_fail() -> None:
    batch = batch_of("sendgrid-batch")
    assert batch.names == dict.fromkeys(
        ("processed", "deferred", "delivered", "open", "bounce", "brand_new"), 1
    )
    assert batch.unknown == {"brand_new": 1}
    odd = read("postmark", b'{"RecordType": 5}')
    assert (odd.names, odd.happenings) == ({"5": 1}, ())
    assert read("mailgun", b"{}").unknown == {"without a name": 1}
    assert read("brevo", json.dumps({"event": "x" * 99}).encode()).unknown == {"x" * 40: 1}
    assert batch_of("postmark-bounce-manual").unknown == {"Bounce ManuallyDeactivated": 1}
    assert not batch_of("postmark-change-by-operator").unknown


@pytest.mark.parametrize("name", [name for name in CLASSES if CLASSES[name] is not NOTHING])
def test_the_same_event_has_the_same_identity_and_others_have_not(name: str) -> None:
    provider = name.partition("-")[0]
    (first,), (again,) = batch_of(name).happenings, batch_of(name).happenings
    assert first.identity == again.identity
    others = [other for other in names() if other.startswith(provider) and other != name]
    assert first.identity not in {
        item.identity for other in others for item in batch_of(other).happenings
    }


def test_events_without_an_id_are_told_apart_by_what_they_are() -> None:
    event = {"event": "spamreport", "email": "a@example.org", "sg_message_id": "1", "timestamp": 1}
    other = {**event, "timestamp": 2}
    found = read("sendgrid", json.dumps([event, other]).encode()).happenings
    assert found[0].identity != found[1].identity
    data = {"event": "complained", "recipient": "a@example.org", "timestamp": 5}
    (mailgun,) = read("mailgun", json.dumps({"event-data": data}).encode()).happenings
    assert mailgun.address == "a@example.org"


# Marks


@given(st.integers(0, verp.MAX_ID), st.integers(0, verp.MAX_ID))
@example(0, 0)
@example(verp.MAX_ID, verp.MAX_ID)
def test_a_mark_says_whom_it_is_about_and_fits_the_fields(issue: int, person: int) -> None:
    mark = mark_of(issue, person, SECRETS)
    assert verp.decode(mark, SECRETS) == (issue, person)
    assert verp.decode(mark, (b"o" * 32,)) is None
    fields = fields_for(frozenset(PROVIDERS), mark)
    assert read_names(fields + b"\r\n") == [
        "X-PM-Metadata-Digest",
        "X-SMTPAPI",
        "X-Mailgun-Variables",
        "X-Mailin-custom",
    ]
    assert len(mark) <= 80  # Postmark's limit for a value


def test_only_services_in_use_are_told_the_mark() -> None:
    assert fields_for(frozenset({"ses"}), MARK) == b""
    assert fields_for({"sendgrid"}, MARK) == (
        f'X-SMTPAPI: {{"unique_args": {{"digest":\r\n "{MARK}"}}}}\r\n'.encode()
    )


# Who sent it


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_a_service_sends_is_proved(provider: str) -> None:
    proven = prove(hook(provider), signed(ONE_OF_EACH[provider]), NOW)
    assert bool(proven.nonce) == (provider in {"ses", "sendgrid", "mailgun"})
    assert proven.covers_body == (provider != "mailgun")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_that_is_not_proved_is_taken(provider: str) -> None:
    """security.md 16: neither without a proof, nor with that of another service or secret."""
    post = signed(ONE_OF_EACH[provider])
    for other in PROVIDERS:
        if other != provider and {provider, other} != {"postmark", "brevo"}:
            with pytest.raises(WebhookError):
                prove(hook(other), post, NOW)
    bare = Post(payload(ONE_OF_EACH[provider]).encode(), {"content-type": "application/json"})
    with pytest.raises(WebhookError):
        prove_(provider, bare)
    empty = replace(hook(provider), secret="", public_key="")
    if provider != "ses":
        with pytest.raises(ForgedError):
            prove(empty, post, NOW)
        with pytest.raises(ForgedError):
            prove(replace(empty, secret="another secret of 24"), post, NOW)


@pytest.mark.parametrize("provider", ["ses", "sendgrid"])
def test_one_changed_byte_breaks_a_signature(provider: str) -> None:
    post = changed(signed(ONE_OF_EACH[provider]), "reader@example.org", "victim@example.org")
    with pytest.raises(ForgedError):
        prove_(provider, post)


def test_mailgun_signs_time_and_token_but_not_the_event() -> None:
    """So whoever saw one request could make up others: the token must count once."""
    first = signed("mailgun-complained")
    other = changed(first, "reader@example.org", "victim@example.org")
    assert prove(hook("mailgun"), first, NOW) == prove(hook("mailgun"), other, NOW)
    for old, new in (
        ('mailgun-complained"', 'mailgun-other"'),
        ('"signature": "', '"signature": "0'),
    ):
        with pytest.raises(ForgedError):
            prove_("mailgun", changed(first, old, new))
    with pytest.raises(ForgedError):
        prove_("mailgun", posted("mailgun", payload("mailgun-complained"), token=""))
    with pytest.raises(ForgedError):
        prove_("mailgun", posted("mailgun", payload("mailgun-complained"), token="t" * 201))


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "mailgun"])
def test_what_is_old_or_of_the_future_is_refused(provider: str) -> None:
    name = ONE_OF_EACH[provider]
    for age in (timedelta(hours=25), -timedelta(minutes=11)):
        with pytest.raises(StaleError):
            prove_(provider, signed(name, at=NOW - age))
    for age in (timedelta(hours=23), -timedelta(minutes=9)):
        prove_(provider, signed(name, at=NOW - age))
    strict = hook(provider, max_age=timedelta(minutes=5))
    with pytest.raises(StaleError):
        prove(strict, signed(name, at=NOW - timedelta(minutes=6)), NOW)


@pytest.mark.parametrize("stamp", ["", "soon", "9" * 12, "²"])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    with pytest.raises(UnreadableError):
        prove_("sendgrid", signed_by_sendgrid(payload("sendgrid-complaint"), stamp))
    with pytest.raises(UnreadableError):
        prove_("ses", notification("x", Timestamp=stamp))


def test_a_time_without_a_zone_is_in_utc() -> None:
    assert prove(hook("ses"), notification("x", Timestamp="2026-11-24T05:00:00"), NOW).nonce
    with pytest.raises(StaleError):
        prove_("ses", notification("x", Timestamp="2026-11-23T05:00:00"))


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {SECRET}",
        f"bearer  {SECRET} ",
        "Basic " + base64.b64encode(f"any:{SECRET}".encode()).decode(),
        "basic " + base64.b64encode(f":{SECRET}".encode()).decode(),
    ],
)
@pytest.mark.parametrize("provider", ["postmark", "brevo"])
def test_a_secret_is_shown_as_the_operator_set_it_up(provider: str, authorization: str) -> None:
    headers = {"content-type": "application/json", "authorization": authorization}
    prove_(provider, Post(b"{}", headers))
    prove_(provider, Post(b"{}", {**headers, "authorization": "", "x-webhook-secret": SECRET}))


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        SECRET,
        f"Digest {SECRET}",
        f"Bearer {SECRET[:-1]}",
        f"Bearer {SECRET}x",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff:x").decode(),
        "Basic " + base64.b64encode(f"{SECRET}:x".encode()).decode(),
        "Bearer \udcff",
    ],
)
@pytest.mark.parametrize("provider", ["postmark", "brevo"])
def test_a_wrong_secret_is_refused(provider: str, authorization: str) -> None:
    headers = {"content-type": "application/json", "authorization": authorization}
    with pytest.raises(ForgedError):
        prove_(provider, Post(b"{}", headers))


# Amazon SNS


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_signatures_are_known(version: str) -> None:
    assert prove(hook("ses"), notification("x", version=version, Subject="y"), NOW).nonce
    other = {"1": "2", "2": "1"}[version]
    post = changed(
        notification("x", version=version),
        f'"SignatureVersion": "{version}"',
        f'"SignatureVersion": "{other}"',
    )
    with pytest.raises(ForgedError):
        prove_("ses", post)


def test_signatures_of_unknown_versions_or_keys_are_refused() -> None:
    with pytest.raises(ForgedError, match="version"):
        prove_("ses", notification("x", version="3"))
    post = notification("x")
    for pem in (b"", b"rubbish", certificate(is_elliptic=True), certificate(until=NOW)):
        with pytest.raises(ForgedError):
            prove(hook("ses"), replace(post, certificate=pem), NOW + timedelta(minutes=1))
    with pytest.raises(ForgedError):
        prove_("ses", changed(post, '"Signature": "', '"Signature": "*'))


@pytest.mark.parametrize(
    "url",
    [
        "",
        CERTIFICATE_URL.replace("https", "http"),
        CERTIFICATE_URL.replace("amazonaws.com", "amazonaws.com.evil.example"),
        CERTIFICATE_URL.replace("sns.eu-west-1", "sns.eu-west-1.s3"),
        CERTIFICATE_URL.replace("sns.eu-west-1", "snsXeu-west-1"),
        CERTIFICATE_URL.replace("sns.eu-west-1", "sns.bucket.s3-eu-west-1"),
        CERTIFICATE_URL.replace("https://", "https://evil.example@"),
        CERTIFICATE_URL.replace(".com/", ".com:8443/"),
        CERTIFICATE_URL.replace(".com/", ".com/../"),
        CERTIFICATE_URL + "?x=1",
        CERTIFICATE_URL + "\n",
        CERTIFICATE_URL.replace("eu-west-1", "eu-west-\uff11"),
    ],
)
def test_certificates_come_from_amazon_and_nowhere_else(url: str) -> None:
    post = notification("x", SigningCertURL=url)
    with pytest.raises(ForgedError, match="certificate"):
        sns.certificate_url(sns.open_envelope(post.body))
    with pytest.raises(ForgedError):
        prove_("ses", post)


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "ap-southeast-2", "cn-north-1"])
def test_certificates_of_all_regions_are_fetched(region: str) -> None:
    end = ".cn" if region.startswith("cn") else ""
    url = f"https://sns.{region}.amazonaws.com{end}/SimpleNotificationService-0aF.pem"
    assert sns.certificate_url(sns.open_envelope(notification("x", SigningCertURL=url).body)) == url


@pytest.mark.parametrize(
    ("url", "is_sound"),
    [
        (SUBSCRIBE_URL, True),
        (SUBSCRIBE_URL.replace(":", "%3A").replace("https%3A", "https:"), True),
        ("", False),
        (SUBSCRIBE_URL.replace("https", "http"), False),
        (SUBSCRIBE_URL.replace("sns.eu", "evil.eu"), False),
        (SUBSCRIBE_URL.replace("ConfirmSubscription", "DeleteTopic"), False),
        (SUBSCRIBE_URL.replace(TOPIC, TOPIC + "2"), False),
        (SUBSCRIBE_URL + "&Action=DeleteTopic", False),
    ],
)
def test_only_the_confirmation_of_that_topic_is_visited(url: str, *, is_sound: bool) -> None:
    envelope = sns.open_envelope(subscription(url).body)
    assert envelope.subscribe_url == (url if is_sound else "")


def test_what_is_no_message_of_amazon_is_said_so() -> None:
    """Raw message delivery leaves out the envelope, and with it all proof."""
    raw = Post(payload("ses-complaint").encode(), {"content-type": "text/plain"})
    with pytest.raises(UnreadableError, match="raw message delivery"):
        prove_("ses", raw)
    for fields in ({"Type": "Other"}, {"TopicArn": "arn:aws:s3:::bucket"}, {"TopicArn": ""}):
        whole = json.loads(notification("x").body) | fields
        with pytest.raises(UnreadableError):
            sns.open_envelope(json.dumps(whole).encode())


def test_what_is_inside_an_envelope_is_read() -> None:
    whole = notification(payload("ses-complaint", MARK, ID))
    assert read("ses", whole.body).happenings == batch_of("ses-complaint").happenings
    assert read("ses", notification("Successfully validated SNS topic.").body).names == {"words": 1}
    assert read("ses", subscription().body).names == {"SubscriptionConfirmation": 1}


def test_amazons_own_message_id_is_not_ours() -> None:
    """Only what we wrote says anything; without the headers nothing else names the mail."""
    event = json.loads(payload("ses-complaint", "briefing@gazette.example", ID))
    del event["mail"]["headers"]
    (with_common,) = read("ses", json.dumps(event).encode()).happenings
    assert with_common.report.message_id == ID.strip("<>")
    del event["mail"]["commonHeaders"]
    (bare,) = read("ses", json.dumps(event).encode()).happenings
    assert (bare.report.message_id, bare.report.envelope_sender) == ("", "")


# What is broken


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"nothing",
        b'{"event": ',
        b"5",
        b'["x"]',
        b'{"a": NaN}',
        b"[" * 200_000,
        b'{"a": ' * 50_000,
        b"1" * 5000,
    ],
)
def test_broken_bodies_are_refused_as_unreadable(provider: str, body: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(provider, body)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_type_must_be_right(provider: str) -> None:
    post = signed(ONE_OF_EACH[provider])
    for kind in ("", "text/html", "application/x-www-form-urlencoded", "multipart/form-data"):
        with pytest.raises(UnreadableError, match="type"):
            prove_(provider, replace(post, headers={**post.headers, "content-type": kind}))
    prove_(
        provider,
        replace(post, headers={**post.headers, "content-type": "Application/JSON; charset=utf-8"}),
    )


def test_what_no_database_takes_is_taken_out() -> None:
    event = {"event": "bounce\0", "reason": "550 5.1.1\0 \ud800", "email": 5, "status": True}
    whole = read("sendgrid", json.dumps([event, {**event, "event": "bounce"}]).encode())
    assert whole.names == {"bounce?": 1, "bounce": 1}
    (happening,) = whole.happenings
    assert happening.report.diagnostic == "550 5.1.1? ?"
    assert happening.address == "5"


def test_too_many_events_are_refused() -> None:
    with pytest.raises(UnreadableError, match="10000"):
        read("brevo", b"[" + b"{}," * 10_000 + b"{}]")


@given(
    st.sampled_from(sorted(CLASSES)),
    st.integers(0, 10_000),
    st.sampled_from(
        [b"null", b"5", b"[]", b"{}", b'"\\ud800"', b"\\u0000", b"\x00", b"", b'"', b"1e999"]
    ),
    st.integers(0, 30),
)
def test_mutated_payloads_raise_nothing_unforeseen(
    name: str, place: int, put: bytes, taken: int
) -> None:
    """The text of a report can always be written into a database."""
    body = payload(name, MARK, ID).encode()
    place %= len(body)
    mutated = body[:place] + put + body[place + taken :]
    try:
        batch = read(name.partition("-")[0], mutated)
    except UnreadableError:
        return
    written = [item.report.diagnostic for item in batch.happenings] + list(batch.names)
    assert not any("\0" in text for text in written)
    assert "".join(written).encode()


# Keys, and answers


def test_keys_that_cannot_prove_anything_are_told() -> None:
    for provider in PROVIDERS:
        check_keys(hook(provider))
    with pytest.raises(ValueError, match="can be guessed"):
        check_keys(hook("brevo", secret="short"))
    for key in ("", "rubbish!", "AAAA", public_key_of(sns_key())):
        with pytest.raises(ValueError, match="public_key"):
            check_keys(hook("sendgrid", public_key=key))


def test_a_service_tries_again_only_when_that_helps() -> None:
    """Brevo gives up at any 5xx, Postmark goes on but for 403, Mailgun but for 406."""
    table = {
        provider: tuple(answer_of(provider, verdict).status for verdict in Verdict)
        for provider in PROVIDERS
    }
    assert table == {
        "ses": (200, 403, 400, 503),
        "postmark": (200, 401, 403, 503),
        "sendgrid": (200, 403, 400, 503),
        "mailgun": (200, 401, 406, 503),
        "brevo": (200, 401, 400, 429),
    }
