"""What Undo and Redo would do, and what others did meanwhile, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from customers.formats import ago
from customers.models import AuditEntry
from journeys.canvas.picture import Picture
from journeys.models import DraftChange, Journey
from journeys.nodes import REGISTRY


class Turn(NamedTuple):
    """A change that can be taken back or done again."""

    words: str


def turns_of(journey: Journey, picture: Picture) -> tuple[Turn | None, Turn | None]:
    """What Undo and Redo would do, or None; one query each."""
    last = journey.draft_changes.filter(is_undone=False).first()
    following = journey.draft_changes.filter(is_undone=True).last()
    return turn_of(last, picture), turn_of(following, picture)


def overtaken_words(entries: Iterable[AuditEntry], picture: Picture, now: datetime) -> list[str]:
    """What was done meanwhile, latest first: "Zhou Mei, 2 minutes ago: Wait 1 day put in"."""
    return [
        _("%(who)s, %(when)s: %(what)s")
        % {
            "who": entry.actor_label,
            "when": ago(entry.at, now),
            "what": operation_words(
                entry.changes.get("operation", ""),
                step_name(entry.changes.get("node", ""), picture),
            ),
        }
        for entry in entries
    ]


def operation_words(operation: str, step: str) -> str:
    """What an operation did to a step that is called *step* ("": unknown)."""
    if not step:
        step = _("a step")
    words = {
        "insert": _("%(step)s put in"),
        "append": _("%(step)s put in"),
        "move": _("%(step)s moved"),
        "detach": _("a way of %(step)s cut"),
        "connect": _("a way of %(step)s led elsewhere"),
        "configure": _("settings of %(step)s"),
        "duplicate": _("%(step)s doubled"),
        "paste": _("%(step)s pasted"),
        "delete": _("%(step)s deleted"),
        "annotate": _("note on %(step)s"),
        "describe": _("settings of the journey"),
        "load": _("the journey loaded as text"),
        "restore": _("a version brought back"),
        "undo": _("a change undone"),
        "redo": _("a change done again"),
    }
    return words.get(operation, _("the draft changed")) % {"step": step}


# helpers


def turn_of(change: DraftChange | None, picture: Picture) -> Turn | None:
    if change is None:
        return None
    step = step_name(change.node, picture)
    for patch in (change.back, change.forth):
        item: Any = (patch.get("nodes") or {}).get(change.node)
        if not step and item:
            step = kind_name(str(item.get("kind", "")))
    return Turn(operation_words(change.operation, step))


def step_name(key: str, picture: Picture) -> str:
    card = picture.cards.get(key)
    return _("“%s”") % card.short if card else ""


def kind_name(kind: str) -> str:
    known = REGISTRY.get(kind)
    return _("“%s”") % known.label if known else ""
