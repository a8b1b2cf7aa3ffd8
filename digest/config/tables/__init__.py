"""The tables of config.toml as values: what each key is, its unit, and its default.

Durations and intervals carry their unit in the name. "Empty" is an empty text or list; where a
docstring names a default for it, :func:`digest.config.load` has filled it in.
"""

from digest.config.tables.base import Table
from digest.config.tables.briefings import BriefingConfig
from digest.config.tables.desk import DeskConfig
from digest.config.tables.feedback import (
    FeedbackConfig,
    ImapConfig,
    InboxConfig,
    MaildirConfig,
)
from digest.config.tables.feeds import FeedConfig, PublishConfig
from digest.config.tables.fetch import FetchConfig
from digest.config.tables.hub import WebSubConfig
from digest.config.tables.preflight import PreflightConfig
from digest.config.tables.publication import PublicationConfig
from digest.config.tables.sending import (
    DOMAINS,
    LOOPBACK,
    DeliveryConfig,
    DkimConfig,
    DomainConfig,
    RelayConfig,
)
from digest.config.tables.service import DatabaseConfig, LogConfig, SecretsConfig
from digest.config.tables.signup import SignupConfig
from digest.config.tables.sources import SourceConfig
from digest.config.tables.web import WebConfig
from digest.config.tables.webhooks import WebhookConfig

__all__ = [
    "DOMAINS",
    "LOOPBACK",
    "BriefingConfig",
    "DatabaseConfig",
    "DeliveryConfig",
    "DeskConfig",
    "DkimConfig",
    "DomainConfig",
    "FeedConfig",
    "FeedbackConfig",
    "FetchConfig",
    "ImapConfig",
    "InboxConfig",
    "LogConfig",
    "MaildirConfig",
    "PreflightConfig",
    "PublicationConfig",
    "PublishConfig",
    "RelayConfig",
    "SecretsConfig",
    "SignupConfig",
    "SourceConfig",
    "Table",
    "WebConfig",
    "WebSubConfig",
    "WebhookConfig",
]
