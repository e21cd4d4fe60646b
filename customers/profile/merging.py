"""The card about merges on the page of a customer: what was merged, undo, and merge by hand."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from customers.formats import number
from customers.models import Customer
from customers.profile.registry import Section
from customers.queries.merges import merges_of
from customers.scope import Scope


def merges(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> Section | None:
    """The merges that stand, and the way to merge another one; two queries."""
    if customer.erased_at is not None:
        return None
    done = merges_of(customer)
    return Section(
        _("Merges"),
        "customers/merges.html",
        {"customer": customer, "merges": done},
        number(len(done)) if done else "",
    )
