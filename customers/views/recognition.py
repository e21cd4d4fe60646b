"""How customers are recognised: kinds of identity, rules of attributes, trust in sources."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may, require
from customers.actions.recognition import save_namespace, save_rule, save_source
from customers.forms.recognition import NamespaceForm, RuleForm, SourceForm
from customers.models import Attribute, Conflict, Identity, Namespace, Source
from customers.queries import recognition as queries
from customers.queries.conflicts import say_rule
from customers.scope import scope_of

PAGE = 50


@login_required
@require_GET
def kinds(request: HttpRequest) -> HttpResponse:
    """Kinds of identity, with what each of them does."""
    actor = Actor.of_request(request)
    rows = list(queries.namespaces_of(scope_of(request)))
    context = {
        "tab": "kinds",
        "rows": [(row, may(actor, Right.SET_POLICY, row.brand)) for row in rows],
        "strong": sum(row.strength == "strong" for row in rows),
        "may_make": brands_of(actor, Right.SET_POLICY).exists(),
    }
    return render(request, "customers/recognition_kinds.html", context)


@login_required
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Attributes, with the rule that settles two values."""
    q = request.GET.get("q", "")[:80]
    page = Paginator(queries.attributes_by_name(q), PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "rules",
        "page": page,
        "rows": [(row, say_rule(Conflict(row.conflict))) for row in page],
        "q": q,
        "may_edit": may(Actor.of_request(request), Right.SET_POLICY, None),
    }
    return render(request, "customers/recognition_rules.html", context)


@login_required
@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """Sources in the order of trust."""
    actor = Actor.of_request(request)
    page = Paginator(queries.sources_of(scope_of(request)), PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "sources",
        "page": page,
        "rows": [(row, may(actor, Right.SET_POLICY, row.brand)) for row in page],
    }
    return render(request, "customers/recognition_sources.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def kind(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Make a kind of identity or change one. What a change does is said before it is done."""
    actor = Actor.of_request(request)
    found = get_object_or_404(queries.namespaces_of(scope_of(request)), pk=pk) if pk else None
    if request.method == "POST" and found is not None:
        require(actor, Right.SET_POLICY, found.brand)
    has_values = bool(pk) and Identity.objects.filter(namespace=pk).exists()
    form = NamespaceForm(
        request.POST or None,
        instance=found,
        brands=list(brands_of(actor, Right.SET_POLICY)),
        whole_group=may(actor, Right.SET_POLICY, None),
        has_values=has_values,
    )
    effect: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        held = Namespace.objects.select_related("brand").get(pk=pk) if pk else None
        effect = queries.effect_of(held, values) if held else queries.effect_of_new(values)
        if not effect or request.POST.get("seen") == "\n".join(effect):
            try:
                saved = save_namespace(actor, values, namespace=held, now=utc_now())
            except ValidationError as error:
                _tell(form, error)
                effect = []
            else:
                words = _("“%(kind)s” is saved. It holds from the next fact on.")
                messages.success(request, words % {"kind": saved})
                return redirect("customers:recognition")
    context = {"kind": found, "effect": effect, "seen": "\n".join(effect)}
    return _form(request, form, "customers/recognition_kind.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the rule of an attribute."""
    found = get_object_or_404(Attribute, pk=pk)
    form = RuleForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            held = Attribute.objects.get(pk=pk)
            save_rule(Actor.of_request(request), held, form.cleaned_data, now=utc_now())
        except ValidationError as error:
            _tell(form, error)
        else:
            words = _("“%(name)s” is saved. It holds from the next fact on.")
            messages.success(request, words % {"name": held})
            return redirect("customers:recognition_rules")
    return _form(request, form, "customers/recognition_rule.html", {"attribute": found})


@login_required
@require_http_methods(["GET", "POST"])
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """Set how far a source is trusted."""
    found = get_object_or_404(queries.sources_of(scope_of(request)), pk=pk)
    form = SourceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            held = Source.objects.get(pk=pk)
            save_source(Actor.of_request(request), held, form.cleaned_data, now=utc_now())
        except ValidationError as error:
            _tell(form, error)
        else:
            words = _("“%(name)s” is saved. It holds from the next fact on.")
            messages.success(request, words % {"name": held})
            return redirect("customers:recognition_sources")
    trusted = Attribute.objects.filter(conflict="trusted").count()
    context = {"source": found, "trusted": trusted}
    return _form(request, form, "customers/recognition_source.html", context)


# helpers


def _tell(form: ModelForm[Any], error: ValidationError) -> None:
    """Errors of the action at the fields of the form that have them, the others above it."""
    told = getattr(error, "error_dict", {"": error.error_list})
    for name, errors in told.items():
        form.add_error(name if name in form.fields else None, errors)


def _form(
    request: HttpRequest, form: ModelForm[Any], template: str, context: dict[str, Any]
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **context}, status=status)
