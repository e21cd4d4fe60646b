"""Trying a draft of an import out: asked for, stopped. Nothing of it stays with the customers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import get_language

from config.wake import wake
from customers.access import Actor, Right, require
from customers.imports.trial import key_of
from customers.models import Import, ImportTrial, TrialState

# A trial that has not moved for so long has lost its worker.
LOST: Final = timedelta(minutes=2)


def ask(actor: Actor, found: Import, *, now: datetime) -> ImportTrial:
    """Ask a worker to try the draft with its mapping; one on its way with the same mapping goes
    on. Raises RightMissing."""
    require(actor, Right.INGEST, found.brand)
    running = current(found)
    if running is not None and running.state == TrialState.RUNNING and not is_lost(running, now):
        return running
    with transaction.atomic():
        trial, _made = ImportTrial.objects.update_or_create(
            import_of=found,
            defaults={
                "of": key_of(found),
                "state": TrialState.RUNNING,
                "rows": 0,
                "asked_at": now,
                "moved_at": None,
                "result": {},
                "problems": [],
                "before": None,
                "is_same": False,
            },
        )
        wake("customers.imports.try_out", found.pk, get_language() or "")
    return trial


def stop(actor: Actor, found: Import) -> None:
    """Stop a trial after the rows that are on their way. Raises RightMissing."""
    require(actor, Right.INGEST, found.brand)
    rows = ImportTrial.objects.filter(import_of=found, state=TrialState.RUNNING)
    rows.update(state=TrialState.STOPPED)


def current(found: Import) -> ImportTrial | None:
    """The trial of the draft as it is mapped now."""
    return ImportTrial.objects.filter(import_of=found, of=key_of(found)).first()


def is_lost(trial: ImportTrial, now: datetime) -> bool:
    """Whether a running trial has not moved for minutes."""
    return now - (trial.moved_at or trial.asked_at) > LOST
