"""What mail services tell us by HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+", re.ASCII)


def check_topics(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return *value*, names (ARN) of topics of Amazon SNS."""
    for item in value:
        if not _TOPIC.fullmatch(item):
            raise ValueError(
                f"{item!r} must be the ARN of a topic such as "
                '"arn:aws:sns:eu-west-1:123456789012:ses"'
            )
    return value


class WebhookConfig(Table):
    """``[feedback.webhooks.<name>]``: a mail service that reports to ``/hooks/<name>``."""

    provider: Annotated[
        Literal["ses", "postmark", "sendgrid", "mailgun", "brevo"],
        Expects('"ses" (Amazon), "postmark", "sendgrid", "mailgun", or "brevo"'),
    ]
    secret: values.Secret = None
    """By environment only (``DIGEST_FEEDBACK__WEBHOOKS__<NAME>__SECRET``)."""

    secret_file: values.OptionalPath = ""
    public_key: values.OptionalLine = ""
    """SendGrid's verification key, as it shows it."""

    topics: Annotated[
        tuple[str, ...],
        Field(strict=False),
        AfterValidator(check_topics),
        Expects('a list of topics such as ["arn:aws:sns:eu-west-1:123456789012:ses"]'),
    ] = ()
    """Topics of Amazon SNS that are confirmed without asking; others wait for
    ``digest feedback confirm``."""

    max_age_minutes: Annotated[
        int, Field(ge=5, le=10_080), Expects("a whole number of minutes, 5 to 10080")
    ] = 1440
    """A request that was signed longer ago is refused: it is somebody else's second time."""

    @property
    def max_age(self) -> timedelta:
        """:attr:`max_age_minutes` as a duration."""
        return timedelta(minutes=self.max_age_minutes)

    @property
    def has_secret(self) -> bool:
        """Whether requests are proved with a secret."""
        return self.provider in {"postmark", "mailgun", "brevo"}

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = (self.secret is not None) + bool(self.secret_file)
        if given > 1:
            raise ValueError("has a secret by environment and a secret_file; keep one")
        if self.has_secret and not given:
            raise ValueError(
                f"needs a secret for {self.provider}: name a file in secret_file, or set it in the "
                "environment"
            )
        if given and not self.has_secret:
            raise ValueError(f"has a secret, and {self.provider} knows none; leave it out")
        if (self.provider == "sendgrid") != bool(self.public_key):
            raise ValueError("needs a public_key for sendgrid, and for no other")
        if self.topics and self.provider != "ses":
            raise ValueError('has topics, which only "ses" knows')
        return self
