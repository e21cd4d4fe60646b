"""`manage.py up` as an operator meets it: ready, refused with a sentence, restarted, stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.contrib.auth import get_user_model
from pytest_django.fixtures import Settings

from config.errors import ConfigurationError
from config.places import BASE_DIR
from config.routing import QUEUES
from config.up.console import Console
from config.up.parts import parts
from config.up.place import check_port, only_one
from config.up.prepare import _demo, sign_in
from tests.campaigns.outbox.servers import smtp_server
from tests.config.product import Up, environment, free_port, own_folder, product, up
from tests.journeys.test_thread import PERSON


@pytest.fixture
def var() -> Iterator[Path]:
    with own_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def running() -> Iterator[Up]:
    """From nothing to ready; the second test stops it."""
    with own_folder() as folder, product(folder) as found:
        yield found


@pytest.mark.embedded
def test_a_fact_becomes_a_mail_by_itself(running: Up) -> None:
    with smtp_server() as box:
        make = f"from tests.journeys.test_thread import build; print(build({box.port}))"
        token = inside(running, make)
        body = {"event": "joined", "customer": PERSON, "key": "j1"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{running.port}/api/v1/events",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own address
            assert json.load(answer)["accepted"] == 1
        # It takes the two seconds of the wait and some tenths; the rest is for a busy machine.
        deadline = time.monotonic() + 60
        while not box.mails and time.monotonic() < deadline:
            time.sleep(0.1)
        assert [mail["Subject"] for mail in box.mails] == ["Hello, you"]
        print_states = "from campaigns.models import Message; print(Message.objects.get().state)"
        assert inside(running, print_states) == "handed_over"


def inside(up: Up, code: str) -> str:
    """Run *code* in a process of the running product; return the last line that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        cwd=BASE_DIR,
        env={**environment(up.var), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.embedded
def test_it_starts_restarts_refuses_a_second_and_stops(running: Up) -> None:
    assert f"http://localhost:{running.port}" in running.lines[-1]
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/health/live") as answer:
        assert answer.status == 200
    running.read_until("createsuperuser")

    second, _ = up(running.var, free_port()).communicate(timeout=60)
    assert f"already runs from this folder (process {running.process.pid}" in second
    assert "Traceback" not in second

    engine = running.part("engine@")
    assert engine is not None
    engine.kill()
    running.read_until(r"engine ended \(by signal SIGKILL\) and starts again")
    deadline = time.monotonic() + 10
    while running.part("engine@") is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running.part("engine@") is not None

    everyone = psutil.Process(running.process.pid).children(recursive=True)
    # Beside the parts and their leash also the database must be gone afterwards.
    everyone += [p for p in psutil.process_iter() if str(running.var) in " ".join(_command(p))]
    assert any("postgres" in " ".join(_command(process)) for process in everyone)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 0
    assert psutil.wait_procs(everyone, timeout=5)[1] == []


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_a_taken_port_is_told_with_its_owner_and_the_way_out(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as raised:
            check_port("127.0.0.1", port)
        output, _ = (process := up(var, port)).communicate(timeout=60)
    assert f"Port {port} of 127.0.0.1 can't be used" in str(raised.value)
    assert f"--port {port + 1}" in str(raised.value)
    if sys.platform == "linux":
        assert f"(process {os.getpid()}) listens there" in str(raised.value)
    assert process.returncode == 2
    assert output.strip() == str(raised.value)
    check_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--port", "0", "--port is 0, but a number from 1 to 65535 is expected."),
        ("--host", "no.such.host.invalid", "is no address of this machine"),
    ],
)
def test_wrong_options_are_told_in_a_sentence(
    var: Path, option: str, value: str, sentence: str
) -> None:
    output, _ = (process := up(var, free_port(), option, value)).communicate(timeout=60)
    assert process.returncode == 2
    assert sentence in output
    assert "Traceback" not in output


def test_an_unreachable_database_is_told_in_a_sentence(var: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(free_port())],
        cwd=BASE_DIR,
        env={
            **environment(var),
            "DATABASE_URL": f"postgresql://ada:secret@127.0.0.1:{free_port()}/nothing",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert "can't be reached" in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(var: Path) -> None:
    blocked = var / "file"
    blocked.write_text("")
    with pytest.raises(ConfigurationError, match="WAYPOST_VAR"), only_one(blocked / "var", "x"):
        pass


def test_the_folder_is_free_again_afterwards(var: Path) -> None:
    for _ in range(2):
        with (
            only_one(var, "http://localhost:1"),
            pytest.raises(ConfigurationError, match="already runs"),
            only_one(var, "x"),
        ):
            pass


def test_every_queue_has_a_worker_and_sending_has_its_own() -> None:
    queues = [
        part.command[list(part.command).index("--queues") + 1].split(",")
        for part in parts("127.0.0.1", 8000)
        if "worker" in part.command
    ]
    assert sorted(name for names in queues for name in names) == sorted(q.name for q in QUEUES)
    assert ["sending"] in queues
    assert ["engine"] in queues


def test_the_demos_account_is_read_from_its_note(var: Path, settings: Settings) -> None:
    settings.VAR_DIR = var
    assert sign_in() is None
    (var / "demo.json").write_text('{"url": "u", "email": "a@b.c", "password": "p"}')
    account = sign_in()
    assert account is not None
    assert (account.email, account.password) == ("a@b.c", "p")
    (var / "demo.json").write_text("{")
    assert sign_in() is None


@pytest.mark.django_db
def test_a_demo_that_was_cut_off_is_told_and_not_loaded_over(
    var: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.VAR_DIR = var
    get_user_model().objects.create(email="ada@example.com")
    _demo(Console())
    assert capsys.readouterr().out == ""
    (var / "demo.unfinished").touch()
    _demo(Console())
    assert "The demo was cut off while it was loaded" in capsys.readouterr().out
    assert get_user_model().objects.count() == 1
