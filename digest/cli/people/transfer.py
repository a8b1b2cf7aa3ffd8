"""Commands that take files of subscribers in, and write them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.cli.people.options import (
    BriefingOption,
    ConfirmedOption,
    OnlyBriefingOption,
    briefing_of,
)
from digest.errors import ConfigError, DigestError, Problem
from digest.model import SubscriptionState

if TYPE_CHECKING:
    from digest.steps.subscribe import People, SubscribeResult

_SHOWN = 20


def import_(  # noqa: PLR0913, PLR0917 - each is an option
    file: Annotated[Path, typer.Argument(help="CSV, UTF-8, with a header line; - for stdin.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: BriefingOption = "",
    confirmed: ConfirmedOption = "",
    state: Annotated[
        SubscriptionState | None, typer.Option(help="Of lines that do not say theirs.")
    ] = None,
    program: Annotated[
        str,
        typer.Option(
            "--format",
            help="Whose export it is, where its columns do not tell: mailchimp, substack, ghost, "
            "listmonk, buttondown.",
        ),
    ] = "",
    skip_wrong: Annotated[
        bool, typer.Option("--skip-wrong", help="Name the wrong lines and take the others.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only say what would be done.")] = False,
) -> None:
    """Subscribe all people in a CSV file, or none if any line is wrong.

    Columns: email, and if you like name, briefing, state, language, timezone, confirmed_at …; or an
    export of Mailchimp, Substack, Ghost, listmonk, or Buttondown as it is. Those who unsubscribed
    or are on the do-not-mail record stay out.

    [bold]Example:[/bold] digest subscribers import people.csv --confirmed "form of 2026-03" --check
    """
    from digest.steps.subscribe import FORMATS, Reading, parse_csv, subscribe

    if program and program not in FORMATS:
        reason = f"there is no format {program!r} (there is: {', '.join(FORMATS)})"
        raise ConfigError([Problem("--format", reason)])
    data = _read(file)
    usual = SubscriptionState.CONFIRMED if confirmed else SubscriptionState.UNCONFIRMED
    with output.opened(config) as service:
        names = list(service.config.briefings)
        people = parse_csv(
            data,
            Reading(
                where="standard input" if str(file) == "-" else str(file),
                briefings=names,
                default_briefing=briefing or (names[0] if len(names) == 1 else None),
                default_state=state or usual,
                may_confirm=bool(confirmed),
                format=program,
                skip_wrong=skip_wrong,
            ),
        )
        with output.progress("Importing", quiet=json) as move:
            result = subscribe(
                service.store,
                service.keyring,
                people.wishes,
                method="import",
                evidence="; ".join(
                    filter(
                        None, (confirmed, f"from {people.format.title}" if people.format else "")
                    )
                ),
                now=service.clock.now(),
                is_check=check,
                progress=lambda done: move(done, len(people.wishes)),
            )
    _report(people, result, json=json, check=check)


def export(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: OnlyBriefingOption = "",
    state: Annotated[
        SubscriptionState | None, typer.Option(help="Only those in this state.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to; standard output by default.")
    ] = None,
) -> None:
    """Write all subscriptions as CSV, in the form that import reads.

    [bold]Example:[/bold] digest subscribers export -o subscribers.csv
    """
    from digest.files import write_file
    from digest.steps.subscribe import export_csv
    from digest.store import listing

    if json and file is None:
        raise DigestError("--json tells of a file that was written: name it with --output")
    with output.opened(config) as service:
        only = briefing_of(service.config, briefing) if briefing else ""
        with service.store.read() as tx:
            lines = export_csv(listing.list_people(tx, listing.Filter(only, state)))
            if file is None:
                sys.stdout.writelines(lines)
                return
            text = list(lines)
    # Addresses are nobody else's business.
    with output.writing(file):
        write_file(file, "".join(text).encode(), mode=0o600)
    if json:
        output.print_json({"file": file, "subscriptions": len(text) - 1})
    else:
        say(f"wrote {file}: {len(text) - 1} subscriptions")


def _report(people: People, result: SubscribeResult, *, json: bool, check: bool) -> None:
    from digest.steps.subscribe import Change

    counts = {str(change): result.count(change) for change in Change}
    left_out = [
        (wish.person.email, str(change))
        for wish, change in result.changes
        if change in {Change.KEPT_OUT, Change.SUPPRESSED}
    ]
    if json:
        output.print_json(
            {
                "format": people.format.name if people.format else "",
                "is_check": check,
                "changes": counts,
                "left_out": left_out,
                "problems": people.problems,
            }
        )
    else:
        if people.format is not None:
            say(f"An export of {people.format.title}")
        would = "would be: " if check else ""
        done = ", ".join(f"{count} {change}" for change, count in counts.items() if count)
        say(f"{would}{done or 'no lines'}")
        for email, why in left_out[:_SHOWN]:
            say(f"  {email}: {why}")
        if len(left_out) > _SHOWN:
            say(f"  and {len(left_out) - _SHOWN} more; --json names all")
        output.problems(people.problems)
    if people.problems:
        raise typer.Exit(1)


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise DigestError(f"{file} cannot be read: {error.strerror}") from error
