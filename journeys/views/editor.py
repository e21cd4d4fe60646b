"""The editor of a draft: its page, and the operations that gestures and keys turn into."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Right, may, require
from journeys.actions import DraftOvertaken, JourneyRefused, edit, redo, restore, undo
from journeys.canvas.editing import Editing, read_editing, saved_words
from journeys.canvas.history import overtaken_words
from journeys.canvas.markup import Markup
from journeys.canvas.palette import shelves
from journeys.canvas.panel import panel_of
from journeys.canvas.typed import operation_of
from journeys.graph.operations import OperationRefused, copy
from journeys.models import Journey, JourneyState
from journeys.views.access import actor_of, journey_of

LONGEST_REQUEST = 512 * 1024  # characters of JSON


@gzip_page
@login_required
@require_GET
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    """The page on which a draft is drawn; `?step=` opens the settings of a step."""
    journey = journey_of(request, pk)
    require(actor_of(request), Right.EDIT, journey.brand)
    context = context_of(request, journey, request.GET.get("step", ""))
    return render(request, "journeys/editor/page.html", {**context, "shelves": shelves()})


@gzip_page
@login_required
@require_POST
def operate(request: HttpRequest, pk: int, operation: str) -> HttpResponse:
    """Do one operation; the answer is every part of the page that may differ, out of band.

    What the draft can't take comes back as a sentence beside it (422), and nothing is changed. Who
    was overtaken gets the draft as it is now (409 in words, 200 for the browser, which swaps it).
    """
    journey = journey_of(request, pk)
    try:
        given = given_of(request)
    except ValueError:
        return refuse(request, journey, _("The request can't be read. Load the page again."))
    return done(request, journey, operation, given)


@gzip_page
@login_required
@require_POST
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """What was typed into the form of a step (`step`), or of the journey when it names none."""
    journey, key = journey_of(request, pk), request.POST.get("step", "")
    editing = read_editing(journey, utc_now())
    if key and key not in editing.sketch.written:
        operation, given = "configure", {"key": key, "settings": {}}
    else:
        operation, given = operation_of(editing, key, request.POST)
    return done(request, journey, operation, given, is_typing=True)


@login_required
@require_GET
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings of the step `?step=`, or of the journey as a whole."""
    journey = journey_of(request, pk)
    require(actor_of(request), Right.EDIT, journey.brand)
    editing = read_editing(journey, utc_now())
    step = request.GET.get("step", "")
    step = step if step in editing.picture.cards else ""
    context = {"journey": journey, "editing": editing, "panel": panel_of(editing, step)}
    return render(request, "journeys/editor/panel.html", context)


@login_required
@require_GET
def clip(request: HttpRequest, pk: int) -> HttpResponse:
    """The steps `?key=` as JSON for the clipboard."""
    journey = journey_of(request, pk)
    return JsonResponse(copy(journey.draft, request.GET.getlist("key")[:500]))


# helpers


def done(
    request: HttpRequest, journey: Journey, operation: str, given: dict[str, Any],
    *, is_typing: bool = False,
) -> HttpResponse:  # fmt: skip
    """Do it and answer with what may differ; *is_typing*: the form itself stays as it is."""
    now, actor = utc_now(), actor_of(request)
    selected = request.POST.get("selected", "")
    stays = is_typing and not (request.POST.get("drop") or request.POST.get("add"))
    more: dict[str, Any] = {"is_typing": stays}
    try:
        number = int(request.POST.get("number", ""))
        if operation == "undo":
            edited = undo(actor, journey, number, now)
        elif operation == "redo":
            edited = redo(actor, journey, number, now)
        elif operation == "restore":
            edited = restore(actor, journey, number, int(given.get("version", 0)), now)
        else:
            edited = edit(actor, journey, number, operation, given, now)
    except DraftOvertaken as meanwhile:
        fresh = journey_of(request, journey.pk)
        context = context_of(request, fresh, selected)
        words = overtaken_words(meanwhile.entries, context["editing"].picture, now)
        context |= {"overtaken": str(meanwhile), "done_by": words, "oob": True}
        return render(request, "journeys/editor/answer.html", context)
    except (OperationRefused, JourneyRefused) as refusal:
        return refuse(request, journey, str(refusal))
    except (TypeError, ValueError):
        return refuse(request, journey, _("The request can't be read. Load the page again."))
    selected = edited.key if edited.key and not is_typing else selected
    context = context_of(request, edited.journey, selected)
    return render(request, "journeys/editor/answer.html", {**context, **more, "oob": True})


def refuse(request: HttpRequest, journey: Journey, sentence: str) -> HttpResponse:
    """What can't be, said on the page; nothing was changed."""
    context = {"journey": journey, "refused": sentence, "oob": True}
    return render(request, "journeys/editor/refused.html", context, status=422)


def context_of(request: HttpRequest, journey: Journey, selected: str) -> dict[str, Any]:
    """What the page and its parts show."""
    editing: Editing = read_editing(journey, utc_now())
    if selected not in editing.picture.cards:
        selected = ""
    return {
        "journey": journey,
        "editing": editing,
        "selected": selected,
        "markup": Markup(editing, request.POST.get("drawn", "")),
        "panel": panel_of(editing, selected),
        "saved": saved_words(editing),
        "may_publish": may(actor_of(request), Right.PUBLISH, journey.brand)
        and journey.state != JourneyState.ARCHIVED,
    }


def given_of(request: HttpRequest) -> dict[str, Any]:
    """What was given for the operation, as JSON; raises ValueError when it is none."""
    text = request.POST.get("given", "{}")
    if len(text) > LONGEST_REQUEST:
        raise ValueError("too long")
    given = json.loads(text)
    if not isinstance(given, dict):
        raise ValueError("no mapping")
    return given
