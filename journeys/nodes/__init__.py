"""The kinds of nodes that journeys are made of. A new kind is one module here and its line below.

A class that breaks the contract stops the start of every process, with its name in the message.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any, Final, TypeVar

from django.core.exceptions import ImproperlyConfigured

from journeys.nodes.base import Family, Node

REGISTRY: Final[dict[str, type[Node[Any]]]] = {}

KIND = re.compile(r"[a-z]+\.[a-z]+")
N = TypeVar("N", bound=type[Node[Any]])


def register(node: N) -> N:
    """Class decorator that adds a kind of node; raises ImproperlyConfigured for a bad one."""
    for fault in faults(node):
        raise ImproperlyConfigured(f"{node.__module__}.{node.__qualname__} {fault}")
    other = REGISTRY.setdefault(node.kind, node)
    if other is not node:
        raise ImproperlyConfigured(
            f"{node.__module__}.{node.__qualname__} has the kind “{node.kind}”, which "
            f"{other.__module__}.{other.__qualname__} already has."
        )
    return node


def faults(node: object) -> list[str]:
    """What keeps *node* from being a kind of node, as ends of a sentence about it."""
    found = []
    if not (inspect.isclass(node) and issubclass(node, Node)):
        return ["is not a subclass of journeys.nodes.base.Node."]
    lacking = [
        name for name in ("kind", "family", "label", "icon", "Settings") if not hasattr(node, name)
    ]
    if lacking:
        return [f"needs the class attribute{'s' * (len(lacking) > 1)} {', '.join(lacking)}."]
    if inspect.isabstract(node):
        found.append(f"does not define {', '.join(sorted(node.__abstractmethods__))}.")
    if not KIND.fullmatch(node.kind):
        found.append(f"has the kind {node.kind!r}; expected the form “family.name”.")
    elif node.kind.split(".")[0] not in {*Family}:
        found.append(f"has the kind {node.kind!r}; its first part must be a family.")
    if not (dataclasses.is_dataclass(node.Settings) and node.Settings.__dataclass_params__.frozen):  # type: ignore[attr-defined]
        found.append("needs Settings that are a frozen dataclass.")
    else:
        found += [
            f"has the setting “{field.name}” without a reader; declare it with setting(…)."
            for field in dataclasses.fields(node.Settings)
            if not callable(field.metadata.get("read"))
        ]
        found += [
            f"has the setting “{field.name}” without a form; its reader needs asked_by(Form(…))."
            for field in dataclasses.fields(node.Settings)
            if field.metadata.get("form") is None
        ]
    return found


from journeys.nodes import (  # noqa: E402
    act_attribute,
    act_event,
    act_journey,
    act_list,
    act_offer,
    act_tag,
    act_task,
    act_webhook,
    branch_capped,
    branch_experiment,
    branch_holdout,
    branch_message,
    branch_random,
    branch_reachable,
    branch_rounds,
    branch_rules,
    branch_value,
    exit_leave,
    send,
    trigger_absence,
    trigger_api,
    trigger_audience,
    trigger_date,
    trigger_event,
    trigger_journey,
    trigger_schedule,
    trigger_segment,
    wait_date,
    wait_duration,
    wait_event,
    wait_random,
    wait_throttle,
    wait_until,
    wait_window,
)

__all__ = [
    "REGISTRY",
    "act_attribute",
    "act_event",
    "act_journey",
    "act_list",
    "act_offer",
    "act_tag",
    "act_task",
    "act_webhook",
    "branch_capped",
    "branch_experiment",
    "branch_holdout",
    "branch_message",
    "branch_random",
    "branch_reachable",
    "branch_rounds",
    "branch_rules",
    "branch_value",
    "exit_leave",
    "faults",
    "register",
    "send",
    "trigger_absence",
    "trigger_api",
    "trigger_audience",
    "trigger_date",
    "trigger_event",
    "trigger_journey",
    "trigger_schedule",
    "trigger_segment",
    "wait_date",
    "wait_duration",
    "wait_event",
    "wait_random",
    "wait_throttle",
    "wait_until",
    "wait_window",
]
