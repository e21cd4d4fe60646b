"""Every broker carries a task to a real worker; a killed worker loses none."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.db import connection, transaction
from kombu import Connection

from config.broker.address import broker_settings
from config.wake import wake
from tests.config.running import clean_environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.backends]

REDIS = os.environ.get("WAYPOST_TEST_REDIS", "redis://127.0.0.1:6379/0")
RABBITMQ = os.environ.get("WAYPOST_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//")


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(
    params=[
        "pgmq",
        pytest.param("redis", marks=pytest.mark.broker),
        pytest.param("rabbitmq", marks=pytest.mark.broker),
    ]
)
def broker(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of a process that uses this broker."""
    if request.param == "redis":
        if not answers(6379):
            pytest.skip("no Redis at 127.0.0.1:6379")
        return {"CELERY_BROKER_URL": REDIS, "CELERY_KEY_PREFIX": f"test{os.getpid()}:"}
    if request.param == "rabbitmq":
        if not answers(5672):
            pytest.skip("no RabbitMQ at 127.0.0.1:5672")
        return {"CELERY_BROKER_URL": RABBITMQ}
    return {}


def environment_of_test() -> dict[str, str]:
    held = {k: v for k, v in os.environ.items() if k in ("DATABASE_URL", "WAYPOST_VAR")}
    return clean_environment(
        DJANGO_SETTINGS_MODULE="tests.config.worker_settings",
        WAYPOST_TEST_DATABASE=str(connection.settings_dict["NAME"]),
        **held,
    )


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a process on the database of this test; all are ended afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str, **variables: str) -> subprocess.Popen[bytes]:
        environment = {**environment_of_test(), "WAYPOST_LOG_FORMAT": "json", **variables}
        log = (tmp_path / f"process{len(started)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, stdout=log, stderr=log
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


Processes = Callable[..., subprocess.Popen[bytes]]


def worker(processes: Processes, queue: str, **variables: str) -> subprocess.Popen[bytes]:
    return processes(
        *("celery", "-q", "-A", "tests.config.probe", "worker", "-Q", queue, "-P", "threads"),
        *("-c", "2", "-n", f"{queue}@%h", "--without-gossip", "--without-mingle"),
        "--without-heartbeat",
        **variables,
    )


def send(task: str, *args: str, queue: str, **variables: str) -> None:
    code = f"from tests.config.probe import app; app.send_task({task!r}, {args!r}, queue={queue!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment_of_test(), **variables},
        timeout=30,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def wait_for(place: Path, words: int, seconds: float = 90) -> list[str]:
    """The lines of `place` once there are that many; a worker starts slowly on a busy machine."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        lines = place.read_text().splitlines() if place.exists() else []
        if len(lines) >= words:
            return lines
        time.sleep(0.02)
    logs = "\n".join(log.read_text()[-3000:] for log in place.parent.glob("*.log"))
    pytest.fail(f"{words} lines expected in {place}, {len(lines)} came. Logs:\n{logs}")


def test_a_task_reaches_a_real_worker(
    broker: dict[str, str], processes: Processes, tmp_path: Path
) -> None:
    place = tmp_path / "notes"
    running = worker(processes, "engine", **broker)
    send("journeys.probe.note", str(place), "hello", queue="engine", **broker)
    word, pid, _ = wait_for(place, 1)[0].split()
    assert (word, int(pid)) == ("hello", running.pid)
    log = tmp_path / "process0.log"
    assert '"task_id"' in next(line for line in log.read_text().splitlines() if "noted" in line)


def test_a_task_survives_the_kill_of_its_worker(processes: Processes, tmp_path: Path) -> None:
    place = tmp_path / "notes"
    soon = {"CELERY_VISIBILITY_TIMEOUT": "2s"}
    first = worker(processes, "engine", **soon)
    send("journeys.probe.linger", str(place), queue="engine", **soon)
    assert wait_for(place, 1) == [f"began {first.pid}"]
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    Path(f"{place}.go").touch()
    second = worker(processes, "engine", **soon)
    assert wait_for(place, 3)[1:] == [f"began {second.pid}", f"ended {second.pid}"]


def test_a_backlog_is_worked_off_without_pauses(processes: Processes, tmp_path: Path) -> None:
    place = tmp_path / "notes"
    code = (
        "from tests.config.probe import note\n"
        f"for i in range(60): note.apply_async(({str(place)!r}, str(i)), queue='engine')\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment_of_test(), check=True)
    worker(processes, "engine")
    lines = wait_for(place, 60)
    times = sorted(float(line.split()[2]) for line in lines)
    assert {line.split()[0] for line in lines} == {str(i) for i in range(60)}
    # With a prefetch of two and a pause of a second between bites it would take half a minute.
    assert times[-1] - times[0] < 8


def test_a_queue_that_many_make_at_once_is_made_once() -> None:
    def declare(_number: int) -> None:
        broker = broker_settings()
        with (
            Connection(broker.url, transport_options=broker.options) as link,
            link.channel() as channel,
        ):
            # Kombu types only what all its transports share.
            queues: Any = channel
            queues.queue_declare(queue="made_at_once")
            queues.basic_consume("made_at_once", True, lambda message: None, "tag")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(declare, range(12)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'pgmq.q_made_at_once'::regclass"
        )
        assert cursor.fetchone() == (1,)


def test_who_only_sends_does_not_listen() -> None:
    """A session that listens and never reads hangs as soon as its socket is full."""
    listening = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND query LIKE 'LISTEN%'"
    )
    broker = broker_settings()
    with (
        Connection(broker.url, transport_options=broker.options) as link,
        link.channel() as channel,
        connection.cursor() as cursor,
    ):
        queues: Any = channel
        queues.queue_declare(queue="only_sent_to")
        cursor.execute(listening)
        assert cursor.fetchone() == (0,)
        queues.basic_consume("only_sent_to", True, lambda message: None, "tag")
        with pytest.raises(TimeoutError):
            link.drain_events(timeout=0.3)
        cursor.execute(listening)
        assert cursor.fetchone() == (1,)


def test_a_broker_that_is_away_breaks_and_delays_no_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://guest:guest@127.0.0.1:1//")
    settings = broker_settings()
    away = Celery("away", broker=settings.url, set_as_current=False)
    away.conf.update(broker_transport_options=settings.options, task_publish_retry=False)
    monkeypatch.setattr("config.wake.current_app", away)
    monkeypatch.setattr("config.wake._rest_until", 0.0)
    started = time.monotonic()
    for _ in range(20):
        with transaction.atomic():
            wake("journeys.engine.tick", 1)
    assert time.monotonic() - started < 2


def test_a_wake_up_leaves_only_with_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr("config.wake._send", lambda name, *rest: sent.append(name))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        wake("journeys.engine.tick")
        _ = 1 // 0
    assert sent == []
    with transaction.atomic():
        wake("journeys.engine.tick")
        assert sent == []
    assert sent == ["journeys.engine.tick"]
