"""One line of the log per event: JSON in production, readable on a terminal."""

import sys

from config import env
from config.logs import configure_structlog, logging_settings
from config.settings.base import DEBUG

LOG_FORMAT = env.text(
    "WAYPOST_LOG_FORMAT",
    "text" if DEBUG or sys.stderr.isatty() else "json",
    choices=["text", "json"],
)
LOG_LEVEL = env.text(
    "WAYPOST_LOG_LEVEL", "INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
)
LOGGING = logging_settings(LOG_FORMAT, LOG_LEVEL)
configure_structlog()

DJANGO_STRUCTLOG_CELERY_ENABLED = True
# An address of a visitor is personal data; the proxy's log has it where it is needed.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# One line per request: the one that says how it ended.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = 10
