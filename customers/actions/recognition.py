"""How customers are recognised: kinds of identity, the rule of an attribute, trust in a source.

All of it holds from the next fact on; what is written already stays as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.forms.models import model_to_dict

from customers.access import Actor, Right, record, require
from customers.models import Attribute, Brand, Namespace, Source

NAMESPACE_FIELDS = (
    "code", "name", "names", "strength", "normaliser", "limit", "is_personal", "brand", "general",
)  # fmt: skip
FIXED = ("code", "normaliser", "general")


def save_namespace(
    actor: Actor, values: dict[str, Any], *, namespace: Namespace | None = None, now: datetime
) -> Namespace:
    """Make a kind of identity, or change *namespace*, whose code stays.

    One of all brands is set by somebody who may set policies in all of them. Raises RightMissing,
    and ValidationError (a second one that stands for the same in a brand, another normal form
    while there are values).
    """
    found = namespace or Namespace()
    _save(actor, found, values, NAMESPACE_FIELDS, "namespace", now, of_brand=True)
    return found


def save_rule(actor: Actor, attribute: Attribute, values: dict[str, Any], *, now: datetime) -> None:
    """Set which value of *attribute* stays in a conflict, and whether it is personal.

    Raises RightMissing and ValidationError.
    """
    _save(actor, attribute, values, ("name", "names", "conflict", "is_personal"), "attribute", now)


def save_source(actor: Actor, source: Source, values: dict[str, Any], *, now: datetime) -> None:
    """Set how far *source* is trusted and what it is called. Raises RightMissing and
    ValidationError."""
    _save(actor, source, values, ("name", "names", "trust"), "source", now, of_brand=True)


# helpers


def _save(
    actor: Actor, row: Any, values: dict[str, Any], fields: tuple[str, ...], noun: str,
    now: datetime, *, of_brand: bool = False,
) -> None:  # fmt: skip
    is_new = row.pk is None
    if not is_new:
        fields = tuple(name for name in fields if name not in FIXED or name == "normaliser")
    brands: list[Brand | None] = [None]
    if of_brand:
        brands = [values.get("brand", row.brand)] if is_new else [row.brand]
        if not is_new and "brand" in fields and values.get("brand", row.brand) != row.brand:
            brands.append(values["brand"])
    for brand in brands:
        require(actor, Right.SET_POLICY, brand)
    before = {} if is_new else _plain(row, fields)
    for name in fields:
        if name in values:
            setattr(row, name, values[name])
    row.full_clean()
    after = _plain(row, fields)
    changes = {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }
    if is_new or changes:
        with transaction.atomic():
            row.save()
            verb = "create" if is_new else "change"
            record(actor, f"{noun}.{verb}", row, now=now, changes=changes)


def _plain(row: models.Model, fields: tuple[str, ...]) -> dict[str, Any]:
    return model_to_dict(row, fields=fields)
