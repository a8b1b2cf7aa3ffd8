"""Subscribers: asked to confirm, looked up one by one, unsubscribed, erased. Never listed."""

from __future__ import annotations

from starlette.responses import Response

from digest.mail.address import key_of, parse_address
from digest.model import MailFormat, SubscriptionState
from digest.steps.access import Scope
from digest.steps.readers import SignUp, ask_to_subscribe, network_of
from digest.steps.subscribe import Wish, erase, person_of, record_of, subscribe, unsubscribe
from digest.web.api.bodies import (
    ChangeOut,
    ChangesOut,
    ConsentIn,
    SubscriberIn,
    SubscriberOut,
    SubscriptionOut,
)
from digest.web.api.door import Call, Operation, Parameter, require_scope, said
from digest.web.api.problems import Field, ProblemError

BY_API = "api"
"""Who did it, in the record of consent."""

_HOUR_SECONDS = "3600"


def add(call: Call) -> Response:
    """Ask a person to confirm, or believe the caller's record."""
    body, config = call.body(SubscriberIn), call.service.config
    unknown = [
        Field(f"/briefings/{place}", "there is no such briefing")
        for place, name in enumerate(body.briefings)
        if name not in config.briefings
    ]
    if unknown:
        raise ProblemError(422, "there is no such briefing", unknown)
    network = network_of(body.ip) if body.ip is not None else call.network
    if body.ip is not None and not network:
        raise ProblemError(422, "ip: is no IP address", [Field("/ip", "is no IP address")])
    names = tuple(dict.fromkeys(body.briefings))
    if body.consent is not None:
        require_scope(call.token, Scope.CONSENT)
        return _believe(call, body, body.consent, names, network if body.ip else "")
    address = parse_address(body.email)
    sign_up = SignUp(
        address,
        key_of(address),
        names,
        tuple(body.topics),
        body.language or "",
        body.timezone or "",
        MailFormat(body.format),
    )
    asked = ask_to_subscribe(
        call.service.store,
        config,
        sign_up,
        network=network,
        language=config.publication.language,
        now=call.now,
        by=f"{BY_API}: {call.token.name}",
    )
    if not asked:
        reason = "no more sign-ups are taken within this hour ([signup] in the settings)"
        raise ProblemError(429, reason, headers={"Retry-After": _HOUR_SECONDS})
    changes = [ChangeOut(briefing=name, change="asked") for name in names]
    return said(ChangesOut(changes=changes), 202)


def _believe(
    call: Call, body: SubscriberIn, consent: ConsentIn, names: tuple[str, ...], network: str
) -> Response:
    if consent.at > call.now:
        raise ProblemError(
            422, "consent.at: lies ahead", [Field("/consent/at", "must not lie ahead")]
        )
    # What could be wrong with the rest, the body's types have said before.
    person = person_of(
        body.email, "", body.language or "", body.timezone or "", MailFormat(body.format)
    )
    said_so = f"{consent.text} ({consent.at.isoformat()})"
    result = subscribe(
        call.service.store,
        call.service.keyring,
        [
            Wish(
                person,
                name,
                SubscriptionState.CONFIRMED,
                since=consent.at,
                network=network,
                topics=tuple(body.topics),
            )
            for name in names
        ],
        method=BY_API,
        evidence="; ".join(filter(None, (said_so, consent.evidence, f"token {call.token.name}"))),
        now=call.now,
    )
    changes = [
        ChangeOut(briefing=wish.briefing, change=str(change)) for wish, change in result.changes
    ]
    return said(ChangesOut(changes=changes))


def show(call: Call) -> Response:
    """Show one person."""
    record = record_of(call.service.store, call.service.keyring, _email(call), deliveries=1)
    subscriptions = [
        SubscriptionOut(
            briefing=item.briefing,
            state=str(item.state),
            since=item.unsubscribed_at or item.confirmed_at,
        )
        for item in record.subscriptions
    ]
    return said(
        SubscriberOut(
            email=record.email,
            suppressed=record.suppression is not None,
            subscriptions=subscriptions,
        )
    )


def remove(call: Call) -> Response:
    """Unsubscribe a person, or erase all that is stored of them."""
    query, service, email = call.request.query_params, call.service, _email(call)
    wish = query.get("erase", "")
    if wish not in {"", "0", "1"}:
        raise ProblemError(422, "erase: must be 1 or 0", [Field("erase", "must be 1 or 0")])
    briefing = query.get("briefing")
    if wish == "1":
        if briefing is not None:
            reason = "erasing is of everything: leave briefing out"
            raise ProblemError(422, reason, [Field("briefing", reason)])
        erase(service.store, service.keyring, email, now=call.now)
        return Response(status_code=204)
    ended = unsubscribe(
        service.store,
        email,
        briefing,
        method=BY_API,
        evidence=f"token {call.token.name}",
        now=call.now,
    )
    changes = [ChangeOut(briefing=name, change="unsubscribed") for name in ended]
    return said(ChangesOut(changes=changes))


def _email(call: Call) -> str:
    """Return the address in the path; never the number of a subscriber."""
    return str(parse_address(call.path("email")))


_EMAIL = Parameter("email", "path", "The address, percent-encoded.", True)  # noqa: FBT003 - required

OPERATIONS = (
    Operation(
        "POST",
        "/subscribers",
        "addSubscriber",
        "Have a person mailed a link to confirm; or, with their consent on record, subscribe them.",
        Scope.SUBSCRIBERS,
        add,
        SubscriberIn,
        (
            (202, "They are asked, unless they were lately.", ChangesOut),
            (200, "Subscribed by the consent in the body.", ChangesOut),
        ),
    ),
    Operation(
        "GET",
        "/subscribers/{email}",
        "getSubscriber",
        "Show what a person subscribed to.",
        Scope.SUBSCRIBERS,
        show,
        None,
        ((200, "The person.", SubscriberOut),),
        (404, 422),
        (_EMAIL,),
    ),
    Operation(
        "DELETE",
        "/subscribers/{email}",
        "removeSubscriber",
        "Unsubscribe a person from one briefing or all; with erase=1, erase all that is stored.",
        Scope.SUBSCRIBERS,
        remove,
        None,
        ((200, "Unsubscribed.", ChangesOut), (204, "Erased.", None)),
        (404, 422),
        (
            _EMAIL,
            Parameter("briefing", "query", "Only this one."),
            Parameter("erase", "query", "1: erase everything."),
        ),
    ),
)
