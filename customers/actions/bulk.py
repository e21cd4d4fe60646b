"""Bulk work on customers: confirmed with its number, started, stopped; files are kept a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, brands_of, may, record, require
from customers.actions.segment_lists import new_list
from customers.formats import number
from customers.jobs.files import FORMATS, XLSX_MOST, drop_files
from customers.jobs.run import stop as stop_job
from customers.jobs.selection import Selection, count, fix, over
from customers.models import (
    Brand,
    BulkJob,
    JobKind,
    JobState,
    Segment,
    SegmentKind,
    Tag,
    TagKind,
)
from customers.scope import Scope

RIGHTS: Final = {
    JobKind.TAG: Right.TAG_CUSTOMER,
    JobKind.UNTAG: Right.TAG_CUSTOMER,
    JobKind.LIST: Right.EDIT,
    JobKind.EXPORT: Right.EXPORT,
}
RUNNING_MOST: Final = 5  # jobs of one person at once
# What was confirmed may have changed by so much until it begins: people come and go all the time.
DRIFT: Final = 0.01


def how_many(
    actor: Actor, kind: JobKind, chosen: Selection, scope: Scope, *, now: datetime
) -> tuple[int, int]:
    """(how many customers it is about, how many more were chosen over whom *actor* has no right).
    Raises RightMissing when she has the right nowhere."""
    require(actor, RIGHTS[kind], acting_brand(actor, RIGHTS[kind], scope))
    asked = chosen.asked(actor, scope, now)
    mine = count(chosen.ids_sql(asked, over(actor, RIGHTS[kind])))
    return mine, count(chosen.ids_sql(asked, over(Actor.of_system("count"), RIGHTS[kind]))) - mine


def start(
    actor: Actor,
    kind: JobKind,
    chosen: Selection,
    scope: Scope,
    *,
    confirmed: int,
    given: Mapping[str, Any],
    now: datetime,
) -> BulkJob:
    """Begin; who is meant is written down now. `given` says what is done: tag and value, segment
    or the name of a new list, columns and format. Raises RightMissing, and ValidationError when
    something is missing or when others fit now than were confirmed."""
    brand = acting_brand(actor, RIGHTS[kind], scope)
    require(actor, RIGHTS[kind], brand)
    running = BulkJob.objects.filter(created_by=actor.user, state=JobState.RUNNING)
    if running.count() >= RUNNING_MOST:
        raise ValidationError(
            _("%(most)s of your jobs are running. Wait for one, or stop it.")
            % {"most": RUNNING_MOST}
        )
    with transaction.atomic():
        what, options = _READ[kind](actor, brand, scope, given, now)
        job = BulkJob.objects.create(
            brand=brand, kind=kind, what=what[:200], options=options,
            created_by=actor.user, created_at=now,
        )  # fmt: skip
        asked = chosen.asked(actor, scope, now)
        job.total = fix(job, chosen.ids_sql(asked, over(actor, RIGHTS[kind])), asked.sort)
        _check(job, confirmed)
        job.save(update_fields=["total"])
        changes = {"customers": job.total, "everybody": chosen.is_everybody, **_told(options)}
        record(actor, f"bulk.{kind.value}", job, now=now, changes=changes)
        wake("customers.bulk.run", job.pk)
    return job


def stop(actor: Actor, job: BulkJob, *, now: datetime) -> None:
    """Stop a running job; what is done stays done. Raises RightMissing."""
    _require_mine(actor, job)
    with transaction.atomic():
        if stop_job(job):
            job.refresh_from_db()
            changes = {"done": job.done, "customers": job.total}
            record(actor, "bulk.stop", job, now=now, changes=changes)


def go_on(actor: Actor, job: BulkJob, *, now: datetime) -> None:
    """Let a stopped job go on where it was. Raises RightMissing."""
    _require_mine(actor, job)
    with transaction.atomic():
        went = BulkJob.objects.filter(pk=job.pk, state=JobState.STOPPED).update(
            state=JobState.RUNNING
        )
        if went:
            record(actor, "bulk.go_on", job, now=now)
            wake("customers.bulk.run", job.pk)


def download(actor: Actor, job: BulkJob, *, now: datetime) -> None:
    """Ask for the file. Only who asked for it gets it, while she still may export. Raises
    RightMissing, and ValidationError when there is no file any more."""
    _require_mine(actor, job)
    require(actor, Right.EXPORT, job.brand)
    if job.state != JobState.DONE or not job.files:
        raise ValidationError(_("There is no file: it is not ready, or it was removed."))
    if job.expires_at is None or job.expires_at <= now:
        raise ValidationError(_("The file was kept for a week and is gone. Export again."))
    record(actor, "export.download", job, now=now, changes={"customers": job.done})


def delete_file(actor: Actor, job: BulkJob, *, now: datetime) -> None:
    """Remove a file before its time. Raises RightMissing."""
    _require_mine(actor, job)
    with transaction.atomic():
        stop_job(job)
        record(actor, "export.delete", job, now=now)
        BulkJob.objects.filter(pk=job.pk).update(expires_at=now)
    job.refresh_from_db()
    drop_files(job)


def acting_brand(actor: Actor, right: Right, scope: Scope) -> Brand | None:
    """The brand on whose behalf it is done: the chosen one, the whole group for who has the right
    there, else the first of her brands in which she has it."""
    if scope.chosen is not None:
        return scope.chosen
    if may(actor, right, None):
        return None
    return brands_of(actor, right).first()


# helpers


def _require_mine(actor: Actor, job: BulkJob) -> None:
    """A job belongs to who began it; an admin of its brand may stop and remove it too."""
    if actor.user is None or job.created_by_id != actor.user.pk:
        require(actor, Right.SET_RIGHTS, job.brand)


def _check(job: BulkJob, confirmed: int) -> None:
    if not job.total:
        raise ValidationError(_("Nobody is left of whom you chose. Look at the list again."))
    if abs(job.total - confirmed) > max(1, DRIFT * confirmed):
        raise ValidationError(
            _("You confirmed %(confirmed)s customers, but %(now)s fit now. Look and confirm again.")
            % {"confirmed": number(confirmed), "now": number(job.total)}
        )
    if job.options.get("format") == "xlsx" and job.total > XLSX_MOST:
        raise ValidationError(
            _("An XLSX file takes at most %(most)s customers, these are %(count)s. Choose CSV.")
            % {"most": number(XLSX_MOST), "count": number(job.total)}
        )


def _told(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ("tag", "segment", "format", "masked", "columns")
            if name in options}  # fmt: skip


def _read_tag(
    actor: Actor, brand: Brand | None, scope: Scope, given: Mapping[str, Any], now: datetime
) -> tuple[str, dict[str, Any]]:
    code = str(given.get("tag", ""))[:40].replace("\x00", "")
    tag = Tag.objects.filter(code=code, kind=TagKind.ASSIGNED).first()
    if tag is None or (tag.brand is not None and tag.brand not in scope.mine):
        raise ValidationError(_("Choose a tag that is assigned by hand."))
    if tag.brand is not None:
        require(actor, Right.TAG_CUSTOMER, tag.brand)
    value = " ".join(str(given.get("value", "")).replace("\x00", "").split())
    if len(value) > 160:
        raise ValidationError(_("The value of a tag has at most 160 characters."))
    return f"{tag.title} {value}".strip(), {"tag": tag.code, "value": value}


def _read_list(
    actor: Actor, brand: Brand | None, scope: Scope, given: Mapping[str, Any], now: datetime
) -> tuple[str, dict[str, Any]]:
    name = " ".join(str(given.get("name", "")).replace("\x00", "").split())
    if name:
        segment = new_list(actor, brand, name, now)
        return segment.title, {"segment": segment.code}
    code = str(given.get("segment", ""))[:40].replace("\x00", "")
    found = Segment.objects.filter(code=code, kind=SegmentKind.LIST).first()
    if found is None or (found.brand is not None and found.brand not in scope.mine):
        raise ValidationError(_("Choose a list, or name a new one."))
    require(actor, Right.EDIT, found.brand or brand)
    return found.title, {"segment": found.code}


def _read_export(
    actor: Actor, brand: Brand | None, scope: Scope, given: Mapping[str, Any], now: datetime
) -> tuple[str, dict[str, Any]]:
    made_as = str(given.get("format", ""))
    if made_as not in FORMATS:
        raise ValidationError(_("Choose one of the formats."))
    columns: Sequence[str] = given.get("columns") or []
    return _("Customers"), {
        "format": made_as,
        "masked": bool(given.get("masked")),
        "columns": [str(code)[:80] for code in columns][:40],
        "brands": scope.brand_ids,
        "language": get_language() or "en",
        "zone": actor.user.timezone if actor.user else "UTC",
    }


_READ: Final = {
    JobKind.TAG: _read_tag,
    JobKind.UNTAG: _read_tag,
    JobKind.LIST: _read_list,
    JobKind.EXPORT: _read_export,
}
