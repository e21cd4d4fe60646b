"""Emptying all tables after a test that committed, and putting back the rows of migrations.

Django truncates every table and loads those rows one by one, which takes a second on two cores;
this deletes what is there and copies them back from a schema of their own in some milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections, transaction
from django.db.backends.base.creation import TEST_DATABASE_PREFIX

from config.database.base import DatabaseWrapper

_KEPT: Final = "kept_rows"
_emptied = False
# All that Django and we made; brokers and migrations keep theirs.
_TABLES: Final = """
    SELECT c.relname, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND c.relname <> 'django_migrations'
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.relname
"""


def keep() -> None:
    """Remember what migrations wrote into a fresh test database, and take Django's part over."""
    if not connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX):
        return  # no test of this run asked for a database, so none was made
    # Django's own copy, on whichever connection object it looks for it: there is nothing to load.
    connections["default"]._test_serialized_contents = "[]"  # type: ignore[attr-defined]
    DatabaseWrapper._test_serialized_contents = "[]"  # type: ignore[attr-defined]
    setattr(DatabaseWrapper.ops_class, "execute_sql_flush", lambda self, sql_list: empty())  # noqa: B010
    with connection.cursor() as cursor:
        # Nobody pulls the plug on a test: its commits need not wait for the disk. Nor is a
        # statement over some rows worth a compiler, which a stock server starts for long ones.
        for setting in ("synchronous_commit", "jit"):
            cursor.execute(
                f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting} = off',"
                f" current_database()); END $$; SET {setting} = off"
            )
        cursor.execute(f"DROP SCHEMA IF EXISTS {_KEPT} CASCADE; CREATE SCHEMA {_KEPT}")
        for table in _filled(cursor):
            cursor.execute(f'CREATE TABLE {_KEPT}."{table}" AS TABLE public."{table}"')


def put_back() -> None:
    """Write the remembered rows into the tables, if a test emptied them: a skipped one did not."""
    global _emptied
    if not _emptied:
        return
    _emptied = False
    with _as_replica() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [_KEPT])
        kept = [name for (name,) in cursor.fetchall()]
        for table, columns in _tables(cursor).items():
            if table in kept:
                names = ", ".join(columns)
                cursor.execute(
                    f'INSERT INTO public."{table}" ({names}) SELECT {names} FROM {_KEPT}."{table}"'
                )
    ContentType.objects.clear_cache()


def empty() -> None:
    """Delete every row that Django or our own SQL tables hold."""
    global _emptied
    _emptied = True
    with _as_replica() as cursor:
        for table in _filled(cursor):
            cursor.execute(f'DELETE FROM public."{table}"')


# helpers


@contextmanager
def _as_replica() -> Iterator[Any]:
    """A transaction in which foreign keys are not looked at: what goes in was there before."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor


def _tables(cursor: Any) -> dict[str, list[str]]:
    cursor.execute(_TABLES)
    return dict(cursor.fetchall())


def _filled(cursor: Any) -> list[str]:
    """The tables that hold a row."""
    cursor.execute(
        " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM public.\"{table}\")"
            for table in _tables(cursor)
        )
    )
    return [name for (name,) in cursor.fetchall()]
