"""Commands that look at subscribers: list, show, consent."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.cli.people.options import OnlyBriefingOption, WhoArgument, briefing_of
from digest.model import SubscriptionState

if TYPE_CHECKING:
    from digest.steps.subscribe import Record
    from digest.store.consent import Consent
    from digest.store.listing import Listed

SHOWN = 1000
"""How many subscriptions are listed unless more are asked for."""


def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: OnlyBriefingOption = "",
    state: Annotated[
        SubscriptionState | None, typer.Option(help="Only those in this state.")
    ] = None,
    search: Annotated[str, typer.Option(help="Only with this in the address or name.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most; 0: all.", min=0)] = SHOWN,
) -> None:
    """List subscriptions, by address.

    [bold]Example:[/bold] digest subscribers list --state confirmed --search example.org
    """
    from digest.store import listing

    with output.opened(config) as service:
        only = briefing_of(service.config, briefing) if briefing else ""
        wanted = listing.Filter(only, state, search)
        with service.store.read() as tx:
            total = listing.count(tx, wanted)
            found = listing.list_people(tx, wanted, limit or None)
            if json:
                _print_json_list(_plain(item) for item in found)
            else:
                _print_lines(found)
    shown = min(total, limit or total)
    if not json:
        say(f"{total} subscriptions")
    if shown < total:
        output.warn(f"these are the first {shown} of {total}; --limit 0 shows all")


def show(
    who: WhoArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    deliveries: Annotated[
        int, typer.Option(help="How many of the last deliveries.", min=0, max=1000)
    ] = 10,
) -> None:
    """Show all there is about one person.

    [bold]Example:[/bold] digest subscribers show ada@example.org
    """
    from digest.steps.subscribe import record_of

    with output.opened(config) as service:
        record = record_of(service.store, service.keyring, who, deliveries=deliveries)
    if json:
        output.print_json(record)
        return
    _show_person(record)
    _show_consents(record.consents)
    if record.subscriber is not None:
        output.table(
            "Last deliveries",
            ("issue", "subject", "state", "attempts", "when", "reply"),
            (
                (
                    f"{item.briefing}/{item.number}",
                    item.subject,
                    str(item.state),
                    str(item.attempts),
                    output.utc(item.settled_at),
                    item.detail,
                )
                for item in record.deliveries
            ),
        )


def consent(
    who: WhoArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Show the record of one person's consent, oldest first: what, when, and on whose word.

    [bold]Example:[/bold] digest subscribers consent ada@example.org --json
    """
    from digest.steps.subscribe import record_of

    with output.opened(config) as service:
        record = record_of(service.store, service.keyring, who, deliveries=0)
    if json:
        output.print_json(record.consents)
    else:
        _show_consents(record.consents)


def _show_person(record: Record) -> None:
    person = record.subscriber
    if person is None:
        say(f"{record.email}: never subscribed")
    else:
        facts = [f"{person.email} (number {person.id})", person.name, person.language]
        say(", ".join(filter(None, (*facts, person.timezone, f"{person.format} mails"))))
    if record.suppression is not None:
        why = record.suppression
        words = f": {why.evidence}" if why.evidence else ""
        say(f"On the do-not-mail record since {output.utc(why.at)}: {why.reason}{words}")
    for item in record.subscriptions:
        since = {
            SubscriptionState.CONFIRMED: item.confirmed_at,
            SubscriptionState.UNSUBSCRIBED: item.unsubscribed_at,
        }.get(item.state)
        chosen = [
            f"since {output.utc(since)}" if since else "",
            str(item.cadence) if item.cadence != "each" else "",
            f"topics {', '.join(item.topics)}" if item.topics else "",
            f"paused until {output.utc(item.paused_until)}" if item.paused_until else "",
        ]
        say(f"  {item.briefing}: {', '.join(filter(None, (str(item.state), *chosen)))}")


def _show_consents(consents: Iterable[Consent]) -> None:
    output.table(
        "Record of consent",
        ("when", "briefing", "led to", "by", "evidence", "wording", "network"),
        (
            (
                output.utc(item.at),
                item.briefing,
                str(item.state),
                item.method,
                item.evidence,
                item.version,
                item.network,
            )
            for item in consents
        ),
    )


def _print_lines(found: Iterable[Listed]) -> None:
    """Print a line each as it comes: a table's widths would be known at the end only."""
    for item in found:
        subscription = item.subscription
        person = subscription.subscriber
        state = str(subscription.state)
        suppressed = f" (suppressed: {item.suppressed})" if item.suppressed else ""
        line = f"{person.email:<40}  {subscription.briefing:<16}  {state:<12}  {person.name}"
        say(f"{line.rstrip()}{suppressed}")


def _print_json_list(items: Iterator[Any]) -> None:
    """Print a JSON list as its items come, one a line."""
    before = "["
    for item in items:
        say(f"{before}{json_module.dumps(item, ensure_ascii=False)}")
        before = ","
    say("]" if before == "," else "[]")


def _plain(item: Listed) -> dict[str, Any]:
    found: dict[str, Any] = output.plain(item.subscription)
    return found | {"suppressed": item.suppressed}
