"""Evaluating tags: weights, the outcome a tag is measured by, samples that somebody checks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.models import EventType, Tag, TagMark, TagOutcome, TagSample, TagSettings, TagVerdict
from customers.tags.evaluation import rescore

FIELDS = ("coverage", "use", "accuracy", "success", "stale_days", "unused_days")
EVALUATE = "customers.tags.evaluate"
LEAST, MOST = 10, 500

# The same seed draws the same; every customer who has the tag has the same chance.
_DRAW = """
INSERT INTO customers_tagmark (sample_id, place, customer_id, value, verdict)
SELECT %(sample)s, row_number() OVER (ORDER BY t.chance, t.customer_id), t.customer_id, t.value, ''
FROM (
    SELECT customer_id, min(value) AS value, hashint8extended(customer_id, %(seed)s) AS chance
    FROM customers_customertag
    WHERE tag_id = %(tag)s AND (%(value)s = '' OR value = %(value)s)
    GROUP BY customer_id ORDER BY chance, customer_id LIMIT %(size)s
) t
"""


def set_weights(actor: Actor, values: Mapping[str, int], *, now: datetime) -> TagSettings:
    """Write *values* (of FIELDS) and weigh every tag anew; for an admin of the whole group.

    Raises RightMissing, or ValidationError by field.
    """
    require(actor, Right.SET_POLICY, None)
    if unknown := sorted(set(values) - set(FIELDS)):
        raise TypeError(f"These settings have {', '.join(FIELDS)}, not {unknown[0]!r}.")
    with transaction.atomic():
        TagSettings.objects.get_or_create(pk=1)
        held = TagSettings.objects.select_for_update().get(pk=1)
        before = {name: getattr(held, name) for name in FIELDS}
        for name, value in values.items():
            setattr(held, name, value)
        held.full_clean()
        changes = {
            name: [before[name], getattr(held, name)]
            for name in FIELDS
            if before[name] != getattr(held, name)
        }
        if changes:
            held.save()
            rescore(held)
            record(actor, "tagsettings.change", held, now=now, changes=changes)
    return held


def set_outcome(
    actor: Actor,
    tag: Tag,
    *,
    event: EventType,
    days: int,
    value: str = "",
    expects: str = "more",
    now: datetime,
) -> TagOutcome:
    """Measure the tag by this event from now on, and ask for an evaluation.

    Raises RightMissing, or ValidationError by field.
    """
    require(actor, Right.EDIT, tag.brand)
    found = TagOutcome(tag=tag, value=value, event_type=event, expects=expects, days=days)
    found.full_clean(validate_unique=False)
    with transaction.atomic():
        before = TagOutcome.objects.select_related("event_type").filter(pk=tag.pk).first()
        found.save(force_insert=before is None, force_update=before is not None)
        changes = {"outcome": [_plain(before), _plain(found)]}
        record(actor, "tag.outcome", tag, now=now, changes=changes)
        wake(EVALUATE, tag.pk)
    return found


def remove_outcome(actor: Actor, tag: Tag, *, now: datetime) -> None:
    """Measure the tag by no event any more. Raises RightMissing."""
    require(actor, Right.EDIT, tag.brand)
    with transaction.atomic():
        before = TagOutcome.objects.select_related("event_type").filter(pk=tag.pk).first()
        if before is None:
            return
        changes = {"outcome": [_plain(before), None]}
        before.delete()
        record(actor, "tag.outcome", tag, now=now, changes=changes)
        wake(EVALUATE, tag.pk)


def draw(
    actor: Actor, tag: Tag, *, size: int, value: str = "", seed: int | None = None, now: datetime
) -> TagSample:
    """Draw *size* customers who have the tag (with *value*, if given) for somebody to check.

    Raises RightMissing, or ValidationError for a size out of 10 to 500, or when nobody has it.
    """
    require(actor, Right.EDIT, tag.brand)
    if not LEAST <= size <= MOST:
        text = _("A sample has %(least)d to %(most)d customers, but %(size)d were asked for.")
        raise ValidationError({"size": text % {"least": LEAST, "most": MOST, "size": size}})
    seed = secrets.randbits(62) if seed is None else seed
    with transaction.atomic(), connection.cursor() as cursor:
        held = tag.customers.filter(value=value) if value else tag.customers.all()
        people = held.values("customer_id").distinct().count() if tag.is_multiple else held.count()
        if not people:
            text = _("Nobody has this value, so there is nobody to check.")
            raise ValidationError({"value": text})
        sample = TagSample.objects.create(
            tag=tag, value=value, seed=seed, population=people, drawn_at=now, drawn_by=actor.user
        )
        cursor.execute(
            _DRAW,
            {"sample": sample.pk, "seed": seed, "tag": tag.pk, "value": value, "size": size},
        )
        changes = {"size": [None, cursor.rowcount], "value": [None, value]}
        record(actor, "tag.sample", tag, now=now, changes=changes)
    return sample


def mark(actor: Actor, found: TagMark, verdict: str, *, now: datetime) -> None:
    """Say whether the value is right for this customer; an empty verdict takes it back.

    Raises RightMissing, or ValueError for a verdict that there is not.
    """
    tag = found.sample.tag
    require(actor, Right.TAG_CUSTOMER, tag.brand)
    if verdict and verdict not in TagVerdict.values:
        raise ValueError(_("A value is right, wrong, or can't be told."))
    with transaction.atomic():
        held = TagMark.objects.select_for_update().get(pk=found.pk)
        before, held.verdict = held.verdict, verdict
        held.marked_at = now if verdict else None
        held.marked_by = actor.user if verdict else None
        held.save(update_fields=["verdict", "marked_at", "marked_by"])
        if before != verdict:
            changes = {"place": [None, held.place], "verdict": [before, verdict]}
            record(actor, "tag.check", tag, now=now, changes=changes)
    found.verdict = verdict


def evaluate_again(actor: Actor, tag: Tag, *, now: datetime) -> None:
    """Ask for a count and an evaluation as soon as a worker is free. Raises RightMissing."""
    require(actor, Right.EDIT, tag.brand)
    with transaction.atomic():
        record(actor, "tag.evaluate", tag, now=now)
        wake("customers.tags.count", tag.pk)
        wake(EVALUATE, tag.pk)


# helpers


def _plain(outcome: TagOutcome | None) -> list[object] | None:
    if outcome is None:
        return None
    return [outcome.value, outcome.expects, outcome.event_type.code, outcome.days]
