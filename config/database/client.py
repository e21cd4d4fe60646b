"""`manage.py dbshell` for the embedded database too."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql.client import DatabaseClient as PostgresqlClient

from config import embedded


class DatabaseClient(PostgresqlClient):
    """Starts the embedded server and names its socket before psql is called."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        if not settings_dict.get("EMBEDDED"):
            return super().settings_to_cmd_args_env(settings_dict, list(parameters))
        found = embedded.ensure_running()
        settings_dict = settings_dict | {"HOST": found["host"], "PORT": found["port"]}
        arguments, variables = super().settings_to_cmd_args_env(settings_dict, list(parameters))
        # The machine may have no psql; the wheel brings one.
        return [embedded.program("psql"), *arguments[1:]], variables
