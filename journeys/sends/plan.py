"""A send as a few settings, and as the graph of its journey. The graph is the only truth: what
cannot be read back was drawn further by hand, and is changed on the canvas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from campaigns.evaluation.waterfall import EVERYBODY
from customers.rules import read_duration, write_duration
from journeys.nodes.base import SettingError
from journeys.nodes.branch_holdout import BranchHoldout
from journeys.nodes.crontab import read_crontab
from journeys.nodes.entry import ALWAYS, MOST_GROUPS, NEVER
from journeys.nodes.exit_leave import ExitLeave
from journeys.nodes.send import MOST_INSTEAD, SendMessage
from journeys.nodes.trigger_schedule import CUSTOMER, JOURNEY, TriggerSchedule

START, HELD, SEND, DONE, KEPT_OUT = "start", "control", "send", "done", "kept_out"
LABELS: Final = {
    "sent": {"en": "Sent", "zh-hans": "已发送"},
    "control_group": {"en": "Control group", "zh-hans": "对照组"},
}
SMALLEST_CONTROL, LARGEST_CONTROL = 0.1, 50.0  # per cent, as branch.holdout takes them
LONGEST_GOAL = timedelta(days=90)
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=7)  # between two waves
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Repeat:
    """Again and again: every day, on weekdays, or on a day of the month (up to 28), at a time."""

    at: time
    weekdays: tuple[str, ...] = ()
    day: int | None = None

    @property
    def crontab(self) -> str:
        """As a schedule is written."""
        day = str(self.day) if self.day else "*"
        weekdays = ",".join(self.weekdays) or "*"
        return f"{self.at.minute} {self.at.hour} {day} * {weekdays}"

    @classmethod
    def read(cls, crontab: str) -> Repeat | None:
        """What `crontab` gives, read back; None for any other crontab."""
        minute, hour, day, month, weekdays = crontab.split()
        plain = minute.isdigit() and hour.isdigit() and month == "*"
        if not plain or (day != "*" and (not day.isdigit() or weekdays != "*")):
            return None
        named = () if weekdays == "*" else tuple(weekdays.split(","))
        if set(named) - set(WEEKDAYS):
            return None
        return cls(time(int(hour), int(minute)), named, None if day == "*" else int(day))


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes to whom and when.

    `contents` are codes: the first one, and others for whom it can't reach. An empty `segment` is
    everybody. Without `at` and `repeat` it goes when it is started. Times are on the clock of
    `zone` (empty: the brand's), or on the customer's own with `own_clock`. `control` is a share in
    per cent; with `waves` above 1 equal groups go one each `every`. `goal` is the event that counts
    as a success `within` that time, also of the control group.
    """

    name: str
    contents: tuple[str, ...]
    segment: str = ""
    exclude: str = ""
    at: datetime | None = None
    repeat: Repeat | None = None
    zone: str = ""
    own_clock: bool = False
    waves: int = 1
    every: timedelta = timedelta(hours=1)
    control: float = 0.0
    goal: str = ""
    within: timedelta = timedelta(days=7)

    @property
    def is_everybody(self) -> bool:
        """Whether it is meant for everybody, without a segment."""
        return not self.segment

    @property
    def is_at_once(self) -> bool:
        """Whether it goes when it is started."""
        return self.at is None and self.repeat is None

    def audience(self) -> Mapping[str, Any]:
        """The audience as a rule."""
        return {"segment": self.segment} if self.segment else EVERYBODY

    def excluded(self) -> Mapping[str, Any] | None:
        """Who is kept out, as a rule."""
        return {"segment": self.exclude} if self.exclude else None


def problems_of(plan: Plan) -> dict[str, str]:
    """By field what can't be about a plan, as sentences; what it names is looked up elsewhere."""
    found = {}
    if not plan.name.strip():
        found["name"] = _("A send needs a name that colleagues understand.")
    if not plan.contents:
        found["content"] = _("Say what is sent: choose a content.")
    elif len(set(plan.contents)) < len(plan.contents):
        found["instead"] = _("Each content stands once: first choice and others differ.")
    elif len(plan.contents) > MOST_INSTEAD + 1:
        found["instead"] = _("At most %(n)s contents can take the place of the first.") % {
            "n": MOST_INSTEAD
        }
    if plan.exclude and plan.exclude == plan.segment:
        found["exclude"] = _("This is the audience itself: nobody would be left.")
    if not 1 <= plan.waves <= MOST_GROUPS:
        found["waves"] = _("Expected 1 (all at once) to %(most)s waves, got %(n)s.") % {
            "most": MOST_GROUPS,
            "n": plan.waves,
        }
    elif plan.waves > 1 and plan.own_clock:
        found["waves"] = _(
            "On the customers' own clocks it goes zone by zone already; choose waves or their "
            "clocks, not both."
        )
    elif plan.waves > 1 and not SHORTEST <= plan.every <= LONGEST:
        found["every"] = _("Between two waves lie five minutes to seven days.")
    if plan.control and not SMALLEST_CONTROL <= plan.control <= LARGEST_CONTROL:
        found["control"] = _(
            "A control group is %(least)s to %(most)s per cent, or 0 for none; got %(n)s."
        ) % {"least": SMALLEST_CONTROL, "most": LARGEST_CONTROL, "n": plan.control}
    if plan.goal and not timedelta(hours=1) <= plan.within <= LONGEST_GOAL:
        found["goal_days"] = _("A success is looked for at least an hour and at most 90 days.")
    if plan.own_clock and plan.is_at_once:
        found["own_clock"] = _("What goes at once goes by no clock; choose a day and a time.")
    if plan.repeat and plan.repeat.day and not 1 <= plan.repeat.day <= 28:
        found["day"] = _("Expected a day from 1 to 28, which every month has.")
    return found


def write_graph(plan: Plan, group: str, *, at: datetime | None = None) -> dict[str, Any]:
    """The graph of *plan*; *group* is whose control group it shares. What goes at once goes *at*
    that moment (with a zone): a schedule has one, and starting the send writes it anew."""
    moment = plan.at or at
    start: dict[str, Any] = {"reentry": ALWAYS if plan.repeat else NEVER}
    if plan.repeat:
        start["crontab"] = plan.repeat.crontab
    elif moment:
        start["at"] = moment.isoformat()
    if plan.own_clock:
        start["clock"] = CUSTOMER
    if plan.segment:
        start["segment"] = plan.segment
    else:
        start["audience"] = dict(EVERYBODY)
    if plan.exclude:
        start["exclude"] = {"segment": plan.exclude}
    if plan.waves > 1:
        start["waves"] = {"groups": plan.waves, "every": write_duration(plan.every)}
    first, *others = plan.contents
    say: dict[str, Any] = {"content": first}
    if others:
        say["instead"] = others
    nodes: dict[str, Any] = {
        START: _node(TriggerSchedule, start, {"next": HELD if plan.control else SEND}),
    }
    if plan.control:
        nodes[HELD] = _node(
            BranchHoldout,
            {"share": plan.control, "group": group},
            {"held_out": KEPT_OUT, "next": SEND},
        )
    nodes[SEND] = _node(SendMessage, say, {"next": DONE})
    nodes[DONE] = _node(ExitLeave, {"reason": "sent"}, {})
    if plan.control:
        nodes[KEPT_OUT] = _node(ExitLeave, {"reason": "control_group"}, {})
    reasons = {node["settings"].get("reason") for node in nodes.values()}
    labels = {name: words for name, words in LABELS.items() if name in reasons}
    graph = {"name": plan.name, "labels": labels, "nodes": nodes, "order": list(nodes)}
    if plan.goal:
        within = write_duration(plan.within)
        graph["goal"] = {"event": plan.goal, "within": within, "stay": True}
    return {**graph, "timezone": plan.zone} if plan.zone else graph


def read_plan(graph: Mapping[str, Any]) -> Plan | None:
    """The plan that *graph* carries out; None for a graph that was drawn further by hand.

    A time that was set when it was started at once is read as that time.
    """
    try:
        plan = _read(graph)
    except (KeyError, ValueError, TypeError, AttributeError, SettingError):
        return None
    group = graph["nodes"].get(HELD, {}).get("settings", {}).get("group", "")
    return plan if write_graph(plan, group) == dict(graph) else None


# helpers


def _node(kind: Any, settings: dict[str, Any], ways: dict[str, str]) -> dict[str, Any]:
    node: dict[str, Any] = {"kind": kind.kind, "settings": settings}
    return {**node, "next": ways} if ways else node


def _read(graph: Mapping[str, Any]) -> Plan:
    nodes = graph["nodes"]
    start, say = nodes[START]["settings"], nodes[SEND]["settings"]
    waves = start.get("waves")
    cron = start.get("crontab")
    repeat = Repeat.read(read_crontab(cron)) if cron else None
    if cron and repeat is None:
        raise ValueError(cron)
    return Plan(
        name=graph["name"],
        contents=(say["content"], *say.get("instead", ())),
        segment=start.get("segment", ""),
        exclude=start["exclude"]["segment"] if "exclude" in start else "",
        at=datetime.fromisoformat(start["at"]) if "at" in start else None,
        repeat=repeat,
        zone=graph.get("timezone", ""),
        own_clock=start.get("clock", JOURNEY) == CUSTOMER,
        waves=waves["groups"] if waves else 1,
        every=read_duration(waves["every"]) if waves else timedelta(hours=1),
        control=float(nodes[HELD]["settings"]["share"]) if HELD in nodes else 0.0,
        goal=graph["goal"]["event"] if "goal" in graph else "",
        within=read_duration(graph["goal"]["within"]) if "goal" in graph else timedelta(days=7),
    )
