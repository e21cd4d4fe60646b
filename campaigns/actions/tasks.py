"""A person says what became of a task; whoever waits for it hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Task, TaskState
from customers.access import Actor, Right, record, require

Callback = Callable[[Task], None]
_callbacks: list[Callback] = []


def on_finished(callback: Callback) -> Callback:
    """Call `callback(task)` in the transaction in which a person finishes a task."""
    if callback not in _callbacks:
        _callbacks.append(callback)
    return callback


def finish(actor: Actor, task: Task, *, done: bool, note: str = "", now: datetime) -> Task:
    """Say that a task is done, or can't be. Raises RightMissing, and ValidationError when
    somebody was quicker or it is not needed any more."""
    require(actor, Right.TAG_CUSTOMER, task.brand)
    with transaction.atomic():
        held = Task.objects.select_for_update(of=("self",)).select_related("brand").get(pk=task.pk)
        if held.state != TaskState.OPEN:
            state = TaskState(held.state).label
            raise ValidationError(_("This task is finished already: %(state)s.") % {"state": state})
        held.state = TaskState.DONE if done else TaskState.NOT_DONE
        held.note = " ".join(note.replace("\x00", "").split())[:1000]
        held.finished_at, held.finished_by = now, actor.user
        held.save(update_fields=["state", "note", "finished_at", "finished_by"])
        changes = {"state": [TaskState.OPEN.value, str(held.state)]}
        record(actor, "task.finish", held, now=now, brand=held.brand, changes=changes)
        for callback in _callbacks:
            callback(held)
    return held
