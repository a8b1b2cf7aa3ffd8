"""Senders broken on purpose: each breaks one rule of delivery. The judge must catch every one.

They are patched into the process that launch.py starts, and into no other.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from digest.mail.envelope import Outgoing
from digest.mail.replies import Reply, Result, Stage
from digest.mail.smtp import Connection, Ending
from digest.model import DeliveryState
from digest.steps.deliver import writer
from digest.store import claims, deliveries
from digest.store.deliveries import Claim, Settlement
from digest.store.schema import deliveries as table


class _Passing:
    """A source of messages that does what another one does."""

    def __init__(self, source: Any) -> None:  # noqa: ANN401 - whatever a connection is given
        self.source = source

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - see above
        return getattr(self.source, name)


class _Hasty(_Passing):
    """Says that a message was accepted as soon as its body goes out."""

    async def confirm(self, outgoing: Outgoing) -> bool:
        is_good: bool = await self.source.confirm(outgoing)
        if is_good:
            hope = Result(Stage.DOT, Reply(250, ("2.0.0 surely",)))
            await self.source.settle(outgoing, hope)
        return is_good

    async def settle(self, outgoing: Outgoing, result: Result) -> None:
        if result.stage not in {Stage.DOT, Stage.BODY}:
            await self.source.settle(outgoing, result)


class _Lazy(_Passing):
    """Writes results down when there is time, and lets the connection go on meanwhile."""

    async def settle(self, outgoing: Outgoing, result: Result) -> None:
        async def later() -> None:
            await asyncio.sleep(0.5)
            await self.source.settle(outgoing, result)

        _background.add(asyncio.create_task(later()))


_background: set[asyncio.Task[None]] = set()


def _give_connections(wrapper: type[_Passing]) -> None:
    run = Connection.run

    async def running(self: Connection, source: Any) -> Ending:  # noqa: ANN401 - see _Passing
        return await run(self, wrapper(source))

    _patch(Connection, "run", running)


def _patch(where: object, name: str, value: object) -> None:
    assert hasattr(where, name), f"{where} has no {name} to break"
    setattr(where, name, value)


def cursor_first() -> None:
    """Mark what is claimed as accepted, then send it."""
    claim = deliveries.claim

    def marking(tx: Any, issue: int, limit: int, now: Any, *rest: Any, **more: Any) -> list[Claim]:  # noqa: ANN401 - handed on
        found = claim(tx, issue, limit, now, *rest, **more)
        state = DeliveryState.ACCEPTED
        deliveries.settle(tx, [Settlement(c.id, c.fence, state, 1, "", now) for c in found])
        return found

    _patch(deliveries, "claim", marking)


def settle_before_reply() -> None:
    """Write down that a message was accepted before the relay has said so."""
    _give_connections(_Hasty)


def commit_later() -> None:
    """Go on to the next message before the last result is durable (R4)."""
    _give_connections(_Lazy)


def new_message_id() -> None:
    """Give each attempt a Message-ID of its own (R6)."""

    def fresh(*words: Any) -> str:  # noqa: ANN401 - as message_id
        return f"<{secrets.token_hex(16)}@{words[-1]}>"

    _patch(writer, "message_id", fresh)


def no_fence() -> None:
    """Write results and hand back claims whoever has them meanwhile (R5)."""

    def held(batch: Any) -> Any:  # noqa: ANN401 - an SQL expression
        return table.c.id == batch.c.id

    _patch(claims, "_still_held", held)


def blind_to_leaving() -> None:
    """Never look who has left since the freeze."""
    _patch(deliveries, "left_since", lambda *_: {})
    _patch(claims, "SubscriptionState", SimpleNamespace(CONFIRMED=_Anything()))


class _Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment] # nothing could be equal to all


VARIANTS: Mapping[str, Callable[[], None]] = {
    "cursor first": cursor_first,
    "settle before reply": settle_before_reply,
    "commit later": commit_later,
    "new Message-ID": new_message_id,
    "no fence": no_fence,
    "blind to leaving": blind_to_leaving,
}
