"""Segments: making one, changing it, asking for a build, copying, archiving and removing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, brands_of, record, require
from customers.models import AuditEntry, Brand, Segment, SegmentKind
from customers.rules import Problem, RuleError, Vocabulary, read_rule
from customers.tags.uses import segments_in
from customers.usage import uses_of_segments

# What `change` takes beside the rule, as the model names it.
FIELDS: Final = (
    "name", "names", "description", "brand", "owner", "refresh_seconds", "is_live",
)  # fmt: skip


class Overtaken(Exception):
    """Somebody else saved in between; `by` is her entry in the audit log, if there is one."""

    def __init__(self, segment: Segment, by: AuditEntry | None) -> None:
        self.segment, self.by = segment, by
        super().__init__(_("Somebody else has saved this segment in the meantime."))


def create(
    actor: Actor,
    brand: Brand | None,
    *,
    code: str,
    name: str,
    rule: Any = None,
    kind: str = SegmentKind.RULE,
    refresh_seconds: int | None = 3600,
    now: datetime,
    **values: Any,
) -> Segment:
    """Make a segment by rule, and ask for its first build; or an empty list.

    Raises RightMissing, RuleError with every problem of the rule, ValidationError for the rest.
    """
    require(actor, Right.EDIT, brand)
    is_rule = kind == SegmentKind.RULE
    segment = Segment(code=code, name=name, kind=kind, brand=brand, owner=actor.user)
    segment.refresh_seconds = refresh_seconds if is_rule else None
    _set(segment, values)
    segment.rule = _checked(rule, code, actor, brand) if is_rule else {}
    segment.full_clean()
    with transaction.atomic():
        segment.save()
        record(actor, "segment.create", segment, now=now, changes={"rule": [None, segment.rule]})
        if is_rule:
            wake("customers.segments.build", segment.pk)
    return segment


def change(
    actor: Actor,
    segment: Segment,
    *,
    rule: Any = None,
    version: int | None = None,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what is named; another rule asks for a build. Returns whether anything is different.

    `version` is the one that the caller has seen: Overtaken when it is no longer the newest.
    Raises RightMissing, RuleError, and ValidationError for the rest.
    """
    require(actor, Right.EDIT, segment.brand)
    with transaction.atomic():
        segment = _newest(segment, version)
        names = ("rule", *FIELDS)
        before = {name: getattr(segment, name) for name in names}
        _set(segment, values)
        if segment.brand != before["brand"]:
            _move(actor, segment)
        if rule is not None and rule != segment.rule:
            segment.rule = _checked(rule, segment.code, actor, segment.brand)
        changed = {
            name: [_plain(old), _plain(getattr(segment, name))]
            for name, old in before.items()
            if old != getattr(segment, name)
        }
        if not changed:
            return False
        segment.version += 1
        segment.full_clean()
        segment.save(update_fields=["version", *changed])
        record(actor, "segment.change", segment, now=now, changes=changed)
        if "rule" in changed or "brand" in changed:
            wake("customers.segments.build", segment.pk)
    return True


def duplicate(
    actor: Actor, segment: Segment, *, code: str, name: str, brand: Brand | None, now: datetime
) -> Segment:
    """Another segment by the same rule. Raises as `create` does; a list can't be copied."""
    if segment.kind != SegmentKind.RULE:
        raise ValidationError(_("A list has no rule to copy. Bring the list in once more instead."))
    return create(
        actor,
        brand,
        code=code,
        name=name,
        rule=segment.rule,
        description=segment.description,
        refresh_seconds=segment.refresh_seconds,
        is_live=segment.is_live,
        now=now,
    )


def keep_up_to_date(
    actor: Actor,
    segment: Segment,
    *,
    is_live: bool,
    refresh_seconds: int | None,
    now: datetime,
) -> None:
    """Say how the segment is kept up to date: live, every so many seconds (at least 60), or, with
    neither, by hand. Raises RightMissing and ValidationError."""
    require(actor, Right.EDIT, segment.brand)
    before = {"is_live": segment.is_live, "refresh_seconds": segment.refresh_seconds}
    segment.is_live, segment.refresh_seconds = is_live, refresh_seconds
    segment.full_clean()
    after = {"is_live": is_live, "refresh_seconds": refresh_seconds}
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changes:
        return
    with transaction.atomic():
        segment.save(update_fields=list(changes))
        record(actor, "segment.keep", segment, now=now, changes=changes)


def rebuild(actor: Actor, segment: Segment, *, now: datetime) -> None:
    """Ask for a build as soon as a worker is free. Raises RightMissing."""
    require(actor, Right.EDIT, segment.brand)
    with transaction.atomic():
        record(actor, "segment.rebuild", segment, now=now)
        wake("customers.segments.build", segment.pk)


def archive(actor: Actor, segment: Segment, *, now: datetime) -> None:
    """Put a segment away: it is offered no longer and not built any more, its members stay.

    Raises RightMissing, and ValidationError while something uses it.
    """
    require(actor, Right.EDIT, segment.brand)
    _refuse_use(actor, segment)
    with transaction.atomic():
        Segment.objects.filter(pk=segment.pk).update(archived_at=now)
        record(actor, "segment.archive", segment, now=now)
    segment.archived_at = now


def restore(actor: Actor, segment: Segment, *, now: datetime) -> None:
    """Take a segment out of the archive and ask for a build. Raises RightMissing."""
    require(actor, Right.EDIT, segment.brand)
    with transaction.atomic():
        Segment.objects.filter(pk=segment.pk).update(archived_at=None)
        record(actor, "segment.restore", segment, now=now)
        if segment.kind == SegmentKind.RULE:
            wake("customers.segments.build", segment.pk)
    segment.archived_at = None


def remove(actor: Actor, segment: Segment, *, now: datetime) -> None:
    """Remove a segment with its history; its customers stay as they are.

    Raises RightMissing, and ValidationError while something uses it.
    """
    require(actor, Right.EDIT, segment.brand)
    _refuse_use(actor, segment)
    with transaction.atomic():
        record(actor, "segment.remove", segment, now=now, changes={"code": [segment.code, None]})
        segment.members.all()._raw_delete(segment._state.db)
        segment.delete()


# helpers


def _newest(segment: Segment, version: int | None) -> Segment:
    """The segment as it is now, held until the end of the transaction."""
    rows = Segment.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("brand", "owner").get(pk=segment.pk)
    if version is not None and version != found.version:
        entries = AuditEntry.objects.filter(object_type="segment", object_id=str(segment.pk))
        last = entries.filter(action="segment.change").select_related("actor").order_by("-at")
        raise Overtaken(found, last.first())
    return found


def _set(segment: Segment, values: Mapping[str, Any]) -> None:
    unknown = values.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"A segment has no {sorted(unknown)}.")
    for name, value in values.items():
        setattr(segment, name, value)


def _move(actor: Actor, segment: Segment) -> None:
    """To another brand: one needs the right there too, and nothing may lose it."""
    require(actor, Right.EDIT, segment.brand)
    if segment.brand is not None:
        _refuse_use(actor, segment)


def _refuse_use(actor: Actor, segment: Segment) -> None:
    """Drafts count too: they could not be published without it. What belongs to brands of others
    holds it as well, but its name is not told."""
    uses = uses_of_segments([segment.code])[segment.code]
    if uses:
        mine = {None, *brands_of(actor).values_list("pk", flat=True)}
        seen = [each.name for each in uses if each.brand_id in mine]
        names = [*seen[:5], *([_("others")] if len(seen[:5]) < len(uses) else [])]
        text = _("“%(segment)s” is in use and stays as it is: %(uses)s. Take it out there first.")
        raise ValidationError(text % {"segment": segment.title, "uses": ", ".join(names)})


def _plain(value: Any) -> Any:
    """As the audit log keeps it: a brand by its code, a person by her number."""
    if isinstance(value, Brand):
        return value.code
    return value.pk if hasattr(value, "pk") else value


def _checked(data: Any, code: str, actor: Actor, brand: Brand | None) -> Any:
    """The rule as it is stored. What belongs to brands of others does not exist for it."""
    seen = list(brands_of(actor).values_list("pk", flat=True))
    words = Vocabulary(brand_ids=[brand.pk] if brand else seen)
    rule, problems = read_rule(data, vocabulary=words)
    if rule is None:
        raise RuleError(problems)
    written = rule.to_json()
    if way := way_back(written, code):
        text = (
            _("The segment would contain itself, through %(way)s.") % {"way": ", ".join(way)}
            if len(way) > 1
            else _("The segment would contain itself.")
        )
        raise RuleError([Problem("rule", text)])
    return written


def way_back(data: Any, code: str) -> list[str]:
    """The segments by which a rule would hold the segment called *code* itself, in order; [] when
    it does not."""
    rows = Segment.objects.filter(kind=SegmentKind.RULE).values_list("code", "rule")
    inner = {each: segments_in(rule) for each, rule in rows}
    ways = {each: [each] for each in sorted(segments_in(data))}
    waiting = list(ways)
    while waiting:
        each = waiting.pop(0)
        if each == code:
            return ways[each]
        for more in sorted(inner.get(each, set()) - ways.keys()):
            ways[more] = [*ways[each], more]
            waiting.append(more)
    return []
