"""Making a segment, changing, copying, archiving and removing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may, require
from customers.actions import segments as actions
from customers.forms.segments import SegmentForm, free_code
from customers.models import Brand, Segment, SegmentKind
from customers.queries import segments as queries
from customers.queries.filters import Choices
from customers.queries.segment_rules import rule_of_filters
from customers.rules import RuleError
from customers.rules.editing.desk import Desk
from customers.rules.editing.editor import Editor
from customers.scope import scope_of
from customers.views.rule_editor import desk_of, editor_context, editor_of

VERBS = {
    "archive": (
        actions.archive,
        gettext_lazy("The segment is archived. Its customers stay as they are."),
    ),
    "restore": (
        actions.restore,
        gettext_lazy("The segment is back, and its next build is asked for."),
    ),
    "remove": (
        actions.remove,
        gettext_lazy("The segment is removed. Its customers stay as they are."),
    ),
}


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new segment by rule; it may begin with the filters of the list of customers."""
    brands = _brands(request)
    if request.method != "POST":
        scope = scope_of(request)
        first = scope.chosen if scope.chosen in brands else brands[0]
        rule, left_out = rule_of_filters(request.GET, Choices.of(scope))
        pk = str(first.pk) if first else ""
        editor = Editor.of_rule(rule, desk_of(request, {"brand": pk}))
        if left_out:
            words = _("These filters have no counterpart in a rule and were left out: %(names)s.")
            editor.notice = words % {"names": ", ".join(left_out)}
        initial = {"brand": pk, "owner": request.user.pk}
        return _page(request, SegmentForm(brands=brands, initial=initial), editor)
    form, editor = SegmentForm(request.POST, brands=brands), editor_of(request)
    if form.is_valid():
        try:
            segment = actions.create(
                Actor.of_request(request),
                form.chosen_brand,
                code=form.new_code,
                rule=editor.json,
                now=utc_now(),
                **form.values,
            )
        except (RuleError, ValidationError) as error:
            _show(form, editor, error)
        else:
            messages.success(request, _("The segment is saved. Its first build is on its way."))
            return redirect("customers:segment", segment.pk)
    return _page(request, form, editor)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A segment that is there. Whoever saves second is told, and nothing of hers is lost."""
    segment = _segment(request, pk)
    brands = _brands(request)
    if request.method != "POST":
        form = SegmentForm(brands=brands, segment=segment)
        return _page(request, form, Editor.of_rule(segment.rule, _desk(request, segment)))
    form = SegmentForm(request.POST, brands=brands, segment=segment)
    editor = editor_of(request)
    overtaken: actions.Overtaken | None = None
    if form.is_valid():
        try:
            is_new = actions.change(
                Actor.of_request(request),
                segment,
                rule=_rule(editor, segment, request),
                brand=form.chosen_brand,
                version=_version(request),
                now=utc_now(),
                **form.values,
            )
        except (RuleError, ValidationError) as error:
            _show(form, editor, error)
        except actions.Overtaken as error:
            overtaken = error
        else:
            messages.success(request, _("Saved.") if is_new else _("Nothing was different."))
            return redirect("customers:segment", segment.pk)
    return _page(request, form, editor, overtaken)


@login_required
@require_POST
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """Another segment by the same rule; its page of changes opens."""
    segment = _segment(request, pk)
    name = (_("%(name)s (copy)") % {"name": segment.own_name})[:120]
    try:
        made = actions.duplicate(
            Actor.of_request(request), segment,
            code=free_code(name), name=name, brand=segment.brand, now=utc_now(),
        )  # fmt: skip
    except (RuleError, ValidationError) as error:
        problems = error.problems if isinstance(error, RuleError) else []
        words = " ".join(each.text for each in problems) or " ".join(getattr(error, "messages", []))
        messages.error(request, words)
        return redirect("customers:segment", pk)
    messages.success(request, _("Copied. Give it a name of its own."))
    return redirect("customers:segment_edit", made.pk)


@login_required
@require_POST
def act(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
    """Archive, restore or remove; what is in use is told by name."""
    segment = _segment(request, int(pk))
    function, words = VERBS[verb]
    try:
        function(Actor.of_request(request), segment, now=utc_now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("customers:segment", pk)
    messages.success(request, words)
    return redirect("customers:segments") if verb == "remove" else redirect("customers:segment", pk)


# helpers


def _brands(request: HttpRequest) -> list[Brand | None]:
    """Brands whose segments the reader may make; None: those of all brands."""
    actor = Actor.of_request(request)
    found: list[Brand | None] = list(brands_of(actor, Right.EDIT))
    whole: list[Brand | None] = [None] if may(actor, Right.EDIT, None) else []
    if not found and not whole:
        require(actor, Right.EDIT, None)
    return whole + found


def _segment(request: HttpRequest, pk: int) -> Segment:
    """A segment that the reader may change."""
    found = get_object_or_404(queries.visible(scope_of(request)), pk=pk)
    require(Actor.of_request(request), Right.EDIT, found.brand)
    return found


def _desk(request: HttpRequest, segment: Segment) -> Desk:
    return desk_of(request, {"brand": str(segment.brand_id or "")})


def _rule(editor: Editor, segment: Segment, request: HttpRequest) -> Any:
    """The rule for the action; None when it is the stored one, however that was written."""
    if segment.kind != SegmentKind.RULE:
        return None
    stored = Editor.of_rule(segment.rule, _desk(request, segment))
    return None if editor.text == stored.text else editor.json


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _page(
    request: HttpRequest,
    form: SegmentForm,
    editor: Editor,
    overtaken: actions.Overtaken | None = None,
) -> HttpResponse:
    segment = form.segment
    version = request.POST.get("version", "") if form.is_bound else ""
    if overtaken is not None or (segment and not version):
        seen = overtaken.segment if overtaken else segment
        version = str(seen.version) if seen else ""
    context = {
        "form": form,
        "segment": segment,
        "has_rule": segment is None or segment.kind == SegmentKind.RULE,
        "version": version,
        "overtaken": overtaken,
        "theirs": queries.sentence(overtaken.segment) if overtaken else "",
        **editor_context(editor, request),
    }
    status = 409 if overtaken else 422 if form.is_bound else 200
    return render(request, "customers/segment_edit.html", context, status=status)


def _show(form: SegmentForm, editor: Editor, error: RuleError | ValidationError) -> None:
    if isinstance(error, RuleError):
        _rule, problems = editor.read()
        if all(each.is_warning for each in problems):
            # What only the action can know, such as a circle through other segments.
            editor.notice = " ".join(each.text for each in error.problems)
        form.add_error(None, _("The rule can't be saved yet: see what is marked in it."))
        return
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, texts in by_field.items():
        form.add_error(field if field in form.fields else None, texts)
