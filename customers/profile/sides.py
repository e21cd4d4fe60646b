"""What this floor shows when two customers are compared: who they are, identities, attributes,
consents and tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import ago, day, money, number
from customers.identity.person import settle
from customers.models import Attribute, Consent, ConsentState, CustomerTag, Identity, Tag
from customers.profile.comparing import Block, Both, Line
from customers.profile.orders import PAID
from customers.queries.attributes import masked_value, say
from customers.queries.conflicts import Origin, origin_of, say_winner, sources_by_id
from customers.queries.people import shown_identity
from customers.tags.labels import value_label

SHOWN = 8
STRICTEST = (ConsentState.DENIED, ConsentState.PENDING, ConsentState.GRANTED)
BOUGHT = f"""
SELECT e.customer_id, b.id, count(*), {PAID}
FROM customers_brand b
JOIN customers_eventtype y ON y.code = b.order_event
JOIN customers_event e ON e.event_type_id = y.id AND e.brand_id = b.id
WHERE e.customer_id = ANY(%s) AND b.id = ANY(%s)
GROUP BY 1, 2
"""


def who(both: Both) -> Block:
    """Since when, last seen, orders and what was paid in the brands in scope; one query."""
    kept, other = both.kept, both.other
    seen = [each.last_seen_at for each in (kept, other) if each.last_seen_at]
    last = max(seen, default=None)

    def ago_of(moment: datetime | None) -> list[str]:
        return [ago(moment, both.now)] if moment else []

    lines = [
        Line(
            _("With us since"), [day(kept.created_at)], [day(other.created_at)],
            [day(kept.created_at)], _("The older customer stays."),
        ),
        Line(_("Last seen"), ago_of(kept.last_seen_at), ago_of(other.last_seen_at), ago_of(last)),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, [both.ids, both.scope.brand_ids])
        rows = cursor.fetchall()
    currencies = {brand.pk: brand.currency for brand in both.scope.brands}
    orders: dict[int, int] = defaultdict(int)
    paid: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for customer_id, brand_id, count, amount in rows:
        for id in (customer_id, 0):
            orders[id] += count
            paid[id][currencies[brand_id]] += amount or 0
    if rows:
        mine, theirs, together = (
            [number(orders[id]), *(money(paid[id][each], each) for each in sorted(paid[id]))]
            if orders[id]
            else []
            for id in (kept.pk, other.pk, 0)
        )
        words = _("Orders, and what was paid")
        lines.append(Line(words, mine, theirs, together, _("All orders are kept.")))
    return Block(_("Who"), lines)


def identities(both: Both) -> Block:
    """Identities by kind, with the limits that they would break together; one query.

    Kinds that belong to a brand outside the scope are not shown.
    """
    mine = Q(namespace__brand__isnull=True) | Q(namespace__brand__in=both.scope.brand_ids)
    rows = Identity.objects.filter(mine, customer__in=both.ids).select_related("namespace")
    by_kind: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    spaces = {}
    for row in rows.order_by("pk"):
        spaces[row.namespace_id] = row.namespace
        by_kind[row.namespace_id][row.customer_id].append(
            shown_identity(row, unmask=row.customer_id in both.seen)["value"]
        )
    lines = []
    for id in sorted(spaces, key=lambda id: spaces[id].title.casefold()):
        space, kept, other = spaces[id], by_kind[id][both.kept.pk], by_kind[id][both.other.pk]
        count = len(kept) + len(other)
        is_over = count > space.limit and kept and other
        after = _("%(n)s, at most %(limit)s are usual") if is_over else "%(n)s"
        lines.append(
            Line(
                space.title, _some(kept), _some(other),
                [after % {"n": number(count), "limit": number(space.limit)}],
                _("This is the limit that stands against it.") if is_over else "",
                "limit" if is_over else "",
            )
        )  # fmt: skip
    return Block(_("Identities"), lines, note=_("All of them are kept."))


def attributes(both: Both) -> Block:
    """Every attribute that one of them has: which value stays, and why; three queries."""
    kept, other = both.kept, both.other
    codes = sorted({*kept.attributes, *other.attributes})
    known = {each.code: each for each in Attribute.objects.filter(code__in=codes)}
    rules = {code: each.conflict for code, each in known.items()}
    sources = sources_by_id()
    values, _provenance = settle(
        (kept.attributes, kept.provenance),
        (other.attributes, other.provenance),
        rules,
        {source.pk: source.trust for source in sources.values()},
    )

    def words(code: str, held: dict[str, Any], sees: bool) -> list[str]:
        value = held.get(code)
        if value in (None, "", []):
            return []
        definition = known.get(code)
        if definition is not None and definition.is_personal and not sees:
            return [masked_value(code, value)]
        return [say(code, value, definition.data_type if definition else "")]

    def origin(code: str, provenance: dict[str, Any]) -> Origin:
        return origin_of(provenance, code, rules, sources)  # type: ignore[arg-type]

    lines: list[Line] = []
    same: list[Line] = []
    for code in codes:
        mine, theirs = kept.attributes.get(code), other.attributes.get(code)
        name = known[code].title if code in known else code
        why = ""
        if mine is not None and theirs is not None and mine != theirs:
            pair = origin(code, kept.provenance), origin(code, other.provenance)
            why = say_winner(*(pair if values.get(code) == mine else reversed(pair)))
        elif mine != theirs and code not in values:
            why = _("It was taken back later.")
        line = Line(
            name,
            words(code, kept.attributes, kept.pk in both.seen),
            words(code, other.attributes, other.pk in both.seen),
            words(code, values, both.sees_both),
            why,
            "differs" if mine != theirs else "",
        )
        (same if mine == theirs else lines).append(line)
    return Block(_("Attributes"), lines, same)


def consents(both: Both) -> Block:
    """Consents to the brands in scope: of two words the stricter one stays; one query."""
    rows = Consent.objects.filter(customer__in=both.ids, brand__in=both.scope.brand_ids)
    several = len(both.scope.brands) > 1
    places: dict[tuple[str, str, str], dict[int, Consent]] = defaultdict(dict)
    for row in rows.select_related("brand").order_by("brand__name", "purpose", "channel"):
        key = (row.brand.title, row.get_purpose_display(), row.get_channel_display())
        places[key][row.customer_id] = row
    lines: list[Line] = []
    same: list[Line] = []
    for (brand, purpose, channel), held in places.items():
        mine, theirs = held.get(both.kept.pk), held.get(both.other.pk)
        name = [capfirst(str(channel)), str(purpose), *([brand] if several else [])]
        both_said = mine is not None and theirs is not None
        agree = not both_said or mine.state == theirs.state  # type: ignore[union-attr]
        stays = min(
            (each for each in (mine, theirs) if each), key=lambda each: _strictness(each.state)
        )
        line = Line(
            " · ".join(name), _consent(mine), _consent(theirs), _consent(stays),
            "" if agree else _("The stricter word stays."), "" if agree else "differs",
        )  # fmt: skip
        # What only one of them has said stays: nothing to look at before one decides.
        (lines if line.tone else same).append(line)
    return Block(_("Consent"), lines, same)


def tags(both: Both) -> Block:
    """Tags of the brands in scope; of a tag with one value the newest stays; one query."""
    mine = Q(tag__brand__isnull=True) | Q(tag__brand__in=both.scope.brand_ids)
    rows = CustomerTag.objects.filter(mine, customer__in=both.ids).select_related("tag")
    held: dict[int, dict[int, list[CustomerTag]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.order_by("tag__name", "value"):
        held[row.tag_id][row.customer_id].append(row)
    lines: list[Line] = []
    same: list[Line] = []
    for of in held.values():
        mine_, theirs = of[both.kept.pk], of[both.other.pk]
        tag = (mine_ or theirs)[0].tag
        values = [{each.value for each in some} for some in (mine_, theirs)]
        agree = values[0] == values[1]
        after, why = sorted(values[0] | values[1]), ""
        if mine_ and theirs and not agree and not tag.is_multiple:
            newest = max((*theirs, *mine_), key=lambda each: (each.since, each in mine_))
            after = [newest.value]
            why = (
                _("The newest value stays until it is computed anew.")
                if tag.is_computed
                else _("The newest value stays: %(day)s.") % {"day": day(newest.since)}
            )
        line = Line(
            tag.title, _words(tag, values[0]), _words(tag, values[1]), _words(tag, after), why,
            "differs" if why else "",
        )  # fmt: skip
        (same if agree else lines).append(line)
    return Block(_("Tags"), lines, same)


# helpers


def _some(values: list[str]) -> list[str]:
    more = len(values) - SHOWN
    if more <= 0:
        return values
    return [*values[:SHOWN], ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}]


def _words(tag: Tag, values: Iterable[str]) -> list[str]:
    return _some([value_label(tag, each) or "✓" for each in sorted(values)])


def _consent(consent: Consent | None) -> list[str]:
    if consent is None:
        return []
    words = {"state": capfirst(str(consent.get_state_display())), "day": day(consent.since)}
    return [_("%(state)s, since %(day)s") % words]


def _strictness(state: str) -> int:
    return STRICTEST.index(ConsentState(state))
