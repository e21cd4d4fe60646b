"""What can be put on the canvas: every kind of step by family, with what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from journeys.canvas.words import family_name
from journeys.nodes import REGISTRY
from journeys.nodes.base import Family

# In the order in which they are offered; kinds that stand nowhere here follow by their name.
ORDER = (
    "trigger.event", "trigger.segment", "trigger.audience", "trigger.schedule", "trigger.date",
    "trigger.absence", "trigger.api", "trigger.journey",
    "wait.duration", "wait.event", "wait.window", "wait.until", "wait.date", "wait.random",
    "wait.throttle",
    "branch.rules", "branch.value", "branch.experiment", "branch.random", "branch.holdout",
    "branch.message", "branch.reachable", "branch.capped", "branch.rounds",
    "send.message",
    "act.tag", "act.attribute", "act.list", "act.offer", "act.task", "act.webhook", "act.event",
    "act.journey",
    "exit.leave",
)  # fmt: skip
FOR: dict[str, str | Promise] = {
    "trigger.event": gettext_lazy("When something happens to a customer"),
    "trigger.segment": gettext_lazy("When a customer joins or leaves a segment"),
    "trigger.audience": gettext_lazy("Everybody in a segment, once, at publishing"),
    "trigger.schedule": gettext_lazy("At a time, or again and again"),
    "trigger.date": gettext_lazy("Before or after a date such as the birthday"),
    "trigger.absence": gettext_lazy("When something does not follow, such as an order"),
    "trigger.api": gettext_lazy("When another system says so"),
    "trigger.journey": gettext_lazy("When another journey sends a customer here"),
    "wait.duration": gettext_lazy("For a length of time"),
    "wait.event": gettext_lazy("Until something happens, at most so long"),
    "wait.window": gettext_lazy("Until the next good hour of the customer's day"),
    "wait.until": gettext_lazy("Until a date and time"),
    "wait.date": gettext_lazy("Until a date of the customer or the event"),
    "wait.random": gettext_lazy("For a random time between two lengths"),
    "wait.throttle": gettext_lazy("So many customers per hour"),
    "branch.rules": gettext_lazy("By what the customer is or did"),
    "branch.value": gettext_lazy("By one value, such as the city"),
    "branch.experiment": gettext_lazy("A/B test with a control group"),
    "branch.random": gettext_lazy("By chance, in shares"),
    "branch.holdout": gettext_lazy("Keep a share out of everything"),
    "branch.message": gettext_lazy("By what became of a message"),
    "branch.reachable": gettext_lazy("By whether a channel reaches her"),
    "branch.capped": gettext_lazy("By whether a frequency cap would stop a message"),
    "branch.rounds": gettext_lazy("How often she has been here"),
    "send.message": gettext_lazy("A message on its channel"),
    "act.tag": gettext_lazy("Give a tag or take it away"),
    "act.attribute": gettext_lazy("Write an attribute of the customer"),
    "act.list": gettext_lazy("Put on a list or take off it"),
    "act.offer": gettext_lazy("Give a coupon code"),
    "act.task": gettext_lazy("Give a colleague something to do"),
    "act.webhook": gettext_lazy("Call another system"),
    "act.event": gettext_lazy("Tell an event of the customer"),
    "act.journey": gettext_lazy("Start or leave another journey"),
    "exit.leave": gettext_lazy("The journey ends here"),
}


class Choice(NamedTuple):
    """A kind of step as it is offered."""

    kind: str
    label: str
    what_for: str
    icon: str


class Shelf(NamedTuple):
    """The kinds of one family."""

    family: str
    name: str
    choices: Sequence[Choice]


def shelves() -> list[Shelf]:
    """Every kind, family by family."""
    place = {kind: n for n, kind in enumerate(ORDER)}
    kinds = sorted(REGISTRY, key=lambda kind: (place.get(kind, len(ORDER)), kind))
    return [
        Shelf(
            str(family),
            family_name(family),
            [
                Choice(kind, str(node.label), str(FOR.get(kind, "")), node.icon)
                for kind in kinds
                if (node := REGISTRY[kind]).family is family
            ],
        )
        for family in Family
    ]
