"""Change the draft of a journey: one operation at a time, undone and done again without limit.

Every change raises the draft's number. Who edits says which number she saw; when another was
faster she is told in words what happened, and nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.models import AuditEntry
from journeys.actions.change import JourneyRefused, expect, locked
from journeys.graph.operations import Done, OperationRefused, perform
from journeys.graph.operations.delta import patch, patched
from journeys.models import DraftChange, Journey, JourneyState

# Typing is one change, however often a form is sent meanwhile.
IN_ONE = timedelta(seconds=20)
CONTINUED = frozenset({"configure", "annotate", "describe"})


class DraftOvertaken(JourneyRefused):
    """Somebody else changed the draft meanwhile; `entries` say who did what, latest first."""

    def __init__(self, journey: Journey, entries: list[AuditEntry]) -> None:
        super().__init__(
            _("Somebody changed the draft of “%s” meanwhile. Nothing of theirs was overwritten; "
              "look at it, then do yours again.") % journey
        )  # fmt: skip
        self.entries = entries


@dataclass(frozen=True)
class Edited:
    """The journey with its new draft, and the step that one looks at next ("": none)."""

    journey: Journey
    key: str = ""


def edit(
    actor: Actor,
    journey: Journey,
    number: int,
    operation: str,
    given: Mapping[str, Any],
    now: datetime,
) -> Edited:
    """Do *operation* (see journeys/graph/operations) on the draft that had *number*.

    Raises RightMissing, DraftOvertaken when the draft is another one by now, OperationRefused, and
    JourneyRefused when the journey is archived. Then nothing is changed.
    """
    with transaction.atomic():
        held = held_draft(actor, journey, number)
        done = perform(held.draft, operation, given)
        write(actor, held, done.graph, operation, subject(given, done), now)
    return Edited(held, done.key)


def undo(actor: Actor, journey: Journey, number: int, now: datetime) -> Edited:
    """Take the latest change back. Raises as `edit` does, OperationRefused when there is none."""
    with transaction.atomic():
        held = held_draft(actor, journey, number)
        change = held.draft_changes.filter(is_undone=False).first()
        if change is None:
            raise OperationRefused(_("There is nothing to undo."))
        return turned(actor, held, change, undone=True, now=now)


def redo(actor: Actor, journey: Journey, number: int, now: datetime) -> Edited:
    """Do again what was undone last. Raises as `undo` does."""
    with transaction.atomic():
        held = held_draft(actor, journey, number)
        change = held.draft_changes.filter(is_undone=True).last()
        if change is None:
            raise OperationRefused(_("There is nothing to do again."))
        return turned(actor, held, change, undone=False, now=now)


def restore(actor: Actor, journey: Journey, number: int, version: int, now: datetime) -> Edited:
    """Make the published *version* the draft; it can be undone like any change. Raises as `edit`
    does, and JourneyRefused when there is no such version."""
    with transaction.atomic():
        held = held_draft(actor, journey, number)
        found = held.versions.filter(number=version).first()
        if found is None:
            raise JourneyRefused(
                _("“%(journey)s” has no version %(n)s.") % {"journey": held, "n": version}
            )
        if found.graph == held.draft:
            raise JourneyRefused(_("The draft is the same as version %s already.") % version)
        write(actor, held, found.graph, "restore", "", now, version=version)
    return Edited(held)


def write(
    actor: Actor, held: Journey, graph: dict[str, Any], operation: str, node: str, now: datetime,
    **more: Any,
) -> None:  # fmt: skip
    """Make *graph* the draft of the locked journey *held*, remember the way back, audit it."""
    before = held.draft
    back, forth = patch(graph, before), patch(before, graph)
    if not forth:
        return
    held.draft_changes.filter(is_undone=True).delete()
    last = held.draft_changes.first()
    goes_on = last is not None and continues(last, actor, operation, node, now)
    if last is not None and goes_on:
        last.back = joined(back, last.back)
        last.forth = joined(last.forth, forth)
        last.at = now
        last.save(update_fields=["back", "forth", "at"])
    else:
        DraftChange.objects.create(
            journey=held, operation=operation, node=node, back=back, forth=forth, by=actor.user,
            at=now,
        )  # fmt: skip
    keep(actor, held, graph, operation, node, now, is_audited=not goes_on, **more)


# helpers


def subject(given: Mapping[str, Any], done: Done) -> str:
    """The step that an operation is about: one that is gone, the one that it names or made."""
    keys = given.get("keys")
    gone = [key for key in keys if key not in done.graph["nodes"]] if isinstance(keys, list) else []
    return str((gone[0] if gone else "") or given.get("key") or done.key)[:40]


def held_draft(actor: Actor, journey: Journey, number: int) -> Journey:
    """The journey, locked, when *actor* may edit it and its draft is the one that she saw."""
    require(actor, Right.EDIT, journey.brand)
    held = locked(journey)
    expect(
        held,
        set(JourneyState.values) - {JourneyState.ARCHIVED.value},
        _("An archived journey can't be edited."),
    )
    if held.draft_number != number:
        raise DraftOvertaken(held, since(held, number))
    return held


def since(journey: Journey, number: int) -> list[AuditEntry]:
    """What was done to the draft after *number*, latest first."""
    rows = AuditEntry.objects.filter(
        object_type="journey", object_id=str(journey.pk), action="journey.edit"
    )
    found: list[AuditEntry] = []
    for entry in rows.select_related("actor").order_by("-id")[:20]:
        is_later = entry.changes.get("draft_number", [0, 0])[1] > number
        # Somebody may only have gone on with what she had begun; that has no entry of its own.
        if not is_later and found:
            break
        found.append(entry)
        if not is_later:
            break
    return found


def turned(
    actor: Actor, held: Journey, change: DraftChange, *, undone: bool, now: datetime
) -> Edited:
    graph = patched(held.draft, change.back if undone else change.forth)
    change.is_undone = undone
    change.save(update_fields=["is_undone"])
    keep(actor, held, graph, "undo" if undone else "redo", change.node, now, of=change.operation)
    return Edited(held, change.node if change.node in graph.get("nodes", {}) else "")


def keep(
    actor: Actor, held: Journey, graph: dict[str, Any], operation: str, node: str, now: datetime,
    *, is_audited: bool = True, **more: Any,
) -> None:  # fmt: skip
    """Save the draft and say so in the audit log; what goes on with a change has its entry."""
    held.draft = graph
    held.draft_number += 1
    if held.state == JourneyState.DRAFT:
        # What runs keeps its name until the draft is published.
        held.name = str(graph.get("name") or held.name)[:120]
        held.description = str(graph.get("description") or "")[:240]
    held.save(update_fields=["draft", "draft_number", "name", "description", "changed_at"])
    changes = {
        "draft_number": [held.draft_number - 1, held.draft_number],
        "operation": operation,
        "node": node,
        **more,
    }
    if is_audited:
        record(actor, "journey.edit", held, now=now, changes=changes)


def continues(last: DraftChange, actor: Actor, operation: str, node: str, now: datetime) -> bool:
    """Whether this goes on with what the same person just did to the same step."""
    return (
        operation in CONTINUED
        and (last.operation, last.node) == (operation, node)
        and last.by_id == (actor.user.pk if actor.user else None)
        and now - last.at <= IN_ONE
    )


def joined(first: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """One patch that does what two do one after the other."""
    made: dict[str, Any] = {}
    if nodes := {**first.get("nodes", {}), **then.get("nodes", {})}:
        made["nodes"] = nodes
    unset = set(first.get("unset", ())) - set(then.get("set", {}))
    if gone := sorted(unset | set(then.get("unset", ()))):
        made["unset"] = gone
    top = {**first.get("set", {}), **then.get("set", {})}
    if kept := {name: value for name, value in top.items() if name not in then.get("unset", ())}:
        made["set"] = kept
    return made
