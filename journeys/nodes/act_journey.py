"""act.journey: let the customer enter another journey, or take her out of one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Reference, setting
from journeys.nodes.effects import Done, Effect
from journeys.nodes.trigger_journey import TriggerJourney

if TYPE_CHECKING:
    from journeys.engine.run import Run

START, LEAVE = "start", "leave"
# Journeys may lead to each other in a circle; so far and no further.
DEEPEST = 10


@dataclass(frozen=True, slots=True)
class StartJourney(Effect):
    """Enters by the triggers “from a journey” of the other one, if it runs; once per visit."""

    code: str
    entry_key: str
    context: str  # JSON

    may_wake = True
    order = 90

    def say(self) -> str:
        text = _("Lets her enter the journey <em>{code}</em>, which is not walked here.")
        return format_html(text, code=self.code)

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        from journeys.engine.by_time import Coming, let_in
        from journeys.engine.enroll import running

        open_ones = {(v.brand_id, v.code): v for v, _published_at in running(now)}
        groups: dict[tuple[int, str], list[Done]] = defaultdict(list)
        for one in done:
            groups[one.journey.brand_id, one.effect.code].append(one)
        for key, group in sorted(groups.items()):
            version = open_ones.get(key)
            triggers = version.graph.triggers() if version and version.graph else []
            for node in (node for node in triggers if isinstance(node, TriggerJourney)):
                only = node.settings.journey
                coming = [
                    Coming(one.token, one.customer_id, one.at, one.effect.entry_key,
                           one.effect.context)
                    for one in group
                    if not only or one.journey.code == only
                ]  # fmt: skip
                if version is not None:
                    let_in(version, node, coming, now)


@dataclass(frozen=True, slots=True)
class LeaveJourney(Effect):
    """Sets a timer that takes her out in the engine's next look; her own walk stays."""

    code: str

    may_wake = True
    order = 91

    def say(self) -> str:
        return format_html(_("Takes her out of the journey <em>{code}</em>."), code=self.code)

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        from journeys.engine.statements import execute

        execute(
            "take_out",
            {
                "customers": [one.customer_id for one in done],
                "brands": [one.journey.brand_id for one in done],
                "codes": [one.effect.code for one in done],
                "own": [one.enrollment_id for one in done],
                "ats": [one.at for one in done],
            },
        )


@dataclass(frozen=True, slots=True)
class Settings:
    journey: str = setting(readers.name, gettext_lazy("Journey"), noun="journey")
    act: str = setting(
        readers.choice({START: gettext_lazy("let her enter"), LEAVE: gettext_lazy("take her out")}),
        gettext_lazy("What"),
        default=START,
    )


@register
class ActJourney(Node[Settings]):
    """She carries the event by which she entered, its key and her variables into the other one."""

    kind = "act.journey"
    family = Family.ACT
    label = gettext_lazy("Another journey")
    icon = "journey"
    Settings = Settings
    at_door = False

    def refers(self) -> Iterable[Reference]:
        return [Reference("journey", self.settings.journey, "journey")]

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        code = self.settings.journey
        if self.settings.act == LEAVE:
            return format_html(_("Take her out of <em>{code}</em>"), code=code)
        return format_html(_("Let her enter <em>{code}</em>"), code=code)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        code = self.settings.journey
        for member in members:
            if self.settings.act == LEAVE:
                yield Leave("next", member.arrived_at, does=(LeaveJourney(code),))
                continue
            before = member.context.get("from")
            depth = before.get("depth", 0) + 1 if isinstance(before, dict) else 1
            if depth > DEEPEST:
                yield Leave("next", member.arrived_at, {"too_deep": depth})
                continue
            carried = member.context
            context: dict[str, Any] = {
                key: carried[key] for key in ("event", "vars") if key in carried
            }
            context["from"] = {"journey": run.journey.code, "depth": depth}
            text = json.dumps(context, ensure_ascii=False)
            does = (StartJourney(code, member.entry_key, text),)
            yield Leave("next", member.arrived_at, does=does)
