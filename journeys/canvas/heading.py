"""What is asked of a journey as a whole: name, goal, when people leave, its clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from journeys.canvas.fields import OMIT, Ask, Typed, read
from journeys.nodes.forms import Form

if TYPE_CHECKING:
    from journeys.canvas.editing import Editing

Text = str | Promise
GOAL: Final = {
    "event": Form("noun", noun="event"),
    "within": Form("duration", example="30d"),
    "stay": Form("switch"),
}
LABELS: Final[Mapping[str, Text]] = {
    "event": gettext_lazy("What customers should do"),
    "within": gettext_lazy("At most so long after they entered"),
    "stay": gettext_lazy("They go on walking after it"),
}
PARTS: Final[Mapping[str, tuple[Form, Text, Text]]] = {
    "name": (Form("text", longest=120), gettext_lazy("Name"), ""),
    "description": (Form("text", longest=240), gettext_lazy("What it is for"), ""),
    "goal": (
        Form("group", parts=GOAL),
        gettext_lazy("Goal"),
        gettext_lazy("Whoever reaches it leaves the journey, and is counted."),
    ),
    "exit_when": (
        Form("rule"),
        gettext_lazy("Customers leave as soon as"),
        gettext_lazy("Looked at before every step."),
    ),
    "lateness": (
        Form("duration", example="3d"),
        gettext_lazy("A step may run so late"),
        gettext_lazy("After a pause or a standstill. Without it, however late."),
    ),
    "late": (
        Form("choice", choices={
            "skip": gettext_lazy("is skipped"), "send": gettext_lazy("is done all the same"),
            "ask": gettext_lazy("waits until somebody decides"),
        }),
        gettext_lazy("What is later than that"),
        "",
    ),
    "timezone": (
        Form("text", longest=64, example="Asia/Shanghai"),
        gettext_lazy("Clock of customers whose own is not known"),
        gettext_lazy("Empty: the brand's."),
    ),
    "priority": (
        Form("number", lowest=0, highest=100),
        gettext_lazy("Priority, 0 to 100"),
        gettext_lazy("The higher one wins when two journeys want the same customer."),
    ),
}  # fmt: skip


def heading_asks(editing: Editing) -> dict[str, tuple[Ask, str]]:
    """(what is asked, its help) by part of the heading."""
    draft: Mapping[str, Any] = editing.journey.draft
    titles = editing.picture.titles.names
    return {
        name: (
            Ask(
                form,
                f"j.{name}",
                draft.get(name, OMIT),
                str(label),
                name == "name",
                "skip" if name == "late" else None,
                {},
                titles,
            ),
            str(help),
        )
        for name, (form, label, help) in PARTS.items()
    }


def read_heading_form(editing: Editing, typed: Typed) -> dict[str, Any]:
    """The parts that were typed, None for one that is not given; only those that differ."""
    draft: Mapping[str, Any] = editing.journey.draft
    parts: dict[str, Any] = {}
    for name, (ask, _help) in heading_asks(editing).items():
        value = read(ask, name, typed)
        if name == "goal" and isinstance(value, Mapping):
            value = goal_of(value, draft.get("goal"))
        found = None if value is OMIT else value
        if found != draft.get(name):
            parts[name] = found
    return parts


# helpers


def goal_of(value: Mapping[str, Any], before: Any) -> Any:
    """A goal without an event is none; what the form does not ask for is kept."""
    if not value.get("event"):
        return OMIT
    kept = {"where": before["where"]} if isinstance(before, Mapping) and "where" in before else {}
    return {**kept, **value}
