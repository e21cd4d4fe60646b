import pytest
from django.apps import apps
from django_celery_beat.models import PeriodicTask

from config.routing import queue_of
from config.schedule import register_periodic, unregister_periodic

pytestmark = pytest.mark.django_db


def register(**changes: object) -> None:
    given = {
        "name": "Test work",
        "task": "journeys.test",
        "queue": "engine",
        "description": "For a test.",
        "every_seconds": 5,
    }
    register_periodic(apps, **(given | changes))  # type: ignore[arg-type]


def test_periodic_work_is_registered_renewed_and_removed() -> None:
    register()
    task = PeriodicTask.objects.get(name="Test work")
    assert (task.task, task.queue, task.enabled) == ("journeys.test", "engine", True)
    assert (task.interval.every, task.interval.period) == (5, "seconds")
    assert task.expire_seconds == 10
    PeriodicTask.objects.filter(pk=task.pk).update(enabled=False)
    register(every_seconds=None, crontab="30 3 * * 1")
    task.refresh_from_db()
    assert task.interval is None
    assert (task.crontab.minute, task.crontab.hour, task.crontab.day_of_week) == ("30", "3", "1")
    # What an administrator switched off stays off.
    assert task.enabled is False
    unregister_periodic(apps, name="Test work")
    assert not PeriodicTask.objects.filter(name="Test work").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"every_seconds": None},
        {"crontab": "* * * * *"},
        {"every_seconds": None, "crontab": "1 2"},
    ],
)
def test_half_a_schedule_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Test work"):
        register(**changes)


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("journeys.engine.tick", "engine"),
        ("campaigns.outbox.dispatch", "sending"),
        ("campaigns.gate.decide", "sending"),
        ("campaigns.evaluation.refresh", "default"),
        ("customers.segments.refresh", "audience"),
        ("customers.tags.evaluate", "audience"),
        ("customers.ingest.tidy", "default"),
    ],
)
def test_queues_by_the_name_of_the_task(task: str, queue: str) -> None:
    assert queue_of(task) == queue
