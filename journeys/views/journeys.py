"""The list of journeys, and journeys as text: new ones and drafts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from config.clock import utc_now
from customers.access import Right, brands_of, require
from customers.models import Brand
from customers.scope import scope_of
from journeys.actions import JourneyRefused, load
from journeys.canvas.example import EXAMPLE
from journeys.canvas.kinds import kinds
from journeys.forms.written import WrittenJourney
from journeys.graph.schema import GraphUnreadable
from journeys.graph.yaml import Document, dump_yaml, line_of, load_yaml
from journeys.models import Journey, JourneyState
from journeys.queries.listing import journeys_of, rows_of
from journeys.views.access import actor_of, journey_of

PAGE = 25


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Journeys of the reader's brands: search, state, pages; a fixed number of queries."""
    scope, now = scope_of(request), utc_now()
    words = request.GET.get("q", "").strip()[:120]
    state = request.GET.get("state", "")
    page = Paginator(journeys_of(scope, words, state), PAGE).get_page(request.GET.get("page"))
    rows = rows_of(list(page.object_list), scope, now)
    actor = actor_of(request)
    context = {
        "page": page,
        "rows": rows,
        "q": words,
        "state": state,
        "states": JourneyState.choices,
        "running": sum(row.journey.state == JourneyState.RUNNING for row in rows),
        "inside": sum(row.walk.inside for row in rows),
        "several": len(scope.brands) > 1,
        "may_make": brands_of(actor, Right.EDIT).exists(),
    }
    return render(request, "journeys/journeys.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_written(request: HttpRequest) -> HttpResponse:
    """A new journey from YAML, typed or uploaded."""
    brands = brands_of(actor_of(request), Right.EDIT).order_by("name")
    if not brands:
        require(actor_of(request), Right.EDIT, None)
    chosen = scope_of(request).chosen or brands.first()
    return written(request, brands, {"text": EXAMPLE, "brand": chosen}, None)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft of a journey as YAML."""
    journey = journey_of(request, pk)
    require(actor_of(request), Right.EDIT, journey.brand)
    brands = Brand.objects.filter(pk=journey.brand_id)
    text = dump_yaml({"journey": journey.code, **journey.draft})
    return written(request, brands, {"text": text, "brand": journey.brand}, journey)


# helpers


def written(
    request: HttpRequest, brands: Any, initial: dict[str, Any], journey: Journey | None
) -> HttpResponse:
    """Show the text; on POST check it and save it when it can run."""
    context: dict[str, Any] = {"journey": journey, "kinds": kinds()}
    if request.method == "GET":
        form = WrittenJourney(brands=brands, initial=initial)
        return render(request, "journeys/written.html", {**context, "form": form})
    form = WrittenJourney(request.POST, request.FILES, brands=brands)
    if form.is_valid():
        text = form.cleaned_data["text"]
        lines: dict[str, int] = {}
        try:
            document = load_yaml(text)
            lines = document.lines
            check_code(document, journey)
            brand = form.cleaned_data["brand"]
            actor, is_new = actor_of(request), journey is None
            loaded = load(actor, brand, document, utc_now(), only_new=is_new)
        except GraphUnreadable as error:
            context |= marked(text, error.problems, lines)
            # What was typed or uploaded stays in the form.
            values = {"text": text, "brand": form.cleaned_data["brand"].pk}
            form = WrittenJourney(brands=brands, initial=values)
        except JourneyRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, saved_words(loaded.journey, loaded.is_new))
            url = redirect("journeys:detail", loaded.journey.pk).url
            return redirect(f"{url}?view=draft")
    return render(request, "journeys/written.html", {**context, "form": form}, status=422)


def check_code(document: Document, journey: Journey | None) -> None:
    """The draft of a journey keeps its code: under another one it would be another journey."""
    if journey is not None and document.get("journey") != journey.code:
        raise JourneyRefused(
            _("This is the journey “%(code)s”; its code can't change. Put journey: %(code)s back.")
            % {"code": journey.code}
        )


def marked(text: str, problems: Any, lines: dict[str, int]) -> dict[str, Any]:
    """Problems beside the lines that they are about."""
    rows = [(line_number(p.place, lines), p) for p in problems]
    rows.sort(key=lambda row: (row[1].is_warning, row[0] or 0))
    sources = text.splitlines()
    found = [
        {
            "line": line,
            "source": sources[line - 1].strip() if line and line <= len(sources) else "",
            "place": problem.place,
            "text": problem.text,
            "is_warning": problem.is_warning,
        }
        for line, problem in rows
    ]
    errors = sum(not row["is_warning"] for row in found)
    return {"problems": found, "error_count": errors}


def line_number(place: str, lines: dict[str, int]) -> int | None:
    """The line of a place; a place that is a line already says it itself."""
    if place.startswith("line "):
        return int(place.removeprefix("line "))
    return line_of(place, lines)


def saved_words(journey: Journey, is_new: bool) -> str:
    if is_new:
        return _("Made “%s”. Nobody enters before it is published.") % journey
    return _("The draft of “%s” is saved. What runs stays as it is until you publish.") % journey
