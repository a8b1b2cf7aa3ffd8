"""Commands for webhooks of mail services: feedback webhooks, confirm; and trying a payload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import output
from digest.cli.output import DEFAULT_CONFIG, ConfigOption, JsonOption, say
from digest.errors import DigestError, NotFoundError

if TYPE_CHECKING:
    from digest.mail.webhooks import Batch
    from digest.steps.feedback import Taken
    from digest.wiring import Service


def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the webhooks of mail services, what came by them, and topics that wait.

    [bold]Example:[/bold] digest feedback webhooks
    """
    from digest.store import webhooks

    with output.opened(config) as service, service.store.read() as tx:
        hooks = {
            name: {"provider": hook.provider, "url": f"{service.config.web.url}hooks/{name}"}
            for name, hook in service.config.feedback.webhooks.items()
        }
        counts, topics = webhooks.counts(tx), webhooks.topics(tx)
    if json:
        output.print_json({"webhooks": hooks, "events": counts, "topics": topics})
        return
    if not hooks:
        say("There is none; docs/feedback.md tells how to set one up.")
    for name, hook in hooks.items():
        say(f"{name}: {hook['provider']}, at {hook['url']}")
        for item in (item for item in topics if item.hook == name):
            state = "confirmed" if item.confirmed_at else "waits for digest feedback confirm"
            say(f"  topic {item.topic}: {state}")
    output.table(
        "Events",
        ["webhook", "event", "number", "last"],
        [
            [
                item.hook,
                item.name if item.is_known else f"{item.name} (not known to Digest)",
                str(item.number),
                output.utc(item.last_at),
            ]
            for item in counts
        ],
    )


def confirm(
    webhook: Annotated[str, typer.Argument(help="The webhook's name in the settings.")],
    topic: Annotated[str, typer.Argument(help="The topic's ARN, as Amazon shows it.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Confirm to Amazon SNS that a topic may send to a webhook, and believe it from now on.

    [bold]Example:[/bold] digest feedback confirm ses arn:aws:sns:eu-west-1:123456789012:bounces
    """
    import asyncio

    with output.opened(config) as service:
        if webhook not in service.config.feedback.webhooks:
            raise NotFoundError("webhook", webhook, list(service.config.feedback.webhooks))
        asyncio.run(service.webhooks().confirm(webhook, topic))
    say(f"{topic} may send to {webhook!r}.")


def explained(
    service: Service, file: Path, data: bytes, provider: str
) -> tuple[Batch, list[Taken]]:
    """Return what the payload *data* of *provider* says, and what would follow from each event.

    Raises:
        NotFoundError: if there is no such provider.
        DigestError: if the payload is none of its.
    """
    from digest.mail.webhooks import PROVIDERS, WebhookError, read
    from digest.steps.feedback import Event, explain_event

    if provider not in PROVIDERS:
        raise NotFoundError("provider", provider, list(PROVIDERS))
    try:
        batch = read(provider, data)
    except WebhookError as error:
        raise DigestError(f"{file} is nothing that {provider} sends: {error}") from error
    now = service.clock.now()
    events = [
        explain_event(
            service.store,
            service.config,
            service.keyring,
            Event(item.report, item.identity, address=item.address),
            now=now,
        )
        for item in batch.happenings
    ]
    return batch, events


def say_names(batch: Batch) -> None:
    """Print how many events of each name there are."""
    for name, number in batch.names.items():
        known = " (not known to Digest)" if name in batch.unknown else ""
        say(f"{number} {name}{known}")
