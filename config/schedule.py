"""Periodic work, registered in data migrations and then visible and editable in the admin."""

from typing import Any, Final

# What a migration that registers periodic work depends on.
DEPENDENCY: Final = ("django_celery_beat", "0019_alter_periodictasks_options")


def register_periodic(
    apps: Any,
    *,
    name: str,
    task: str,
    queue: str,
    description: str,
    every_seconds: int | None = None,
    crontab: str | None = None,
) -> None:
    """Create or renew the periodic task `name`; for `RunPython` functions.

    Give either `every_seconds` or `crontab` ("minute hour day-of-month month day-of-week", in
    UTC). What an administrator has switched off stays off. A wake-up that was not fetched before
    the next one is due expires, so that none pile up while workers are away.
    """
    if (every_seconds is None) == (crontab is None):
        raise ValueError(f"{name}: give either every_seconds or crontab.")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    times: dict[str, Any] = {"interval": None, "crontab": None, "expire_seconds": 3600}
    if every_seconds is not None:
        interval = apps.get_model("django_celery_beat", "IntervalSchedule")
        times["interval"], _ = interval.objects.get_or_create(every=every_seconds, period="seconds")
        times["expire_seconds"] = max(10, every_seconds)
    else:
        fields = str(crontab).split()
        if len(fields) != 5:
            raise ValueError(f"{name}: a crontab has five fields, {crontab!r} has {len(fields)}.")
        minute, hour, day_of_month, month_of_year, day_of_week = fields
        schedule = apps.get_model("django_celery_beat", "CrontabSchedule")
        times["crontab"], _ = schedule.objects.get_or_create(
            minute=minute,
            hour=hour,
            day_of_month=day_of_month,
            month_of_year=month_of_year,
            day_of_week=day_of_week,
            timezone="UTC",
        )
    periodic.objects.update_or_create(
        name=name,
        defaults={"task": task, "queue": queue, "description": description, **times},
    )
    _tell_beat(apps)


def unregister_periodic(apps: Any, *, name: str) -> None:
    """Remove the periodic task `name`; the way back of `register_periodic`."""
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=name).delete()
    _tell_beat(apps)


def _tell_beat(apps: Any) -> None:
    # Models of a migration send no signals, and a running Beat looks at this row.
    from config.clock import utc_now

    changed = apps.get_model("django_celery_beat", "PeriodicTasks")
    changed.objects.update_or_create(ident=1, defaults={"last_update": utc_now()})
