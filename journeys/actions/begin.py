"""Begin a journey: an empty draft, or one that a blueprint or a segment gives a start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.models import Brand
from journeys.actions.change import JourneyRefused
from journeys.actions.load import FIRST_PRIORITY
from journeys.graph.schema import SCHEMA
from journeys.models import Journey

LONGEST_NAME = 120


def begin(
    actor: Actor, brand: Brand, name: str, now: datetime, *, draft: Mapping[str, Any] | None = None
) -> Journey:
    """A new journey called *name* with *draft* (None: empty); its code is made of the name.

    Raises RightMissing, and JourneyRefused for a name that is empty or too long.
    """
    require(actor, Right.EDIT, brand)
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        text = _("Expected a name of 1 to %(most)s characters, got %(n)s.")
        raise JourneyRefused(text % {"most": LONGEST_NAME, "n": len(name)})
    graph = {"schema": SCHEMA, "nodes": {}, "order": [], **(draft or {}), "name": name}
    with transaction.atomic():
        # Two who begin at once must not get the same code.
        Brand.objects.select_for_update(of=("self",)).get(pk=brand.pk)
        journey = Journey.objects.create(
            brand=brand,
            code=free_code(brand, name),
            name=name,
            description=str(graph.get("description", ""))[:240],
            priority=FIRST_PRIORITY,
            draft=graph,
            owner=actor.user,
        )
        record(actor, "journey.create", journey, now=now)
    return journey


# helpers


def free_code(brand: Brand, name: str) -> str:
    """A code that no journey of the brand has, made of the letters of its name."""
    words = slugify(name).replace("-", "_")
    base = re.sub(r"^[^a-z]+", "", words)[:34].rstrip("_") or "journey"
    rows = Journey.objects.filter(brand=brand, code__startswith=base)
    taken = set(rows.values_list("code", flat=True))
    code, n = base, 1
    while code in taken:
        n += 1
        code = f"{base}_{n}"
    return code
