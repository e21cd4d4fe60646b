"""The page of a simulation: one customer walks with a clock that is moved by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from campaigns.models import Content
from config.clock import utc_now
from customers.access import Actor, Right, may, require
from customers.access.people import allowed, shown_now, sight_of
from customers.formats import masked
from customers.models import Customer, EventType
from customers.queries.listing import best
from customers.queries.search import searched
from journeys.actions.change import JourneyRefused
from journeys.actions.load import check
from journeys.canvas.picture import picture_of
from journeys.canvas.simulated import awaits_of, cards_of, lines_of, sentence_of, story_of
from journeys.forms.simulation import AGREES, Typed, read_typed, script_of, step_of
from journeys.graph.schema import GraphUnreadable, errors_of
from journeys.graph.sketch import Sketch, sketch
from journeys.models import Journey, JourneyVersion
from journeys.nodes.base import Problem
from journeys.simulation import ScriptUnreadable, Simulated, read_script, simulate
from journeys.simulation.script import DEEDS
from journeys.views.access import actor_of, journey_of, version_of

MOST_EVENTS = 300
MOST_FOUND = 8
SPANS = ("1h", "1d", "7d")


@gzip_page
@login_required
@require_GET
def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawing of the draft (`?view=draft`) or of a version, and who is to walk."""
    journey, version = asked(request, pk)
    start = timezone.localtime(utc_now()).strftime("%Y-%m-%dT%H:%M")
    typed = Typed(start=start, language=journey.brand.language)
    context = context_of(request, journey, version, typed, None, [])
    return render(request, "journeys/simulation/page.html", context)


@gzip_page
@login_required
@require_POST
def play(request: HttpRequest, pk: int) -> HttpResponse:
    """Play what was typed, with the step that the pressed button adds."""
    journey, version = asked(request, pk)
    typed, story, problems = Typed(), None, []
    try:
        typed = read_typed(request.POST)
        typed = turned(request, typed)
        story = told(request, journey, version, typed)
    except ScriptUnreadable as error:
        problems = error.problems
    except JourneyRefused as refusal:
        problems = [Problem("", str(refusal))]
    except GraphUnreadable:
        pass  # the page says by itself what is wrong with the draft
    context = context_of(request, journey, version, typed, story, problems)
    name = "main" if request.headers.get("HX-Request") else "page"
    return render(request, f"journeys/simulation/{name}.html", context)


@login_required
@require_GET
def candidates(request: HttpRequest, pk: int) -> HttpResponse:
    """Customers whom the words `?q=` fit, to choose one; names are masked as in the list."""
    journey = journey_of(request, pk)
    actor = actor_of(request)
    require(actor, Right.SEE, journey.brand)
    words = searched(request.GET.get("q", ""))
    found = best(words, sight_of(actor), MOST_FOUND) if words else []
    mine = allowed(actor, Right.SEE, found)
    shown = shown_now(actor, utc_now())
    rows = [(each.pk, name_of(each, is_shown=shown.of(each)), each.reference) for each in found
            if each.pk in mine]  # fmt: skip
    context = {"rows": rows, "words": words}
    return render(request, "journeys/simulation/candidates.html", context)


# helpers


def asked(request: HttpRequest, pk: int) -> tuple[Journey, JourneyVersion | None]:
    """The journey and the version that walks; None for the draft."""
    journey = journey_of(request, pk)
    if request.GET.get("view") == "draft":
        return journey, None
    return journey, version_of(request, journey)


def turned(request: HttpRequest, typed: Typed) -> Typed:
    """The script after the button: a step more, one less, none, or another draw."""
    what = request.POST.get("do", "")
    if what == "back":
        return replace(typed, steps=typed.steps[:-1])
    if what == "anew":
        return replace(typed, steps=[])
    if what == "draw":
        return replace(typed, draw=typed.draw + 1)
    step = step_of(request.POST, typed)
    return replace(typed, steps=[*typed.steps, step], until="") if step else typed


def told(
    request: HttpRequest, journey: Journey, version: JourneyVersion | None, typed: Typed
) -> Simulated:
    """The story of what was typed."""
    content = version.graph if version else journey.draft
    actor, now = actor_of(request), utc_now()
    script = read_script(script_of(typed, needs_of(journey, content)), clock_of(), now)
    is_shown = isinstance(script.customer, int) and is_shown_to(actor, script.customer, now)
    return simulate(actor, journey, content, script, is_shown=is_shown)


def is_shown_to(actor: Actor, customer_id: int, now: datetime) -> bool:
    """Whether the reader has asked to see her personal data just now."""
    customer = Customer.objects.filter(pk=customer_id).first()
    return customer is not None and shown_now(actor, now).of(customer)


def needs_of(journey: Journey, content: dict[str, Any]) -> list[tuple[str, str]]:
    """Channel and purpose of all messages of the graph."""
    nodes = sketch(content).nodes.values()
    codes = {ref.code for node in nodes for ref in node.refers() if ref.noun == "content"}
    rows = Content.objects.filter(brand=journey.brand, code__in=codes)
    return sorted(set(rows.values_list("channel", "purpose")))


def clock_of() -> ZoneInfo:
    """The clock on which the page shows moments and reads them."""
    return ZoneInfo(timezone.get_current_timezone_name())


def context_of(
    request: HttpRequest,
    journey: Journey,
    version: JourneyVersion | None,
    typed: Typed,
    story: Simulated | None,
    problems: list[Problem],
) -> dict[str, Any]:
    content = version.graph if version else journey.draft
    drawn = sketch(content)
    picture = picture_of(drawn, journey.brand_id, utc_now())
    found: dict[str, Any] = {
        "journey": journey,
        "version": version,
        "picture": picture,
        "cards": cards_of(picture, story),
        "lines": lines_of(picture, story),
        "typed": typed,
        "story": story,
        "problems": problems,
        "faults": errors_of(check(content, journey.brand)[1]),
        "triggers": [(key, picture.cards[key].short) for key in picture.triggers],
        "events": events_of(drawn),
        "agrees": AGREES.items(),
        "languages": settings.LANGUAGES,
        "deeds": DEEDS.items(),
        "spans": SPANS,
        "chosen": chosen_of(request, typed),
        "query": request.GET.urlencode(),
        "may_edit": may(actor_of(request), Right.EDIT, journey.brand),
        "script": json.dumps(safe_script(typed, journey, content), ensure_ascii=False, indent=2),
    }
    if story is not None:
        found |= {
            "days": story_of(picture, story),
            "awaits": awaits_of(picture, drawn, story),
            "say": sentence_of(picture, story),
        }
    return found


def safe_script(typed: Typed, journey: Journey, content: dict[str, Any]) -> dict[str, Any]:
    """The script for whoever takes it along to the API; {} while it can't be read."""
    try:
        return script_of(typed, needs_of(journey, content))
    except ScriptUnreadable:
        return {}


def chosen_of(request: HttpRequest, typed: Typed) -> tuple[int, str, str] | None:
    """The customer who was chosen, as the list would show her."""
    if not typed.customer.isdigit() or len(typed.customer) > 18:
        return None
    actor = actor_of(request)
    found = Customer.objects.filter(pk=int(typed.customer)).first()
    if found is None or not allowed(actor, Right.SEE, [found]):
        return None
    is_shown = shown_now(actor, utc_now()).of(found)
    return found.pk, name_of(found, is_shown=is_shown), found.reference


def name_of(customer: Customer, *, is_shown: bool) -> str:
    """Her name, masked unless it is shown."""
    name = customer.display_name
    if not name:
        return _("No name")
    return name if is_shown else masked(name, "name")


def events_of(drawn: Sketch) -> list[tuple[str, str]]:
    """Events to throw in: those that the journey names first, then the catalogue."""
    named = [ref.code for node in drawn.nodes.values() for ref in node.refers()
             if ref.noun == "event"]  # fmt: skip
    if drawn.heading.goal:
        named.append(drawn.heading.goal.event)
    rows = {row.code: row.title for row in EventType.objects.order_by("code")[:MOST_EVENTS]}
    first = {code: rows.get(code, EventType(code=code).title) for code in dict.fromkeys(named)}
    return list({**first, **rows}.items())
