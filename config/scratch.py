"""Scratch databases: a whole empty Waypost beside the real one, made in under a second.

`manage.py replay`, `manage.py bench` and their like work in one and throw it away. It is copied
from a template that has every migration applied; the template is kept on the server under a name
that changes with the migration files.
"""

import hashlib
import importlib.metadata
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from config.database.base import close_pools
from config.errors import ConfigurationError
from config.wake import no_wakes

_PREFIX: Final = "waypost_scratch_"
_TEMPLATE: Final = "waypost_template_"
_RESUMABLE: Final = "resumable"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Advisory locks: the first number is ours, the second says what is locked.
_LOCK_SPACE: Final = 0x57415950
_LOCK_TEMPLATE: Final = 1


@dataclass(frozen=True)
class Scratch:
    """The database in use: its name, and whether it was there before (only with `resume`)."""

    database: str
    existed: bool


@contextmanager
def scratch_database(name: str, *, keep: bool = False, resume: bool = False) -> Iterator[Scratch]:
    """Point the default connection at a scratch database for the time of the block.

    The database is dropped afterwards. With `keep` it stays. With `resume` one that a killed run
    left is opened again, and it stays if the block raises, so that the next run can go on. Inside
    the block no wake-ups are sent. `name` is of the form [a-z][a-z0-9_]{0,39}.

    Raises `ConfigurationError` when another process is using the same scratch database, or when
    the role may not create databases; `ValueError` for a bad name or inside a transaction.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"A scratch name has lowercase letters, digits and _, not {name!r}.")
    if connection.in_atomic_block:
        raise ValueError("A scratch database can't be opened inside a transaction.")
    target = f"{_PREFIX}{name}"
    with _administration() as admin:
        _claim(admin, target)
        _drop_orphans(admin)
        existed = _exists(admin, target)
        if existed and not (resume and _comment(admin, target) == _resumable(_fingerprint())):
            _drop(admin, target)
            existed = False
        if not existed:
            _copy_template(admin, target)
            if resume:
                # Only now: a copy that was cut short must not be resumed.
                _set_comment(admin, target, _resumable(_fingerprint()))
        try:
            with _default_database(target), no_wakes():
                yield Scratch(target, existed)
        except BaseException:
            if not (keep or resume):
                _drop(admin, target)
            raise
        if not keep:
            _drop(admin, target)


def migrated_template() -> str:
    """Return the name of a database with every migration applied, for copies of it."""
    with _administration() as admin:
        return _ready_template(admin)


@contextmanager
def _default_database(name: str) -> Iterator[None]:
    settings = connection.settings_dict
    before = settings["NAME"]
    close_pools()
    settings["NAME"] = name
    try:
        yield
    finally:
        close_pools()
        settings["NAME"] = before


@contextmanager
def _administration() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own: it creates, drops, and its locks end with the process.

    Advisory locks belong to a database, so everybody takes them in the same one.
    """
    wrapper: Any = connection
    wrapper.ensure_connection()
    params = wrapper.get_connection_params()
    kept = {key: params[key] for key in params if key not in ("context", "cursor_factory")}
    try:
        admin = psycopg.connect(**{**kept, "dbname": "postgres"}, autocommit=True)
    except psycopg.OperationalError:
        admin = psycopg.connect(**kept, autocommit=True)
    with admin:
        yield admin


def _claim(admin: psycopg.Connection[Any], target: str) -> None:
    if not _try_lock(admin, target):
        raise ConfigurationError(
            f"Another process is working in the scratch database {target}. Wait for it, or end it."
        )


def _try_lock(admin: psycopg.Connection[Any], target: str) -> bool:
    row = admin.execute(
        "SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK_SPACE, target]
    ).fetchone()
    return bool(row and row[0])


def _drop_orphans(admin: psycopg.Connection[Any]) -> None:
    """Drop scratch databases and templates that nobody works in and nobody can go on with."""
    rows = admin.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE starts_with(datname, %s) OR starts_with(datname, %s)",
        [_PREFIX, _TEMPLATE],
    ).fetchall()
    current = _template_name()
    for name, comment in rows:
        if (comment or "").startswith(_RESUMABLE) or name == current:
            continue
        if not _try_lock(admin, name):
            continue
        try:
            _drop(admin, name, force=False)
        except psycopg.errors.ObjectInUse:
            continue
        finally:
            admin.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_LOCK_SPACE, name])


def _ready_template(admin: psycopg.Connection[Any]) -> str:
    """Return the name of the migrated template, making it first if it is missing."""
    name = _template_name()
    admin.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK_SPACE, _LOCK_TEMPLATE])
    try:
        if _exists(admin, name) and _comment(admin, name) == "migrated":
            return name
        if _exists(admin, name):
            _drop(admin, name)
        _copy(admin, name, "template0")
        with _default_database(name):
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        _set_comment(admin, name, "migrated")
        return name
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, _LOCK_TEMPLATE])


def _template_name() -> str:
    return f"{_TEMPLATE}{_fingerprint()}"


def _fingerprint() -> str:
    """A short hash of everything that decides what a migrated database looks like."""
    digest = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        files = [*Path(app.path, "migrations").glob("*.py"), *Path(app.path, "sql").glob("*.sql")]
        for file in sorted(files):
            digest.update(f"{app.label}/{file.name}\0".encode())
            digest.update(file.read_bytes())
    digest.update(importlib.metadata.version("pgmq").encode())
    return digest.hexdigest()[:12]


def _resumable(fingerprint: str) -> str:
    return f"{_RESUMABLE} {fingerprint}"


def _exists(admin: psycopg.Connection[Any], name: str) -> bool:
    row = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return row is not None


def _comment(admin: psycopg.Connection[Any], name: str) -> str:
    row = admin.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    return (row[0] or "") if row else ""


def _set_comment(admin: psycopg.Connection[Any], name: str, comment: str) -> None:
    admin.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(comment))
    )


def _copy_template(admin: psycopg.Connection[Any], target: str) -> None:
    template = _ready_template(admin)
    lock = [_LOCK_SPACE, template]
    # Whoever clears old templates away must not take this one while it is being copied.
    admin.execute("SELECT pg_advisory_lock_shared(%s, hashtext(%s))", lock)
    try:
        _copy(admin, target, template)
    finally:
        admin.execute("SELECT pg_advisory_unlock_shared(%s, hashtext(%s))", lock)


def _copy(admin: psycopg.Connection[Any], name: str, template: str) -> None:
    try:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    except psycopg.errors.InsufficientPrivilege:
        raise ConfigurationError(
            "The database role of DATABASE_URL may not create databases, which a scratch database "
            "needs. Allow it (ALTER ROLE … CREATEDB), or run without DATABASE_URL."
        ) from None


def _drop(admin: psycopg.Connection[Any], name: str, *, force: bool = True) -> None:
    admin.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} {}").format(
            sql.Identifier(name), sql.SQL("WITH (FORCE)" if force else "")
        )
    )
