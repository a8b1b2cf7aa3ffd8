"""Preflight's part that takes other people's servers: links are looked at before an issue goes out.

What needs no network was judged when the issue was made; see :mod:`digest.preflight`.
"""

from digest.steps.preflight.looking import look_at
from digest.steps.preflight.step import Inspector, LinkResult, links_in

__all__ = ["Inspector", "LinkResult", "links_in", "look_at"]
