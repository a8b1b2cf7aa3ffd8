"""What a running daemon does again and again beside the clock: one method for each.

Each goes round once, says in the log what came of it, and raises what its step raises.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from digest.errors import DigestError
from digest.wiring import Service

log = structlog.get_logger("digest")


class Rounds:
    """Everything that is done again and again."""

    def __init__(
        self,
        service: Service,
        *,
        on_mail: Callable[[], None],
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            service: The publication.
            on_mail: Called when something may be sent that could not be before.
        """
        self._on_mail = on_mail
        self.feedback = service.feedback()
        self._trouble_of_feedback = ""
        """What was in the way at the last look: what goes on to be is said once."""
        self._postman = service.postman()
        self._gatherer = service.gatherer()
        self._listener = service.listener()
        self._inspector = service.inspector()
        websub = service.config.websub
        self._notifier = service.notifier() if service.config.hubs() else None
        self._hub = service.hub() if websub.hub == "self" else None

    def stop(self) -> None:
        """Claim nothing more, finish what is on the wire. Safe to repeat."""
        self._gatherer.stop()
        self._listener.stop()
        self._postman.stop()
        self.feedback.stop()
        if self._notifier:
            self._notifier.stop()
        if self._hub:
            self._hub.stop()

    async def post(self) -> None:
        """Answer what readers ask for on the pages, and send the mails that come of it."""
        result = await self._postman.go_round()
        if result.asked or result.counts:
            log.info(
                "readers",
                **{f"asked_{outcome}": count for outcome, count in result.asked.items()},
                **{str(state): count for state, count in result.counts.items()},
                trouble=result.trouble,
            )

    async def gather(self) -> bool:
        """Ask sources for news; return whether there is something to publish."""
        result = await self._gatherer.go_round()
        for source, reason in result.failures.items():
            log.warning("source failed", source=source, reason=reason)
        for item in result.gathered:
            if item.is_news or item.waiting:
                log.info(
                    "gathered",
                    source=item.source,
                    added=len(item.added),
                    updated=len(item.updated),
                    withdrawn=len(item.withdrawn),
                    waiting=item.waiting,
                )
        return result.is_news

    async def listen(self) -> None:
        """Have the hubs of sources tell us what is new."""
        result = await self._listener.go_round()
        if result.counts:
            log.info("hubs of sources", **result.counts)
        for source, reason in result.failures.items():
            log.warning("hub of a source", source=source, reason=reason)

    async def look_at_links(self) -> None:
        """Look at the links of issues that were made, before they go out."""
        for result in await self._inspector.go_round():
            log.info(
                "links",
                briefing=result.issue.briefing,
                number=result.issue.number,
                links=result.links,
                findings=len(result.findings),
                held=result.held,
            )
            self._on_mail()

    async def notify(self) -> None:
        """Tell hubs of what has changed; the files are live by then."""
        if self._notifier is None:
            return
        result = await self._notifier.go_round()
        if result.changed or result.told or result.failures:
            log.info(
                "hubs", changed=len(result.changed), told=result.told, failures=result.failures
            )

    async def serve_hub(self) -> None:
        """Ask callbacks whether they agree, and send subscribers what has changed."""
        if self._hub is None:
            return
        result = await self._hub.go_round()
        if result.counts:
            log.info("hub", **result.counts)

    async def read_mailbox(self) -> None:
        """Take what came by mail; a mailbox that cannot be read is said, and not raised."""
        try:
            await self.feedback.read_mailbox()
        except DigestError as error:
            log.error("step failed", step="mailbox", reason=str(error))  # noqa: TRY400 - it says it all

    async def heed(self) -> None:
        """Decide what follows from what came back, and pass on what people wrote."""
        result = await self.feedback.go_round()
        known, self._trouble_of_feedback = self._trouble_of_feedback, result.trouble
        if result.trouble and result.trouble != known:
            log.warning("feedback", trouble=result.trouble)
        if result.forwarded:
            log.info("feedback", forwarded=result.forwarded)
