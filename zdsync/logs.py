"""structlog, set up once per process: an event line per unit of work, JSON outside a terminal, ids but no text."""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

import structlog

Form = Literal["json", "console", "auto"]


def configure_logs(form: Form = "auto") -> None:
    """`auto`: for people in a terminal, JSON anywhere else. Standard-library loggers (Celery's) go the same way."""
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="logged_at"),
    ]
    if not console:
        shared.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # module loggers follow a later call too; a line costs microseconds
    )
    renderer: Any = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("celery.app.trace", "celery.worker.strategy", "celery.beat", "urllib3", "kombu"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
