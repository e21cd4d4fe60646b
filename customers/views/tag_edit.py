"""Making a tag and changing its definition, with its sentence and a preview while typing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may, require
from customers.actions import tags as actions
from customers.forms.tag_lines import kind_of
from customers.forms.tag_rows import MORE
from customers.forms.tags import KINDS, TagForm
from customers.models import Brand, EventType, Tag
from customers.queries.tags import visible
from customers.rules import RuleError
from customers.scope import scope_of
from customers.tags.clock import zone_of
from customers.tags.definition import read_definition, say
from customers.tags.preview import preview
from customers.views.rule_editor import desk_of
from customers.views.tag_rules import ruled_lines, typed
from customers.views.tag_where import is_open, where_context

EVENTS_OFFERED = 300
PREVIEW_SECONDS = 3


@login_required
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Which kind of tag it shall be."""
    _brands(request)
    kinds = [(of, name, words) for of, (name, words) in KINDS.items()]
    return render(request, "customers/tag_new.html", {"kinds": kinds})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, of: str) -> HttpResponse:
    """The form of one kind."""
    if of not in KINDS:
        raise Http404
    form = TagForm(_typed(request), of=of, brands=_brands(request))
    if _is_sent(request, form):
        try:
            tag = actions.create(
                Actor.of_request(request),
                form.chosen_brand,
                code=form.cleaned_data["code"],
                definition=form.definition,
                now=utc_now(),
                **form.values,
            )
        except (RuleError, ValidationError) as error:
            _show(form, error)
        else:
            messages.success(request, _saved(tag))
            return redirect("customers:tag", tag.pk)
    return _page(request, form)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a tag that is there."""
    tag = _tag(request, pk)
    form = TagForm(_typed(request), of=kind_of(tag.definition), brands=[tag.brand], tag=tag)
    if _is_sent(request, form):
        try:
            actions.change(
                Actor.of_request(request),
                _tag(request, pk),
                definition=form.definition,
                now=utc_now(),
                **form.values,
            )
        except (RuleError, ValidationError) as error:
            _show(form, error)
        else:
            messages.success(request, _saved(tag))
            return redirect("customers:tag", tag.pk)
    return _page(request, form)


@login_required
@require_POST
def look(request: HttpRequest, of: str, pk: int | None = None) -> HttpResponse:
    """The sentence of what is typed just now, and how its values would be spread."""
    if of not in KINDS:
        raise Http404
    tag = _tag(request, pk) if pk else None
    brands = [tag.brand] if tag else _brands(request)
    form = TagForm(_typed(request), of=of, brands=brands, tag=tag)
    seen = _seen(form)
    if is_open(request.POST, desk_of(request, request.POST)):
        seen["problems"] = [each for each in seen.get("problems", []) if ".where" not in each.place]
    return render(request, "customers/tag_edit_look.html", seen)


@login_required
@require_POST
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a refresh; a worker does it."""
    tag = _tag(request, pk)
    try:
        actions.refresh_now(Actor.of_request(request), tag, now=utc_now())
        messages.success(request, _("The refresh is asked for. Load the page again in a moment."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("customers:tag", pk)


@login_required
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the refresh that is running."""
    if actions.stop(Actor.of_request(request), _tag(request, pk), now=utc_now()):
        messages.success(request, _("The refresh is stopped. The values are as before."))
    else:
        messages.info(request, _("No refresh was running any more."))
    return redirect("customers:tag", pk)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a tag that nothing uses."""
    tag = _tag(request, pk)
    name = tag.title
    try:
        actions.remove(Actor.of_request(request), tag, now=utc_now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("customers:tag", pk)
    messages.success(request, _("The tag “%(name)s” is removed.") % {"name": name})
    return redirect("customers:tags")


# helpers


def _is_sent(request: HttpRequest, form: TagForm) -> bool:
    """Whether the form is to be saved, and can be; else it was opened, or asked for more lines."""
    if MORE in request.POST:
        form.overlook()
        return False
    return request.method == "POST" and form.is_valid()


def _typed(request: HttpRequest) -> Any:
    return typed(request) if request.method == "POST" else None


def _brands(request: HttpRequest) -> list[Brand | None]:
    """Brands whose tags the reader may make; None: those of all brands."""
    actor = Actor.of_request(request)
    found: list[Brand | None] = list(brands_of(actor, Right.EDIT))
    whole: list[Brand | None] = [None] if may(actor, Right.EDIT, None) else []
    if not found and not whole:
        require(actor, Right.EDIT, None)
    return whole + found


def _tag(request: HttpRequest, pk: int) -> Tag:
    """A tag that the reader may change."""
    tag = get_object_or_404(visible(scope_of(request)), pk=pk)
    require(Actor.of_request(request), Right.EDIT, tag.brand)
    return tag


def _page(request: HttpRequest, form: TagForm) -> HttpResponse:
    context = {
        "form": form,
        "tag": form.tag,
        "kind": KINDS[form.of],
        "lines": ruled_lines(request, form),
        **where_context(request, form),
        "events": EventType.objects.order_by("code")[:EVENTS_OFFERED],
        **_seen(form, with_spread=form.tag is not None and not form.is_bound),
    }
    status = 422 if form.is_bound and MORE not in request.POST else 200
    return render(request, "customers/tag_edit.html", context, status=status)


def _seen(form: TagForm, *, with_spread: bool = True) -> dict[str, Any]:
    """What the definition says, what is wrong with it, and its spread."""
    data = form.definition if form.is_bound else (form.tag.definition if form.tag else None)
    if data is None or form.of == "assigned":
        return {"of": form.of, "tag": form.tag}
    definition, problems = read_definition(data)
    found: dict[str, Any] = {"of": form.of, "tag": form.tag, "problems": problems}
    if definition is None:
        return found
    found["how"] = say(definition)
    if with_spread:
        brand = form.chosen_brand
        seen = preview(
            definition,
            now=utc_now(),
            zone=zone_of(Tag(brand=brand)),
            brand_id=brand.pk if brand else None,
            seconds=PREVIEW_SECONDS,
        )
        found |= {"seen": seen, "most": max((row["value"] for row in seen.rows), default=0)}
    return found


def _show(form: TagForm, error: RuleError | ValidationError) -> None:
    if isinstance(error, RuleError):
        form.show(error.problems)
        return
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, texts in by_field.items():
        form.add_error(field if field in form.fields else None, texts)


def _saved(tag: Tag) -> str:
    if tag.is_computed:
        return _("The tag is saved. Its values come with the next refresh, within a minute.")
    return _("The tag is saved.")
