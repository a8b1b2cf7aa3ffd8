"""Commands that change one subscriber: add, remove, suppress, unsuppress, erase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.cli.people.options import (
    BriefingOption,
    ConfirmedOption,
    OnlyBriefingOption,
    WhoArgument,
    briefing_of,
)
from digest.errors import DigestError
from digest.model import SubscriptionState

if TYPE_CHECKING:
    from digest.steps.subscribe import Wish
    from digest.wiring import Service

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the record.")]

_EXPLAINED = {
    "added": "on the list from now on",
    "confirmed": "gets the next issue",
    "unchanged": "was so already",
    "kept out": "they unsubscribed; only they themselves can come back",
    "suppressed": "on the do-not-mail record; see digest subscribers show",
}

_ASKED = "`digest run` mails them a link to confirm, unless they got one in the last 24 hours"
_NOT_ASKED = (
    "they are not mailed a link to confirm: that needs [web] listen, and that no more sign-ups "
    "came within an hour than [signup] takes"
)


def add(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: BriefingOption = "",
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    confirmed: ConfirmedOption = "",
) -> None:
    """Subscribe a person. Without --confirmed they are mailed a link, to confirm first.

    The link leads to the site, which needs web.listen in the settings; `digest run` sends the mail.

    [bold]Example:[/bold] digest subscribers add ada@example.org --confirmed "signed up at the fair"
    """
    from digest.steps.subscribe import Change, Wish, person_of, subscribe

    with output.opened(config) as service:
        state = SubscriptionState.CONFIRMED if confirmed else SubscriptionState.UNCONFIRMED
        wish = Wish(person_of(email, name), briefing_of(service.config, briefing), state)
        result = subscribe(
            service.store,
            service.keyring,
            [wish],
            method="operator",
            evidence=confirmed,
            now=service.clock.now(),
        )
        change = result.changes[0][1]
        waits = not confirmed and _is_unconfirmed(service, wish)
        asked = waits and _ask(service, wish)
    if json:
        output.print_json(
            {
                "email": wish.person.email,
                "briefing": wish.briefing,
                "change": change,
                "asked": asked,
            }
        )
    else:
        say(f"{wish.person.email}: {change} ({wish.briefing}, {_EXPLAINED[change]})")
        if waits:
            say(_ASKED if asked else _NOT_ASKED)
    if change in {Change.KEPT_OUT, Change.SUPPRESSED}:
        raise typer.Exit(1)


def _is_unconfirmed(service: Service, wish: Wish) -> bool:
    """Return whether the person of *wish* has yet to confirm, and may be asked to."""
    from digest.steps.subscribe import record_of

    record = record_of(service.store, service.keyring, wish.person.email)
    return record.suppression is None and any(
        each.briefing == wish.briefing and each.state is SubscriptionState.UNCONFIRMED
        for each in record.subscriptions
    )


def _ask(service: Service, wish: Wish) -> bool:
    """Have the person of *wish* mailed what lets them confirm. Return whether that will be."""
    from digest.mail.address import parse_address
    from digest.steps.readers import SignUp, ask_to_subscribe

    if not service.config.web.listen:
        return False
    return ask_to_subscribe(
        service.store,
        service.config,
        SignUp(parse_address(wish.person.email), wish.person.key, (wish.briefing,)),
        network="",
        language=service.config.publication.language,
        now=service.clock.now(),
        by="operator",
    )


def remove(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    briefing: OnlyBriefingOption = "",
    reason: ReasonOption = "removed by the operator",
) -> None:
    """Unsubscribe a person. No import brings them back.

    [bold]Example:[/bold] digest subscribers remove ada@example.org --reason "asked by phone"
    """
    from digest.steps.subscribe import unsubscribe

    with output.opened(config) as service:
        wanted = briefing_of(service.config, briefing) if briefing else None
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


def suppress(
    who: WhoArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Put an address on the do-not-mail record, whether it subscribed or not.

    It gets nothing any more, whatever is imported or signed up, until it is taken off again.

    [bold]Example:[/bold] digest subscribers suppress ada@example.org --reason "a lawyer wrote"
    """
    from digest.steps.subscribe import suppress as suppress_

    _check_reason(reason)
    with output.opened(config) as service:
        is_new = suppress_(
            service.store, service.keyring, who, evidence=reason, now=service.clock.now()
        )
    if json:
        output.print_json({"who": who, "suppressed": True, "changed": is_new})
    else:
        already = "" if is_new else " already; the first reason stays"
        say(f"{who}: on the do-not-mail record{already}")


def unsuppress(
    who: WhoArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Take an address off the do-not-mail record. Their subscriptions stay as they are.

    [bold]Example:[/bold] digest subscribers unsuppress ada@example.org --reason "works again"
    """
    from digest.steps.subscribe import unsuppress as unsuppress_

    _check_reason(reason)
    with output.opened(config) as service:
        before = unsuppress_(
            service.store, service.keyring, who, evidence=reason, now=service.clock.now()
        )
    if json:
        output.print_json({"who": who, "suppressed": False, "was": before})
    else:
        say(f"{who}: off the do-not-mail record (was on it: {before.reason})")


def erase(
    who: WhoArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person: address, name, and choices go; what was counted stays.

    A keyed hash of the address stays on the do-not-mail record, so that no import brings them back.
    It cannot be undone.

    [bold]Example:[/bold] digest subscribers erase ada@example.org --yes
    """
    from digest.steps.subscribe import erase as erase_
    from digest.steps.subscribe import record_of

    with output.opened(config) as service:
        record = record_of(service.store, service.keyring, who)
        if not yes and not typer.confirm(
            f"Erase {record.email} ({len(record.subscriptions)} subscriptions)? "
            "It cannot be undone",
            err=True,
        ):
            raise DigestError("nothing was erased")
        erase_(service.store, service.keyring, who, now=service.clock.now())
    if json:
        output.print_json({"who": who, "erased": True})
    else:
        say(f"{who}: erased")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise DigestError("--reason must say why, for the record")
