"""How the daemon speaks: one line an event, for people or for programs."""

from __future__ import annotations

import logging
import sys

import structlog

from digest.config import LogConfig


def set_up_logs(settings: LogConfig) -> None:
    """Send events at or above the configured level to standard error."""
    as_lines: structlog.types.Processor
    if settings.format == "json":
        as_lines = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        as_lines = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            as_lines,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
