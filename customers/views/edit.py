"""Changing a customer from her page: small forms in a dialog."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of
from customers.access.people import brands_with, require_with, shown
from customers.actions import customers as actions
from customers.forms.edit import AttributeForm, ConsentForm, IdentityForm, TagForm
from customers.models import Attribute, Brand, Customer, DataType, Identity, Namespace, Tag, TagKind
from customers.queries.people import identities_of
from customers.scope import scope_of
from customers.views.dialogs import ask, done, refuse, somebody


@login_required
@require_http_methods(["GET", "POST"])
def attribute(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Another value for one attribute, or none. A personal one that is masked is not shown here
    either: it can be overwritten only."""
    actor, customer, now = Actor.of_request(request), somebody(pk), utc_now()
    require_with(actor, Right.EDIT_CUSTOMER, customer)
    definition = get_object_or_404(Attribute, code=code)
    masked = definition.is_personal and customer.pk not in shown(actor, [customer], now)
    value = None if masked else customer.attributes.get(code)
    form = AttributeForm(
        request.POST or None, definition=definition, initial={"value": _initial(definition, value)}
    )
    if request.method == "POST" and "remove" in request.POST:
        actions.set_attribute(actor, customer, definition, None, now=now)
        return done(request, customer, _("Removed."))
    if request.method == "POST" and form.is_valid():
        wanted = form.value()
        if wanted is None and masked:
            form.add_error("value", _("Type a value, or remove the one that is there."))
        else:
            try:
                actions.set_attribute(actor, customer, definition, wanted, now=now)
            except ValidationError as error:
                refuse(form, error)
            else:
                return done(request, customer, _("Saved."))
    has_one = code in customer.attributes
    words = _("The value is masked. What you type takes its place.") if masked and has_one else ""
    return ask(
        request, customer, form,
        title=definition.title,
        words=words,
        verb=_("Save"),
        other={"name": "remove", "verb": _("Remove the value")} if has_one else None,
    )  # fmt: skip


@login_required
@require_http_methods(["GET"])
def attributes(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the attribute to give her."""
    customer = somebody(pk)
    require_with(Actor.of_request(request), Right.EDIT_CUSTOMER, customer)
    rows = Attribute.objects.exclude(code__in=list(customer.attributes)).order_by("name")[:200]
    return ask(
        request, customer, AttributeForm(definition=Attribute(name="-", code="-")),
        title=_("Add an attribute"), verb="", inside="customers/dialogs/attributes.html", rows=rows,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an identity; one of somebody else opens a review instead."""
    actor, customer = Actor.of_request(request), somebody(pk)
    require_with(actor, Right.EDIT_CUSTOMER, customer)
    mine = Q(brand__isnull=True) | Q(brand__in=brands_of(actor, Right.EDIT_CUSTOMER))
    form = IdentityForm(request.POST or None, spaces=Namespace.objects.filter(mine))
    if request.method == "POST" and form.is_valid():
        space, value = form.cleaned_data["space"], form.cleaned_data["value"]
        try:
            other = actions.add_identity(actor, customer, space, value, now=utc_now())
        except ValidationError as error:
            refuse(form, error)
        else:
            if other is None:
                return done(request, customer, _("The identity is hers now."))
            said = _("It belongs to %(other)s. The two stand in the reviews now.")
            messages.warning(request, said % {"other": other.reference})
            return done(request, customer, "")
    return ask(
        request, customer, form, title=_("Identities"), verb=_("Add"),
        below="customers/dialogs/identities.html",
        rows=identities_of(customer, unmask=customer.pk in shown(actor, [customer], utc_now())),
    )  # fmt: skip


@login_required
@require_POST
def identity_remove(request: HttpRequest, pk: int, identity_pk: int) -> HttpResponse:
    """Take an identity away."""
    customer = somebody(pk)
    found = get_object_or_404(Identity.objects.select_related("namespace", "customer"),
                              pk=identity_pk, customer=customer)  # fmt: skip
    actions.remove_identity(Actor.of_request(request), found, now=utc_now())
    return done(request, customer, _("The identity is removed."))


@login_required
@require_http_methods(["GET", "POST"])
def tag(request: HttpRequest, pk: int) -> HttpResponse:
    """Give her a tag that is set by hand."""
    actor, customer = Actor.of_request(request), somebody(pk)
    form = TagForm(request.POST or None, tags=_tags(request, actor))
    if request.method == "POST" and form.is_valid():
        tag, value = form.cleaned_data["tag"], form.cleaned_data["value"]
        try:
            actions.set_tag(actor, customer, tag, value, now=utc_now())
        except ValidationError as error:
            refuse(form, error)
        else:
            return done(request, customer, _("Tagged."))
    return ask(request, customer, form, title=_("Add a tag"), verb=_("Add"))


@login_required
@require_POST
def untag(request: HttpRequest, pk: int, tag_pk: int) -> HttpResponse:
    """Take a tag away, or one value of it."""
    actor, customer = Actor.of_request(request), somebody(pk)
    found = get_object_or_404(_tags(request, actor), pk=tag_pk)
    value = request.POST.get("value", "")[:160]
    actions.set_tag(actor, customer, found, value, added=False, now=utc_now())
    return done(request, customer, _("The tag is gone."))


@login_required
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what she said."""
    actor, customer = Actor.of_request(request), somebody(pk)
    require_with(actor, Right.EDIT_CUSTOMER, customer)
    form = ConsentForm(request.POST or None, brands=consent_brands(request, actor, customer))
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_consent(actor, customer, **form.cleaned_data, now=utc_now())
        except ValidationError as error:
            refuse(form, error)
        else:
            return done(request, customer, _("Written down."))
    words = _("Only what she said herself. Every change is kept as a proof.")
    return ask(request, customer, form, title=_("Change a consent"), words=words, verb=_("Save"))


def consent_brands(request: HttpRequest, actor: Actor, customer: Customer) -> list[Brand]:
    """Brands of the scope for which this reader may write down a consent."""
    mine = set(brands_of(actor, Right.EDIT_CUSTOMER).values_list("pk", flat=True))
    known = brands_with(actor, Right.EDIT_CUSTOMER, customer)
    scope = [brand for brand in scope_of(request).brands if brand.pk in mine]
    return [brand for brand in scope if brand in known] or scope


# helpers


def _tags(request: HttpRequest, actor: Actor) -> Any:
    mine = Q(brand__isnull=True) | Q(brand__in=brands_of(actor, Right.TAG_CUSTOMER))
    return Tag.objects.filter(mine, kind=TagKind.ASSIGNED).order_by("name")


def _initial(definition: Attribute, value: Any) -> Any:
    match definition.data_type:
        case DataType.LIST:
            return "\n".join(str(one) for one in value) if isinstance(value, list) else value
        case DataType.BOOLEAN:
            return {True: "true", False: "false"}.get(value, "")
        case DataType.DATETIME if isinstance(value, str):
            return datetime.fromisoformat(value)
    return value
