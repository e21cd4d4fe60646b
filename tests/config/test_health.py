import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.values import MultiProcessValue

from config import health, heartbeat
from config.clock import utc_now
from config.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ask_the_broker_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_broker_seen", 0.0)


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/health/ready")
    return answer.status_code, json.loads(answer.content)


def test_live_needs_nothing(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/health/live").json() == {"status": "live"}


def test_ready_when_the_engine_ticks(client: Client) -> None:
    heartbeat.beat(health.ENGINE, utc_now(), moved=3)
    status, answer = ready(client)
    assert status == 200, answer
    assert answer["status"] == "ready"
    assert answer["engine_tick_age_seconds"] < 5


def test_not_ready_when_the_engine_never_ticked(client: Client) -> None:
    status, answer = ready(client)
    assert status == 503
    assert answer["checks"]["engine"] == "failing"
    assert answer["reasons"] == ["engine: has never ticked; are the workers and beat running?"]


def test_not_ready_when_the_engine_is_silent(client: Client) -> None:
    heartbeat.beat(health.ENGINE, utc_now() - timedelta(minutes=5))
    status, answer = ready(client)
    assert status == 503
    assert answer["engine_tick_age_seconds"] > 250
    assert "last ticked 30" in answer["reasons"][0]


def test_not_ready_with_unapplied_migrations(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'config' AND name LIKE '0002%'")
    status, answer = ready(client)
    assert status == 503
    assert answer["checks"]["migrations"] == "failing"
    assert any("manage.py migrate" in reason for reason in answer["reasons"])


def test_a_broker_that_is_away_shows_no_secret(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery import current_app

    heartbeat.beat(health.ENGINE, utc_now())
    real = current_app.connection_for_write
    monkeypatch.setattr(
        current_app,
        "connection_for_write",
        lambda *args, **kwargs: real("amqp://someone:hidden@127.0.0.1:1//", **kwargs),
    )
    status, answer = ready(client)
    assert status == 503
    assert answer["checks"]["broker"] == "failing"
    assert answer["reasons"] == ["broker: can't be reached"]


def test_metrics_are_for_this_machine_or_a_token(client: Client, settings: Any) -> None:
    assert b"django_http_requests" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 403
    # A proxy on this machine speaks for somebody else.
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 403
    settings.METRICS_TOKEN = "t" * 20
    far: dict[str, Any] = {"REMOTE_ADDR": "10.1.2.3"}
    right = client.get("/metrics", headers={"Authorization": f"Bearer {'t' * 20}"}, **far)
    wrong = client.get("/metrics", headers={"Authorization": "Bearer t"}, **far)
    assert (right.status_code, wrong.status_code) == (200, 403)


def test_metrics_add_up_what_several_processes_counted(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PROMETHEUS_MULTIPROC_DIR each process counts into a file there, and any of them tells
    the sum of all."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for process, count in (("101", 3), ("102", 4)):
        value = MultiProcessValue(lambda process=process: process)  # type: ignore[no-untyped-call]
        counter = value("counter", "pages", "pages_total", (), (), "Pages answered.")
        counter.inc(count)
    assert b"\npages_total 7.0\n" in client.get("/metrics").content


def test_a_heart_never_beats_backwards() -> None:
    now = utc_now()
    heartbeat.beat("x", now, turn=1)
    heartbeat.beat("x", now - timedelta(minutes=1), turn=2)
    assert Heartbeat.objects.get(name="x").details == {"turn": 1}
    assert heartbeat.age("x", now + timedelta(seconds=9)) == timedelta(seconds=9)
    assert heartbeat.age("unknown", now) is None


def test_pages_carry_a_strict_policy_and_the_admin_a_wider_one(client: Client) -> None:
    page = client.get("/health/live").headers["Content-Security-Policy"]
    admin = client.get("/admin/").headers["Content-Security-Policy"]
    assert "script-src 'self';" in page
    assert "default-src 'self'" in page
    assert "unsafe-eval" not in page
    assert "unsafe-eval" in admin
