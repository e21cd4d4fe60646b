"""Kinds of identity, attributes and sources, and what a change of them would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import number
from customers.models import Attribute, Namespace, Source, Strength
from customers.scope import Scope


def namespaces_of(scope: Scope) -> QuerySet[Namespace]:
    """Kinds of identity of these brands and of all brands: strong ones first."""
    mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
    return (
        Namespace.objects.filter(mine)
        .select_related("brand", "general")
        .order_by("strength", "name")
    )


def sources_of(scope: Scope) -> QuerySet[Source]:
    """Sources of these brands and of all brands, the most trusted first."""
    mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
    return Source.objects.filter(mine).select_related("brand").order_by("-trust", "name")


def attributes_by_name(q: str = "") -> QuerySet[Attribute]:
    found = Attribute.objects.order_by("name")
    if q := q.strip().replace("\x00", ""):
        found = found.filter(Q(name__icontains=q) | Q(code__icontains=q))
    return found


def effect_of(namespace: Namespace, values: Mapping[str, Any]) -> list[str]:
    """What a change of a kind of identity would do, in sentences with their figures.

    `values` are the fields after the change. Nothing is said of fields whose change has no effect
    on anybody. One query for each field that changes.
    """
    said = []
    limit, strength = values.get("limit", namespace.limit), values.get("strength")
    if limit != namespace.limit:
        said.append(_of_limit(namespace, limit))
    if strength and strength != namespace.strength:
        said.append(_of_strength(namespace, strength))
    return said


def effect_of_new(values: Mapping[str, Any]) -> list[str]:
    """What a new kind of identity would do: one that stands for another takes over its facts."""
    general, brand = values.get("general"), values.get("brand")
    if general is None or brand is None:
        return []
    count = _count("SELECT count(*) FROM customers_identity WHERE namespace_id = %s", general.pk)
    return [
        _("From the next fact on, what %(brand)s calls “%(code)s” is read as this kind. The "
          "%(n)s values that stand in “%(kind)s” stay there and are not found by %(brand)s's "
          "facts any more.")
        % {"brand": brand, "code": general.code, "n": number(count), "kind": general}
    ]  # fmt: skip


# helpers


def _of_limit(namespace: Namespace, limit: int) -> str:
    above = _count(
        "SELECT count(*) FROM (SELECT 1 FROM customers_identity WHERE namespace_id = %s"
        " GROUP BY customer_id HAVING count(*) > %s) above",
        namespace.pk,
        limit,
    )
    waiting = _count(
        "SELECT count(*) FROM customers_mergereview WHERE state = 'open' AND namespaces ? %s",
        namespace.code,
    )
    words = {"n": number(above), "limit": number(limit), "waiting": number(waiting)}
    if limit > namespace.limit:
        return _(
            "Facts may then join customers who have up to %(limit)s together. %(waiting)s pairs in "
            "the queue name this limit; they stay there until somebody decides."
        ) % words  # fmt: skip
    if not above:
        return _("No customer has more than %(limit)s now. Nothing changes for them.") % words
    return ngettext(
        "%(n)s customer has more than %(limit)s now and keeps them. Further ones go to review.",
        "%(n)s customers have more than %(limit)s now and keep them. Further ones go to review.",
        above,
    ) % words  # fmt: skip


def _of_strength(namespace: Namespace, strength: str) -> str:
    count = _count(
        "SELECT count(DISTINCT customer_id) FROM customers_identity WHERE namespace_id = %s",
        namespace.pk,
    )
    if strength == Strength.STRONG:
        return _(
            "%(n)s customers have one. From the next fact on it joins them: two customers that a "
            "fact names by it become one. Nobody is merged before a fact says so."
        ) % {"n": number(count)}  # fmt: skip
    alone = _count(
        "SELECT count(DISTINCT i.customer_id) FROM customers_identity i WHERE i.namespace_id = %s"
        " AND NOT EXISTS (SELECT 1 FROM customers_identity x JOIN customers_namespace n"
        " ON n.id = x.namespace_id AND n.strength = 'strong' AND n.id <> i.namespace_id"
        " WHERE x.customer_id = i.customer_id)",
        namespace.pk,
    )
    return _(
        "%(n)s customers have one, %(alone)s of them nothing else that identifies a person. It "
        "joins nobody any more; what is merged stays merged, and who is known stays known."
    ) % {"n": number(count), "alone": number(alone)}  # fmt: skip


def _count(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.fetchone()[0])
