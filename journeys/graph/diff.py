"""What differs between two graphs: steps added, removed, changed, rewired, and in the heading.

Says it in sentences of the active language, and tells who stands before, at and after each change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from journeys.graph.written import Heading, WrittenNode
from journeys.nodes.base import Node

What = Literal["added", "removed", "changed", "rewired"]


@dataclass(frozen=True)
class Side:
    """One of the two graphs: read as far as it can be read, and how its steps are called."""

    heading: Heading
    written: Mapping[str, WrittenNode]
    nodes: Mapping[str, Node[Any]]
    names: Mapping[str, SafeString | str]  # key → sentence with its marks

    def name(self, key: str) -> SafeString | str:
        """The sentence of a step, else its key."""
        return self.names.get(key, key)


@dataclass(frozen=True)
class Change:
    """One step that differs. A step can both be changed and lead elsewhere: that is "changed"."""

    key: str
    what: What
    words: Sequence[SafeString]
    is_other_kind: bool = False

    @property
    def is_there(self) -> bool:
        """Whether the new graph still has the step."""
        return self.what != "removed"


@dataclass(frozen=True)
class Diff:
    """Every difference, steps in the order of the old graph, then those that were added."""

    changes: Sequence[Change]
    heading: Sequence[SafeString]

    @property
    def keys(self) -> set[str]:
        """The steps of the old graph that differ."""
        return {change.key for change in self.changes if change.what != "added"}


@dataclass(frozen=True)
class Around:
    """How many people stand before a step, at it, and past it."""

    before: int
    at: int
    after: int


def diff(old: Side, new: Side) -> Diff:
    """The differences from *old* to *new*; two graphs that walk alike have none."""
    changes = [change for key in old.written if (change := compare(key, old, new)) is not None]
    for key in new.written:
        if key not in old.written:
            words = format_html(_("New step: {step}"), step=new.name(key))
            changes.append(Change(key, "added", [words]))
    return Diff(changes, headings(old, new))


def around(key: str, written: Mapping[str, WrittenNode], here: Mapping[str, int]) -> Around:
    """People before, at and after the step *key* of a graph, by *here*: how many stand at each.

    Before is who can still come to it; in a loop that is also who has passed it already. After is
    everybody else who can't come to it any more, by whichever way.
    """
    to_it = sources(key, written) - {key}
    before = sum(here.get(each, 0) for each in to_it)
    at = here.get(key, 0)
    return Around(before, at, sum(max(n, 0) for n in here.values()) - before - at)


# helpers


def compare(key: str, old: Side, new: Side) -> Change | None:
    before, after = old.written[key], new.written.get(key)
    if after is None:
        return Change(key, "removed", [format_html(_("Gone: {step}"), step=old.name(key))])
    words = []
    is_other_kind = before.kind != after.kind
    is_changed = is_other_kind or not same_settings(key, old, new)
    if is_changed:
        words.append(say_settings(key, old, new))
    ways = list(say_ways(key, old, new))
    if not words and not ways:
        return None
    return Change(key, "changed" if is_changed else "rewired", [*words, *ways], is_other_kind)


def same_settings(key: str, old: Side, new: Side) -> bool:
    """Whether both read the same; a setting may be written in two ways, such as 1d and 24h."""
    one, other = old.nodes.get(key), new.nodes.get(key)
    if one is None or other is None:
        return dict(old.written[key].settings) == dict(new.written[key].settings)
    return bool(one.settings == other.settings)


def say_settings(key: str, old: Side, new: Side) -> SafeString:
    was, now = old.name(key), new.name(key)
    if was != now:
        return format_html(_("{was} becomes {now}"), was=was, now=now)
    labels = list(changed_labels(old.nodes.get(key), new.nodes.get(key)))
    if not labels:
        return format_html(_("{step}: settings changed"), step=was)
    return format_html(_("{step}: changed {settings}"), step=was, settings=listed(labels))


def changed_labels(one: Node[Any] | None, other: Node[Any] | None) -> Iterable[str]:
    if one is None or other is None or type(one) is not type(other):
        return
    for field in fields(one.settings):
        if getattr(one.settings, field.name) != getattr(other.settings, field.name):
            yield str(field.metadata["label"])


def say_ways(key: str, old: Side, new: Side) -> Iterable[SafeString]:
    """One sentence for each outcome that leads elsewhere, is new, or is gone."""
    before, after = old.written[key].next, new.written[key].next
    step = new.name(key)
    for outcome in [*before, *(each for each in after if each not in before)]:
        was, now = before.get(outcome), after.get(outcome)
        if was == now:
            continue
        way = outcome_words(outcome, new if now else old, key)
        if now is None:
            text = _("{step}: the way “{way}” is gone") if way else _("{step}: nothing follows")
            yield format_html(text, step=step, way=way)
            continue
        target = new.name(now)
        text = _("{step}: “{way}” leads to {target}") if way else _("{step}: then comes {target}")
        yield format_html(text, step=step, way=way, target=target)


def outcome_words(outcome: str, side: Side, key: str) -> str:
    node = side.nodes.get(key)
    outcomes = list(node.outcomes()) if node else []
    if len(outcomes) == 1:
        return ""
    labels = {each.name: str(each.label) for each in outcomes}
    return labels.get(outcome) or outcome


def headings(old: Side, new: Side) -> list[SafeString]:
    """What differs in the journey as a whole."""
    names = {
        "name": _("The name"),
        "description": _("The description"),
        "goal": _("The goal"),
        "exit_when": _("The rule by which people leave"),
        "lateness": _("How late a step may run"),
        "late": _("What happens to what is too late"),
        "timezone": _("The clock"),
        "priority": _("The priority"),
    }
    return [
        format_html(_("{what} changed"), what=words)
        for name, words in names.items()
        if getattr(old.heading, name, None) != getattr(new.heading, name, None)
    ]


def sources(key: str, written: Mapping[str, WrittenNode]) -> set[str]:
    """Every step from which *key* can be reached."""
    leading: dict[str, set[str]] = {}
    for source, item in written.items():
        for target in item.next.values():
            leading.setdefault(target, set()).add(source)
    found: set[str] = set()
    open_ones = [key]
    while open_ones:
        for source in leading.get(open_ones.pop(), ()):
            if source not in found:
                found.add(source)
                open_ones.append(source)
    return found


def listed(words: Sequence[str]) -> str:
    return _(", ").join(words)
