"""What contents are made with: blocks that they include, addresses to which samples go."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.actions.blocks import change_block, create_block, remove_block
from campaigns.actions.seeds import add_seed, masked_seed, remove_seed
from campaigns.forms.contents import BlockForm, BlockTextForm, SeedForm
from campaigns.models import ContentBlock, SeedAddress
from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.scope import scope_of

PER_PAGE = 50


@login_required
def block_list(request: HttpRequest) -> HttpResponse:
    """The blocks of the reader's brands."""
    actor, scope = Actor.of_request(request), scope_of(request)
    words = request.GET.get("q", "").strip()[:100]
    rows = ContentBlock.objects.filter(brand__in=scope.brand_ids).select_related("brand")
    if words:
        rows = rows.filter(code__icontains=words) | rows.filter(source__icontains=words)
    page = Paginator(rows.order_by("brand__name", "code", "language"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "q": words, "may_edit": brands_of(actor, Right.EDIT).exists()}
    return render(request, "campaigns/blocks.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def block_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A block, new or kept."""
    actor = Actor.of_request(request)
    kept = _block(request, pk) if pk else None
    form: BlockForm | BlockTextForm
    if kept:
        form = BlockTextForm(request.POST or None, instance=_block(request, kept.pk))
    else:
        form = BlockForm(request.POST or None, brands=list(brands_of(actor, Right.EDIT)))
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            if kept:
                change_block(actor, kept, values["source"], now=utc_now())
            else:
                create_block(actor, values.pop("brand"), now=utc_now(), **values)
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, _("It is saved and holds from the next message on."))
            return redirect("campaigns:blocks")
    context = {
        "form": form,
        "kept": kept,
        "spelling": f'{{% include "{kept.code}" %}}' if kept else "",
        "may_edit": may(actor, Right.EDIT, kept.brand) if kept else True,
    }
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/block_edit.html", context, status=status)


@login_required
@require_POST
def block_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a block that nothing includes."""
    block = _block(request, pk)
    try:
        remove_block(Actor.of_request(request), block, now=utc_now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("campaigns:block", pk)
    messages.success(request, _("“%(name)s” is removed.") % {"name": block})
    return redirect("campaigns:blocks")


@login_required
@require_http_methods(["GET", "POST"])
def seed_list(request: HttpRequest) -> HttpResponse:
    """The addresses of the reader's brands, and the form of another one."""
    actor, scope = Actor.of_request(request), scope_of(request)
    brands = list(brands_of(actor, Right.EDIT))
    form = SeedForm(request.POST or None, brands=brands)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            add_seed(actor, values.pop("brand"), now=utc_now(), **values)
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, _("Samples can go there from now on."))
            return redirect("campaigns:seeds")
    rows = SeedAddress.objects.filter(brand__in=scope.brand_ids).select_related("brand")
    page = Paginator(rows.order_by("brand__name", "channel", "name", "pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    mine = {brand.pk for brand in brands}
    context = {
        "form": form,
        "page": page,
        "rows": [(seed, masked_seed(seed), seed.brand_id in mine) for seed in page],
        "may_edit": bool(brands),
    }
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/seeds.html", context, status=status)


@login_required
@require_POST
def seed_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an address."""
    rows = SeedAddress.objects.filter(brand__in=scope_of(request).brand_ids)
    seed = get_object_or_404(rows.select_related("brand"), pk=pk)
    remove_seed(Actor.of_request(request), seed, now=utc_now())
    messages.success(request, _("No sample goes there any more."))
    return redirect("campaigns:seeds")


def tell(form: BaseForm, error: ValidationError) -> None:
    """Each problem at its field, or above the form when the form does not show that field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


# helpers


def _block(request: HttpRequest, pk: int) -> ContentBlock:
    rows = ContentBlock.objects.filter(brand__in=scope_of(request).brand_ids)
    return get_object_or_404(rows.select_related("brand"), pk=pk)
