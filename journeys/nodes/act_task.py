"""act.task: ask a person to do something about the customer, and wait for the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import say_duration
from journeys.engine.statements import execute, fetch
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Stay, setting
from journeys.nodes.effects import Done, Effect
from journeys.nodes.labels import label_of
from journeys.nodes.templates import TemplateFault, Words, asks_customer, in_short, template

if TYPE_CHECKING:
    from journeys.engine.run import Run

DONE, NOT_DONE, TIMEOUT = "done", "not_done", "timeout"


@dataclass(frozen=True, slots=True)
class OpenTask(Effect):
    title: str
    instructions: str
    due_at: datetime

    def say(self) -> str:
        if not self.instructions:
            return format_html(_("Would ask a person: <em>{title}</em>."), title=self.title)
        words = {"title": self.title, "instructions": self.instructions}
        return format_html(_("Would ask a person: <em>{title}</em>. {instructions}"), **words)

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        execute(
            "open_tasks",
            {
                "brands": [one.journey.brand_id for one in done],
                "customers": [one.customer_id for one in done],
                "titles": [one.effect.title for one in done],
                "instructions": [one.effect.instructions for one in done],
                "journeys": [one.journey.journey_id for one in done],
                "enrollments": [one.enrollment_id for one in done],
                "nodes": [one.node for one in done],
                "visits": [one.visit for one in done],
                "opened": [one.at for one in done],
                "dues": [one.effect.due_at for one in done],
            },
        )


@dataclass(frozen=True, slots=True)
class CloseTask(Effect):
    """Nobody needs it any more: its time is over."""

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        execute(
            "close_tasks",
            {
                "enrollments": [one.enrollment_id for one in done],
                "visits": [one.visit for one in done],
                "ats": [one.at for one in done],
            },
        )


@dataclass(frozen=True, slots=True)
class Settings:
    title: str = setting(
        template(200),
        gettext_lazy("Task"),
        example="Call {{ customer.name }} about {{ event.order_id }}",
        help=gettext_lazy("May say {{ customer.… }}, {{ event.… }} and {{ vars.… }}."),
    )
    due: timedelta = setting(readers.duration, gettext_lazy("Within"), example="2d")
    instructions: str = setting(
        template(2000), gettext_lazy("Instructions"), default="", example="Ask for the size."
    )
    variable: str = setting(
        readers.name,
        gettext_lazy("Variable for the note"),
        default="task",
        example="task",
        help=gettext_lazy("What the person writes down, as {{ vars.task.note }}."),
    )


@register
class ActTask(Node[Settings]):
    """The task stands on the page “Tasks”; when its time is over it is taken off."""

    kind = "act.task"
    family = Family.ACT
    label = gettext_lazy("Task for a person")
    icon = "check"
    Settings = Settings
    waits = True

    @property
    def sees_customers(self) -> bool:
        return asks_customer(self._texts)

    @property
    def _texts(self) -> tuple[str, str]:
        return self.settings.title, self.settings.instructions

    def outcomes(self) -> Sequence[Outcome]:
        done = label_of(DONE, self.labels) or _("Done")
        not_done = label_of(NOT_DONE, self.labels) or _("Not done")
        timeout = label_of(TIMEOUT, self.labels) or _("Time is up")
        return [Outcome(DONE, done), Outcome(NOT_DONE, not_done), Outcome(TIMEOUT, timeout, True)]

    def sentence(self) -> str:
        return format_html(
            _("Ask a person: <em>{title}</em>, within <em>{span}</em>"),
            title=in_short(self.settings.title),
            span=say_duration(self.settings.due),
        )

    def carry(self, visits: Sequence[tuple[int, int]], run: Run) -> None:
        execute("carry_tasks", {"ids": [v[0] for v in visits], "visits": [v[1] for v in visits]})

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        # Also for who has just arrived: she may have been moved here, with her task.
        ids = [member.enrollment_id for member in members]
        rows = fetch("finished_tasks", {"ids": ids, "node": self.key})
        found = {row[0]: row[1:] for row in rows}
        words = Words(members, run, self._texts)
        for member in members:
            end = member.arrived_at + self.settings.due
            result = found.get(member.enrollment_id)
            if result is not None and result[0] == member.visit:
                _visit, state, note, at, by = result
                puts = {self.settings.variable: {"result": state, "note": note}}
                yield Leave(state, min(at, run.now), {"by": by}, puts=puts)
            elif end <= run.now:
                yield Leave(TIMEOUT, end, does=(CloseTask(),))
            else:
                yield Stay(end, does=(self._open(member, words, end),))

    def _open(self, member: Member, words: Words, end: datetime) -> OpenTask:
        """A person can make sense of a text with a gap: only what fails stays as it was written."""
        texts = []
        for written in self._texts:
            try:
                texts.append(words.fill(written, member, lenient=True))
            except TemplateFault:
                texts.append(written)
        title, instructions = texts
        return OpenTask(" ".join(title.split())[:200] or self.settings.title, instructions, end)
