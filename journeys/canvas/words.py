"""Words of the drawing: families, what stands after them on a card, names of outcomes and ends."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from customers.formats import at_moment, duration, number
from customers.models import Channel
from journeys.nodes.base import Family, Node, Outcome
from journeys.nodes.labels import Labels, in_words

FAMILIES: dict[str, str | Promise] = {
    Family.TRIGGER: pgettext_lazy("family of nodes", "Trigger"),
    Family.WAIT: pgettext_lazy("family of nodes", "Wait"),
    Family.BRANCH: pgettext_lazy("family of nodes", "Branch"),
    Family.SEND: pgettext_lazy("family of nodes", "Send"),
    Family.ACT: pgettext_lazy("family of nodes", "Act"),
    Family.EXIT: pgettext_lazy("family of nodes", "Exit"),
}
WHAT: dict[str, str | Promise] = {
    "trigger.event": pgettext_lazy("kind of node", "event"),
    "trigger.audience": pgettext_lazy("kind of node", "audience"),
    "wait.duration": pgettext_lazy("kind of node", "time"),
    "wait.event": pgettext_lazy("kind of node", "event"),
    "branch.rules": pgettext_lazy("kind of node", "first that fits"),
    "branch.random": pgettext_lazy("kind of node", "at random"),
    "trigger.segment": pgettext_lazy("kind of node", "segment"),
    "trigger.schedule": pgettext_lazy("kind of node", "schedule"),
    "trigger.date": pgettext_lazy("kind of node", "date"),
    "trigger.absence": pgettext_lazy("kind of node", "not done"),
    "trigger.api": pgettext_lazy("kind of node", "API"),
    "trigger.journey": pgettext_lazy("kind of node", "other journey"),
    "wait.until": pgettext_lazy("kind of node", "moment"),
    "wait.window": pgettext_lazy("kind of node", "good hour"),
    "wait.date": pgettext_lazy("kind of node", "date"),
    "wait.random": pgettext_lazy("kind of node", "random delay"),
    "wait.throttle": pgettext_lazy("kind of node", "throttle"),
    "branch.value": pgettext_lazy("kind of node", "value"),
    "branch.message": pgettext_lazy("kind of node", "message"),
    "branch.experiment": pgettext_lazy("kind of node", "experiment"),
    "branch.holdout": pgettext_lazy("kind of node", "holdout"),
    "branch.reachable": pgettext_lazy("kind of node", "reach"),
    "branch.capped": pgettext_lazy("kind of node", "cap"),
    "branch.rounds": pgettext_lazy("kind of node", "rounds"),
    "act.attribute": pgettext_lazy("kind of node", "attribute"),
    "act.list": pgettext_lazy("kind of node", "list"),
    "act.offer": pgettext_lazy("kind of node", "coupon"),
    "act.task": pgettext_lazy("kind of node", "task"),
    "act.webhook": pgettext_lazy("kind of node", "webhook"),
    "act.event": pgettext_lazy("kind of node", "tell an event"),
    "act.journey": pgettext_lazy("kind of node", "other journey"),
    "act.tag": pgettext_lazy("kind of node", "tag"),
    "exit.leave": pgettext_lazy("kind of node", "end"),
}
# Ends of a walk that no outcome of the graph names.
ENDS: dict[str, str | Promise] = {
    "goal": gettext_lazy("Goal reached"),
    "exit_rule": gettext_lazy("Left by the exit rule"),
    "stopped": gettext_lazy("The journey was stopped"),
    "taken_out": gettext_lazy("Taken out by hand"),
    "moved": gettext_lazy("Moved to another version"),
    "merged": gettext_lazy("Merged with the same person's other walk"),
    "erased": gettext_lazy("The customer was erased"),
    "timeout": gettext_lazy("Time is up"),
    "otherwise": gettext_lazy("Everybody else"),
    "next": gettext_lazy("Went on"),
    "left": gettext_lazy("Taken out by another journey"),
    "instead": gettext_lazy("Stopped or failed: the next content"),
}


def family_name(family: str) -> str:
    """The family in the reader's language; an unknown one in its own letters."""
    return _family(get_language() or "", family)


def what(node: Node[Any] | type[Node[Any]], channel: str = "") -> str:
    """What stands after the family on the card: the channel of a send, else the kind."""
    return _what(get_language() or "", node if isinstance(node, type) else type(node), channel)


def outcome_name(outcome: Outcome) -> str:
    """The label of a way."""
    return named_or(outcome.name, str(outcome.label))


def end_name(reason: str, labels: Labels) -> str:
    """The end of a walk or a visit by its reason or outcome, as *labels* of its graph call it."""
    return named_or(reason, in_words(reason, labels))


def named_or(name: str, label: str) -> str:
    """The label; one that nobody chose is ours where we have a word for it."""
    return _named(get_language() or "", name, label)


def coming_words(wave: tuple[datetime, int] | None, now: datetime) -> str:
    """When the next people go on from a step, as journeys.queries.people.next_wave found it."""
    if wave is None:
        return ""
    due, n = wave
    text = ngettext(
        "The next %(n)s goes on %(when)s, in %(span)s.",
        "The next %(n)s go on %(when)s, in %(span)s.",
        n,
    )
    return text % {"n": number(n), "when": at_moment(due, now), "span": duration(due - now)}


def late_words(span: str) -> str:
    """A badge of lateness."""
    return _("%(span)s late") % {"span": span}


# helpers: a drawing asks for the same few words hundreds of times


@lru_cache(maxsize=100)
def _family(language: str, family: str) -> str:
    return str(FAMILIES.get(family, family))


@lru_cache(maxsize=1_000)
def _what(language: str, kind: type[Node[Any]], channel: str) -> str:
    if channel:
        return str(Channel(channel).label)
    return str(WHAT.get(kind.kind) or ("" if kind.family == Family.SEND else kind.label))


@lru_cache(maxsize=10_000)
def _named(language: str, name: str, label: str) -> str:
    if name in ENDS and label in ("", in_words(name, {})):
        return str(ENDS[name])
    return label[:1].upper() + label[1:]
