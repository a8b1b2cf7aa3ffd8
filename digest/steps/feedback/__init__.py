"""Feedback: what comes back of what was sent, and what follows from it."""

from digest.steps.feedback.decide import Decision, Effect
from digest.steps.feedback.run import Feedback, FeedbackResult
from digest.steps.feedback.step import Event, Taken, explain, settle_undecided, take, take_mail
from digest.steps.feedback.watching import check_rates

__all__ = [
    "Decision",
    "Effect",
    "Event",
    "Feedback",
    "FeedbackResult",
    "Taken",
    "check_rates",
    "explain",
    "settle_undecided",
    "take",
    "take_mail",
]
