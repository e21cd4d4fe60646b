"""Tag categories: making one, naming it, moving it in the tree, removing it when it is empty.

Categories belong to the whole group, so each change needs the right to edit in every brand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.access import Actor, Right, record, require
from customers.models import TagCategory

MOST = 500


def create(
    actor: Actor,
    *,
    name: str,
    names: Mapping[str, str] | None = None,
    parent: TagCategory | None = None,
    now: datetime,
) -> TagCategory:
    """Make a category, the last one below *parent* (None: at the top).

    Raises RightMissing, or ValidationError by field.
    """
    require(actor, Right.EDIT, None)
    with transaction.atomic():
        _lock()
        if TagCategory.objects.count() >= MOST:
            raise ValidationError(
                {"name": _("There are %(most)d categories, which is the most.") % {"most": MOST}}
            )
        last = _siblings(parent).aggregate(last=Max("position"))["last"]
        category = TagCategory(
            name=name.strip(),
            names=_clean(names),
            parent=parent,
            position=0 if last is None else last + 1,
        )
        _check(category)
        category.save()
        changes = {"parent": [None, parent.pk if parent else None]}
        record(actor, "tagcategory.create", category, now=now, changes=changes)
    return category


def rename(
    actor: Actor,
    category: TagCategory,
    *,
    name: str,
    names: Mapping[str, str] | None = None,
    now: datetime,
) -> None:
    """Give the category other names. Raises RightMissing, or ValidationError by field."""
    require(actor, Right.EDIT, None)
    with transaction.atomic():
        held = _held(category)
        before = {"name": held.name, "names": held.names}
        held.name, held.names = name.strip(), _clean(names)
        _check(held)
        changes = {
            field: [before[field], getattr(held, field)]
            for field in before
            if before[field] != getattr(held, field)
        }
        if changes:
            held.save(update_fields=list(changes))
            record(actor, "tagcategory.change", held, now=now, changes=changes)
    category.name, category.names = held.name, held.names


def change(
    actor: Actor,
    category: TagCategory,
    *,
    name: str,
    names: Mapping[str, str] | None = None,
    parent: TagCategory | None,
    now: datetime,
) -> None:
    """Name and place at once, both or neither. Raises as `rename` and `move` do."""
    with transaction.atomic():
        rename(actor, category, name=name, names=names, now=now)
        move(actor, category, parent, now=now)


def move(actor: Actor, category: TagCategory, parent: TagCategory | None, *, now: datetime) -> None:
    """Put the category, with all below it, below *parent* (None: at the top), as the last one.

    Raises RightMissing, or ValidationError of `parent` for a circle or a tree that is too deep.
    """
    require(actor, Right.EDIT, None)
    with transaction.atomic():
        held = _held(category)
        if held.parent_id == (parent.pk if parent else None):
            return
        before = held.parent_id
        last = _siblings(parent).aggregate(last=Max("position"))["last"]
        held.parent, held.position = parent, 0 if last is None else last + 1
        _check(held)
        held.save(update_fields=["parent", "position"])
        changes = {"parent": [before, held.parent_id]}
        record(actor, "tagcategory.move", held, now=now, changes=changes)
    category.parent, category.position = held.parent, held.position


def shift(
    actor: Actor, category: TagCategory, way: Literal["up", "down"], *, now: datetime
) -> None:
    """Change places with the sibling above or below; the first one stays first. Raises
    RightMissing."""
    require(actor, Right.EDIT, None)
    with transaction.atomic():
        held = _held(category)
        # In the order in which the tree shows them; positions may be alike until now.
        siblings = sorted(
            _siblings(held.parent), key=lambda each: (each.position, each.title.casefold(), each.pk)
        )
        here = next(i for i, each in enumerate(siblings) if each.pk == held.pk)
        there = here + (-1 if way == "up" else 1)
        if not 0 <= there < len(siblings):
            return
        siblings[here], siblings[there] = siblings[there], siblings[here]
        for position, each in enumerate(siblings):
            each.position = position
        TagCategory.objects.bulk_update(siblings, ["position"])
        record(actor, "tagcategory.move", held, now=now, changes={"position": [here, there]})


def remove(actor: Actor, category: TagCategory, *, now: datetime) -> None:
    """Remove an empty category. Raises RightMissing, or ValidationError while tags or categories
    stand below it."""
    require(actor, Right.EDIT, None)
    with transaction.atomic():
        held = _held(category)
        below, tags = held.children.count(), held.tags.count()
        if below:
            text = ngettext(
                "%(n)d category stands below “%(name)s”. Move or remove it first.",
                "%(n)d categories stand below “%(name)s”. Move or remove them first.",
                below,
            )
            raise ValidationError(text % {"n": below, "name": held})
        if tags:
            text = ngettext(
                "%(n)d tag stands in “%(name)s”. Give it another category first.",
                "%(n)d tags stand in “%(name)s”. Give them another category first.",
                tags,
            )
            raise ValidationError(text % {"n": tags, "name": held})
        record(actor, "tagcategory.delete", held, now=now)
        held.delete()


# helpers


def _lock() -> None:
    """One change of the tree at a time: two moves at once could close a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tree of tag categories'))")


def _held(category: TagCategory) -> TagCategory:
    _lock()
    found = TagCategory.objects.filter(pk=category.pk).first()
    if found is None:
        raise ValidationError(_("Somebody has removed this category meanwhile."))
    return found


def _siblings(parent: TagCategory | None) -> QuerySet[TagCategory]:
    return TagCategory.objects.filter(parent=parent)


def _clean(names: Mapping[str, str] | None) -> dict[str, str]:
    return {code: text.strip() for code, text in (names or {}).items() if text.strip()}


def _check(category: TagCategory) -> None:
    """All rules of the model, and that siblings have different names."""
    category.full_clean()
    same = _siblings(category.parent).exclude(pk=category.pk).filter(name__iexact=category.name)
    if same.exists():
        text = _("There is a category “%(name)s” in this place already.")
        raise ValidationError({"name": text % {"name": category.name}})
