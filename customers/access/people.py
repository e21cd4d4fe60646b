"""Rights over one customer. A customer belongs to the group; brands hold her.

A brand holds a customer when a fact that named her by an identity came to this brand: an order in
its shop, its list of members, its form. Looking at her page needs no more than SEE in any brand.
Seeing her personal data or changing them needs the right in a brand that holds her, or in the
group as a whole. So nobody looks into the data of people whom only another brand knows, and
nobody gets that right by tagging or writing to them.

Who may see them still sees them masked, until she says what for (`customers.actions.personal`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from customers.access.actor import Actor
from customers.access.rights import LOWEST_ROLE, Right, RightMissing, brands_of, may
from customers.models import Brand, Customer, Disclosure


def brands_with(actor: Actor, right: Right, customer: Customer) -> list[Brand]:
    """The brands that hold *customer* and in which *actor* has *right*, by name."""
    return list(brands_of(actor, right).filter(pk__in=customer.brand_ids))


def may_with(actor: Actor, right: Right, customer: Customer) -> bool:
    """Whether *actor* has *right* over *customer*: in a brand that holds her, or in the group."""
    return customer.pk in allowed(actor, right, [customer])


def require_with(actor: Actor, right: Right, customer: Customer) -> None:
    """Raise RightMissing unless *actor* has *right* over *customer*."""
    if not may_with(actor, right, customer):
        raise RightMissing(
            _(
                "This needs the role “%(role)s” in a brand that knows this customer, which "
                "%(actor)s does not have. An admin can give it."
            )
            % {"role": LOWEST_ROLE[right].label.split(":")[0], "actor": actor}
        )


def may_over_all(actor: Actor, right: Right, customer: Customer) -> bool:
    """Whether *actor* has *right* in every brand that knows *customer*, or in the group."""
    if may(actor, right, None):
        return True
    mine = set(brands_of(actor, right).values_list("pk", flat=True))
    return bool(customer.brand_ids) and mine.issuperset(customer.brand_ids)


def require_over_all(actor: Actor, right: Right, customer: Customer) -> None:
    """Raise RightMissing unless *actor* has *right* in every brand that knows *customer*, or in
    the group: for what touches the data of all of them."""
    if not may_over_all(actor, right, customer):
        raise RightMissing(
            _(
                "This needs the role “%(role)s” in every brand that knows this customer, which "
                "%(actor)s does not have."
            )
            % {"role": LOWEST_ROLE[right].label.split(":")[0], "actor": actor}
        )


def allowed(actor: Actor, right: Right, customers: Iterable[Customer]) -> set[int]:
    """The ids of those over whom *actor* has *right*; at most one query for any number."""
    if may(actor, right, None):
        return {customer.pk for customer in customers}
    mine = set(brands_of(actor, right).values_list("pk", flat=True))
    return {customer.pk for customer in customers if not mine.isdisjoint(customer.brand_ids)}


@dataclass(frozen=True, slots=True)
class Sight:
    """Over whom somebody has the right to see personal data, for lists: of everybody, or of those
    whom these brands know. False for nobody."""

    every: bool
    brand_ids: frozenset[int]

    def __bool__(self) -> bool:
        return self.every or bool(self.brand_ids)

    def of(self, customer: Customer) -> bool:
        """Whether *customer* is among them."""
        return self.every or not self.brand_ids.isdisjoint(customer.brand_ids)


def sight_of(actor: Actor) -> Sight:
    """Over whom *actor* has the right to see personal data; at most one query."""
    if may(actor, Right.SEE_PERSONAL, None):
        return Sight(True, frozenset())
    mine = brands_of(actor, Right.SEE_PERSONAL).values_list("pk", flat=True)
    return Sight(False, frozenset(mine))


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose personal data a list shows to its reader just now: of everybody, or of these
    customers. False while it shows nobody's."""

    every: bool = False
    ids: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.every or bool(self.ids)

    def of(self, customer: Customer) -> bool:
        """Whether hers are shown."""
        return self.every or customer.pk in self.ids


def shown_now(actor: Actor, now: datetime) -> Shown:
    """As `shown`, for lists whose customers are not known yet; at most two queries. Who has the
    right alone sees everybody masked."""
    sight = sight_of(actor)
    if actor.user is None:
        return Shown(every=sight.every)
    if not sight:
        return Shown()
    said = Disclosure.objects.filter(user=actor.user, until__gt=now).select_related("customer")
    return Shown(ids=frozenset(each.customer_id for each in said if sight.of(each.customer)))


def shown(actor: Actor, customers: Iterable[Customer], now: datetime) -> set[int]:
    """The ids of those whose personal data *actor* sees now: she may, and said what for less than
    a quarter of an hour ago. Commands and the server itself see all. At most two queries."""
    found = allowed(actor, Right.SEE_PERSONAL, customers)
    if actor.user is None or not found:
        return found
    said = Disclosure.objects.filter(user=actor.user, until__gt=now, customer__in=found)
    return set(said.values_list("customer_id", flat=True))
