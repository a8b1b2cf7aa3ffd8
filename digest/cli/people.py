"""Commands for subscribers: add, list, remove, import, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import ConfigError, DigestError, Problem
from digest.model import SubscriptionState

if TYPE_CHECKING:
    from digest.config import Config
    from digest.steps.subscribe import SubscribeResult

app = typer.Typer(help="Who gets which briefing.", no_args_is_help=True)

BriefingOption = Annotated[
    str, typer.Option("--briefing", "-b", help="Name of the briefing; the only one by default.")
]
ConfirmedOption = Annotated[
    str,
    typer.Option(
        "--confirmed",
        metavar="REASON",
        help="They have agreed already: how and when, for the record of their consent.",
    ),
]


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: BriefingOption = "",
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    confirmed: ConfirmedOption = "",
) -> None:
    """Subscribe a person. Without --confirmed they get nothing until they confirm.

    [bold]Example:[/bold] digest subscribers add ada@example.org --confirmed "signed up at the fair"
    """
    from digest.steps.subscribe import Change, Wish, person_of, subscribe

    with output.opened(config) as service:
        state = SubscriptionState.CONFIRMED if confirmed else SubscriptionState.UNCONFIRMED
        wish = Wish(person_of(email, name), _briefing(service.config, briefing), state)
        result = subscribe(
            service.store,
            service.keyring,
            [wish],
            method="operator",
            evidence=confirmed,
            now=service.clock.now(),
        )
    change = result.changes[0][1]
    if json:
        output.print_json({"email": wish.person.email, "briefing": wish.briefing, "change": change})
    else:
        say(f"{wish.person.email}: {change} ({wish.briefing}, {_explained(change)})")
    if change in {Change.KEPT_OUT, Change.SUPPRESSED}:
        raise typer.Exit(1)


def _explained(change: str) -> str:
    return {
        "added": "on the list from now on",
        "confirmed": "gets the next issue",
        "unchanged": "was so already",
        "kept out": "they unsubscribed; only they themselves can come back",
        "suppressed": "on the do-not-mail record",
    }[change]


@app.command(name="list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: BriefingOption = "",
    state: Annotated[
        SubscriptionState | None, typer.Option(help="Only those in this state.")
    ] = None,
) -> None:
    """List subscriptions.

    [bold]Example:[/bold] digest subscribers list --state confirmed
    """
    from digest.store import subscribers

    with output.opened(config) as service:
        wanted = _briefing(service.config, briefing) if briefing else None
        with service.store.read() as tx:
            found = list(subscribers.list_subscriptions(tx, wanted, state))
    if json:
        output.print_json(found)
        return
    output.table(
        f"{len(found)} subscriptions",
        ("email", "name", "briefing", "state"),
        ((s.subscriber.email, s.subscriber.name, s.briefing, str(s.state)) for s in found),
    )


@app.command()
def remove(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: Annotated[
        str, typer.Option("--briefing", "-b", help="Only this one; all by default.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "removed by the operator",
) -> None:
    """Unsubscribe a person. No import brings them back.

    [bold]Example:[/bold] digest subscribers remove ada@example.org --reason "asked by phone"
    """
    from digest.steps.subscribe import unsubscribe

    with output.opened(config) as service:
        wanted = _briefing(service.config, briefing) if briefing else None
        ended = unsubscribe(
            service.store,
            email,
            wanted,
            method="operator",
            evidence=reason,
            now=service.clock.now(),
        )
    if json:
        output.print_json({"email": email, "unsubscribed": ended})
    else:
        say(f"{email}: unsubscribed from {', '.join(ended) or 'nothing: was not subscribed'}")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, UTF-8, with a header line; - for stdin.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: BriefingOption = "",
    confirmed: ConfirmedOption = "",
) -> None:
    """Subscribe all people in a CSV file, or none if any line is wrong.

    Columns: email, and if you like name, briefing, state, language, timezone. Those who
    unsubscribed or are on the do-not-mail record stay out.

    [bold]Example:[/bold] digest subscribers import people.csv --confirmed "form of 2026-03"
    """
    from digest.steps.subscribe import parse_csv, subscribe

    data = _read(file)
    with output.opened(config) as service:
        names = list(service.config.briefings)
        only = names[0] if len(names) == 1 else None
        wishes = parse_csv(
            data,
            where="standard input" if str(file) == "-" else str(file),
            briefings=names,
            default_briefing=briefing or only,
            default_state=SubscriptionState.CONFIRMED
            if confirmed
            else SubscriptionState.UNCONFIRMED,
            may_confirm=bool(confirmed),
        )
        with output.progress("Importing", quiet=json) as move:
            result = subscribe(
                service.store,
                service.keyring,
                wishes,
                method="import",
                evidence=confirmed,
                now=service.clock.now(),
                progress=lambda done: move(done, len(wishes)),
            )
    _report(result, json=json)


def _report(result: SubscribeResult, *, json: bool) -> None:
    from digest.steps.subscribe import Change

    counts = {str(change): result.count(change) for change in Change}
    left_out = [
        (wish.person.email, str(change))
        for wish, change in result.changes
        if change in {Change.KEPT_OUT, Change.SUPPRESSED}
    ]
    if json:
        output.print_json({"changes": counts, "left_out": left_out})
        return
    say(", ".join(f"{count} {change}" for change, count in counts.items() if count) or "no lines")
    for email, why in left_out:
        say(f"  {email}: {why}")


@app.command()
def export(
    config: ConfigOption = DEFAULT_CONFIG,
    briefing: BriefingOption = "",
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to; standard output by default.")
    ] = None,
) -> None:
    """Write all subscriptions as CSV, in the form that import reads.

    [bold]Example:[/bold] digest subscribers export -o subscribers.csv
    """
    from digest.files import write_file
    from digest.steps.subscribe import export_csv
    from digest.store import subscribers

    with output.opened(config) as service:
        wanted = _briefing(service.config, briefing) if briefing else None
        with service.store.read() as tx:
            text = export_csv(subscribers.list_subscriptions(tx, wanted))
    if file is None:
        sys.stdout.write(text)
    else:
        # Addresses are nobody else's business.
        with output.writing(file):
            write_file(file, text.encode(), mode=0o600)
        say(f"wrote {file}")


def _briefing(config: Config, name: str) -> str:
    if name:
        config.briefing(name)
        return name
    names = list(config.briefings)
    if len(names) != 1:
        reason = f"name one with --briefing (there is: {', '.join(names) or 'none'})"
        raise ConfigError([Problem("briefing", reason)])
    return names[0]


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise DigestError(f"{file} cannot be read: {error.strerror}") from error
