"""What a brand expects of its events, and what becomes of what came otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.ingest.limits import BadFact, check_name, is_unfit
from customers.ingest.mending import read_mending
from customers.models import (
    Brand,
    EventSchema,
    EventType,
    PropertyType,
    QuarantinedItem,
    QuarantineJob,
    QuarantineState,
    QuarantineVerb,
    SchemaMode,
)
from customers.models.event import check_marks

PROPERTIES_MOST: Final = 100
VALUES_MOST: Final = 100
VALUE_LENGTH: Final = 200
NAME_LENGTH: Final = 120
WAKE: Final = "customers.quarantine.run"
_SAYS: Final = {"type", "required", "values"}
_OF_TYPE: Final[Mapping[str, tuple[type, ...]]] = {
    PropertyType.TEXT.value: (str,),
    PropertyType.NUMBER.value: (int, float),
    PropertyType.WHOLE.value: (int,),
}


def expect(
    actor: Actor,
    brand: Brand,
    event: str,
    *,
    mode: str,
    properties: Mapping[str, Any],
    now: datetime,
) -> EventSchema:
    """Say what an event must be like, and what happens to one that isn't. It holds for what comes
    from now on. Raises RightMissing, and ValidationError with a sentence."""
    require(actor, Right.SET_POLICY, brand)
    try:
        name = check_name(event)
    except BadFact as error:
        raise ValidationError(str(error)) from error
    if is_unfit(name):
        raise ValidationError(_("A text can't hold a null character or half a character."))
    if mode not in SchemaMode.values:
        raise ValidationError(
            _("The mode is one of: %(known)s.") % {"known": ", ".join(SchemaMode.values)}
        )
    says = read_properties(properties)
    with transaction.atomic():
        held = EventSchema.objects.select_for_update().filter(brand=brand, event=name).first()
        before = {"mode": held.mode, "properties": held.properties} if held else None
        after = {"mode": mode, "properties": says}
        if held is not None and before == after:
            return held
        values = {**after, "changed_at": now, "changed_by": actor.user}
        made, _is_new = EventSchema.objects.update_or_create(
            brand=brand, event=name, defaults=values
        )
        record(actor, "event.expect", made, now=now, changes={"expected": [before, after]})
    return made


def read_properties(given: object) -> dict[str, Any]:
    """What is expected of each property, checked. Raises ValidationError."""
    if not isinstance(given, Mapping):
        raise ValidationError(_("An object is expected, {…}."))
    if len(given) > PROPERTIES_MOST:
        raise ValidationError(
            _("At most %(n)d properties can be described.") % {"n": PROPERTIES_MOST}
        )
    return {str(name): _read_property(name, says) for name, says in given.items()}


def mark_personal(
    actor: Actor, event: EventType, marks: Mapping[str, bool], *, now: datetime
) -> None:
    """Say of properties whether they speak of a person, for all brands; what isn't named goes by
    its name again. Raises RightMissing and ValidationError."""
    require(actor, Right.SET_POLICY, None)
    wanted = dict(marks)
    check_marks(wanted)
    with transaction.atomic():
        held = EventType.objects.select_for_update().get(pk=event.pk)
        if held.personal != wanted:
            record(
                actor, "event.mark_personal", held, now=now,
                changes={"personal": [held.personal, wanted]},
            )  # fmt: skip
            held.personal = wanted
            held.save(update_fields=["personal"])


def begin(
    actor: Actor,
    brand: Brand,
    event: str,
    verb: str,
    *,
    mending: Sequence[Any] = (),
    now: datetime,
) -> QuarantineJob:
    """Take in again, or drop, what is set aside of an event until now. Raises RightMissing, and
    ValidationError when nothing is, when the mending can't be read or a job is at it already."""
    require(actor, Right.SET_POLICY, brand)
    if verb not in QuarantineVerb.values:
        raise ValidationError(
            _("“%(verb)s” is one of: %(known)s.")
            % {"verb": "verb", "known": ", ".join(QuarantineVerb.values)}
        )
    try:
        read_mending(list(mending))
    except BadFact as error:
        raise ValidationError(str(error)) from error
    rows = QuarantinedItem.objects.filter(brand=brand, event=event)
    last = rows.order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        raise ValidationError(_("Nothing of this event is set aside."))
    with transaction.atomic():
        try:
            with transaction.atomic():
                job = QuarantineJob.objects.create(
                    brand=brand, event=event, verb=verb, mending=list(mending),
                    total=rows.filter(pk__lte=last).count(), last_id=last,
                    created_by=actor.user, created_at=now,
                )  # fmt: skip
        except IntegrityError as error:
            raise ValidationError(_("A job is at this event already. Wait, or stop it.")) from error
        record(actor, f"quarantine.{verb}", job, now=now, changes={"items": job.total})
        wake(WAKE)
    return job


def stop(actor: Actor, job: QuarantineJob, *, now: datetime) -> bool:
    """Stop a job behind the part that is on its way; whether it was running."""
    require(actor, Right.SET_POLICY, job.brand)
    with transaction.atomic():
        rows = QuarantineJob.objects.filter(pk=job.pk, state=QuarantineState.RUNNING)
        if not rows.update(state=QuarantineState.STOPPED, finished_at=now):
            return False
        record(actor, "quarantine.stop", job, now=now)
    return True


# helpers


def _read_property(name: object, says: object) -> dict[str, Any]:
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LENGTH or is_unfit(name):
        raise ValidationError(
            _("The name of a property has at most %(n)d characters.") % {"n": NAME_LENGTH}
        )
    if not isinstance(says, Mapping) or not says.keys() <= _SAYS:
        raise ValidationError(
            _("Of “%(property)s” can be said: %(known)s.")
            % {"property": name, "known": "type, required, values"}
        )
    kind, values = says.get("type") or "", says.get("values") or []
    if kind and kind not in PropertyType.values:
        raise ValidationError(
            _("The type of “%(property)s” is one of: %(known)s.")
            % {"property": name, "known": ", ".join(PropertyType.values)}
        )
    if not isinstance(says.get("required", False), bool):
        raise ValidationError(
            _("Whether “%(property)s” is required is true or false.") % {"property": name}
        )
    found: dict[str, Any] = {}
    if kind:
        found["type"] = kind
    if says.get("required"):
        found["required"] = True
    if values:
        found["values"] = _read_values(name, kind, values)
    return found


def _read_values(name: str, kind: str, values: object) -> list[Any]:
    allowed = _OF_TYPE.get(kind or PropertyType.TEXT.value, ())
    if not isinstance(values, list | tuple) or len(values) > VALUES_MOST:
        raise ValidationError(
            _("“%(property)s” can have at most %(n)d allowed values.")
            % {"property": name, "n": VALUES_MOST}
        )
    for value in values:
        if (
            not isinstance(value, allowed)
            or isinstance(value, bool)
            or (isinstance(value, str) and (len(value) > VALUE_LENGTH or is_unfit(value)))
        ):
            raise ValidationError(
                _("An allowed value of “%(property)s” is not of its type: %(value)s.")
                % {"property": name, "value": repr(value)[:60]}
            )
    return list(dict.fromkeys(values))
