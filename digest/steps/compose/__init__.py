"""Compose: what is new becomes an issue of a briefing, frozen in one transaction.

An occurrence falls due; whoever inserts its row composes (``step.py``). Articles are chosen (a pure
function, see ``digest/selection/``), rendered once for each kind of reader, made into finished
messages with slots for what is personal (``preparing.py``), and written together with one delivery
for each subscriber (``freezing.py``). From then on nothing of it changes; while nobody has got it,
another one can take its place (``refreezing.py``).
"""

from digest.steps.compose.composition import ComposeResult, Composition, Press, Rendition
from digest.steps.compose.correcting import Correction, compose_correction
from digest.steps.compose.letter import MAX_SUBJECT_CHARACTERS, feedback_id
from digest.steps.compose.preparing import TEST_MARK
from digest.steps.compose.refreezing import refreeze
from digest.steps.compose.step import compose_due, compose_now, draft_issue

__all__ = [
    "MAX_SUBJECT_CHARACTERS",
    "TEST_MARK",
    "ComposeResult",
    "Composition",
    "Correction",
    "Press",
    "Rendition",
    "compose_correction",
    "compose_due",
    "compose_now",
    "draft_issue",
    "feedback_id",
    "refreeze",
]
