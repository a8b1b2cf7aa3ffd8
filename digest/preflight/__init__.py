"""Preflight: what is looked at before an issue is sent, and what was found. Pure.

An issue becomes a :class:`Proof`, all of it as values; each rule (``rules.py``) looks at the proof
and says what is wrong; the settings say how bad that is (``verdict.py``). Links are fetched by
somebody else, who hands over what servers answered.
"""

from digest.preflight.links import Answered, Link, links_of
from digest.preflight.proof import Finding, Level, Piece, Proof
from digest.preflight.verdict import RULES, judge, judge_links, stops

__all__ = [
    "RULES",
    "Answered",
    "Finding",
    "Level",
    "Link",
    "Piece",
    "Proof",
    "judge",
    "judge_links",
    "links_of",
    "stops",
]
