"""What this floor adds to a customer's page: where she is in journeys, and how she got there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.formats import at_moment, duration, moment, number
from customers.links import address
from customers.models import Customer
from customers.profile import Moment, Section, register_section, register_timeline
from customers.profile.dossier import Part, register_part
from customers.scope import Scope
from journeys.canvas.words import end_name, outcome_name
from journeys.graph.sketch import Sketch, sketch
from journeys.models import (
    Enrollment,
    EnrollmentState,
    HeldTimer,
    Journey,
    JourneyVersion,
    Listener,
    Timer,
)
from journeys.nodes.base import Family, Node
from journeys.nodes.labels import Labels
from journeys.queries.labels import labels_of
from journeys.queries.titles import Titles, titles_of

SHOWN_NOW, SHOWN_BEFORE = 5, 3

# Everything that the walks of one customer have to tell. A wait is told when it begins, with how
# it ended; other steps take no time and stand on the page of the walk.
TOLD = """
WITH mine AS (
    SELECT e.*, v.graph FROM journeys_enrollment e
    JOIN journeys_journey j ON j.id = e.journey_id
    JOIN journeys_journeyversion v ON v.id = e.version_id
    WHERE e.customer_id = %(customer)s AND j.brand_id = ANY(%(brands)s)
)
SELECT what, at, id, journey_id, version_id, node, outcome, left_at FROM (
    SELECT 'finished' AS what, finished_at AS at, id, journey_id, version_id, node,
        exit_reason AS outcome, NULL::timestamptz AS left_at, 4 AS turn FROM mine
    UNION ALL
    SELECT 'goal', goal_at, id, journey_id, version_id, node, '', NULL, 3 FROM mine
    UNION ALL
    SELECT 'waits', arrived_at, id, journey_id, version_id, node, '', NULL, 2 FROM mine
    WHERE state <> 'finished' AND graph #>> ARRAY['nodes', node, 'kind'] LIKE 'wait.%%'
    UNION ALL
    SELECT 'waited', s.arrived_at, s.enrollment_id, s.journey_id, s.version_id, s.node, s.outcome,
        s.left_at, 1
    FROM mine JOIN journeys_step s ON s.enrollment_id = mine.id
    WHERE graph #>> ARRAY['nodes', s.node, 'kind'] LIKE 'wait.%%'
    UNION ALL
    SELECT 'entered', entered_at, id, journey_id, version_id, node, '', NULL, 0 FROM mine
) told
WHERE at < %(before)s
ORDER BY at DESC, turn DESC, id DESC
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A walk on the card: where she is or how it ended, and what comes next."""

    name: str
    url: str
    family: str
    icon: str
    where: SafeString
    next: SafeString


def moments(
    customer: Customer, *, scope: Scope, before: datetime, limit: int, unmask: bool
) -> list[Moment]:
    """Entries, waits, goals and ends of her walks; at most four queries."""
    values: dict[str, Any] = {
        "customer": customer.pk,
        "brands": scope.brand_ids,
        "before": before,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(TOLD, values)
        rows = cursor.fetchall()
    names = dict(Journey.objects.filter(pk__in={row[3] for row in rows}).values_list("pk", "name"))
    graphs = read_graphs({row[4] for row in rows})
    titles = waits_of(graphs.values())
    found = []
    for what, at, walk, journey, version, key, outcome, left_at in rows:
        drawn = graphs[version]
        node = drawn.nodes.get(key)
        name = {"journey": names[journey]}
        family, icon, title, words = str(Family.EXIT), "flag", "", SafeString("")
        if what == "entered":
            family, icon, title = str(Family.TRIGGER), "bolt", _("Entered “%(journey)s”") % name
        elif what == "goal":
            title = _("Goal reached in “%(journey)s”") % name
        elif what == "finished":
            icon, title = "leave", _("Left “%(journey)s”") % name
            words = format_html("<em>{}</em>", end_name(outcome, drawn.heading.labels))
        else:
            family, icon = str(Family.WAIT), node.icon if node else "clock"
            waits = what == "waits"
            title = (_("Waits in “%(journey)s”") if waits else _("Waited in “%(journey)s”")) % name
            parts = [titles.say(node)] if node else []
            if left_at is not None:
                parts.append(ended(node, outcome, left_at, at))
            words = format_html_join(" · ", "{}", ((part,) for part in parts))
        url = address("journeys:enrollment", walk)
        found.append(Moment(at, title, words, family, icon, "journeys", url))
    return found


def card(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> Section | None:
    """Where she is now, since when and what comes next; the last walks that are over. The number
    of queries does not grow with her walks."""
    mine = Enrollment.objects.filter(customer=customer, journey__brand__in=scope.brand_ids)
    sums = mine.aggregate(
        inside=Count("pk", filter=~Q(state=EnrollmentState.FINISHED)),
        over=Count("pk", filter=Q(state=EnrollmentState.FINISHED)),
        goals=Count("pk", filter=Q(state=EnrollmentState.FINISHED, goal_at__isnull=False)),
    )
    if not sums["inside"] and not sums["over"]:
        return None
    rows = mine.select_related("journey").defer("context", "journey__draft")
    here = list(rows.exclude(state=EnrollmentState.FINISHED).order_by("-arrived_at")[:SHOWN_NOW])
    over = list(rows.filter(state=EnrollmentState.FINISHED).order_by("-finished_at")[:SHOWN_BEFORE])
    footer = ngettext("%(over)s finished", "%(over)s finished", sums["over"])
    if sums["goals"]:
        footer = _("%(over)s finished, %(goals)s with the goal reached")
    labels = labels_of(walk.version_id for walk in over)
    context = {
        "here": standings(here, now),
        "over": [ending(walk, labels.get(walk.version_id, {}), now) for walk in over],
    }
    return Section(
        _("Journeys"),
        "journeys/profile_card.html",
        context,
        count=_("%(n)s now") % {"n": number(sums["inside"])} if sums["inside"] else "",
        footer=footer % {"over": number(sums["over"]), "goals": number(sums["goals"])}
        if sums["over"]
        else "",
    )


register_part(
    Part("journeys", gettext_lazy("walks through journeys"),
         "SELECT j.code AS journey, t.entered_at, t.state, t.node, t.arrived_at, t.finished_at,"
         " t.exit_reason, t.goal_at, t.context FROM journeys_enrollment t"
         " JOIN journeys_journey j ON j.id = t.journey_id WHERE t.customer_id = %(customer)s"
         " AND j.brand_id = ANY(%(brands)s) ORDER BY t.id"),
    Part("steps", gettext_lazy("steps of walks"),
         "SELECT j.code AS journey, t.node, t.outcome, t.arrived_at, t.left_at"
         " FROM journeys_enrollment e JOIN journeys_step t ON t.enrollment_id = e.id"
         " JOIN journeys_journey j ON j.id = e.journey_id WHERE e.customer_id = %(customer)s"
         " AND j.brand_id = ANY(%(brands)s) ORDER BY t.enrollment_id, t.visit"),
)  # fmt: skip
register_section("journeys", card, place="side", order=10)
register_timeline(moments, kind="journeys")


# helpers


def read_graphs(versions: set[int]) -> dict[int, Sketch]:
    rows = JourneyVersion.objects.filter(pk__in=versions).values_list("pk", "graph")
    return {pk: sketch(graph) for pk, graph in rows}


def waits_of(graphs: Any) -> Titles:
    """Titles of what waits name; one query, since waits name events only."""
    nodes = [
        node for drawn in graphs for node in drawn.nodes.values() if node.family == Family.WAIT
    ]
    return titles_of(nodes, 0)


def ended(node: Node[Any] | None, outcome: str, left_at: datetime, since: datetime) -> SafeString:
    """ "Ordered after 3 hours", or only the time for a wait with one way on."""
    outcomes = {each.name: each for each in node.outcomes()} if node else {}
    span = duration(left_at - since)
    if outcome in outcomes and len(outcomes) > 1:
        name = outcome_name(outcomes[outcome])
        return format_html(_("<em>{outcome}</em> after {span}"), outcome=name, span=span)
    return format_html(_("over after {span}"), span=span)


def standings(walks: Sequence[Enrollment], now: datetime) -> list[Standing]:
    """Walks that go on, with their step and what moves them; four queries, and at most four for
    the names of each brand."""
    graphs = read_graphs({walk.version_id for walk in walks})
    keys = {(walk.pk, walk.visit) for walk in walks}
    ids = [walk.pk for walk in walks]
    due = {
        (pk, visit): at
        for pk, visit, at in Timer.objects.filter(enrollment_id__in=ids)
        .values_list("enrollment_id", "visit")
        .annotate(due=Min("due_at"))
        if (pk, visit) in keys
    }
    held = set(
        HeldTimer.objects.filter(enrollment_id__in=ids).values_list("enrollment_id", flat=True)
    )
    heard: dict[tuple[int, int], list[str]] = defaultdict(list)
    for row in Listener.objects.filter(enrollment_id__in=ids, visit__gt=0).select_related(
        "event_type"
    ):
        heard[row.enrollment_id, row.visit].append(row.event_type.title)
    titles: dict[int, Titles] = {}
    for walk in walks:
        brand = walk.journey.brand_id
        if brand not in titles:
            nodes = [
                graphs[each.version_id].nodes[each.node]
                for each in walks
                if each.journey.brand_id == brand and each.node in graphs[each.version_id].nodes
            ]
            titles[brand] = titles_of(nodes, brand)
    found = []
    for walk in walks:
        node = graphs[walk.version_id].nodes.get(walk.node)
        where = titles[walk.journey.brand_id].say(node) if node else SafeString(walk.node)
        key = (walk.pk, walk.visit)
        found.append(
            Standing(
                walk.journey.name,
                address("journeys:enrollment", walk.pk),
                str(node.family) if node else str(Family.WAIT),
                node.icon if node else "clock",
                where,
                going_on(walk, due.get(key), heard.get(key, []), walk.pk in held, now),
            )
        )
    return found


def going_on(
    walk: Enrollment, due: datetime | None, heard: Sequence[str], held: bool, now: datetime
) -> SafeString:
    """Since when she stands there, and what moves her on."""
    since = format_html(_("Since <em>{when}</em>."), when=moment(walk.arrived_at, now))
    if walk.state == EnrollmentState.SET_ASIDE:
        after = format_html("{}", _("Set aside: somebody has to look at it."))
    elif held:
        after = format_html("{}", _("The journey is paused."))
    elif due is not None and due <= now:
        after = format_html("{}", _("She goes on at the engine's next look."))
    elif due is not None and heard:
        after = format_html(_("Goes on <em>{when}</em> at the latest."), when=at_moment(due, now))
    elif due is not None:
        after = format_html(_("Goes on <em>{when}</em>."), when=at_moment(due, now))
    else:
        after = format_html("{}", _("Goes on when it happens."))
    return format_html(_("{since} {after}"), since=since, after=after)


def ending(walk: Enrollment, labels: Labels, now: datetime) -> Standing:
    reached = walk.goal_at is not None
    when = moment(walk.finished_at, now) if walk.finished_at else "–"
    text = _("<em>{reason}</em>, {when}")
    return Standing(
        walk.journey.name,
        address("journeys:enrollment", walk.pk),
        str(Family.EXIT),
        "flag" if reached else "leave",
        format_html(text, reason=end_name(walk.exit_reason, labels), when=when),
        format_html("{}", _("Goal reached.")) if reached else SafeString(""),
    )
