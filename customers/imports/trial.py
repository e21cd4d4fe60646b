"""The dry run of a draft, done by a worker: how far it is stands where its page can read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from customers.actions.imports import complete
from customers.imports.before import loaded_before, loaded_otherwise
from customers.imports.lines import Unreadable
from customers.imports.mapping import BadMapping
from customers.imports.rehearse import Halted, rehearse
from customers.imports.storage import local
from customers.models import Import, ImportTrial, TrialState

_MOVED = """
UPDATE customers_importtrial SET rows = %s, moved_at = %s
WHERE import_of_id = %s AND "of" = %s AND state = 'running'
"""


def key_of(found: Import) -> str:
    """A digest of what decides how the rows are taken in."""
    said = json.dumps([found.kind, found.source, found.mapping], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def try_out(import_id: int, *, clock: Callable[[], datetime], aside: bool = True) -> bool:
    """Do the trial that was asked for; whether there was one that nobody else does.

    Progress goes out on a connection of its own (`aside`), since nothing of the trial's own
    transaction is ever seen.
    """
    now = clock()
    mine = ImportTrial.objects.filter(pk=import_id, state=TrialState.RUNNING, moved_at=None)
    if not mine.update(moved_at=now):
        return False
    trial = ImportTrial.objects.select_related("import_of__brand").get(pk=import_id)
    found = trial.import_of
    try:
        with local(found.stored) as path, _teller(trial, clock, aside=aside) as tell:
            complete(found, path)
            seen = rehearse(found, path, now=now, tell=tell)
    except Halted:
        return True
    except BadMapping as error:
        _end(trial, TrialState.FAILED, clock(), problems=error.problems)
    except Unreadable as error:
        _end(trial, TrialState.FAILED, clock(), problems=[str(error)])
    except FileNotFoundError:
        _end(trial, TrialState.FAILED, clock(), problems=[_("The file is no longer there.")])
    else:
        same = loaded_before(found)
        _end(
            trial, TrialState.DONE, clock(), rows=seen.rows, result=asdict(seen),
            before=same or loaded_otherwise(found), is_same=same is not None,
        )  # fmt: skip
    return True


# helpers


@contextmanager
def _teller(
    trial: ImportTrial, clock: Callable[[], datetime], *, aside: bool
) -> Iterator[Callable[[int], bool]]:
    if not aside:
        yield lambda _rows: True
        return
    other = connection.copy()

    def tell(rows: int) -> bool:
        with other.cursor() as cursor:
            cursor.execute(_MOVED, [rows, clock(), trial.pk, trial.of])
            return bool(cursor.rowcount)

    try:
        yield tell
    finally:
        other.close()


def _end(trial: ImportTrial, state: TrialState, now: datetime, **values: Any) -> None:
    ImportTrial.objects.filter(pk=trial.pk, of=trial.of, state=TrialState.RUNNING).update(
        state=state, moved_at=now, **values
    )
