"""Writing an issue as files to look at."""

from __future__ import annotations

from pathlib import Path

from digest import tokens
from digest.files import write_set
from digest.mail.address import Address, parse_address
from digest.steps.compose import Composition, draft_issue, trial
from digest.steps.compose.proofs import SAMPLE_READER, SAMPLE_SUBSCRIPTION
from digest.tokens import Purpose
from digest.wiring import Service


def draft(service: Service, briefing: str, *, is_test: bool = False) -> Composition | str:
    """Return the briefing's next issue as it would be now, or why there would be none.

    Raises:
        NotFoundError: if there is no such briefing.
        TemplateError: if a template is broken.
    """
    return draft_issue(
        service.store,
        service.config,
        service.renderer,
        service.keyring,
        briefing,
        now=service.clock.now(),
        is_test=is_test,
    )


def sample_token(service: Service) -> str:
    """Return a token that looks like any other and unsubscribes nobody."""
    return tokens.make(service.keyring, Purpose.UNSUBSCRIBE, SAMPLE_SUBSCRIPTION)


def sample_mail(service: Service, composition: Composition, recipient: Address) -> bytes:
    """Return the issue's mail to *recipient*, signed as all are, with links that are nobody's."""
    now = service.clock.now()
    return trial.sample_mail(
        service.config, service.keyring, service.signers, composition, recipient, now=now
    )


def write_preview(
    service: Service, composition: Composition, folder: Path, *, media: str | None = None
) -> tuple[Path, ...]:
    """Write the issue as ``<briefing>.html``, ``.txt`` and ``.eml`` to *folder*. Return the paths.

    *media* replaces the address of published files in the page, so that pictures show before
    anything is uploaded; ``None`` takes the files in the publication's own folder.
    """
    token = sample_token(service)
    published = (service.root / service.config.publish.folder).resolve().as_uri() + "/"
    page = composition.mail.html.replace(composition.slot, token)
    page = page.replace(service.config.publish.url, media if media is not None else published)
    contents = {
        f"{composition.briefing}.html": page.encode(),
        f"{composition.briefing}.txt": composition.mail.text.replace(
            composition.slot, token
        ).encode(),
        f"{composition.briefing}.eml": sample_mail(
            service, composition, parse_address(SAMPLE_READER)
        ),
    }
    write_set(folder, contents)
    return tuple(folder / name for name in contents)
