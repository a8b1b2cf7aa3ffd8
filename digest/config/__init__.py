"""config.toml as one checked, unchangeable value.

:func:`load` takes the file's text and the environment's variables and returns a :class:`Config`,
or raises with everything that is wrong, by key and line. Nothing here opens a file: paths and
``*_file`` keys are handed on as they stand.
"""

from digest.config.checks import warnings
from digest.config.loading import load, redacted
from digest.config.root import (
    FORMATS,
    HUB,
    MAIN_FEED,
    OPML,
    PRIVATE_FOLDER,
    SOURCES,
    TOPIC_FOLDER,
    Config,
)
from digest.config.tables import (
    BriefingConfig,
    DatabaseConfig,
    DeliveryConfig,
    DkimConfig,
    FeedbackConfig,
    FeedConfig,
    FetchConfig,
    LogConfig,
    PublicationConfig,
    PublishConfig,
    RelayConfig,
    SecretsConfig,
    SignupConfig,
    SourceConfig,
    WebConfig,
    WebSubConfig,
)

__all__ = [
    "FORMATS",
    "HUB",
    "MAIN_FEED",
    "OPML",
    "PRIVATE_FOLDER",
    "SOURCES",
    "TOPIC_FOLDER",
    "BriefingConfig",
    "Config",
    "DatabaseConfig",
    "DeliveryConfig",
    "DkimConfig",
    "FeedConfig",
    "FeedbackConfig",
    "FetchConfig",
    "LogConfig",
    "PublicationConfig",
    "PublishConfig",
    "RelayConfig",
    "SecretsConfig",
    "SignupConfig",
    "SourceConfig",
    "WebConfig",
    "WebSubConfig",
    "load",
    "redacted",
    "warnings",
]
