"""What of this floor can be done with a customer, from the menu of her page."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from customers.access import Actor, Right, may
from customers.access.people import may_over_all, may_with
from customers.links import address
from customers.models import Customer
from customers.profile.registry import PageAction
from customers.scope import Scope


def merge(customer: Customer, *, actor: Actor, scope: Scope, now: datetime) -> PageAction | None:
    """Merging needs the right in the group: it touches what all brands know."""
    if not may(actor, Right.EDIT_CUSTOMER, None):
        return None
    url = address("customers:merge", customer.pk)
    return PageAction(_("Merge with another customer…"), "merge", url, is_page=True)


def export(customer: Customer, *, actor: Actor, scope: Scope, now: datetime) -> PageAction | None:
    """Exporting hands out what is masked, so it needs both rights."""
    if not all(may_with(actor, right, customer) for right in (Right.EXPORT, Right.SEE_PERSONAL)):
        return None
    return PageAction(_("Export…"), "download", address("customers:export", customer.pk))


def erase(customer: Customer, *, actor: Actor, scope: Scope, now: datetime) -> PageAction | None:
    """Erasing needs it in every brand that knows her."""
    if not may_over_all(actor, Right.ERASE, customer):
        return None
    url = address("customers:erase", customer.pk)
    return PageAction(_("Erase…"), "trash", url, is_page=True, is_grave=True)
