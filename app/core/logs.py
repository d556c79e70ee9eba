"""Structured logs, one event a line; request ids travel in context variables."""

import logging
import sys
from typing import Any

import structlog


def configure_logs(log_format: str, log_level: str) -> None:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level(log_level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _level(name: str) -> int:
    return logging.getLevelNamesMapping()[name.upper()]


log: structlog.stdlib.BoundLogger = structlog.get_logger()
