"""Gathering: articles that others publish, taken over as the operator's rules say."""

from digest.steps.gather.decide import TAKEN_BACK
from digest.steps.gather.health import (
    SourceReport,
    asked_source,
    pause_source,
    report_source,
    report_sources,
    resume_source,
)
from digest.steps.gather.listening import (
    Listener,
    ListenResult,
    Receipt,
    answer_question,
    hear,
)
from digest.steps.gather.manners import Manners
from digest.steps.gather.poll import Gatherer, PollResult
from digest.steps.gather.pushing import (
    ANY,
    Once,
    Push,
    PushError,
    Standing,
    State,
    Wanted,
    Why,
    look_at,
    push,
    withdraw,
)
from digest.steps.gather.step import GatherResult, admit, gather, refuse
from digest.steps.gather.trial import Look, look, would_do
from digest.steps.gather.whole import Completer

__all__ = [
    "ANY",
    "TAKEN_BACK",
    "Completer",
    "GatherResult",
    "Gatherer",
    "ListenResult",
    "Listener",
    "Look",
    "Manners",
    "Once",
    "PollResult",
    "Push",
    "PushError",
    "Receipt",
    "SourceReport",
    "Standing",
    "State",
    "Wanted",
    "Why",
    "admit",
    "answer_question",
    "asked_source",
    "gather",
    "hear",
    "look",
    "look_at",
    "pause_source",
    "push",
    "refuse",
    "report_source",
    "report_sources",
    "resume_source",
    "withdraw",
    "would_do",
]
