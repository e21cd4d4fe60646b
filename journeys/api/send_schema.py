"""How the OpenAPI document describes sends, and how a plan is read and written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from rest_framework import serializers

from campaigns.api.campaign_schema import expect_storable
from customers.api.problems import bad_request
from customers.rules import read_duration, write_duration
from journeys.nodes.readers import CLOCK
from journeys.sends.plan import WEEKDAYS, Plan, Repeat

PLAN: Final[dict[str, type | tuple[type, ...]]] = {
    "name": str,
    "contents": list,
    "segment": (str, type(None)),
    "everybody": bool,
    "exclude": (str, type(None)),
    "at": (str, type(None)),
    "repeat": (dict, type(None)),
    "timezone": str,
    "own_clock": bool,
    "waves": int,
    "every": str,
    "control": (int, float),
    "goal": (dict, type(None)),
}


class RepeatBody(serializers.Serializer):
    """Every day at a time; on weekdays, or on a day of the month."""

    at = serializers.CharField(help_text="Such as 09:00.")
    weekdays = serializers.ListField(child=serializers.ChoiceField(WEEKDAYS), required=False)
    day = serializers.IntegerField(min_value=1, max_value=28, required=False, allow_null=True)


class GoalBody(serializers.Serializer):
    """The event that counts as a success, and how long after the entry it does."""

    event = serializers.CharField()
    within = serializers.CharField(help_text="Such as 7d.")


class PlanBody(serializers.Serializer):
    """What goes to whom and when. Without `at` and `repeat` it goes when it is started."""

    name = serializers.CharField(max_length=120)
    contents = serializers.ListField(
        child=serializers.CharField(),
        help_text="Codes: the first one, and those for whom it can't reach.",
    )
    segment = serializers.CharField(allow_null=True, required=False)
    everybody = serializers.BooleanField(
        required=False, help_text="Said in place of a segment: nobody is left out."
    )
    exclude = serializers.CharField(
        allow_null=True, required=False, help_text="A segment that is kept out."
    )
    at = serializers.CharField(
        allow_null=True, required=False, help_text="Without a zone, such as 2026-06-18T09:00."
    )
    repeat = RepeatBody(allow_null=True, required=False)
    timezone = serializers.CharField(required=False, help_text="Whose clock; empty: the brand's.")
    own_clock = serializers.BooleanField(required=False, help_text="On the customers' own clocks.")
    waves = serializers.IntegerField(required=False, help_text="Equal groups; 1: all at once.")
    every = serializers.CharField(required=False, help_text="Between two waves, such as 1h.")
    control = serializers.FloatField(required=False, help_text="Control group in per cent.")
    goal = GoalBody(allow_null=True, required=False)


class ReachStepAnswer(serializers.Serializer):
    """A step of the waterfall: its code is a rule of the gate, or audience, excluded, control,
    expected."""

    code = serializers.CharField()
    name = serializers.CharField()
    left = serializers.IntegerField()
    lost = serializers.IntegerField()
    why = serializers.CharField()


class ReachAnswer(serializers.Serializer):
    """Whom a send would reach, from the audience to the expected sends."""

    counted_at = serializers.DateTimeField()
    of_this_plan = serializers.BooleanField(help_text="False: the plan was changed since.")
    people = serializers.IntegerField(help_text="The audience, without who is excluded.")
    expected = serializers.IntegerField(allow_null=True, help_text="Null: it took too long.")
    is_exact = serializers.BooleanField(help_text="False: estimated from a sample.")
    by_channel = serializers.DictField(child=serializers.IntegerField())
    later = serializers.DictField(
        child=serializers.IntegerField(), help_text="By rule, who does not get it at once."
    )
    everybody = serializers.BooleanField()
    second_confirmation = serializers.BooleanField(
        help_text="Starting it needs `confirm`: the number `people`, or the campaign's name."
    )
    steps = ReachStepAnswer(many=True)


class SendRowAnswer(serializers.Serializer):
    """A send and how it stands."""

    id = serializers.IntegerField()
    campaign = serializers.CharField()
    journey = serializers.CharField(help_text="Code of the journey that carries it out.")
    name = serializers.CharField()
    state = serializers.CharField(
        help_text="draft, planned, sending, between, sent, missed, paused, stopped or archived."
    )
    plan = PlanBody(allow_null=True)
    is_changed = serializers.BooleanField(help_text="The plan differs from what was started.")
    next_at = serializers.DateTimeField(allow_null=True)
    runs = serializers.IntegerField()
    entered = serializers.IntegerField()
    sent = serializers.IntegerField()
    stopped = serializers.IntegerField()
    waiting = serializers.IntegerField()


class SendsAnswer(serializers.Serializer):
    sends = SendRowAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="For `after`.")


class SendAnswer(SendRowAnswer):
    reach = ReachAnswer(allow_null=True)


class StartBody(serializers.Serializer):
    confirm = serializers.CharField(required=False, max_length=160)


def read_plan_body(body: Mapping[str, Any]) -> Plan:
    """The plan of a body whose types are right; raises a Problem (400) for what can't be read.

    Everybody is said, not left out: without a segment and `everybody` it is refused.
    """
    expect_storable(body)
    segment, everybody = body.get("segment") or "", body.get("everybody", False)
    if bool(segment) == everybody:
        raise bad_request(_("Say to whom: a “segment”, or “everybody”: true, not both."))
    contents = body.get("contents", [])
    if not all(isinstance(code, str) and "\x00" not in code for code in contents):
        raise bad_request(_("“contents” is a list of codes."))
    goal = body.get("goal") or {"event": "", "within": "7d"}
    if set(goal) != {"event", "within"} or not isinstance(goal["event"], str):
        raise bad_request(_('“goal” is such as {"event": "order_paid", "within": "7d"}.'))
    expect_storable(goal)
    try:
        every = read_duration(body["every"]) if "every" in body else timedelta(hours=1)
        within = read_duration(goal["within"])
    except ValueError as error:
        raise bad_request(str(error)) from error
    if body.get("at") and body.get("repeat"):
        raise bad_request(_("Say either “at” or “repeat”; without both it goes when started."))
    return Plan(
        name=body.get("name", "").strip(),
        contents=tuple(contents),
        segment=segment,
        exclude=body.get("exclude") or "",
        at=_moment(body["at"]) if body.get("at") else None,
        repeat=_repeat(body["repeat"]) if body.get("repeat") else None,
        zone=body.get("timezone", ""),
        own_clock=body.get("own_clock", False),
        waves=body.get("waves", 1),
        every=every,
        control=float(body.get("control", 0)),
        goal=goal["event"],
        within=within,
    )


def write_plan(plan: Plan) -> dict[str, Any]:
    """What `read_plan_body` reads."""
    repeat = plan.repeat
    return {
        "name": plan.name,
        "contents": list(plan.contents),
        "segment": plan.segment or None,
        "everybody": plan.is_everybody,
        "exclude": plan.exclude or None,
        "at": plan.at.isoformat(timespec="minutes") if plan.at else None,
        "repeat": {
            "at": f"{repeat.at:%H:%M}", "weekdays": list(repeat.weekdays), "day": repeat.day,
        } if repeat else None,
        "timezone": plan.zone,
        "own_clock": plan.own_clock,
        "waves": plan.waves,
        "every": write_duration(plan.every),
        "control": plan.control,
        "goal": (
            {"event": plan.goal, "within": write_duration(plan.within)} if plan.goal else None
        ),
    }  # fmt: skip


# helpers


def _moment(text: str) -> datetime:
    found: datetime | None = None
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
    if found is None or len(text) <= len(date.min.isoformat()) or found.tzinfo:
        raise bad_request(
            _("“at” is a date and time without a zone, such as 2026-06-18T09:00; say whose clock "
              "by “timezone” or “own_clock”.")
        )  # fmt: skip
    return found.replace(second=0, microsecond=0)


def _repeat(given: Mapping[str, Any]) -> Repeat:
    text, weekdays, day = given.get("at"), given.get("weekdays", []), given.get("day")
    is_time = isinstance(text, str) and CLOCK.fullmatch(text)
    is_list = isinstance(weekdays, list) and all(each in WEEKDAYS for each in weekdays)
    is_day = day is None or (isinstance(day, int) and not isinstance(day, bool))
    known = set(given) <= {"at", "weekdays", "day"}
    if not (is_time and is_list and is_day and known) or (weekdays and day):
        raise bad_request(
            _('“repeat” is such as {"at": "09:00"}, {"at": "09:00", "weekdays": ["mon"]} or '
              '{"at": "09:00", "day": 1}.')
        )  # fmt: skip
    hour, minute = str(text).split(":")
    chosen = tuple(name for name in WEEKDAYS if name in weekdays)
    return Repeat(time(int(hour), int(minute)), chosen, day)
