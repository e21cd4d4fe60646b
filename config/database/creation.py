"""Test databases are copies of the migrated template, which most runs find ready."""

from typing import Any

from django.db.backends.postgresql.creation import DatabaseCreation as PostgresqlCreation


class DatabaseCreation(PostgresqlCreation):
    """Copies instead of migrating; `migrate` then finds nothing to do, in every worker of a run."""

    def _get_database_create_suffix(
        self, encoding: str | None = None, template: str | None = None
    ) -> str:
        if template is None and encoding is None:
            from config.scratch import migrated_template

            template = migrated_template()
        suffix: str = super()._get_database_create_suffix(  # type: ignore[misc]
            encoding=encoding, template=template
        )
        return suffix

    def _create_test_db(self, *args: Any, **kwargs: Any) -> str:
        name: str = super()._create_test_db(*args, **kwargs)  # type: ignore[misc]
        # Looking for the template opened the pool, which would stay at the real database.
        self.connection.close()
        self.connection.close_pool()
        return name
