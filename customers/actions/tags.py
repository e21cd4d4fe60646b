"""Tags: making one, changing its definition, refreshing, stopping and removing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.models import Brand, DataType, RefreshEvery, RunState, Tag, TagKind, TagRun
from customers.rules import Problem, RuleError
from customers.tags import look
from customers.tags.clock import next_refresh, zone_of
from customers.tags.definition import Definition, Fact, read_definition
from customers.tags.reach import reach_of
from customers.tags.uses import tags_in
from customers.usage import uses_of_tags

LOOK = "customers.tags.look"
# What `create` and `change` take beside the definition, as the model names it.
FIELDS = (
    "name", "names", "category", "description", "owner", "valid_days", "is_multiple", "data_type",
    "refresh_every", "refresh_time", "follows_events",
)  # fmt: skip


def create(
    actor: Actor,
    brand: Brand | None,
    *,
    code: str,
    definition: Any = None,
    is_predictive: bool = False,
    now: datetime,
    **values: Any,
) -> Tag:
    """Make a tag, and ask for its first refresh when it is computed.

    Raises RightMissing, RuleError with every problem of the definition, ValidationError for the
    rest.
    """
    require(actor, Right.EDIT, brand)
    tag = Tag(code=code, brand=brand, owner=values.pop("owner", actor.user))
    _set(tag, values)
    _define(tag, definition or {}, is_predictive=is_predictive, now=now)
    tag.full_clean()
    with transaction.atomic():
        tag.save()
        record(actor, "tag.create", tag, now=now, changes={"definition": [None, tag.definition]})
        if tag.is_computed:
            wake(LOOK)
    return tag


def change(actor: Actor, tag: Tag, *, definition: Any = None, now: datetime, **values: Any) -> bool:
    """Change what is named; returns whether anything is different now.

    A new definition asks for a full refresh; until it is done the values are the old ones. Raises
    as `create` does, and ValidationError for another type while rules use the tag.
    """
    require(actor, Right.EDIT, tag.brand)
    names = ("kind", "data_type", "definition", *FIELDS)
    before = {name: getattr(tag, name) for name in names}
    _set(tag, values)
    wanted = tag.definition if definition is None else definition
    _define(tag, wanted, is_predictive=tag.kind == TagKind.PREDICTIVE, now=now)
    after = {name: getattr(tag, name) for name in names}
    changed = {name: [before[name], after[name]] for name in names if before[name] != after[name]}
    if not changed:
        return False
    if "data_type" in changed and (uses := uses_of_tags([tag.code])[tag.code]):
        raise ValidationError(
            _("The values would become %(type)s, but these compare them as before: %(uses)s.")
            % {"type": DataType(tag.data_type).label, "uses": _listed(each.name for each in uses)}
        )
    if "definition" in changed:
        tag.refreshed_at, tag.figures = None, {}
    tag.full_clean()
    with transaction.atomic():
        tag.save()
        said = {name: [_plain(old), _plain(new)] for name, (old, new) in changed.items()}
        record(actor, "tag.change", tag, now=now, changes=said)
        if tag.next_refresh_at and tag.next_refresh_at <= now:
            wake(LOOK)
    return True


def remove(actor: Actor, tag: Tag, *, now: datetime) -> None:
    """Remove a tag with all its values and their history.

    Raises RightMissing, and ValidationError while something uses it.
    """
    require(actor, Right.EDIT, tag.brand)
    uses = uses_of_tags([tag.code])[tag.code]
    if uses:
        text = _("“%(tag)s” is in use and stays: %(uses)s. Take it out there first.")
        raise ValidationError(
            text % {"tag": tag.title, "uses": _listed(each.name for each in uses)}
        )
    with transaction.atomic():
        # Whoever is giving it to customers ends first, and nobody begins.
        Tag.objects.select_for_update().get(pk=tag.pk)
        record(actor, "tag.remove", tag, now=now, changes={"code": [tag.code, None]})
        tag.customers.all()._raw_delete(tag._state.db)
        tag.delete()


def refresh_now(actor: Actor, tag: Tag, *, now: datetime) -> None:
    """Ask for a refresh as soon as a worker is free. Raises RightMissing, and ValidationError for
    a tag that is not computed."""
    require(actor, Right.EDIT, tag.brand)
    if not tag.is_computed or not tag.definition:
        raise ValidationError(_("This tag has no definition, so there is nothing to refresh."))
    with transaction.atomic():
        Tag.objects.filter(pk=tag.pk).update(next_refresh_at=now)
        record(actor, "tag.refresh", tag, now=now)
        wake(LOOK)
    tag.next_refresh_at = now


def stop(actor: Actor, tag: Tag, *, now: datetime) -> bool:
    """Stop the refresh that is running; the values stay as they were before it. Returns whether
    one was running. Raises RightMissing."""
    require(actor, Right.EDIT, tag.brand)
    running = TagRun.objects.filter(tag=tag, state=RunState.RUNNING)
    if not running.update(stop_asked_at=now, stop_asked_by=actor.user):
        return False
    record(actor, "tag.stop", tag, now=now)
    return look.cancel(tag.pk)


# helpers


def _set(tag: Tag, values: Mapping[str, Any]) -> None:
    unknown = values.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"A tag has no {sorted(unknown)}.")
    for name, value in values.items():
        setattr(tag, name, value)


def _define(tag: Tag, data: Any, *, is_predictive: bool, now: datetime) -> None:
    """Check the definition and let everything follow that depends on it."""
    definition, problems = read_definition(data)
    if definition is None:
        raise RuleError(problems)
    before, tag.definition = tag.definition, definition.to_json()
    _refuse_circles(tag)
    if definition.of is None:
        tag.kind = TagKind.PREDICTIVE if is_predictive else TagKind.ASSIGNED
        tag.refresh_every, tag.follows_events = RefreshEvery.HAND, False
        tag.watches, tag.next_refresh_at = [], None
        return
    tag.kind = TagKind.FACT if isinstance(definition.of, Fact) else TagKind.MODEL
    tag.data_type, tag.is_multiple = definition.data_type, False
    if tag.valid_days and tag.refresh_every == RefreshEvery.HAND:
        text = _("Computed values end %(n)s days after a refresh, so choose when it is refreshed.")
        raise ValidationError({"refresh_every": text % {"n": tag.valid_days}})
    tag.watches = _watched(tag, definition)
    schedule = next_refresh(tag.refresh_every, tag.refresh_time, zone_of(tag), now)
    is_new = tag._state.adding or before != tag.definition
    tag.next_refresh_at = now if is_new or tag.refreshed_at is None else schedule


def _watched(tag: Tag, definition: Definition) -> list[str]:
    if not tag.follows_events:
        return []
    events = sorted(reach_of(definition).events)
    if not events:
        text = _("No event is in the definition, so there is none to follow.")
        raise ValidationError({"follows_events": text})
    return events


def _refuse_circles(tag: Tag) -> None:
    """A tag must not depend on itself, not even through others."""
    seen: set[str] = set()
    waiting = tags_in(tag.definition)
    while waiting:
        if tag.code in waiting:
            text = _("The tag would depend on its own value.")
            raise RuleError([Problem("definition", text)])
        seen |= waiting
        stored = Tag.objects.filter(code__in=waiting).values_list("definition", flat=True)
        waiting = set().union(*(tags_in(each) for each in stored)) - seen


def _listed(names: Iterable[str], most: int = 5) -> str:
    known = list(names)
    return ", ".join(known[:most]) + (" …" if len(known) > most else "")


def _plain(value: Any) -> Any:
    """A value as the audit log keeps it."""
    return value if isinstance(value, dict | list | str | int | bool | None) else str(value)
