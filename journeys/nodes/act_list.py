"""act.list: put the customer on a list, or take her off it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import move_members
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Reference, setting
from journeys.nodes.effects import Done, Effect

if TYPE_CHECKING:
    from journeys.engine.run import Run


@dataclass(frozen=True, slots=True)
class MoveOnList(Effect):
    """Comings and goings are told, so that a journey may begin by them."""

    list_id: int
    comes: bool

    changes_customer = True
    may_wake = True
    order = 60

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        last: dict[tuple[int, int], bool] = {}
        for one in sorted(done, key=lambda one: (one.at, one.visit)):
            last[one.effect.list_id, one.customer_id] = one.effect.comes
        lists: dict[int, dict[int, bool]] = defaultdict(dict)
        for (list_id, customer_id), comes in last.items():
            lists[list_id][customer_id] = comes
        with connection.cursor() as cursor:
            for list_id in sorted(lists):
                move_members(cursor, list_id, lists[list_id], now=now)


@dataclass(frozen=True, slots=True)
class Settings:
    list: str = setting(readers.name, gettext_lazy("List"), noun="list", example="vip_visit")
    remove: bool = setting(readers.flag, gettext_lazy("Take her off it"), default=False)


@register
class ActList(Node[Settings]):
    """The list changes in the transaction that moves the customer on."""

    kind = "act.list"
    family = Family.ACT
    label = gettext_lazy("List")
    icon = "segment"
    Settings = Settings
    changes = True
    at_door = False

    def refers(self) -> Iterable[Reference]:
        return [Reference("list", self.settings.list, "list")]

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        if self.settings.remove:
            return format_html(_("Take her off the list <em>{name}</em>"), name=self.settings.list)
        return format_html(_("Put her on the list <em>{name}</em>"), name=self.settings.list)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        effect = MoveOnList(run.list_id(self.settings.list), not self.settings.remove)
        return [Leave("next", member.arrived_at, does=(effect,)) for member in members]
