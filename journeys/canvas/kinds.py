"""The kinds of nodes with their settings, for who writes a journey by hand."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

from journeys.nodes import REGISTRY
from journeys.nodes.base import Family, Node
from journeys.nodes.forms import Form

ORDER = list(Family)


class Setting(NamedTuple):
    """A setting of a kind as it is written."""

    name: str
    label: str
    help: str
    is_needed: bool
    form: Form
    group: str


class Kind(NamedTuple):
    """A kind of node as it is written."""

    kind: str
    family: str
    label: str
    icon: str
    settings: list[Setting]


def kinds() -> list[Kind]:
    """Every kind, family by family."""
    nodes = sorted(REGISTRY.values(), key=lambda node: (ORDER.index(node.family), node.kind))
    return [
        Kind(
            node.kind,
            str(node.family),
            str(node.label),
            node.icon,
            settings_of(node),
        )
        for node in nodes
    ]


# helpers


def settings_of(node: type[Node[Any]]) -> list[Setting]:
    """Its own settings first, those that several kinds share last."""
    fields = dataclasses.fields(node.Settings)
    found = [setting_of(field) for field in fields]
    return sorted(found, key=lambda each: (bool(each.group), not each.is_needed))


def setting_of(field: dataclasses.Field[Any]) -> Setting:
    meta = field.metadata
    return Setting(
        field.name,
        str(meta.get("label", "")),
        str(meta.get("help", "")),
        field.default is dataclasses.MISSING,
        meta["form"],
        meta["group"],
    )
