"""Moving people of a step on or out, and keeping them as a list or a file."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Right, require
from customers.access.people import shown_now, sight_of
from customers.formats import number
from journeys.actions import JourneyRefused, Who, go_on, move_on, stop_move, take_out
from journeys.actions.export import export_people
from journeys.actions.people import AT_ONCE, outcomes_of
from journeys.actions.people_list import keep_people
from journeys.canvas.words import outcome_name
from journeys.graph.sketch import sketch
from journeys.models import Enrollment, Journey, JourneyVersion, PeopleMove
from journeys.queries.counts import node_numbers
from journeys.queries.people import ticked
from journeys.queries.titles import titles_of
from journeys.views.access import actor_of, journey_of, version_of
from journeys.views.dialogs import ask, done

OUT, ON, LIST = "out", "on", "list"


@login_required
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int, node: str, verb: str) -> HttpResponse:
    """Ask what happens to the ticked walks, or to everybody at the step; then do it."""
    journey, version = place_of(request, pk, node)
    if verb not in (OUT, ON):
        raise Http404
    actor = actor_of(request)
    require(actor, Right.MOVE_CUSTOMER, journey.brand)
    given = request.GET if request.method == "GET" else request.POST
    who = Who(version, node, None if given.get("all") else ticked(given.getlist("walk")))
    if request.method == "GET":
        return asked(request, journey, who, verb)
    try:
        if verb == OUT:
            did = take_out(actor, who, utc_now())
        else:
            did = move_on(actor, who, given.get("outcome", ""), utc_now())
    except JourneyRefused as refusal:
        return asked(request, journey, who, verb, str(refusal))
    return done(request, journey, done_words(did, verb))


@login_required
@require_http_methods(["GET", "POST"])
def keep(request: HttpRequest, pk: int, node: str) -> HttpResponse:
    """Ask for a name; then the ticked people, or everybody at the step, are a list."""
    journey, version = place_of(request, pk, node)
    actor = actor_of(request)
    require(actor, Right.EDIT, journey.brand)
    given = request.GET if request.method == "GET" else request.POST
    who = Who(version, node, None if given.get("all") else ticked(given.getlist("walk")))
    if request.method == "GET":
        return asked(request, journey, who, LIST)
    try:
        segment = keep_people(actor, who, given.get("name", ""), utc_now())
    except ValidationError as refusal:
        return asked(request, journey, who, LIST, " ".join(refusal.messages))
    text = ngettext(
        "%(n)s person is on the list “%(name)s”.",
        "%(n)s people are on the list “%(name)s”.",
        segment.size,
    )
    return done(request, journey, text % {"n": number(segment.size), "name": segment.title})


@login_required
@require_POST
def export(request: HttpRequest, pk: int, node: str) -> StreamingHttpResponse:
    """The people of a step as CSV, as far as the reader sees them in the list."""
    journey, version = place_of(request, pk, node)
    actor, now = actor_of(request), utc_now()
    words = request.POST.get("q", "").strip()[:120]
    lines = export_people(
        actor, journey, version, node, now, words=words, state=request.POST.get("state", ""),
        sight=sight_of(actor), shown=shown_now(actor, now),
    )  # fmt: skip
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"{journey.code}-{node}-{timezone.localtime(now):%Y%m%d-%H%M}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
def turn_move(request: HttpRequest, pk: int, move_pk: int, verb: str) -> HttpResponse:
    """Stop a move of people, or let it go on."""
    journey = journey_of(request, pk)
    found = PeopleMove.objects.filter(journey=journey, pk=move_pk).select_related("journey__brand")
    if verb not in ("stop", "go_on") or not (one := found.first()):
        raise Http404
    try:
        (stop_move if verb == "stop" else go_on)(actor_of(request), one, utc_now())
    except JourneyRefused as refusal:
        return done(request, journey, str(refusal))
    words = _("The move is stopped.") if verb == "stop" else _("The move goes on.")
    return done(request, journey, words)


# helpers


def place_of(request: HttpRequest, pk: int, node: str) -> tuple[Journey, JourneyVersion]:
    """The journey and version with that step, else 404."""
    journey = journey_of(request, pk)
    version = version_of(request, journey)
    if version is None or node not in sketch(version.graph).written:
        raise Http404
    return journey, version


def asked(
    request: HttpRequest, journey: Journey, who: Who, verb: str, error: str = ""
) -> HttpResponse:
    drawn = sketch(who.version.graph)
    node = drawn.nodes.get(who.node)
    titles = titles_of(drawn.nodes.values(), journey.brand_id)
    n = how_many(journey, who)
    names = {each.name: outcome_name(each) for each in drawn.outcomes(who.node)}
    ways = [
        (name, names.get(name, name), titles.say(drawn.nodes[target]))
        for name, target in outcomes_of(who).items()
        if target in drawn.nodes
    ]
    people = ngettext("%(n)s person", "%(n)s people", n) % {"n": number(n)}
    if verb == LIST:
        title, label = _("Keep %(people)s as a list?") % {"people": people}, _("Keep as a list")
    elif verb == OUT:
        title, label = _("Take %(people)s out?") % {"people": people}, _("Take out")
    else:
        title, label = _("Move %(people)s on?") % {"people": people}, _("Move on")
    given: QueryDict = request.GET if request.method == "GET" else request.POST
    context: dict[str, Any] = {
        "people": people,
        "n": n,
        "who": who,
        "walks": ticked(given.getlist("walk")),
        "ways": ways,
        "outcome": given.get("outcome", ways[0][0] if ways else ""),
        "name": given.get("name", ""),
        "step": titles.say(node) if node else who.node,
        "at_once": n <= AT_ONCE,
        "is_paused": journey.state == "paused",
    }
    return ask(
        request, journey, f"people_{verb}", title=title, error=error,
        verb=label if n and (ways or verb != ON) else "",
        tone="danger" if verb == OUT else "", **context,
    )  # fmt: skip


def how_many(journey: Journey, who: Who) -> int:
    """How many of them are there just now."""
    if who.walks is None:
        numbers = node_numbers(journey.pk, version_id=who.version.pk).get(who.node)
        return max(numbers.here, 0) if numbers else 0
    rows: QuerySet[Enrollment] = Enrollment.objects.filter(
        pk__in=who.walks, version=who.version, node=who.node, state__in=["active", "set_aside"]
    )
    return rows.count()


def done_words(did: PeopleMove, verb: str) -> str:
    if did.state == "running":
        text = _("%(n)s people are on their way; you see here how far it is.")
        return text % {"n": number(did.total)}
    if verb == OUT:
        text = ngettext("%(n)s person was taken out.", "%(n)s people were taken out.", did.left)
        return text % {"n": number(did.left)}
    text = ngettext("%(n)s person goes on.", "%(n)s people go on.", did.moved)
    return text % {"n": number(did.moved)}
