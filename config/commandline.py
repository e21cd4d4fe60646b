"""Django's command line, with what an operator can mend told as a sentence."""

from collections.abc import Sequence

from django.core.management import execute_from_command_line
from django.db import OperationalError

from config.env import without_password
from config.errors import ConfigurationError


def run(argv: Sequence[str]) -> int:
    """Run one management command. Raises ConfigurationError when the database is unreachable."""
    try:
        execute_from_command_line(list(argv))
    except OperationalError as error:
        if is_connection_error(error):
            raise unreachable(error) from None
        raise
    return 0


def is_connection_error(error: OperationalError) -> bool:
    """Whether the server could not be reached or turned us away, as opposed to a failed query."""
    state = getattr(error.__cause__, "sqlstate", None)
    # psycopg sets no SQLSTATE when there was no server to give one.
    return state is None or state.startswith(("08", "28", "3D", "53", "57P"))


def unreachable(error: OperationalError) -> ConfigurationError:
    """The sentence for a database that can't be reached."""
    from django.conf import settings

    from config import env

    address = env.text("DATABASE_URL", "")
    reason = (str(error).strip().splitlines() or ["no reason given"])[-1].strip()
    if not address:
        name = settings.DATABASES["default"].get("HOST", "")
        return ConfigurationError(
            f"Waypost's own PostgreSQL at {name} can't be reached: {reason}. Run the command "
            "again; if that doesn't help, see the log of the database in the var folder."
        )
    return ConfigurationError(
        f"The database of DATABASE_URL ({without_password(address)}) can't be reached: {reason}. "
        "Start that server or correct DATABASE_URL; without it Waypost starts a PostgreSQL of "
        "its own."
    )
