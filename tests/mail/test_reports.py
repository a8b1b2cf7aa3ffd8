"""What mail to us reports: samples of our own, each with what must be read out of it.

``data/reports/expected.json`` says for each file what of the report is checked.
"""

from __future__ import annotations

import base64
import json
import time
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from digest.mail.refusals import Kind, Scope
from digest.mail.reports import (
    Arrival,
    Sort,
    addressed_to,
    dsn,
    identity_of,
    is_null_sender,
    mime,
    read_report,
    words_of,
    writer_of,
)

FOLDER = Path(__file__).parent.parent / "data" / "reports"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))


def sample(name: str) -> bytes:
    """Return the sample of that name as it would come: with CRLF."""
    return (FOLDER / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_samples_are_read_as_expected(name: str) -> None:
    """reliability.md, Replies: the code in the diagnostic, the status, the SMTP code, the words."""
    data = sample(name)
    report = read_report(data, is_null_sender=is_null_sender(Arrival(data, "file")))
    found = {key: getattr(report, key) for key in EXPECTED[name]}
    expected = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in EXPECTED[name].items()
    }
    assert found == expected, report
    assert report.reason.endswith(".")


def test_every_sample_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(EXPECTED)


def test_line_ends_do_not_matter() -> None:
    for name in EXPECTED:
        data = sample(name)
        assert read_report(data) == read_report(data.replace(b"\r\n", b"\n")), name


def test_only_a_refusal_of_the_recipient_is_permanent_for_an_address() -> None:
    assert read_report(sample("postfix-unknown-user")).is_permanent
    for name in ("postfix-blocklisted", "postfix-mailbox-full", "internationalised"):
        assert not read_report(sample(name)).is_permanent, name


def delivery_status(fields: str, words: str = "It failed.") -> bytes:
    return (
        "From: postmaster@mx.example\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n{words}\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\n{fields}\n"
        "--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("diagnostic", "status", "expected"),
    [
        # The code inside Diagnostic-Code goes before Status.
        ("smtp; 550 5.2.2 full", "5.1.1", (Kind.TRANSIENT, Scope.RECIPIENT)),
        # Status goes before the SMTP code and the words, unless it says nothing.
        ("smtp; 550 user unknown", "5.7.1", (Kind.OUR_FAULT, Scope.MESSAGE)),
        ("smtp; 550 user unknown", "5.0.0", (Kind.PERMANENT, Scope.RECIPIENT)),
        ("smtp; 550 user unknown", "", (Kind.PERMANENT, Scope.RECIPIENT)),
        ("smtp; 556 no", "5.0.0", (Kind.PERMANENT, Scope.RECIPIENT)),
        ("", "5.1.1", (Kind.PERMANENT, Scope.RECIPIENT)),
        ("x-unix; user unknown", "5.0.0", (Kind.PERMANENT, Scope.RECIPIENT)),
        ("smtp; 421 4.3.2 closing", "5.0.0", (Kind.TRANSIENT, Scope.SESSION)),
        # What speaks of us comes before what speaks of the recipient.
        ("smtp; 550 5.1.1 spam from your ip", "5.1.1", (Kind.OUR_FAULT, Scope.RELAY)),
        # Nobody guesses.
        ("smtp; 550 no", "5.0.0", (None, None)),
        ("smtp; 250 2.1.5 ok", "5.0.0", (None, None)),
        ("", "5.0.0", (None, None)),
        ("x; something", "", (None, None)),
        ("x; connection timed out", "", (Kind.TRANSIENT, Scope.MESSAGE)),
        # A version or an address is no code.
        ("x; version 5.1.1.1 at 10.5.1.1", "5.0.0", (None, None)),
    ],
)
def test_reliability_the_order_in_which_a_failure_is_classified(
    diagnostic: str, status: str, expected: tuple[Kind | None, Scope | None]
) -> None:
    fields = "Final-Recipient: rfc822; a@b.example\nAction: failed"
    fields += f"\nStatus: {status}" if status else ""
    fields += f"\nDiagnostic-Code: {diagnostic}" if diagnostic else ""
    report = read_report(delivery_status(fields))
    assert report.sort is Sort.BOUNCE
    assert (report.kind, report.scope) == expected


def test_of_several_recipients_the_worst_counts() -> None:
    fields = (
        "Final-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0\n\n"
        "Final-Recipient: rfc822; c@d.example\nAction: failed\nStatus: 5.1.1\n\nX-Other: 1"
    )
    report = read_report(delivery_status(fields))
    assert report.is_permanent
    assert report.recipients == ("a@b.example", "c@d.example")


def test_a_status_without_an_action_tells_it() -> None:
    report = read_report(delivery_status("Final-Recipient: rfc822; a@b.example\nStatus: 4.4.7"))
    assert report.sort is Sort.DELAYED
    assert report.diagnostic == "4.4.7"


def test_a_status_in_base64_is_read() -> None:
    fields = b"Reporting-MTA: dns; a\n\nAction: failed\nStatus: 5.1.1\n"
    data = (
        b"From: postmaster@mx.example\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/report; boundary="b"\n\n'
        b"--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(fields)
        + b"--b--\n"
    )
    assert read_report(data).is_permanent


@pytest.mark.parametrize(
    ("arrival", "is_null"),
    [
        (Arrival(b"", "lmtp", sender=""), True),
        (Arrival(b"", "lmtp", sender="<>"), True),
        (Arrival(b"Return-Path: <>\n\n", "lmtp", sender="a@b.example"), False),
        (Arrival(b"Return-Path: <>\n\n", "imap"), True),
        (Arrival(b"Return-Path: <a@b.example>\n\n", "imap"), False),
        (Arrival(b"", "imap"), False),
    ],
)
def test_the_envelope_goes_before_the_header(arrival: Arrival, is_null: object) -> None:
    assert is_null_sender(arrival) is is_null


PLAIN = b"From: mailer-daemon@x.example\nSubject: failure notice\n"


@pytest.mark.parametrize(
    ("data", "sort"),
    [
        (b"", Sort.UNKNOWN),
        (b"\xff\x00", Sort.UNKNOWN),
        # Bombs: nesting, comments in addresses, encoded words, long lines.
        (b"Content-Type: message/rfc822\n\n" * 20_000, Sort.UNKNOWN),
        (b"From: " + b"(" * 200_000 + b"\n\nx", Sort.UNKNOWN),
        (b"Subject: " + b"=?utf-8?q?a?= " * 30_000 + b"\n\nx", Sort.UNKNOWN),
        (b"Subject: a\n" + b" b\n" * 80_000 + b"\nx", Sort.UNKNOWN),
        (PLAIN + b"\n" + b"-" * 250_000, Sort.BOUNCE),
        (PLAIN + b"\n" + b"user " * 50_000, Sort.BOUNCE),
        (PLAIN + b"Content-Type: text/plain; charset=nonsense\n\n550 5.1.1 x", Sort.BOUNCE),
        (PLAIN + b"Content-Type: text/html\n\n<p>550 5.1.1 x</p><b>", Sort.BOUNCE),
        (PLAIN + b"Content-Type: text/plain; charset*0*=%\n\nx", Sort.BOUNCE),
        (PLAIN + b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n!", Sort.BOUNCE),
        (b"From: a@b.example\nSubject: =?nonsense?q?x?=\n\n", Sort.REPLY),
        (b"From: a@b.example\nX-Autoreply: yes\n\n", Sort.AUTO_REPLY),
    ],
)
def test_hostile_mail_is_read_in_bounded_time(data: bytes, sort: Sort) -> None:
    """security.md 9: whatever it is, it neither raises nor takes long."""
    begun = time.perf_counter()
    assert read_report(data).sort is sort
    assert time.perf_counter() - begun < 20
    assert words_of(data) is not None
    arrival = Arrival(data, "lmtp")
    assert len(identity_of(arrival, "")) == 64
    assert addressed_to(arrival) == ()


def test_multiparts_without_end_are_read_as_far_as_they_make_sense() -> None:
    data = b"Content-Type: multipart/mixed; boundary=b0\n\n"
    for number in range(3000):
        inner = number + 1
        data += b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (number, inner)
    assert read_report(b"From: a@b.example\n" + data + b"x\n" * 100_000).sort is Sort.REPLY


def test_a_mail_that_the_email_package_trips_over_has_no_effect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def trip(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(mime, "words", trip)
    assert read_report(sample("person")).reason == "It cannot be read as a mail."
    assert words_of(sample("person")) == ""
    monkeypatch.setattr(mime, "address", trip)
    assert writer_of(sample("person")) == ("", "")
    monkeypatch.setattr(mime, "message_from_bytes", trip)
    assert read_report(sample("person")).sort is Sort.UNKNOWN
    assert writer_of(sample("person")) == ("", "")
    arrival = Arrival(sample("person"), "lmtp")
    assert (words_of(b""), addressed_to(arrival), len(identity_of(arrival, ""))) == ("", (), 64)


def test_html_is_read_where_there_is_no_text() -> None:
    data = (
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/html\n\n<b>Hello</b>\n"
        b"--b\nContent-Type: text/html\n\nmore\n"
        b"--b\nContent-Type: message/rfc822\n\nSubject: x\n\ntext\n--b--\n"
    )
    assert words_of(data) == "Hello"


def test_of_html_only_what_is_seen_is_read() -> None:
    data = (
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
        b"<STYLE>p { color: red }</STYLE><style><!-- b {} --></style><script>x()</script>"
        b"<p>Salt &amp; <i>pepper</i>"
    )
    assert words_of(data).split() == ["Salt", "&", "pepper"]


def test_what_is_no_base64_says_nothing() -> None:
    assert mime.unpacked("a") == ""


def test_what_has_parts_has_no_text_of_its_own() -> None:
    message = mime.parse(sample("read-receipt"))
    assert message is not None
    assert mime.text(message) == ""


def test_delays_in_plain_words_count_for_nothing() -> None:
    data = PLAIN + b"\nYour message is delayed. You do not need to resend it.\n"
    assert read_report(data).sort is Sort.DELAYED


def test_a_status_that_is_left_as_text_is_read() -> None:
    part = Message()
    part["Content-Type"] = "message/delivery-status"
    part.set_payload("Reporting-MTA: dns; a\n\nAction: failed\nStatus: 5.1.1\n")
    report = dsn.read_delivery_status(part)
    assert report is not None
    assert report.is_permanent
