"""``digest drill``: what would happen to each kind of address, without sending anything."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import ConfigError, NotFoundError, Problem
from digest.mail.refusals import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.drill import Course, DrillResult, Scenario


def drill(
    briefing: Annotated[str, typer.Argument(help="The briefing; the first by default.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only this scenario, and all that happens in it. Repeatable."),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option(
            "--reader",
            help="A reader of yours who takes part, as ADDRESS=SCENARIO. Repeatable.",
        ),
    ] = None,
    issues: Annotated[int, typer.Option(min=1, max=30, help="How many issues, one a day.")] = 7,
) -> None:
    """Show what bounces, refusals, complaints, and replies would lead to. Nothing is sent.

    Issues go to a server on this machine that answers as real ones do, on a copy of the database
    and on a clock that runs ahead.

    [bold]Example:[/bold] digest drill daily

    [bold]Example:[/bold] digest drill --only full --only unknown

    [bold]Example:[/bold] digest drill --reader ada@example.org=closed
    """
    from digest import drill as drilling

    with _tidied(), output.opened(config) as service:
        name = briefing or _first(service.config)
        chosen = [_scenario(item, drilling.SCENARIOS) for item in only or ()]
        readers = dict(_pair(item) for item in reader or ())
        with output.progress("Issues", quiet=json) as move:
            result = drilling.drill(
                service,
                name,
                scenarios=chosen or (() if readers else drilling.SCENARIOS),
                number=issues,
                readers=readers,
                progress=move,
            )
    if json:
        output.print_json(result)
        return
    _show(result)
    if chosen or readers:
        for course in result.courses:
            _tell(course)


@contextmanager
def _tidied() -> Iterator[None]:
    """Have SIGTERM end the command as Ctrl-C does meanwhile: the copy must not stay behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _first(config: Config) -> str:
    for name in config.briefings:
        return name
    raise ConfigError([Problem("briefings", "there is no briefing to send")])


def _scenario(name: str, known: Sequence[Scenario]) -> Scenario:
    for scenario in known:
        if scenario.name == name:
            return scenario
    raise NotFoundError("scenario", f"{name}; there are {', '.join(item.name for item in known)}")


def _pair(text: str) -> tuple[str, str]:
    address, found, scenario = text.rpartition("=")
    if not found:
        raise ConfigError([Problem("--reader", f"{text} is not like ada@example.org=closed")])
    return address, scenario


def _show(result: DrillResult) -> None:
    output.table(
        f"{result.issues} issues of {result.briefing}, one a day; nothing was sent to anybody",
        [
            "scenario",
            "class",
            "attempts",
            "issues",
            "points",
            "in the end",
            "what the other side does",
        ],
        [
            [
                course.scenario,
                ", ".join(_classes(course)),
                str(course.attempts),
                _counted(course),
                f"{course.points:g}",
                course.standing,
                course.story,
            ]
            for course in result.courses
        ],
    )
    say()
    output.table("Alerts", ["raised", "over", "times", "alert"], _alerts(result))
    for sentence in result.advice:
        say(f"\nNote: {sentence}.")


def _classes(course: Course) -> list[str]:
    """Return the classes of what went wrong, or the sorts of what came in; each once."""
    return list(
        dict.fromkeys(item.kind for item in course.happenings if item.kind != Kind.ACCEPTED)
    )


def _alerts(result: DrillResult) -> list[list[str]]:
    """Return a row for each alert; one that came again is shown once."""
    rows = []
    for key in dict.fromkeys(item.key for item in result.alerts):
        same = [item for item in result.alerts if item.key == key]
        first, last = same[0], same[-1]
        rows.append([output.utc(first.at), output.utc(last.cleared_at), str(len(same)), first.text])
    return rows


def _counted(course: Course) -> str:
    told = [f"{count} {state}" for state, count in course.deliveries.items()]
    twice = course.arrived - course.deliveries.get("accepted", 0)
    return ", ".join(told) + (f" ({twice} arrived twice)" if twice > 0 else "")


_SHOWN = 12


def _tell(course: Course) -> None:
    """Print what happened to one address; of many attempts with one answer the first ones."""
    say()
    rows = []
    seen: Counter[tuple[str, str]] = Counter()
    for item in course.happenings:
        seen[item.what, item.said] += 1
        if seen[item.what, item.said] > _SHOWN:
            continue
        kind = f"{item.kind} ({item.scope})" if item.scope else item.kind
        rows.append([output.utc(item.at), item.what, item.said, kind, item.effect])
    output.table(
        f"{course.email}: {course.story}",
        ["at", "what", "they said", "class", "what follows"],
        rows,
    )
    left = sum(max(count - _SHOWN, 0) for count in seen.values())
    if left:
        say(f"… and {left} more of the same (all of them with --json)")
    if course.reason:
        say(course.reason)
