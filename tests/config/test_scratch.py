import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from config import wake as wakes
from config.clock import utc_now
from config.errors import ConfigurationError
from config.heartbeat import beat
from config.models import Heartbeat
from config.scratch import scratch_database
from tests.config.running import clean_environment

pytestmark = pytest.mark.django_db(transaction=True)


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'waypost_scratch_%%'")
        return {row[0] for row in cursor.fetchall()}


def own_name(what: str) -> str:
    """A name that no other worker of this run uses."""
    return f"t_{what}_{os.getpid()}"


def test_work_in_it_leaves_no_trace() -> None:
    name = own_name("trace")
    before = connection.settings_dict["NAME"]
    with scratch_database(name) as scratch:
        assert scratch.existed is False
        assert connection.settings_dict["NAME"] == scratch.database
        beat("inside", utc_now())
        assert Heartbeat.objects.count() == 1
    assert connection.settings_dict["NAME"] == before
    assert Heartbeat.objects.count() == 0
    assert scratch.database not in databases()


def test_the_second_use_copies_and_migrates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with scratch_database(own_name("warm")):
        pass
    # Migrating takes half a minute, copying a fraction of a second.
    ran: list[str] = []
    monkeypatch.setattr("config.scratch.call_command", lambda name, **rest: ran.append(name))
    with scratch_database(own_name("warm")):
        Heartbeat.objects.exists()
    assert ran == []


def test_an_error_inside_drops_it_and_goes_on() -> None:
    name = own_name("error")
    with pytest.raises(ZeroDivisionError), scratch_database(name) as scratch:
        _ = 1 // 0
    assert scratch.database not in databases()
    Heartbeat.objects.exists()


def test_what_a_broken_run_left_can_be_resumed_once() -> None:
    name = own_name("resume")
    with pytest.raises(KeyboardInterrupt), scratch_database(name, resume=True) as scratch:
        assert scratch.existed is False
        beat("left", utc_now())
        raise KeyboardInterrupt
    assert scratch.database in databases()
    # Another scratch tidies up, but not what can be resumed.
    with scratch_database(own_name("tidy")):
        pass
    with scratch_database(name, resume=True) as again:
        assert again.existed is True
        assert Heartbeat.objects.filter(name="left").exists()
    assert scratch.database not in databases()


def test_it_stays_when_asked_and_starts_afresh_the_next_time() -> None:
    name = own_name("keep")
    with scratch_database(name, keep=True) as scratch:
        beat("kept", utc_now())
    assert scratch.database in databases()
    with scratch_database(name):
        assert Heartbeat.objects.count() == 0
    assert scratch.database not in databases()


def test_what_a_killed_process_left_is_cleared_away(killed_in_scratch: Callable[..., str]) -> None:
    left = killed_in_scratch(own_name("killed"))
    assert left in databases()
    with scratch_database(own_name("after")):
        pass
    assert left not in databases()


def test_two_processes_cannot_use_the_same_one(running_in_scratch: Callable[..., Any]) -> None:
    name = own_name("shared")
    running_in_scratch(name)
    with pytest.raises(ConfigurationError, match="Another process"), scratch_database(name):
        pass


def test_it_refuses_bad_names_and_open_transactions() -> None:
    with pytest.raises(ValueError, match="lowercase"), scratch_database("Bad-Name"):
        pass
    with (
        transaction.atomic(),
        pytest.raises(ValueError, match="inside a transaction"),
        scratch_database("x"),
    ):
        pass


def test_no_wake_ups_leave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(wakes, "_send", lambda name, *rest: sent.append(name))
    with scratch_database(own_name("quiet")):
        wakes.wake("journeys.engine.tick")
    wakes.wake("journeys.engine.tick")
    assert sent == ["journeys.engine.tick"]


@pytest.fixture
def running_in_scratch(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Start a process that stays inside the scratch database of that name."""

    def start(name: str) -> Any:
        code = f"""
import sys, django
django.setup()
from django.db import connection
from config.scratch import scratch_database
with scratch_database("{name}") as scratch:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    print(scratch.database, flush=True)
    sys.stdin.read()
"""
        # The same server as this run: what the environment says, else the one under var.
        held = {k: v for k, v in os.environ.items() if k in ("DATABASE_URL", "WAYPOST_VAR")}
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=clean_environment(DJANGO_SETTINGS_MODULE="config.settings.test", **held),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        request.addfinalizer(process.communicate)
        request.addfinalizer(process.kill)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    return start


@pytest.fixture
def killed_in_scratch(running_in_scratch: Callable[[str], Any]) -> Callable[[str], str]:
    """Let a process be killed inside a scratch database; returns the database's name."""

    def kill(name: str) -> str:
        process, database = running_in_scratch(name)
        process.kill()
        process.wait()
        return str(database)

    return kill
