"""Drill: sends to a server of our own that answers as real ones do, and shows what would happen.

All of it happens to a copy of the database, on a clock that runs ahead. ``scenarios`` has what the
receiving sides do and ``letters`` what comes back later; ``setting`` makes the copy, ``run`` has
issues go out and replies come in, ``findings`` is what that showed.
"""

from digest.drill.findings import Course, DrillResult, Happening, Raised
from digest.drill.run import drill
from digest.drill.scenarios import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Course", "DrillResult", "Happening", "Raised", "Scenario", "drill"]
