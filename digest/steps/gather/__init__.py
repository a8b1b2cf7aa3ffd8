"""Gathering: articles that others publish, taken over as the operator's rules say."""

from digest.steps.gather.decide import TAKEN_BACK
from digest.steps.gather.poll import Gatherer, PollResult
from digest.steps.gather.step import GatherResult, admit, gather, refuse
from digest.steps.gather.trial import Look, look, would_do

__all__ = [
    "TAKEN_BACK",
    "GatherResult",
    "Gatherer",
    "Look",
    "PollResult",
    "admit",
    "gather",
    "look",
    "refuse",
    "would_do",
]
