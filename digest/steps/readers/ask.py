"""Ask: what a page is asked for is written down, the same whoever it is for.

Nothing here looks anybody up: one row is written, or none when a budget is used up, and how long
that takes says nothing of the address.
"""

from __future__ import annotations

from datetime import datetime

from digest.config import Config
from digest.errors import AddressError
from digest.mail.address import key_of, parse_address
from digest.model import RequestKind
from digest.steps.readers.forms import SignUp
from digest.steps.readers.words import words_of
from digest.store import requests
from digest.store.engine import Store
from digest.store.requests import Budgets, NewRequest

BY_FORM = "form"
"""By what people ask themselves."""

MAILED_LINKS = frozenset({RequestKind.PREFERENCES, RequestKind.EXPORT, RequestKind.ERASE})
"""What somebody can ask a link for."""


def ask_to_subscribe(
    store: Store,
    config: Config,
    sign_up: SignUp,
    *,
    network: str,
    language: str,
    now: datetime,
    by: str = BY_FORM,
) -> bool:
    """Write down that somebody wants to subscribe. Return whether a budget was left for it.

    *language* is that of the page: the words they agreed to are kept as they stood there. *by* says
    who asked, for the record; an operator's wish is in the record already.

    Raises:
        StoreError: if it cannot be written.
    """
    agreed = {name: words_of(config, name, language) for name in sign_up.briefings}
    request = NewRequest(
        kind=RequestKind.SUBSCRIBE,
        at=now,
        network=network,
        email=str(sign_up.address),
        email_key=sign_up.key,
        domain=sign_up.address.domain,
        details={
            "briefings": {
                name: {"text": words.text, "version": words.version}
                for name, words in agreed.items()
            },
            "topics": list(sign_up.topics),
            "language": sign_up.language or language,
            "timezone": sign_up.timezone,
            "format": str(sign_up.mail_format),
            "by": by,
        },
    )
    with store.write() as tx:
        return requests.add_within(tx, request, budgets_of(config))


def ask_for_link(  # noqa: PLR0913 - what is asked for, by whom, from where, when
    store: Store,
    config: Config,
    kind: RequestKind,
    *,
    network: str,
    now: datetime,
    email: str = "",
    subscription_id: int | None = None,
    language: str = "",
) -> bool:
    """Write down that somebody wants a link to do *kind* of thing with what is stored of them.

    They are known by their *email*, or by the subscription whose mail had the link they came by.
    Return whether it was written down: an address that is none is not, nor is what a budget
    forbids.

    Raises:
        ValueError: if links of that *kind* cannot be asked for.
        StoreError: if it cannot be written.
    """
    if kind not in MAILED_LINKS:
        raise ValueError(f"there is no link to ask for {kind}")
    details = {"language": language}
    if subscription_id is not None:
        request = NewRequest(kind, now, network, subscription_id=subscription_id, details=details)
    else:
        try:
            address = parse_address(email.strip())
        except AddressError:
            return False
        request = NewRequest(
            kind, now, network, str(address), key_of(address), address.domain, details=details
        )
    with store.write() as tx:
        return requests.add_within(tx, request, budgets_of(config))


def budgets_of(config: Config) -> Budgets:
    """Return how many requests are taken."""
    signup = config.signup
    return Budgets(signup.per_network_an_hour, signup.per_domain_an_hour, signup.an_hour)
