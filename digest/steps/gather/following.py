"""Being told by the hub of a source (WebSub): what to ask of it, and what follows. Pure.

The hub saves asking, and never replaces it: a source that a hub brings is asked as seldom as the
settings allow, and as often as any other again when the hub stops, refuses, or misses something.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from digest.config import Config
from digest.model import HubMode
from digest.store.sources import State
from digest.syndication import websub
from digest.syndication.websub import Question

AGAIN_SOON = timedelta(hours=1)
AGAIN_LATER = timedelta(days=1)
"""When a hub is asked again that did not do as it was asked, for the first time and later."""

ANSWER_WITHIN = timedelta(days=1)
"""How long a hub may take to ask back."""

GRACE = timedelta(hours=1)
"""What is newer may still be on its way from the hub."""

_RENEW_BEFORE = timedelta(days=1)
_SHORTEST = timedelta(minutes=5)
_NOTHING = {
    "callback": "",
    "secret": "",
    "hub_asked_at": None,
    "hub_until": None,
    "hub_next_at": None,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """What is to be asked of the hub of a source."""

    state: State
    """With the callback and the secret that the hub is given."""

    mode: HubMode


def is_wanted(config: Config, state: State) -> bool:
    """Return whether the hub of the source may bring what it has.

    There must be a server for it to bring that to; and where the feed comes encrypted, the hub's
    secret must go encrypted, too: whoever knows it can write articles.
    """
    settings = config.sources.get(state.source)
    return bool(
        config.web.listen
        and state.hub
        and settings is not None
        and settings.kind == "feed"
        and settings.url == state.url
        and not state.is_paused
        and state.gone_at is None
        and (state.hub.startswith("https:") or not state.address.startswith("https:"))
    )


def is_told(state: State, now: datetime) -> bool:
    """Return whether a hub has promised to bring what the source has."""
    return state.hub_until is not None and state.hub_until > now


def due(state: State, *, wanted: bool, now: datetime) -> HubMode | None:
    """Return what is to be asked of the hub at *now*; ``None``: nothing."""
    is_time = state.hub_next_at is None or state.hub_next_at <= now
    if wanted:
        return HubMode.SUBSCRIBE if is_time else None
    # What was not promised need not be called off.
    return HubMode.UNSUBSCRIBE if state.callback and is_told(state, now) else None


def is_over(state: State, *, wanted: bool, now: datetime) -> bool:
    """Return whether the hub has nothing more to say: its address here is to be no more."""
    if wanted or not state.callback or is_told(state, now):
        return False
    return state.hub_asked_at is None or now - state.hub_asked_at >= ANSWER_WITHIN


def asked(state: State, mode: HubMode, *, callback: str, secret: str, now: datetime) -> State:
    """Return *state* once its hub is asked for *mode*; it keeps the names that it has.

    Args:
        state: As it was.
        mode: What is asked for.
        callback: The part of our address that nobody can guess, for want of one.
        secret: What is signed with, for want of one.
        now: The time.
    """
    if mode is HubMode.UNSUBSCRIBE:
        return replace(state, hub_asked_at=now, hub_until=None, hub_next_at=None)
    is_first = state.hub_asked_at is None or is_told(state, now)
    return replace(
        state,
        callback=state.callback or callback,
        secret=state.secret or secret,
        hub_asked_at=now,
        hub_next_at=now + (AGAIN_SOON if is_first else AGAIN_LATER),
    )


def written(state: State) -> dict[str, Any]:
    """Return what of *state* is to be written, by the names of columns."""
    return {name: getattr(state, name) for name in _NOTHING}


def over() -> dict[str, Any]:
    """Return what is to be written when the hub has nothing to do with the source any more."""
    return dict(_NOTHING)


def named(state: State, hub: str, topic: str, now: datetime) -> dict[str, Any]:
    """Return what is to be written when the feed names *hub* and *topic* there; empty: none.

    To another hub than before, our address and the secret must be new: what the one knows is
    nothing to the other, which learns that there is nobody any more (410) when it brings something.
    """
    if (hub, topic) == (state.hub, state.topic):
        return {}
    return {**_NOTHING, "hub": hub, "topic": topic, "hub_next_at": now if hub else None}


def missed(state: State, news_at: datetime | None, now: datetime) -> dict[str, Any]:
    """Return what is to be written if asking found news, of *news_at*, that a hub was to bring."""
    if (
        not is_told(state, now)
        or news_at is None
        or state.news_at is None
        or news_at <= state.news_at
        or now - news_at <= GRACE
    ):
        return {}
    return {"hub_until": None, "hub_next_at": now + AGAIN_LATER}


def refused(state: State, now: datetime) -> dict[str, Any]:
    """Return what is to be written when the hub refuses; what it promised stays."""
    return {"hub_next_at": now + AGAIN_LATER} if state.hub_next_at is not None else {}


def answered(
    state: State, question: Question, *, wanted: bool, now: datetime
) -> dict[str, Any] | None:
    """Return what is to be written when the hub says *question*; ``None``: we did not ask for it.

    Whoever knows our address may ask: what they say must be what we want.
    """
    if question.topic != state.topic or state.hub_asked_at is None:
        return None
    if question.mode is HubMode.DENIED:
        return {"hub_until": None, "hub_next_at": now + AGAIN_LATER} if wanted else over()
    if question.mode is HubMode.UNSUBSCRIBE:
        return None if wanted else over()
    if not wanted or now - state.hub_asked_at > ANSWER_WITHIN:
        return None
    lease = question.lease
    renew_after = max(lease - min(lease / 4, _RENEW_BEFORE), _SHORTEST)
    return {"hub_until": now + lease, "hub_next_at": now + renew_after}


def question_of(asking: Asking) -> Question:
    """Return what is said to the hub."""
    return Question(asking.mode, asking.state.topic, websub.DEFAULT_LEASE)
