"""The engine's SQL by name: statements stand in journeys/engine/sql/*.sql, each with its reason.

They run on a cursor that binds on the server, in the transaction that Django has open: arrays of
ten thousand values go over in binary form (`%(name)b`), which is several times faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from django.db.utils import DatabaseErrorWrapper

FOLDER = Path(__file__).parent / "sql"
NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)

_counted: ContextVar[list[str] | None] = ContextVar("counted statements", default=None)


@cache
def statements() -> dict[str, str]:
    """Every statement by its name."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.sql")):
        parts = NAME.split(path.read_text())[1:]
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"{path}: there is a statement {name} already.")
            lines = [line for line in text.splitlines() if not line.startswith("--")]
            found[name] = "\n".join(lines).strip().removesuffix(";")
    return found


def fetch(name: str, params: dict[str, Any], **parts: str) -> list[tuple[Any, ...]]:
    """The rows of the statement *name*; *parts* are SQL for its {places}."""
    with _cursor(name) as cursor:
        cursor.execute(_text(name, parts), params, binary=True)
        return list(cursor.fetchall())


def execute(name: str, params: dict[str, Any], **parts: str) -> int:
    """Run the statement *name*; return how many rows it touched."""
    with _cursor(name) as cursor:
        cursor.execute(_text(name, parts), params)
        return cursor.rowcount


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append *rows* to *table* by COPY, the fastest way in."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with _cursor(f"copy {table}") as cursor, cursor.copy(statement) as into:
        for row in rows:
            into.write_row(row)


def with_names(sql: str, params: Sequence[Any], prefix: str) -> tuple[str, dict[str, Any]]:
    """A fragment with positional places (%s) as one with named ones, to stand in a statement."""
    numbers = iter(range(len(params)))
    named = re.sub(r"%(.)", lambda m: f"%({prefix}{next(numbers)})s" if m[1] == "s" else m[0], sql)
    return named, {f"{prefix}{n}": value for n, value in enumerate(params)}


@contextmanager
def counting() -> Iterator[list[str]]:
    """The names of all statements that run inside the block, for tests."""
    names: list[str] = []
    token = _counted.set(names)
    try:
        yield names
    finally:
        _counted.reset(token)


# helpers


def _text(name: str, parts: dict[str, str]) -> str:
    text = statements()[name]
    for place, sql in parts.items():
        text = text.replace("{" + place + "}", sql)
    return text


@contextmanager
def _cursor(name: str) -> Iterator[psycopg.Cursor[Any]]:
    counted = _counted.get()
    if counted is not None:
        counted.append(name)
    connection.ensure_connection()
    raw: Any = connection.connection
    # Errors come out as Django's, like those of any other query.
    with DatabaseErrorWrapper(connection), psycopg.Cursor(raw) as cursor:
        yield cursor
