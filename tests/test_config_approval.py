"""[preflight] and how editors approve: what may be set together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.config import load
from digest.errors import ConfigError

SETTINGS = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
[relays.default]
host = "127.0.0.1"
[briefings.daily]
title = "Morning"
from_address = "briefing@gazette.example"
"""


def test_an_issue_is_made_when_it_is_due_unless_the_settings_say_earlier() -> None:
    briefing = load(SETTINGS).briefing("daily")
    assert (briefing.cutoff, briefing.approval_editors) == (timedelta(), ())
    more = 'cutoff_minutes = 60\napproval_editors = ["ed@gazette.example"]'
    briefing = load(f"{SETTINGS}{more}").briefing("daily")
    assert briefing.cutoff == timedelta(hours=1)
    assert briefing.approval_deadline == timedelta(minutes=5)
    assert briefing.approval_default == "send"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('approval_editors = ["ed@gazette.example"]', "leaves them no time"),
        (
            'cutoff_minutes = 5\napproval_editors = ["ed@gazette.example"]',
            "cutoff_minutes must be above approval_deadline_minutes = 5",
        ),
        ('approval_default = "drop"', 'must be "send" or "hold"'),
        ("cutoff_minutes = -1", "must be a whole number of minutes, 0 to 1320"),
        ("[preflight]\nsize = 'fatal'", 'must be "error" (holds the issue), "warning", or "off"'),
    ],
)
def test_what_makes_no_sense_is_said(more: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(f"{SETTINGS}{more}")
    assert reason in str(caught.value)
