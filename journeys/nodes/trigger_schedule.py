"""trigger.schedule: an audience enters at a moment, or again and again by a crontab."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.engine import look
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Leave,
    Member,
    Node,
    Plan,
    Problem,
    Reference,
    Stay,
    setting,
)
from journeys.nodes.clock import moment_at
from journeys.nodes.crontab import FIELDS, occurrences, read_crontab
from journeys.nodes.entry import RunSettings, say_limits, with_limits
from journeys.nodes.running import Moments, RunTrigger

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.models import JourneyVersion

TASK, QUEUE = "journeys.tasks.tick", "engine"
JOURNEY, CUSTOMER = "journey", "customer"
# Where a time of day comes first. On the customers' own clocks everybody enters then, and waits.
EARLIEST = "Pacific/Kiritimati"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(RunSettings):
    at: datetime | None = setting(
        readers.moment,
        gettext_lazy("Once, at"),
        default=None,
        help=gettext_lazy("Give either a moment or a crontab."),
    )
    crontab: str = setting(
        read_crontab,
        gettext_lazy("Again and again (crontab)"),
        default="",
        help=gettext_lazy(
            "Minute, hour, day of the month, month, weekday on the journey's clock. A time that "
            "clocks skip moves forward, one that comes twice happens once."
        ),
    )
    clock: str = setting(
        readers.choice(
            {
                JOURNEY: gettext_lazy("the journey's"),
                CUSTOMER: gettext_lazy("the customer's own"),
            }
        ),
        gettext_lazy("Whose clock"),
        default=JOURNEY,
        help=gettext_lazy(
            "On the customers' own clocks everybody enters when it is that time somewhere, and "
            "waits here until it is so on hers."
        ),
    )
    segment: str = setting(
        readers.name,
        gettext_lazy("Segment"),
        default="",
        noun="segment",
        help=gettext_lazy("A segment or a rule; with both, who is in one and fits the other."),
    )
    audience: dict[str, Any] | None = setting(
        readers.rule, gettext_lazy("Customers who"), default=None
    )


@register
class TriggerSchedule(RunTrigger[Settings]):
    """The schedule stands in the admin as a periodic task: switched off there, nobody enters."""

    kind = "trigger.schedule"
    label = gettext_lazy("Schedule")
    icon = "calendar"
    Settings = Settings

    def check(self) -> Iterable[Problem]:
        yield from super().check()
        settings = self.settings
        if bool(settings.at) == bool(settings.crontab):
            yield Problem(f"nodes.{self.key}.at", _("Give either a moment or a crontab."))
        if not settings.segment and not settings.audience:
            yield Problem(f"nodes.{self.key}.segment", _("Say who enters: a segment or a rule."))
        if settings.clock == CUSTOMER and settings.at and settings.at.tzinfo:
            yield Problem(
                f"nodes.{self.key}.at", _("On the customer's clock it is a time without a zone.")
            )
        if settings.clock == CUSTOMER and settings.waves:
            yield Problem(
                f"nodes.{self.key}.waves",
                _("On the customers' own clocks it goes zone by zone; waves would break that."),
            )

    def refers(self) -> Iterable[Reference]:
        if self.settings.segment:
            yield Reference("segment", self.settings.segment, "segment")

    def rules(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        yield from super().rules()
        if self.settings.audience:
            yield "audience", self.settings.audience

    def sentence(self) -> str:
        limits = say_limits(self.settings)
        who = self.settings.segment or _("whoever fits")
        moment = self.settings.at.isoformat(" ", "minutes") if self.settings.at else ""
        cron, is_own = self.settings.crontab, self.settings.clock == CUSTOMER
        if moment and is_own:
            text = _("At <em>{moment}</em> on her own clock: <em>{who}</em>")
        elif moment:
            text = _("At <em>{moment}</em>: <em>{who}</em>")
        elif is_own:
            text = _("By <em>{cron}</em> on her own clock: <em>{who}</em>")
        else:
            text = _("By <em>{cron}</em>: <em>{who}</em>")
        words = format_html(text, moment=moment, cron=cron, who=who)
        return with_limits(words, limits)

    def moments(self, moments: Moments) -> list[datetime]:
        """By the schedule in the admin; without one (any more) there is none."""
        from django_celery_beat.models import PeriodicTask

        task = PeriodicTask.objects.filter(name=name_of(moments.journey_id, self.key)).first()
        # Beat switches a task for one moment off by itself when it has run.
        if task is None or not (task.enabled or (task.one_off and task.total_run_count)):
            return []
        if task.clocked is not None:
            at = task.clocked.clocked_time
            return [at] if moments.since < at <= moments.until else []
        if task.crontab is None:
            return []
        cron = " ".join(str(getattr(task.crontab, field)) for field in FIELDS)
        zone = ZoneInfo(str(task.crontab.timezone))
        return occurrences(cron, zone, moments.since, moments.until)

    def audience(self) -> dict[str, Any]:
        parts: list[dict[str, Any]] = []
        if self.settings.segment:
            parts.append({"segment": self.settings.segment})
        if self.settings.audience:
            parts.append(self.settings.audience)
        return parts[0] if len(parts) == 1 else {"all": parts}

    def compile(self, run: Run) -> Plan | None:
        return None if self.settings.clock == CUSTOMER else super().compile(run)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        """On her own clock she waits here; who comes when that is over goes on at once."""
        if self.settings.clock != CUSTOMER:
            yield from super().walk(members, run)
            return
        clocks = look.zones(run, members, own=True)
        for member in members:
            shown = self._shown(member)
            until = moment_at(shown.date(), shown.time(), clocks[member.enrollment_id])
            until = max(until, member.arrived_at)
            yield Leave("next", until) if until <= run.now else Stay(until)

    def _shown(self, member: Member) -> datetime:
        """What the clock shows at her moment: that of the run where it came first."""
        if self.settings.at:
            return self.settings.at
        at = datetime.fromisoformat(str(member.context["run"]))
        return at.astimezone(ZoneInfo(EARLIEST)).replace(tzinfo=None)

    @classmethod
    def stand(cls, nodes: Sequence[Node[Any]], version: JourneyVersion, now: datetime) -> None:
        """Write the schedules of the version into the admin; those of earlier ones go."""
        from django_celery_beat.models import ClockedSchedule, CrontabSchedule, PeriodicTask

        journey = version.journey
        own_clock = journey.timezone or journey.brand.timezone
        kept = {name_of(journey.pk, node.key) for node in nodes}
        own = PeriodicTask.objects.filter(name__startswith=name_of(journey.pk, ""))
        for task in own.exclude(name__in=kept):
            task.delete()
        for node in nodes:
            settings: Any = node.settings
            clock = EARLIEST if settings.clock == CUSTOMER else own_clock
            times: dict[str, Any] = {"crontab": None, "clocked": None, "one_off": False}
            if settings.at:
                at = settings.at
                if at.tzinfo is None:
                    at = moment_at(at.date(), at.time(), ZoneInfo(clock))
                if settings.clock == CUSTOMER:
                    # Where it is that time already, it is not too late elsewhere.
                    at = max(at, now)
                times["clocked"] = ClockedSchedule.objects.create(clocked_time=at.astimezone(UTC))
                times["one_off"] = True
            else:
                fields = dict(zip(FIELDS, settings.crontab.split(), strict=True))
                times["crontab"], _made = CrontabSchedule.objects.get_or_create(
                    **fields, timezone=clock
                )
            PeriodicTask.objects.update_or_create(
                name=name_of(journey.pk, node.key),
                defaults={
                    "task": TASK,
                    "queue": QUEUE,
                    "args": json.dumps([]),
                    "description": f"{journey.brand.code}/{journey.code}: {journey.name}"[:200],
                    "interval": None,
                    **times,
                },
            )


def name_of(journey_id: int, key: str) -> str:
    """What the periodic task of a schedule is called."""
    return f"Journey {journey_id}: {key}"
