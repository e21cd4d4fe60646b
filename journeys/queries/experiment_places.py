"""Where a journey compares people: its experiments and holdouts, and the global control group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.actions.control import CONTROL, TREATED
from campaigns.models import Experiment
from customers.models import AuditEntry
from journeys.models import Journey, JourneyVersion
from journeys.nodes.branch_experiment import CONTROL as NOTHING
from journeys.nodes.branch_experiment import BranchExperiment
from journeys.nodes.branch_holdout import HELD, REST, BranchHoldout
from journeys.nodes.labels import Labels, read_labels

EXPERIMENT, HOLDOUT, CONTROL_GROUP = "experiment", "holdout", "control_group"


@dataclass(frozen=True)
class Place:
    """One comparison: its arms by weight and by name, since when they are as they are.

    `at` lists (version, node) where people are drawn: of the version that runs and of those before
    it, back to the last change of the weights, since people of other weights are not alike.
    `weighs` is whether the sizes of the arms can be checked against the weights.
    """

    kind: str
    code: str
    name: str
    shares: Mapping[str, float]
    names: Mapping[str, str]
    control: str
    since: datetime
    at: Sequence[tuple[int, str]] = ()
    node: str = ""  # where the version that runs has it; "" when it has it no more
    planned: int = 0
    is_drawn_elsewhere: bool = False
    weighs: bool = True
    changed: bool = False  # there were other weights before

    @property
    def slug(self) -> str:
        """What an address calls it."""
        return f"{self.kind}.{self.code}"


def places_of(journey: Journey) -> list[Place]:
    """Every comparison that a journey makes, in drawn order; three queries."""
    versions = list(JourneyVersion.objects.filter(journey=journey).order_by("-number"))
    found: dict[str, Place] = {}
    closed: set[str] = set()
    for version in versions:
        for made in _in_version(version):
            held = found.get(made.slug)
            if held is None:
                node = made.node if version.pk == journey.current_id else ""
                found[made.slug] = replace(made, node=node)
            elif made.slug not in closed and made.shares == held.shares:
                found[made.slug] = replace(held, at=[*held.at, *made.at], since=made.since)
            elif made.slug not in closed:
                closed.add(made.slug)
                found[made.slug] = replace(held, changed=True)
    return [*found.values(), *_control_groups(journey, versions)]


def place_of(journey: Journey, slug: str) -> Place | None:
    """The comparison that an address names."""
    return next((place for place in places_of(journey) if place.slug == slug), None)


# helpers


def _in_version(version: JourneyVersion) -> Iterable[Place]:
    graph = version.graph
    labels = read_labels(graph.get("labels") or {})
    nodes = graph.get("nodes") or {}
    for key in graph.get("order") or nodes:
        made = _of_node(key, nodes.get(key) or {}, labels, version)
        if made is not None:
            yield made


def _of_node(
    key: str, node: Mapping[str, Any], labels: Labels, version: JourneyVersion
) -> Place | None:
    settings, at = node.get("settings") or {}, [(version.pk, key)]
    if node.get("kind") == BranchExperiment.kind:
        made = BranchExperiment("", BranchExperiment.restore(key, settings).settings)
        made.labels = labels
        given = made.settings
        names = {outcome.name: str(outcome.label) for outcome in made.arms()}
        return Place(
            EXPERIMENT, given.experiment, given.experiment.replace("_", " "), made.shares(), names,
            NOTHING, version.published_at, at, key, given.people, bool(given.attribute),
        )  # fmt: skip
    if node.get("kind") == BranchHoldout.kind:
        held = BranchHoldout("", BranchHoldout.restore(key, settings).settings)
        held.labels = labels
        names = {outcome.name: str(outcome.label) for outcome in held.outcomes()}
        share, group = held.settings.share, held.settings.group
        return Place(
            HOLDOUT, group, group.replace("_", " "), {REST: 100 - share, HELD: share}, names,
            HELD, version.published_at, at, key,
        )  # fmt: skip
    return None


def _control_groups(journey: Journey, versions: Sequence[JourneyVersion]) -> list[Place]:
    """Global control groups that were held out while the journey ran."""
    if not versions:
        return []
    began = versions[-1].published_at
    groups = list(
        Experiment.objects.filter(Q(brand=None) | Q(brand=journey.brand_id), journey_id=None)
        .exclude(ended_at__lt=began)
        .order_by("-started_at")[:3]
    )
    if not groups:
        return []
    changed = set(
        AuditEntry.objects.filter(
            object_type="experiment",
            action="control_group.change",
            object_id__in=[str(group.pk) for group in groups],
        ).values_list("object_id", flat=True)
    )
    names = {TREATED: _("Got messages"), CONTROL: _("Control group")}
    return [
        Place(
            CONTROL_GROUP, group.code, group.name,
            {TREATED: float(group.arms[TREATED]), CONTROL: float(group.arms[CONTROL])},
            names, CONTROL, max(began, group.started_at),
            weighs=str(group.pk) not in changed, changed=str(group.pk) in changed,
        )
        for group in groups
    ]  # fmt: skip
