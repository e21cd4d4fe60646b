"""What a tag is worth: the parts in words, its outcome, and the samples that people check."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, may, require
from customers.access.people import shown_now, sight_of
from customers.actions import tag_evaluation as actions
from customers.forms.tag_evaluation import OutcomeForm, SampleForm, WeightsForm
from customers.models import Tag, TagMark, TagOutcome, TagSample, TagSettings, TagVerdict
from customers.queries.tags import samples, visible
from customers.queries.tags.page import measure_of
from customers.scope import scope_of
from customers.tags.evaluation.words import say_parts, say_score


@login_required
@require_GET
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """The parts of the score with their numbers; by what it is measured; its samples."""
    found = get_object_or_404(visible(scope_of(request)), pk=pk)
    return _page(request, found)


@login_required
@require_POST
def evaluate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for an evaluation; a worker does it."""
    found = get_object_or_404(visible(scope_of(request)), pk=pk)
    actions.evaluate_again(Actor.of_request(request), found, now=utc_now())
    messages.success(request, _("The evaluation is asked for. Load the page again in a moment."))
    return redirect("customers:tag_evaluation", found.pk)


@login_required
@require_POST
def outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the event by which the tag is measured, or take it away."""
    found = get_object_or_404(visible(scope_of(request)), pk=pk)
    actor, now = Actor.of_request(request), utc_now()
    if request.POST.get("verb") == "remove":
        actions.remove_outcome(actor, found, now=now)
        messages.success(request, _("The tag is not measured by an event any more."))
        return redirect("customers:tag_evaluation", found.pk)
    form = OutcomeForm(request.POST, tag=found)
    if form.is_valid():
        try:
            actions.set_outcome(actor, found, **form.cleaned_data, now=now)
        except ValidationError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Saved. The next evaluation measures by it."))
            return redirect("customers:tag_evaluation", found.pk)
    return _page(request, found, outcome_form=form)


@login_required
@require_POST
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw a sample and begin to check it."""
    found = get_object_or_404(visible(scope_of(request)), pk=pk)
    form = SampleForm(request.POST, tag=found)
    if form.is_valid():
        try:
            sample = actions.draw(
                Actor.of_request(request), found, **form.cleaned_data, now=utc_now()
            )
        except ValidationError as error:
            _tell(form, error)
        else:
            return redirect("customers:tag_sample", sample.pk)
    return _page(request, found, sample_form=form)


@login_required
@require_GET
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """The customers of a sample, to be marked right or wrong."""
    scope = scope_of(request)
    found = get_object_or_404(
        TagSample.objects.filter(tag__in=visible(scope)).select_related("tag"), pk=pk
    )
    actor = Actor.of_request(request)
    unmask = shown_now(actor, utc_now())
    page, rows = samples.drawn(found, scope=scope, unmask=unmask, number=request.GET.get("page"))
    context = {
        "sample": found,
        "tag": found.tag,
        "page": page,
        "rows": rows,
        "progress": samples.progress_of(samples.samples_of(found.tag).get(pk=found.pk)),
        "verdicts": TagVerdict.choices,
        "may_mark": may(actor, Right.TAG_CUSTOMER, found.tag.brand),
        "sight": sight_of(actor),
    }
    return render(request, "customers/tag_sample.html", context)


@login_required
@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of one customer whether the value is right; saying the same again takes it back."""
    scope = scope_of(request)
    rows = TagMark.objects.filter(sample__tag__in=visible(scope))
    found = get_object_or_404(rows.select_related("sample__tag__brand", "customer"), pk=pk)
    verdict = request.POST.get("verdict", "")
    said = "" if verdict == found.verdict else verdict
    actor = Actor.of_request(request)
    try:
        actions.mark(actor, found, said, now=utc_now())
    except ValueError as error:
        messages.error(request, str(error))
    tag = found.sample.tag
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("customers:tag_sample", found.sample_id)
    [row] = samples.show([found], tag, scope=scope, unmask=shown_now(actor, utc_now()))
    context = {
        "row": row,
        "verdicts": TagVerdict.choices,
        "may_mark": True,
        "progress": samples.progress_of(samples.samples_of(tag).get(pk=found.sample_id)),
        "swap": True,
    }
    return render(request, "customers/tag_sample_marked.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def weights(request: HttpRequest) -> HttpResponse:
    """How much each part of the score counts, and when a tag is stale or unused."""
    actor = Actor.of_request(request)
    require(actor, Right.SET_POLICY, None)
    form = WeightsForm(request.POST or None, instance=TagSettings.current())
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_weights(actor, form.cleaned_data, now=utc_now())
        except ValidationError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Saved. Every score is weighed anew."))
            return redirect("customers:tags")
    status = 422 if form.is_bound else 200
    return render(request, "customers/tag_weights.html", {"form": form}, status=status)


# helpers


def _page(
    request: HttpRequest,
    tag: Tag,
    outcome_form: OutcomeForm | None = None,
    sample_form: SampleForm | None = None,
) -> HttpResponse:
    measure, settings = measure_of(tag), TagSettings.current()
    kept = TagOutcome.objects.filter(pk=tag.pk).select_related("event_type").first()
    initial = {}
    if kept is not None:
        initial = {
            "value": kept.value,
            "expects": kept.expects,
            "event": kept.event_type.code,
            "days": kept.days,
        }
    actor = Actor.of_request(request)
    context = {
        "tag": tag,
        "measure": measure,
        "parts": say_parts(tag, measure, settings) if measure else [],
        "why": say_score(measure, settings) if measure else "",
        "outcome": kept,
        "outcome_form": outcome_form or OutcomeForm(tag=tag, initial=initial),
        "sample_form": sample_form or SampleForm(tag=tag),
        "samples": [(row, samples.progress_of(row)) for row in samples.samples_of(tag)[:6]],
        "may_edit": may(actor, Right.EDIT, tag.brand),
        "may_weigh": may(actor, Right.SET_POLICY, None),
    }
    status = 422 if outcome_form or sample_form else 200
    return render(request, "customers/tag_evaluation.html", context, status=status)


def _tell(form: BaseForm, error: ValidationError) -> None:
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for name, texts in by_field.items():
        form.add_error(name if name in form.fields else None, texts)
