"""What an unreachable database says."""

from typing import Any

from django.db.utils import OperationalError

from config.errors import ConfigurationError


class DatabaseUnreachableError(ConfigurationError, OperationalError):
    """No connection can be had: a database error for pages, a sentence for commands."""


def unreachable(settings: dict[str, Any], cause: Exception) -> DatabaseUnreachableError:
    """Say which database did not answer, why, and what to do; never its password."""
    if settings.get("EMBEDDED"):
        place = "The embedded PostgreSQL"
        advice = "Look at its log under var/postgres, or set DATABASE_URL to another PostgreSQL."
    else:
        host = settings.get("HOST") or "the local socket"
        port = f", port {settings['PORT']}" if settings.get("PORT") else ""
        place = (
            f"The PostgreSQL of DATABASE_URL (host {host}{port}, database {settings['NAME']}, "
            f"user {settings.get('USER') or 'of this process'})"
        )
        advice = (
            "Start it, or correct DATABASE_URL; without DATABASE_URL, Waypost starts a PostgreSQL "
            "of its own."
        )
    said = " ".join(str(cause).split()) or type(cause).__name__
    return DatabaseUnreachableError(f"{place} can't be reached. {advice} It says: {said}")
