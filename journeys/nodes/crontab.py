"""Crontabs in a zone: five fields, read and checked by Celery's own parser.

The rule for clocks that jump: a time that is skipped moves forward by as much, one that comes twice
happens once, at the first; runs that meet by that are one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery.schedules import crontab
from django.utils.translation import gettext as _

from journeys.nodes.base import SettingError
from journeys.nodes.clock import moment_at
from journeys.nodes.forms import Form, asked_by

FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
DAY = timedelta(days=1)


@asked_by(Form("text", example="0 9 * * mon", longest=120))
def read_crontab(given: Any) -> str:
    """ "minute hour day-of-month month weekday", such as "0 9 * * mon"; a day must fit both."""
    text = " ".join(given.split()) if isinstance(given, str) else ""
    try:
        fields = text.split()
        if len(fields) != len(FIELDS) or len(text) > 120:
            raise ValueError
        parse(text)
    except Exception as error:  # whatever the parser raises says that it can't be read
        raise SettingError(
            _(
                "Expected minute, hour, day of the month, month and weekday, such as “0 9 * * mon” "
                "for Mondays at nine, got “%(given)s”."
            )
            % {"given": str(given)[:60]}
        ) from error
    return text


def parse(text: str) -> Any:
    """Celery's crontab, with the values of each field as sets."""
    return crontab(**dict(zip(FIELDS, text.split(), strict=True)))


def occurrences(text: str, zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    """The moments of a crontab after *since*, up to and with *until*, in UTC and in order."""
    cron = parse(text)
    found: set[datetime] = set()
    # A skipped hour can move a moment past midnight, so the day before is looked at too.
    day = since.astimezone(zone).date() - DAY
    last = until.astimezone(zone).date()
    while day <= last:
        if _fits(cron, day):
            for hour in cron.hour:
                for minute in cron.minute:
                    moment = moment_at(day, time(hour, minute), zone)
                    if since < moment <= until:
                        found.add(moment.astimezone(UTC))
        day += DAY
    return sorted(found)


# helpers


def _fits(cron: Any, day: date) -> bool:
    weekday = (day.weekday() + 1) % 7  # 0 is Sunday
    return (
        day.month in cron.month_of_year
        and day.day in cron.day_of_month
        and weekday in cron.day_of_week
    )
