"""Copy steps, within a journey, between journeys, and between tabs of a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from journeys.graph.operations.base import (
    Done,
    Json,
    OperationRefused,
    Slot,
    exits,
    led,
    new_key,
    node_of,
    nodes_of,
    put_after,
    sources_of,
    target_of,
    triggers_of,
    with_nodes,
)
from journeys.graph.operations.move import open_end
from journeys.graph.starters import starter
from journeys.graph.written import read_one
from journeys.nodes import REGISTRY

WHAT: Final = "waypost.steps"
MOST: Final = 100


def copy(graph: Json, keys: Sequence[str]) -> dict[str, Any]:
    """The steps *keys* as JSON for a clipboard, with the ways between them and their labels."""
    nodes = nodes_of(graph)
    chosen = [key for key in nodes if key in set(keys)]
    taken: dict[str, Any] = {}
    codes: set[str] = set()
    for key in chosen:
        codes |= set(exits(graph, key))
        ways = nodes[key].get("next") or {}
        taken[key] = {
            **nodes[key],
            "next": {outcome: to for outcome, to in ways.items() if to in chosen},
        }
    labels = {code: text for code, text in (graph.get("labels") or {}).items() if code in codes}
    return {"what": WHAT, "nodes": taken, "order": chosen, "labels": labels}


def paste(graph: Json, clip: Any, slot: Slot) -> Done:
    """Put copied steps at *slot*; what stood there follows their first open end.

    Without a way, triggers of the clip stand beside the others; on a way they are left out. Raises
    OperationRefused when this is no clip, when nothing of it fits, and when nothing of it could
    lead on to what stands there.
    """
    new = read_clip(clip)
    nodes = nodes_of(graph)
    heads = triggers_of(new)
    if slot.source:
        target = target_of(graph, slot)
        for key in heads:
            del new[key]
        if not new:
            raise OperationRefused(
                _("Customers enter at a trigger, so nothing leads to it. Put it above the others.")
            )
    elif nodes and not heads:
        raise OperationRefused(_("Choose the way on which it goes: select the step before it."))
    names = {}
    taken = set(nodes)
    for key, node in new.items():
        names[key] = new_key(node["kind"], taken)
        taken.add(names[key])
    fresh = {names[key]: renamed(key, node, names) for key, node in new.items()}
    labels = {**clip.get("labels", {}), **(graph.get("labels") or {})}
    after: dict[str, Any] = {**graph, "labels": labels} if labels else dict(graph)
    if not slot.source:
        last = triggers_of(nodes)[-1] if triggers_of(nodes) else ""
        made = put_after(nodes, last, fresh)
        return Done(with_nodes(after, made), next(iter(fresh)))
    head = next((key for key in fresh if not sources_of(fresh, key)), next(iter(fresh)))
    if target:
        end = open_end({"nodes": fresh, "order": list(fresh)}, head, set(fresh))
        if end is None:
            raise OperationRefused(
                _("Every way of what you paste ends, so nothing could lead on to what stands "
                  "there. Paste it at an open end.")
            )  # fmt: skip
        fresh[end.source] = led(fresh[end.source], end.outcome, target)
    nodes[slot.source] = led(nodes[slot.source], slot.outcome, head)
    return Done(with_nodes(after, put_after(nodes, slot.source, fresh)), head)


def duplicate(graph: Json, keys: Sequence[str]) -> Done:
    """A copy of the steps *keys* right behind the last of them."""
    for key in keys:
        node_of(graph, key)
    nodes = nodes_of(graph)
    chosen = [key for key in nodes if key in set(keys)]
    if not chosen:
        raise OperationRefused(_("Choose the steps that are to be doubled first."))
    clip = copy(graph, chosen)
    heads = triggers_of(clip["nodes"])
    if heads == chosen:
        done = paste(graph, clip, Slot())
        target = next(iter((nodes[heads[0]].get("next") or {}).values()), "")
        again = nodes_of(done.graph)
        outcomes = exits(done.graph, done.key)
        again[done.key] = led(again[done.key], outcomes[0], target if target in again else "")
        return Done(with_nodes(done.graph, again), done.key)
    last = next((key for key in reversed(chosen) if exits(graph, key)), "")
    if not last:
        raise OperationRefused(
            _("Nothing follows an exit. Copy it, and paste it at an open end instead.")
        )
    return paste(graph, clip, Slot(last, exits(graph, last)[0]))


# helpers


def read_clip(clip: Any) -> dict[str, dict[str, Any]]:
    """The nodes of a clip, checked; raises OperationRefused."""
    found: dict[str, dict[str, Any]] = {}
    if not isinstance(clip, Mapping) or clip.get("what") != WHAT:
        raise OperationRefused(
            _("There are no steps on the clipboard. Copy some first, here or in another journey.")
        )
    given = clip.get("nodes")
    if not isinstance(given, Mapping) or not 1 <= len(given) <= MOST:
        raise OperationRefused(_("Expected 1 to %s copied steps.") % MOST)
    if not isinstance(clip.get("labels", {}), Mapping):
        raise OperationRefused(_("The labels on the clipboard can't be read."))
    order = clip.get("order")
    keys = [key for key in order if key in given] if isinstance(order, list) else []
    for key in dict.fromkeys([*keys, *given]):
        item, problems = read_one(key, given[key])
        if item is None or problems:
            raise OperationRefused(problems[0].text if problems else _("This is no step."))
        if item.kind not in REGISTRY:
            raise OperationRefused(_("There is no kind of step “%s”.") % item.kind)
        inner = {outcome: to for outcome, to in item.next.items() if to in given}
        found[key] = {"kind": item.kind, "settings": dict(item.settings), "next": inner}
        if item.note:
            found[key]["note"] = item.note
    return found


def renamed(key: str, node: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A node under its new name: ways and settings that name others of the clip follow them."""
    settings = dict(node["settings"])
    kind = REGISTRY[node["kind"]]
    read, _problems = kind.read(key, settings)
    for setting, other, _family in read.names_nodes() if read else ():
        if other in names and settings.get(setting) == other:
            settings[setting] = names[other]
    # What belongs to one step only, such as the code of an experiment, is made anew.
    own = starter(node["kind"], names[key])
    settings |= {name: value for name, value in own.items() if value == names[key]}
    return {
        **node,
        "settings": settings,
        "next": {outcome: names[to] for outcome, to in node["next"].items() if to in names},
    }
