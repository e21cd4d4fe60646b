"""What an unreachable database says."""

from typing import Any

from django.db.utils import OperationalError

from config.errors import ConfigurationError
from config.terminal import gettext as _


class DatabaseUnreachableError(ConfigurationError, OperationalError):
    """No connection can be had: a database error for pages, a sentence for commands."""


def unreachable(settings: dict[str, Any], cause: Exception) -> DatabaseUnreachableError:
    """Say which database did not answer, why, and what to do; never its password."""
    if settings.get("EMBEDDED"):
        told = _(
            "The embedded PostgreSQL can't be reached. Look at its log under var/postgres, or set "
            "DATABASE_URL to another PostgreSQL. It says: {said}"
        )
    else:
        told = _(
            "The PostgreSQL of DATABASE_URL (host {host}, database {database}, user {user}) can't "
            "be reached. Start it, or correct DATABASE_URL; without DATABASE_URL, Waypost starts a "
            "PostgreSQL of its own. It says: {said}"
        )
    host = settings.get("HOST") or _("the local socket")
    if settings.get("PORT"):
        host = _("{host}, port {port}").format(host=host, port=settings["PORT"])
    return DatabaseUnreachableError(
        told.format(
            host=host,
            database=settings["NAME"],
            user=settings.get("USER") or _("of this process"),
            said=" ".join(str(cause).split()) or type(cause).__name__,
        )
    )
