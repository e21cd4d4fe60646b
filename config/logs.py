"""Structured logs: every line carries the id of its request or its task.

`structlog.get_logger(__name__)` and `logging.getLogger(__name__)` both end here.
"""

from typing import Any

import structlog


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def configure_structlog() -> None:
    """Let structlog hand its events to the standard library's handlers."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_settings(form: str, level: str) -> dict[str, Any]:
    """Return `LOGGING` for the form "json" or "text", from `level` upward, to stderr."""
    if form == "json":
        endings: list[Any] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    else:
        endings = [structlog.dev.ConsoleRenderer(colors=False)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *endings,
                ],
                "foreign_pre_chain": _shared(),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level, "handlers": [], "propagate": True},
            "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
            # Told by the request line already.
            "django.request": {"level": "ERROR", "handlers": [], "propagate": True},
            "celery": {"level": level, "propagate": True},
            "celery.app.trace": {"level": "WARNING", "propagate": True},
            "celery.worker.strategy": {"level": "WARNING", "propagate": True},
            "celery.beat": {"level": "WARNING", "propagate": True},
            "psycopg.pool": {"level": "ERROR", "propagate": True},
            "pgmq": {"level": "WARNING", "propagate": True},
        },
    }
