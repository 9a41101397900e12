"""What processes write to their logs: one JSON object a line, in UTC, and never the values of variables.

Left alone, structlog prints a traceback with every local variable: settings with their secrets, sessions, and what
firms told us. A traceback here names places in the code and the error's own message, nothing else.
"""

from __future__ import annotations

import logging

import structlog
from structlog.typing import Processor

SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)
LINES = structlog.processors.JSONRenderer(ensure_ascii=False)


def set_up() -> None:
    """Have our own loggers and those of libraries write in this one form. Doing so twice is harmless."""
    structlog.configure(
        processors=[*SHARED, LINES],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def formatter() -> logging.Formatter:
    """The same form for the loggers of libraries."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, LINES],
    )
