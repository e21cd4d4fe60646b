"""Customers as an admin sees them: found by number or whole identity, personal data masked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.query import ModelIterable
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.admin.base import History, Lines
from customers.admin.filters import is_there, period
from customers.admin.search import ExactSearch, values_meant
from customers.formats import MASKS, mask_name, masked
from customers.models import Attribute, Consent, Customer, CustomerTag, Event, Identity

LATEST_EVENTS = 30


class MaskedIdentities(ModelIterable):
    """Reads identities as they may be seen without a reason given."""

    def __iter__(self) -> Iterator[Any]:
        for identity in super().__iter__():
            identity.value = masked_identity(identity)
            yield identity


class IdentityLines(Lines):
    model = Identity
    fields = ["namespace", "value", "source", "created_at", "verified_at"]

    def get_queryset(self, request: HttpRequest) -> Any:
        identities = super().get_queryset(request).select_related("namespace", "source")
        identities._iterable_class = MaskedIdentities
        return identities


class ConsentLines(Lines):
    model = Consent
    fields = ["brand", "channel", "purpose", "state", "since", "source"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("brand", "source")


class MaskedCustomers(ModelIterable):
    """Reads customers with masked names: titles, lists and lookups of the admin show no other."""

    def __iter__(self) -> Iterator[Any]:
        for customer in super().__iter__():
            customer.display_name = mask_name(customer.display_name)
            yield customer


@admin.register(Customer)
class CustomerAdmin(ExactSearch, History):
    """Facts about customers come in by the one door, so this page only shows them.

    It masks personal data for everybody: the customer's own page shows them on request, with a
    reason that is logged.
    """

    icon = "person"
    position = 10
    brand_path = None
    list_display = [
        "reference_column", "masked_name", "language", "timezone", "is_known", "last_seen",
        "created_at",
    ]  # fmt: skip
    list_filter = [
        "is_known",
        period("created_at"),
        is_there("merged_into", _("was merged")),
        is_there("erased_at", _("was erased")),
    ]
    ordering = ["-id"]
    search_help_text = _("A number such as C-4 018 226, or a whole phone number, e-mail or id.")
    inlines = [IdentityLines, ConsentLines]
    fields = [
        "reference_column", "masked_name", "language", "timezone", "is_known", "created_at",
        "last_seen", "merged_into", "erased_at", "masked_attributes", "tag_list", "event_list",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        customers = super().get_queryset(request).select_related("sighting")
        customers._iterable_class = MaskedCustomers
        return customers

    def match(self, term: str) -> Q:
        owners = Identity.objects.filter(value__in=values_meant(term)).values("customer_id")
        return super().match(term) | Q(pk__in=owners)

    @admin.display(description=_("customer"), ordering="id")
    def reference_column(self, customer: Customer) -> str:
        """The number as people read it aloud."""
        return customer.reference

    @admin.display(description=_("name"))
    def masked_name(self, customer: Customer) -> str:
        """The name with all but its initials hidden."""
        return customer.display_name

    @admin.display(description=_("last seen"))
    def last_seen(self, customer: Customer) -> datetime | None:
        """When she last did something."""
        return customer.last_seen_at

    @admin.display(description=_("attributes"))
    def masked_attributes(self, customer: Customer) -> str:
        """Attributes by their titles, personal ones masked."""
        known = {attribute.code: attribute for attribute in Attribute.objects.all()}
        rows = []
        for code, value in sorted(customer.attributes.items()):
            attribute = known.get(code)
            hide = attribute is None or attribute.is_personal
            title = attribute.title if attribute else code
            rows.append((title, _hidden(code, str(value)) if hide else value))
        return render_to_string("customers/admin/pairs.html", {"rows": rows})

    @admin.display(description=_("tags"))
    def tag_list(self, customer: Customer) -> str:
        """What the customer is tagged with, since when."""
        tags = CustomerTag.objects.filter(customer=customer).select_related("tag", "source")
        rows = [(row.tag.title, row.value or "✓", row.since) for row in tags.order_by("tag__name")]
        shown = {"rows": rows, "all": _list_of("tagrow", customer)}
        return render_to_string("customers/admin/tags.html", shown)

    @admin.display(description=_("latest events"))
    def event_list(self, customer: Customer) -> str:
        """The latest events, newest first, without their properties, which may be personal."""
        events = (
            Event.objects.filter(customer=customer)
            .select_related("event_type", "brand", "source")
            .order_by("-occurred_at")[:LATEST_EVENTS]
        )
        shown = {"events": events, "all": _list_of("eventrow", customer)}
        return render_to_string("customers/admin/events.html", shown)


def masked_identity(identity: Identity) -> str:
    """The value of an identity as a page may show it without a reason."""
    if not identity.namespace.is_personal:
        return identity.value
    code = identity.namespace.normaliser
    return masked(identity.value, code if code in MASKS else "")


# helpers


def _list_of(model: str, customer: Customer) -> str:
    """The address of the whole list; see customers/admin/customer_rows.py."""
    return reverse(f"admin:customers_{model}_changelist", query={"q": customer.pk})


def _hidden(code: str, value: str) -> str:
    return mask_name(value) if code == "name" else "*" * min(len(value), 8)
