"""The dialog of publishing: what changes, who stands where, and what becomes of them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from config.clock import utc_now
from customers.access import Right, require
from journeys.actions import JourneyRefused, publish
from journeys.actions.people import AT_ONCE
from journeys.actions.publish import is_published
from journeys.canvas.page import problems_of
from journeys.engine.moving import go
from journeys.engine.relocate import OTHERS
from journeys.graph.report import report
from journeys.graph.schema import GraphUnreadable
from journeys.models import Journey, JourneyVersion, PeopleMove
from journeys.queries.publishing import Preview, choice_words, gaps_of_draft, preview
from journeys.views.access import actor_of, journey_of
from journeys.views.dialogs import ask, done

PREFIX = "people-"


@login_required
@require_http_methods(["GET", "POST"])
def publishing(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then publish. A request without choices leaves everybody in her version."""
    journey, actor = journey_of(request, pk), actor_of(request)
    require(actor, Right.PUBLISH, journey.brand)
    if request.method == "GET":
        return asked(request, journey)
    choices = choices_of(request)
    note = request.POST.get("note", "").strip()[:240]
    try:
        version = publish(actor, journey, utc_now(), people=choices, note=note)
    except JourneyRefused as refusal:
        return asked(request, journey, str(refusal))
    except GraphUnreadable as error:
        words = _("It can't be published yet. %(problems)s")
        return asked(request, journey, words % {"problems": report(error.problems)})
    move_soon(version)
    words = _("Published. “%s” takes customers from now on.")
    if not getattr(request, "htmx", False) and request.GET.get("back") is None:
        from django.contrib import messages

        messages.success(request, words % journey)
        return redirect("journeys:detail", pk)
    return done(request, journey, words % journey)


@login_required
@require_GET
def effect(request: HttpRequest, pk: int) -> HttpResponse:
    """What the choices made so far would do, in one sentence."""
    journey = journey_of(request, pk)
    require(actor_of(request), Right.PUBLISH, journey.brand)
    return render(request, "journeys/dialogs/publish_effect.html", effect_of(request, journey))


# helpers


def asked(request: HttpRequest, journey: Journey, error: str = "") -> HttpResponse:
    seen = preview(journey)
    problems = [p for p in problems_of(journey) if not p.is_warning]
    nothing = is_published(journey)
    return ask(
        request,
        journey,
        "publish",
        title=_("Publish “%(journey)s”?") % {"journey": journey.name},
        verb="" if problems or nothing else _("Publish"),
        error=error,
        seen=seen,
        nothing=nothing,
        problems=problems,
        rows=rows_of(seen) if seen else (),
        others=others_of(seen) if seen else (),
        note=request.POST.get("note", ""),
        gaps=() if problems or nothing else gaps_of_draft(journey),
        **effect_of(request, journey, seen),
    )


def effect_of(
    request: HttpRequest, journey: Journey, seen: Preview | None = None
) -> dict[str, Any]:
    seen = seen or preview(journey)
    if seen is None:
        return {"did": None}
    chosen = choices_of(request) or seen.suggested
    known = {key: choice for key, choice in chosen.items() if choice in seen.options(key)}
    return {"did": seen.effect(known), "chosen": known, "number": seen.version.number}  # type: ignore[arg-type]


def choices_of(request: HttpRequest) -> dict[str, str]:
    given = request.POST if request.method == "POST" else request.GET
    return {name.removeprefix(PREFIX): given[name] for name in given if name.startswith(PREFIX)}


def rows_of(seen: Preview) -> list[dict[str, Any]]:
    """The steps that differ, each with its choices; those that are new only with their words."""
    rows = {row.key: row for row in seen.rows}
    chosen = seen.suggested
    found = []
    for change in seen.diff.changes:
        row = rows.get(change.key)
        people = row.people if row else None
        found.append(
            {
                "key": change.key,
                "what": change.what,
                "words": change.words,
                "people": people,
                "name": PREFIX + change.key,
                "options": [
                    (
                        option,
                        choice_words(option, seen.version.number),
                        option == chosen[change.key],
                    )
                    for option in row.options
                ]
                if row and people and people.at
                else (),
            }
        )
    return found


def others_of(seen: Preview) -> list[tuple[str, str, bool]]:
    return [
        (option, choice_words(option, seen.version.number), option == "move")
        for option in seen.options(OTHERS)
    ]


def move_soon(version: JourneyVersion) -> None:
    """Move a few people while one waits; many are moved in the background."""
    for move in PeopleMove.objects.filter(target=version, total__lte=AT_ONCE):
        go(move, utc_now(), seconds=5.0)
