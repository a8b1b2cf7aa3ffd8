"""What mail to us reports."""

from __future__ import annotations

from digest.mail.refusals import Kind, Scope
from digest.mail.reports import Sort, read_report

EXIM = b"""From: Mail Delivery System <Mailer-Daemon@mx.example>
To: bounces@gazette.example
Subject: Mail delivery failed: returning message to sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain; charset=us-ascii

A message you sent could not be delivered.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Action: failed
Final-Recipient: rfc822;ann@reader.example
Status: 5.0.0
Diagnostic-Code: smtp; 550-5.1.1 <ann@reader.example>: no such user here
--part
Content-Type: text/rfc822-headers

Message-ID: <abc.def@gazette.example>
Subject: Morning Briefing
--part--
"""


def test_reliability_an_enhanced_code_in_the_diagnostic_goes_before_exims_status() -> None:
    report = read_report(EXIM, is_null_sender=True)
    assert report.sort is Sort.BOUNCE
    assert (report.kind, report.scope) == (Kind.PERMANENT, Scope.RECIPIENT)
    assert report.is_permanent
    assert report.is_automatic
    assert report.recipients == ("ann@reader.example",)
    assert report.message_id == "abc.def@gazette.example"
