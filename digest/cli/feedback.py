"""Commands for what comes back: feedback list, show, rates, test, process, webhooks, confirm."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output, webhooks
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import DigestError, NotFoundError

if TYPE_CHECKING:
    from digest.mail.reports import Arrival
    from digest.steps.feedback import Taken
    from digest.store.rates import Rate

app = typer.Typer(help="Show what came back: bounces, complaints, replies.", no_args_is_help=True)

_TEMPFAIL = 75
"""EX_TEMPFAIL: the mail server keeps the mail, and tries again."""

_SORTS = "bounce, delayed, delivered, complaint, unsubscribe, auto-reply, challenge, reply, unknown"

FileArgument = Annotated[
    Path, typer.Argument(help="A file with one mail, as it came; - for standard input.")
]
SenderOption = Annotated[
    str,
    typer.Option(
        "--sender", help="The envelope sender, <> for none; by default as the header has it."
    ),
]
RecipientOption = Annotated[
    str,
    typer.Option("--recipient", help="The envelope recipient; by default as the header has it."),
]
ProviderOption = Annotated[
    str,
    typer.Option(
        help="The file is what this service (ses, postmark, sendgrid, mailgun, brevo) sends to a "
        "webhook; that it was signed is not looked at."
    ),
]

app.command(name="webhooks")(webhooks.list_)
app.command()(webhooks.confirm)


@app.command(name="list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    sort: Annotated[str, typer.Option(help=f"Only these: {_SORTS}.")] = "",
    effective: Annotated[
        bool, typer.Option("--effective", help="Only those that something followed from.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 30,
) -> None:
    """List what came back, newest first, and what followed.

    [bold]Example:[/bold] digest feedback list --sort complaint
    """
    from digest.mail.reports import Sort
    from digest.store import feedback

    if sort and sort not in set(Sort):
        raise NotFoundError("sort of report", sort, [str(item) for item in Sort])
    with output.opened(config) as service, service.store.read() as tx:
        found = feedback.list_reports(tx, sort=sort, only_effective=effective, limit=limit)
    if json:
        output.print_json(found)
        return
    output.table(
        "What came back",
        ["id", "at", "sort", "kind", "who", "issue", "effect", "reason"],
        [
            [
                str(item.id),
                output.utc(item.at),
                item.sort,
                item.kind,
                item.email or ("erased" if item.subscriber_id else "not proved"),
                item.issue,
                item.effect or "not yet decided",
                item.reason,
            ]
            for item in found
        ],
    )


@app.command()
def show(
    report: Annotated[int, typer.Argument(help="The id, as listed.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Show one report, what followed, and why.

    [bold]Example:[/bold] digest feedback show 12
    """
    from digest.store import feedback

    with output.opened(config) as service, service.store.read() as tx:
        found = feedback.get(tx, report)
    if found is None:
        raise NotFoundError("report", str(report), [])
    if json:
        output.print_json(found)
        return
    say(f"report {found.id}: {found.sort} {found.kind}".rstrip())
    say(f"  came:      {output.utc(found.at)} by {found.source}")
    who = found.email or ("an erased subscriber" if found.subscriber_id else "nobody: not proved")
    say(f"  about:     {who} {f'({found.issue})' if found.issue else ''}".rstrip())
    if found.relay:
        say(f"  way:       relay {found.relay}, to {found.domain}")
    say(f"  reason:    {found.reason}")
    if found.diagnostic:
        say(f"  they said: {found.diagnostic}")
    say(f"  effect:    {found.effect or 'not yet decided'}")
    say(f"             {found.explanation}".rstrip())


@app.command()
def rates(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back.")] = 30,
) -> None:
    """Show how much came back, by issue, relay, and domain.

    Large services refuse mail of senders whose readers call more than 0.1 % of it spam.

    [bold]Example:[/bold] digest feedback rates --days 7
    """
    from digest.store import rates as rates_

    with output.opened(config) as service, service.store.read() as tx:
        since = service.clock.now() - timedelta(days=days)
        overall = rates_.overall(tx, since)
        tables = {
            "issues": rates_.by_issue(tx, since),
            "relays": rates_.by_relay(tx, since),
            "domains": rates_.by_domain(tx, since),
        }
    if json:
        output.print_json({"overall": overall, **tables})
        return
    say(_line(overall))
    for title, found in tables.items():
        output.table(
            title.capitalize(),
            [title.removesuffix("s"), "accepted", "bounced", "%", "complained", "%"],
            [
                [
                    item.name,
                    str(item.accepted),
                    str(item.bounced),
                    f"{item.bounce_percent:.2f}",
                    str(item.complained),
                    f"{item.complaint_percent:.3f}",
                ]
                for item in found
            ],
        )


@app.command(name="test")
def what_if(
    file: FileArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    sender: SenderOption = "",
    recipient: RecipientOption = "",
    provider: ProviderOption = "",
) -> None:
    """Say what would follow from a mail or a webhook's payload, and why; nothing is changed.

    [bold]Example:[/bold] digest feedback test bounce.eml
    """
    from digest.steps.feedback import explain

    with output.opened(config) as service:
        arrival = _arrival(file, sender, recipient, service.config.feedback.inbox.max_bytes)
        if provider:
            batch, events = webhooks.explained(service, file, arrival.data, provider)
        else:
            taken = explain(
                service.store, service.config, service.keyring, arrival, now=service.clock.now()
            )
    if not provider:
        _print(taken, json=json)
    elif json:
        output.print_json([_as_values(event) for event in events])
    else:
        webhooks.say_names(batch)
        for event in events:
            _print(event, json=False)


@app.command()
def process(
    file: FileArgument = Path("-"),
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    sender: SenderOption = "",
    recipient: RecipientOption = "",
) -> None:
    """Take a mail that came back, from standard input by default: for a mail server's pipe.

    It exits with 75 (EX_TEMPFAIL) if the mail cannot be taken now, so that the server keeps it.

    [bold]Example:[/bold] digest feedback process --recipient "$RECIPIENT" --sender "$SENDER"
    """
    from digest.steps.feedback import take_mail

    try:
        with output.opened(config) as service:
            most = service.config.feedback.inbox.max_bytes
            arrival = _arrival(file, sender, recipient, most)
            taken = take_mail(
                service.store, service.config, service.keyring, arrival, now=service.clock.now()
            )
    except DigestError as error:
        output.warn(f"digest: {error}")
        raise typer.Exit(_TEMPFAIL) from error
    except Exception as error:
        # A mail server takes any other code for "never", and nobody hears of a report it drops.
        output.warn(f"digest: the mail was not taken: {type(error).__name__}: {error}")
        raise typer.Exit(_TEMPFAIL) from error
    _print(taken, json=json)


def _arrival(file: Path, sender: str, recipient: str, most: int) -> Arrival:
    from digest.mail.reports import Arrival

    try:
        if file == Path("-"):
            data, source = sys.stdin.buffer.read(most), "stdin"
        else:
            with file.open("rb") as opened:
                data, source = opened.read(most), "file"
    except OSError as error:
        raise DigestError(f"{file} cannot be read: {error.strerror}") from error
    return Arrival(
        data,
        source,
        sender=sender.strip("<>") if sender else None,
        recipients=(recipient,) if recipient else (),
    )


def _print(taken: Taken, *, json: bool) -> None:
    report, proof = taken.report, taken.proof
    if json:
        output.print_json(_as_values(taken))
        return
    kind = f" ({report.kind}, {report.scope})" if report.kind else ""
    say(f"{report.sort}{kind}: {report.reason}")
    if report.diagnostic:
        say(f"they said: {report.diagnostic}")
    named = f"; it names {', '.join(report.recipients)}" if report.recipients else ""
    proved = {
        "sender": "proved by the address that we sent from",
        "token": "proved by a token of ours",
        "message": "proved by the id of the mail",
    }.get(proof.kind, f"not proved, so about nobody{named}")
    say(f"about:     {f'{taken.email}, ' if taken.email else ''}{proved}")
    say(f"effect:    {taken.decision.effect}. {taken.decision.explanation}")


def _as_values(taken: Taken) -> dict[str, object]:
    report = taken.report
    return {
        "sort": report.sort,
        "kind": report.kind,
        "scope": report.scope,
        "reason": report.reason,
        "diagnostic": report.diagnostic,
        "proof": taken.proof.kind,
        "email": taken.email,
        "effect": taken.decision.effect,
        "explanation": taken.decision.explanation,
        "report": taken.report_id,
        "is_new": taken.is_new,
    }


def _line(rate: Rate) -> str:
    return (
        f"{rate.accepted} accepted, {rate.bounced} bounced ({rate.bounce_percent:.2f} %), "
        f"{rate.complained} complained ({rate.complaint_percent:.3f} %)"
    )
