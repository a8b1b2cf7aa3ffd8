"""How far an issue has come, live: as a bar, as lines, or as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from digest.cli import output
from digest.cli.output import say

if TYPE_CHECKING:
    from digest.steps.deliver import Progress
    from digest.wiring import Service

LOOK_SECONDS = 1.0
"""How often the store is looked at."""


def words(step: Progress) -> str:
    """Return *step* as people say it: ``6,200 of 20,000 done, 1,240 a second, 11 s left``."""
    text = f"{step.done:,} of {step.candidates:,} done"
    if step.rate_per_second > 0:
        rate = step.rate_per_second
        text += f", {rate:,.0f} a second" if rate >= 1 else f", {rate * 60:,.1f} a minute"
    if step.seconds_left:
        text += f", {duration(step.seconds_left)} left"
    return text


def duration(seconds: float) -> str:
    """Return *seconds* in the two largest units that say something: ``1 h 5 min``."""
    whole = max(round(seconds), 1)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours:,} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


@contextmanager
def bar(*, quiet: bool = False) -> Iterator[Callable[[Progress], None]]:
    """Show a bar meanwhile, on a terminal only; give the function that moves it."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("Sending"), BarColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=None)

        def move(step: Progress) -> None:
            shown.update(task, description=words(step), completed=step.done, total=step.candidates)

        yield move


def follow(service: Service, issue_id: int, *, as_json: bool) -> None:
    """Show an issue's progress each second until it is finished, paused, held, or cancelled.

    On a terminal one line that changes; elsewhere, and as JSON, a line for each change.
    """
    from digest.model import IssueState
    from digest.store import pacing

    last = ""
    with bar(quiet=as_json) as move:
        for step, again in _steps(service, issue_id):
            move(step)
            text = _as_json(step) if as_json else f"{step.issue.state}: {words(step)}{again}"
            key = text if as_json else f"{step.issue.state} {step.done}{again}"
            if key != last and (as_json or not sys.stderr.isatty()):
                say(text)
                sys.stdout.flush()
            last = key
    if as_json:
        return
    say(f"{step.issue.briefing}/{step.issue.number} is {step.issue.state}: {words(step)}")
    if step.issue.state is IssueState.PAUSED:
        with service.store.read() as tx:
            for pause in pacing.pauses_of(tx, issue_id):
                if pause.answered_at is None:
                    say(f"It has paused itself: {pause.reason}")


def _steps(service: Service, issue_id: int) -> Iterator[tuple[Progress, str]]:
    """Yield how far the issue has come, each second, and when it goes on if nothing moves."""
    from digest.steps.deliver import Watch

    watch = Watch(service.store, service.clock, issue_id)
    while (seen := watch.look()) is not None:
        again = "" if seen.again_at is None else f", the next at {output.utc(seen.again_at)}"
        yield seen.progress, again
        if seen.is_over:
            return
        time.sleep(LOOK_SECONDS)


def _as_json(step: Progress) -> str:
    left = step.seconds_left
    return json.dumps(
        {
            "issue": f"{step.issue.briefing}/{step.issue.number}",
            "state": str(step.issue.state),
            "counts": {str(state): number for state, number in step.counts.items()},
            "done": step.done,
            "candidates": step.candidates,
            "rate_per_second": round(step.rate_per_second, 1),
            "seconds_left": None if left is None else round(left, 1),
        }
    )
