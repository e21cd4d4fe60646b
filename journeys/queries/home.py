"""What the home page shows, read at one moment: needs, tiles, hours, reasons, journeys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.gate.rules import BY_CODE
from customers.formats import change, duration, number, percent, share, weekday
from customers.links import address
from customers.needs import Need, needs_of
from customers.scope import Scope
from journeys.models import Journey
from journeys.queries import today as numbers
from journeys.queries.today import Clock, Late, Walk

ON_TIME = timedelta(seconds=30)
SHOWN = 8


@dataclass(frozen=True)
class Tile:
    """A number of today with what it is compared with, and its last eight days."""

    name: str
    value: str
    note: str
    trend: Sequence[int]
    tone: str = "1"


@dataclass(frozen=True)
class Hour:
    """Messages of one hour of today: gone, and waiting for it."""

    hour: int
    sent: int
    due: int


@dataclass(frozen=True)
class Reason:
    """Why the gate said no: a rule, what became of the messages, how many."""

    name: str
    note: str
    value: int


@dataclass(frozen=True)
class RunningJourney:
    """A row of the table."""

    journey: Journey
    walk: Walk
    goal_share: float | None
    late: str
    url: str


@dataclass(frozen=True)
class Today:
    """Everything on the home page."""

    now: datetime
    needs: Sequence[Need]
    tiles: Sequence[Tile]
    hours: Sequence[Hour]
    reasons: Sequence[Reason]
    journeys: Sequence[RunningJourney]
    running: int
    any_journey: bool
    sent: int
    due: int

    @property
    def tally(self) -> Counter[str]:
        """How many needs of each tone."""
        return Counter(need.tone for need in self.needs)


def today(scope: Scope, now: datetime) -> Today:
    """The home page of a reader in the current time zone; the number of queries is fixed."""
    clock = reader_clock(now)
    brands = scope.brand_ids
    messages = numbers.messages(brands, clock)
    stopped = numbers.stopped(brands, clock)
    waiting = numbers.waiting(brands, clock)
    journeys = list(
        Journey.objects.filter(brand__in=brands, state__in=["running", "draining"])
        .select_related("brand")
        .defer("draft")
        .order_by("name")
    )
    walks = numbers.walks([journey.pk for journey in journeys], clock)
    hours = by_hour(messages, waiting, clock)
    return Today(
        now=now,
        needs=needs_of(scope, now),
        tiles=tiles(messages, stopped, numbers.goals(brands, clock), clock),
        hours=hours,
        reasons=reasons(stopped, waiting, clock),
        journeys=table(journeys, walks, numbers.late(brands, now), now),
        running=sum(journey.state == "running" for journey in journeys),
        any_journey=bool(journeys) or Journey.objects.filter(brand__in=brands).exists(),
        sent=sum(hour.sent for hour in hours),
        due=sum(hour.due for hour in hours),
    )


# helpers


def reader_clock(now: datetime) -> Clock:
    zone = timezone.get_current_timezone()
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return Clock(now, timezone.get_current_timezone_name(), midnight)


def by_day(pairs: Iterable[tuple[date, int]], clock: Clock) -> list[int]:
    sums: Counter[date] = Counter()
    for day, n in pairs:
        sums[day] += n
    return [sums[day] for day in clock.days]


def tiles(
    messages: Sequence[tuple[date, int, int, int]],
    stopped: Sequence[tuple[date, str, int]],
    goals: Sequence[tuple[date, int]],
    clock: Clock,
) -> list[Tile]:
    sent = by_day(((day, n) for day, _hour, n, _delivered in messages), clock)
    delivered = by_day(((day, n) for day, _hour, _sent, n in messages), clock)
    stops = by_day(((day, n) for day, _rule, n in stopped), clock)
    reached = by_day(goals, clock)
    of_sent = share(delivered[-1], sent[-1])
    of_due = share(stops[-1], stops[-1] + sent[-1])
    return [
        Tile(_("Messages sent"), number(sent[-1]), compared(sent, clock), sent),
        Tile(
            _("Delivered"),
            number(delivered[-1]),
            _("%(share)s of those sent") % {"share": percent(of_sent)}
            if of_sent is not None
            else _("nothing was sent yet today"),
            delivered,
        ),
        Tile(
            _("Stopped by the gate"),
            number(stops[-1]),
            _("%(share)s of what was due") % {"share": percent(of_due)}
            if of_due
            else _("of %(n)s that were due") % {"n": number(sent[-1])},
            stops,
            "2",
        ),
        Tile(_("Goals reached"), number(reached[-1]), compared(reached, clock), reached),
    ]


def compared(trend: Sequence[int], clock: Clock) -> str:
    """Today against the same weekday before, at the same time of day."""
    values = {"weekday": weekday(clock.today)}
    if trend[-1] == trend[0]:
        return _("as many as last %(weekday)s by now") % values
    return _("%(change)s on last %(weekday)s by now") % {
        **values,
        "change": change(trend[-1], trend[0]),
    }


def by_hour(
    messages: Sequence[tuple[date, int, int, int]],
    waiting: Sequence[tuple[str, int | None, int]],
    clock: Clock,
) -> list[Hour]:
    sent = {hour: n for day, hour, n, _delivered in messages if day == clock.today}
    due: Counter[int] = Counter()
    for _rule, hour, n in waiting:
        if hour is not None:
            due[hour] += n
    return [Hour(hour, sent.get(hour, 0), due[hour]) for hour in range(24)]


def reasons(
    stopped: Sequence[tuple[date, str, int]],
    waiting: Sequence[tuple[str, int | None, int]],
    clock: Clock,
) -> list[Reason]:
    """Rules that stopped messages today or hold them back now, the strongest first."""
    never: Counter[str] = Counter()
    later: Counter[str] = Counter()
    for day, rule, n in stopped:
        if day == clock.today:
            never[rule] += n
    for rule, _hour, n in waiting:
        if rule:
            later[rule] += n
    found = [Reason(rule_name(rule), _("never sent"), n) for rule, n in never.items()]
    found += [Reason(rule_name(rule), _("goes later"), n) for rule, n in later.items()]
    return sorted(found, key=lambda reason: -reason.value)[:6]


def rule_name(code: str) -> str:
    """A rule of the gate by its label; a rule that is no longer there by its code."""
    rule = BY_CODE.get(code)
    return str(rule.label) if rule else code.replace("_", " ").capitalize()


def table(
    journeys: Sequence[Journey], walks: dict[int, Walk], late: dict[int, Late], now: datetime
) -> list[RunningJourney]:
    """The fullest journeys first."""
    found = []
    for journey in journeys:
        walk = walks.get(journey.pk, Walk())
        waits = late.get(journey.pk)
        behind = waits is not None and now - waits.oldest > ON_TIME
        found.append(
            RunningJourney(
                journey,
                walk,
                share(walk.goals_month, walk.entered_month),
                duration(now - waits.oldest) if waits and behind else "",
                address("journeys:detail", journey.pk),
            )
        )
    return sorted(found, key=lambda row: -row.walk.inside)[:SHOWN]
