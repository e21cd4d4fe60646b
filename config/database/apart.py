"""Tables that one transaction has for itself: code that runs apart finds private copies of them.

Inside the block each of the tables is a temporary one with the same name, columns, defaults and
indexes. PostgreSQL looks for names there first, so that every statement, whoever wrote it, reads
and writes the copies. Once they are filled the transaction is read-only, which temporary tables
are exempt from: PostgreSQL itself refuses to write, lock or number a row of anything else. At the
end everything is taken back; nothing was ever to be seen by others, and nobody waited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.db import connection, transaction

_is_apart: ContextVar[bool] = ContextVar("is apart", default=False)

# Views are bound to the tables that they were made from: they are made anew over the copies. A
# default that counts by a sequence of another name gets one of its own, too.
_COPY: Final = """
DO $apart$
DECLARE
    home text := current_schema();
    names text[] := {tables};
    views text[] := {views};
    bodies text[];
    name text;
    each record;
BEGIN
    bodies := ARRAY(SELECT pg_get_viewdef(format('%I.%I', home, v)::regclass)
                    FROM unnest(views) WITH ORDINALITY AS given (v, place) ORDER BY place);
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('CREATE TEMPORARY TABLE %I (LIKE %I.%I INCLUDING DEFAULTS INCLUDING'
                       ' CONSTRAINTS INCLUDING IDENTITY INCLUDING GENERATED INCLUDING INDEXES)'
                       ' ON COMMIT DROP', name, home, name);
    END LOOP;
    FOR each IN
        SELECT s.relname AS counter, c.relname AS owner, a.attname AS part
        FROM pg_depend d
        JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
        JOIN pg_attrdef f ON f.oid = d.objid
        JOIN pg_class c ON c.oid = f.adrelid
        JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
        WHERE d.classid = 'pg_attrdef'::regclass AND c.relnamespace = pg_my_temp_schema()
          AND s.relnamespace = home::regnamespace AND c.relname = ANY(names)
    LOOP
        EXECUTE format('CREATE TEMPORARY SEQUENCE %I', each.counter);
        EXECUTE format('ALTER TABLE pg_temp.%I ALTER COLUMN %I SET DEFAULT nextval(%L)',
                       each.owner, each.part, 'pg_temp.' || quote_ident(each.counter));
    END LOOP;
    -- Another path than before makes PostgreSQL read again what was prepared on this connection.
    PERFORM set_config('search_path', 'pg_temp, ' || current_setting('search_path'), true);
    FOR n IN 1 .. coalesce(array_length(views, 1), 0) LOOP
        EXECUTE format('CREATE TEMPORARY VIEW %I AS %s', views[n], bodies[n]);
    END LOOP;
END $apart$
"""

# The next number of a copy comes after those that it holds.
_COUNT_ON: Final = """
DO $apart$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = pg_my_temp_schema() AND a.attname = 'id' AND a.attidentity <> ''
          AND c.relname = ANY({tables})
    LOOP
        EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), max(id)) FROM pg_temp.%I'
                       ' HAVING max(id) IS NOT NULL', 'pg_temp.' || quote_ident(name), 'id', name);
    END LOOP;
END $apart$
"""


def is_apart() -> bool:
    """Whether this runs on private tables, which have no months and can't be made anew."""
    return _is_apart.get()


@contextmanager
def apart(
    tables: Mapping[str, str],
    values: Mapping[str, Any],
    *,
    views: Sequence[str] = (),
    temporary: Sequence[str] = (),
    fill: Callable[[Any], None] = lambda cursor: None,
    seconds: float = 10.0,
) -> Iterator[Any]:
    """A cursor in a transaction that has *tables* for itself, taken back at the end of the block.

    Each of *tables* is given the rows of the real one for which its condition over `t` holds, with
    *values* (no condition: none; {home} is the schema of the real ones). *fill* writes what else
    they are to hold. *temporary* makes further temporary tables that the code wants; *views* are
    made anew over the copies. No lock is taken that others would wait for, unless they change the
    tables themselves. No statement may take longer than *seconds*, or wait so long. Exceptions
    come out of the block as they are.
    """
    token = _is_apart.set(False)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_schema(), set_config('statement_timeout', %(most)s, true),"
                " set_config('lock_timeout', %(most)s, true)",
                {"most": f"{round(seconds * 1000)}ms"},
            )
            home = connection.ops.quote_name(cursor.fetchone()[0])
            for statement in temporary:
                cursor.execute(statement)
            cursor.execute(_COPY.format(tables=_listed(tables), views=_listed(views)))
            for name, condition in tables.items():
                if condition:
                    _fill(cursor, home, name, condition, values)
            cursor.execute(_COUNT_ON.format(tables=_listed(tables)))
            cursor.execute("SET LOCAL transaction_read_only = on")
            _is_apart.set(True)
            fill(cursor)
            yield cursor
            transaction.set_rollback(True)
    finally:
        _is_apart.reset(token)


def made(tables: str, then: str = "") -> str:
    """SQL that makes temporary tables where there are none, and what follows. Apart they were made
    before, see `apart`, and can't be made."""
    return then if is_apart() else tables + then


def empty_temporary(cursor: Any, table: str) -> None:
    """Empty a temporary table."""
    cursor.execute(f"DELETE FROM {table}" if is_apart() else f"TRUNCATE {table}")


# helpers


def _fill(cursor: Any, home: str, name: str, condition: str, values: Mapping[str, Any]) -> None:
    table = connection.ops.quote_name(name)
    where = "" if condition == "true" else f" WHERE {condition.replace('{home}', home)}"
    cursor.execute(
        f"INSERT INTO pg_temp.{table} SELECT t.* FROM {home}.{table} t{where}", dict(values)
    )


def _listed(names: Mapping[str, str] | Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"
