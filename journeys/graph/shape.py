"""Whether the nodes of a graph hang together: outcomes, edges, loops, what can be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from journeys.graph.written import WrittenNode
from journeys.nodes import REGISTRY
from journeys.nodes.base import Family, Node, Problem

Written = Mapping[str, WrittenNode]


def check_shape(written: Written, nodes: Mapping[str, Node[Any]]) -> list[Problem]:
    """Every problem between nodes. *nodes* lacks those whose settings could not be read."""
    problems: list[Problem] = []
    for key, item in written.items():
        problems += check_targets(key, item, written)
        if key in nodes:
            problems += check_outcomes(key, item, nodes[key])
            problems += check_named(key, nodes[key], written)
    if any(not problem.is_warning for problem in problems):
        # What a broken edge cuts off is no news.
        problems += [problem for problem in check_entry(written) if not problem.is_warning]
    else:
        problems += check_entry(written)
    problems += check_loops(written)
    return problems


def family_of(item: WrittenNode) -> str:
    """The family that a written kind belongs to, known or not."""
    return item.kind.partition(".")[0]


# helpers


def check_targets(key: str, item: WrittenNode, written: Written) -> Iterator[Problem]:
    for outcome, target in item.next.items():
        place = f"nodes.{key}.next.{outcome}"
        if target not in written:
            text = _(
                "This leads to “%(target)s”, but no node has that key. Expected one of: %(keys)s."
            )
            yield Problem(place, text % {"target": target, "keys": some(written)})
        elif family_of(written[target]) == Family.TRIGGER:
            text = _(
                "This leads to the trigger “%(target)s”. Customers enter there; "
                "no node leads to it."
            )
            yield Problem(place, text % {"target": target})


def check_outcomes(key: str, item: WrittenNode, node: Node[Any]) -> Iterator[Problem]:
    outcomes = [outcome.name for outcome in node.outcomes()]
    for name in outcomes:
        if name not in item.next:
            text = _(
                "The outcome “%(name)s” leads nowhere. Say under “next” which node follows it."
            )
            yield Problem(f"nodes.{key}.next.{name}", text % {"name": name})
    for name in item.next:
        if name in outcomes:
            continue
        place = f"nodes.{key}.next.{name}"
        if not outcomes:
            yield Problem(place, _("Nothing follows this node: here the walk ends."))
        else:
            text = _("This node has no outcome “%(name)s”. Expected one of: %(known)s.")
            yield Problem(place, text % {"name": name, "known": ", ".join(outcomes)})


def check_named(key: str, node: Node[Any], written: Written) -> Iterator[Problem]:
    for setting, other, family in node.names_nodes():
        if other not in written or family_of(written[other]) != family:
            fitting = [k for k, item in written.items() if family_of(item) == family]
            text = _("“%(name)s” is no node of the family “%(family)s”. Expected one of: %(keys)s.")
            words = {"name": other, "family": family, "keys": some(fitting) or _("none")}
            yield Problem(f"nodes.{key}.{setting}", text % words)


def check_entry(written: Written) -> Iterator[Problem]:
    triggers = [key for key, item in written.items() if family_of(item) == Family.TRIGGER]
    if written and not triggers:
        yield Problem(
            "nodes", _("Nobody can enter: a journey needs a trigger, such as trigger.event.")
        )
        return
    reached = reachable(written, triggers)
    for key in written:
        if key not in reached:
            text = _("No way leads from a trigger to this node, so nobody will ever get here.")
            yield Problem(f"nodes.{key}", text, is_warning=True)


def reachable(written: Written, starts: Iterable[str]) -> set[str]:
    """The keys that can be reached from *starts*, those included."""
    seen: set[str] = set()
    open_keys = list(starts)
    while open_keys:
        key = open_keys.pop()
        if key in seen or key not in written:
            continue
        seen.add(key)
        open_keys += written[key].next.values()
    return seen


def check_loops(written: Written) -> Iterator[Problem]:
    """A loop in which nobody ever waits would be walked for ever in the same moment."""

    def goes_on(key: str) -> bool:
        kind = REGISTRY.get(written[key].kind)
        # A node of an unknown kind is reported as such; a second problem would only confuse.
        return kind is not None and not kind.waits

    for loop in loops(
        [key for key in written if goes_on(key)], lambda key: written[key].next.values()
    ):
        text = _(
            "Customers would walk this loop for ever without a pause: %(keys)s. "
            "Put a wait into it, or lead it out."
        )
        yield Problem(f"nodes.{loop[0]}.next", text % {"keys": " → ".join([*loop, loop[0]])})


def loops(keys: list[str], next_of: Callable[[str], Iterable[str]]) -> list[list[str]]:
    """One loop of each strongly connected part among *keys* (Tarjan, without recursion)."""
    allowed = set(keys)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for start in keys:
        if start in index:
            continue
        work = [(start, iter([k for k in next_of(start) if k in allowed]))]
        index[start] = low[start] = len(index)
        stack.append(start)
        while work:
            key, children = work[-1]
            child = next(children, None)
            if child is not None:
                if child not in index:
                    index[child] = low[child] = len(index)
                    stack.append(child)
                    work.append((child, iter([k for k in next_of(child) if k in allowed])))
                elif child in stack:
                    low[key] = min(low[key], index[child])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[key])
            if low[key] == index[key]:
                part = stack[stack.index(key) :]
                del stack[stack.index(key) :]
                if len(part) > 1 or key in next_of(key):
                    found.append(part)
    return found


def some(keys: Iterable[str]) -> str:
    """The first keys of a long list."""
    listed = list(keys)
    return ", ".join(listed[:12]) + (", …" if len(listed) > 12 else "")
