"""What has to be there before the first request, each step with its time on the console."""

import json
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from config.frontend import AssetsError, ensure_assets
from config.places import BASE_DIR
from config.terminal import gettext as _
from config.terminal import ngettext
from config.translations import compile_stale
from config.up.console import YELLOW, Console

PLAIN_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"


@dataclass(frozen=True)
class SignIn:
    """How to get in: an account of the demo."""

    email: str
    password: str


def prepare(console: Console, *, demo: bool) -> None:
    """Bring database, browser libraries, words and static files up to date.

    Raises ConfigurationError when the machine doesn't let us.
    """
    with console.step(_("Database")) as note:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            row = cursor.fetchone()
        own = settings.DATABASES["default"].get("EMBEDDED")
        told = _("PostgreSQL of our own {version}") if own else _("PostgreSQL {version}")
        note(told.format(version=str(row[0] if row else "").split(" ")[0]))
    with console.step(_("Tables")) as note:
        note(_migrate())
    _libraries(console)
    with console.step(_("Translations")) as note:
        note(_("{count} compiled").format(count=len(compile_stale(BASE_DIR))))
    if settings.STORAGES["staticfiles"]["BACKEND"] != PLAIN_STATIC:
        with console.step(_("Static files")):
            call_command("collectstatic", interactive=False, verbosity=0)
    if demo:
        _demo(console)
    connections.close_all()


def sign_in() -> SignIn | None:
    """The demo's account as `manage.py demo` noted it in var/demo.json; None without a demo."""
    try:
        noted = json.loads(Path(settings.VAR_DIR, "demo.json").read_text("utf-8"))
        return SignIn(noted["email"], noted["password"])
    except (OSError, ValueError, KeyError):
        return None


def has_users() -> bool:
    found = get_user_model()._default_manager.exists()
    connections.close_all()
    return found


# helpers


def _migrate() -> str:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    if not plan:
        return _("up to date")
    return ngettext("{count} migration applied", "{count} migrations applied", len(plan)).format(
        count=len(plan)
    )


def _libraries(console: Console) -> None:
    problem = ""
    with console.step(_("Browser libraries")) as note:
        try:
            fetched = ensure_assets(say=note)
        except AssetsError as error:
            note(_("missing"))
            problem = str(error)
        else:
            note("" if fetched else _("there"))
    if problem:
        without = _(
            "Waypost starts without them: there are no charts, and parts of a page that refresh "
            "by themselves are replaced whole."
        )
        console.say(f"{problem}\n{without}", YELLOW)


def _demo(console: Console) -> None:
    """Load the demo into an empty database; say so when an earlier try was cut off."""
    unfinished = Path(settings.VAR_DIR, "demo.unfinished")
    if _is_empty():
        unfinished.touch()
        with console.step(_("Demo data (only this once, about a minute)")):
            call_command("demo", verbosity=0)
        unfinished.unlink()
    elif unfinished.exists():
        own = settings.DATABASES["default"].get("EMBEDDED")
        start = (
            _("remove the folder {folder}").format(folder=settings.VAR_DIR)
            if own
            else _("empty the database")
        )
        console.say(
            _(
                "The demo was cut off while it was loaded, so parts of it are missing. To have it "
                "whole, stop Waypost, {action} (everything in it is lost) and start again."
            ).format(action=start),
            YELLOW,
        )


def _is_empty() -> bool:
    nouns = (get_user_model(), apps.get_model("customers", "Customer"))
    return not any(noun._default_manager.exists() for noun in nouns)
