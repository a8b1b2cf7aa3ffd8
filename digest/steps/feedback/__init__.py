"""Feedback: what comes back of what was sent, and what follows from it."""

from digest.steps.feedback.decide import Decision, Effect
from digest.steps.feedback.run import Feedback, FeedbackResult
from digest.steps.feedback.step import (
    Event,
    Taken,
    explain,
    explain_event,
    settle_undecided,
    take,
    take_mail,
    take_within,
)
from digest.steps.feedback.watching import check_rates
from digest.steps.feedback.webhooks import Webhooks

__all__ = [
    "Decision",
    "Effect",
    "Event",
    "Feedback",
    "FeedbackResult",
    "Taken",
    "Webhooks",
    "check_rates",
    "explain",
    "explain_event",
    "settle_undecided",
    "take",
    "take_mail",
    "take_within",
]
