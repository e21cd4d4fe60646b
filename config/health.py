"""Is it alive, is it ready, and what do its counters say: for load balancers and monitoring.

- `/health/live`: this process answers.
- `/health/ready`: database, broker, migrations and the engine are as they should be; else 503
  with the reasons. Names and states only: no address, no user, no error text of a server.
- `/metrics`: Prometheus, for this machine or with `Authorization: Bearer WAYPOST_METRICS_TOKEN`.
  It tells what the process counted that answers; where several serve, PROMETHEUS_MULTIPROC_DIR
  names an empty folder in which they add up, as prometheus_client does it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from config import heartbeat
from config import metrics as read_figures
from config.clock import utc_now
from config.origin import is_loopback

_log = logging.getLogger(__name__)

# The name under which the engine beats, and how long it may be silent.
ENGINE: Final = "engine"
_ENGINE_SILENCE: Final = timedelta(seconds=60)
_BROKER_SECONDS: Final = 3
# Load balancers ask every second or so; the broker is asked no more often than this.
_BROKER_FRESH_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Check:
    """What one check found; `reason` is empty when all is well."""

    name: str
    reason: str = ""
    seconds: float | None = None


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as this process can answer at all."""
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when every check passes, else 503 with the reasons."""
    checks = [_safely("database", _database)]
    if checks[0].reason:
        checks += [Check(name, "not known without the database") for name in _AFTER_DATABASE]
    else:
        checks += [_safely(name, check) for name, check in _AFTER_DATABASE.items()]
    reasons = [f"{check.name}: {check.reason}" for check in checks if check.reason]
    answer = {
        "status": "not ready" if reasons else "ready",
        "reasons": reasons,
        "checks": {check.name: "failing" if check.reason else "ok" for check in checks},
        "engine_tick_age_seconds": next(c.seconds for c in checks if c.name == ENGINE),
    }
    return JsonResponse(answer, status=503 if reasons else 200)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Hand out the counters to this machine, or to who has the token."""
    if not _may_read_metrics(request):
        return HttpResponseForbidden("Metrics are for this machine or need a token.\n")
    answer: HttpResponse = ExportToDjangoView(request)
    answer.content += read_figures.text()
    return answer


def _may_read_metrics(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and constant_time_compare(given, token):
        return True
    # A proxy on this machine makes everybody look local, but it names whom it speaks for.
    spoken_for = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not spoken_for and is_loopback(request.META.get("REMOTE_ADDR", ""))


def _safely(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception as error:
        # A check that breaks is a failing check; details belong into the log, not to strangers.
        _log.warning("health check %s failed", name, exc_info=error)
        return Check(name, "can't be reached" if name != "migrations" else "can't be read")


def _database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Check("database")


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return Check("migrations", f"{missing} not applied; run manage.py migrate")
    return Check("migrations")


_broker_seen = 0.0


def _broker() -> Check:
    global _broker_seen
    if time.monotonic() - _broker_seen < _BROKER_FRESH_SECONDS and _broker_seen:
        return Check("broker")
    from celery import current_app

    with current_app.connection_for_write(connect_timeout=_BROKER_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=_BROKER_SECONDS)
    _broker_seen = time.monotonic()
    return Check("broker")


def _engine() -> Check:
    try:
        age = heartbeat.age(ENGINE, utc_now())
    except DatabaseError:
        return Check(ENGINE, "its heartbeat can't be read")
    if age is None:
        return Check(ENGINE, "has never ticked; are the workers and beat running?")
    seconds = round(age.total_seconds(), 1)
    if age > _ENGINE_SILENCE:
        return Check(ENGINE, f"last ticked {seconds:.0f} s ago", seconds)
    return Check(ENGINE, seconds=seconds)


_AFTER_DATABASE: Final[dict[str, Callable[[], Check]]] = {
    "migrations": _migrations,
    "broker": _broker,
    ENGINE: _engine,
}
