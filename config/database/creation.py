"""Test databases are copies of the migrated template, which most runs find ready."""

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
