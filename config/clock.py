"""The one place that reads the clock.

Everything that depends on time takes `now` as a parameter; only the outermost function (a view, a
task, a command) asks here.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the moment as an aware datetime in UTC."""
    return datetime.now(UTC)
