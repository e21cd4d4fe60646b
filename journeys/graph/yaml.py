"""Journeys as YAML, both ways: safe, bounded, with the line of everything that is wrong.

The reader knows YAML 1.2's few plain values only: `yes`, `no`, `on` and `off` are words (branches
like those names), and 10:00 is a text. Aliases are refused, keys may stand once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from journeys.graph.schema import SCHEMA, GraphUnreadable
from journeys.graph.written import in_order
from journeys.nodes.base import Problem

LONGEST: Final = 256 * 1024  # characters
DEEPEST: Final = 24
PARAMETER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# While YAML is parsed a parameter wears other brackets: plain ones would open a mapping in {…}.
OPEN, CLOSE = "\ue000", "\ue001"
HIDDEN = re.compile(f"{OPEN}([A-Za-z_][A-Za-z0-9_]*){CLOSE}")
SIMPLE = re.compile(r"[A-Za-z0-9_.+-]{1,40}")
OWN = ("kind", "next", "note")


class Document(dict[str, Any]):
    """A graph as JSON that remembers where it stood: `lines` maps a place to its line, from 1."""

    lines: dict[str, int]


def load_yaml(text: str, parameters: Mapping[str, Any] | None = None) -> Document:
    """Read a journey's YAML into a graph as JSON; *parameters* override those of the file.

    Raises GraphUnreadable with every problem when this is no YAML, is too large, uses a parameter
    that nobody set, or sets one that it does not have. The graph itself is checked by read_graph.
    """
    tree = compose(PARAMETER.sub(rf"{OPEN}\1{CLOSE}", text))
    reader = Reader()
    content = reader.value(tree, "")
    if not isinstance(content, dict):
        raise GraphUnreadable(
            [Problem("", _("Expected a journey: a mapping with “name” and “nodes”."))]
        )
    values = settle(content.pop("parameters", None), parameters or {}, reader)
    filled = fill(content, values, "", reader)
    if reader.problems:
        raise GraphUnreadable(reader.problems)
    document = Document(canonical(filled))
    document.lines = reader.lines
    return document


def dump_yaml(data: Mapping[str, Any]) -> str:
    """Write a graph as YAML; reading it again gives the same graph."""
    heading = {key: value for key, value in data.items() if key not in ("schema", "nodes", "order")}
    if "journey" in heading:
        heading = {"journey": heading.pop("journey"), **heading}
    nodes = data.get("nodes", {})
    flat = {key: flatten(nodes[key]) for key in in_order(nodes, data.get("order"))}
    whole = {**heading, "nodes": flat}
    return yaml.dump(whole, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, width=96)


def line_of(place: str, lines: Mapping[str, int]) -> int | None:
    """The line of *place*, or of the nearest thing around it."""
    while place:
        if place in lines:
            return lines[place]
        place = place.rpartition(".")[0]
    return None


# helpers


class PlainDumper(yaml.SafeDumper):
    """Writes everything out: what two steps share is written twice, for aliases are not read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class PlainLoader(yaml.SafeLoader):
    """YAML 1.2's plain values: null, true and false, whole and decimal numbers."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for tag, pattern, first in (
    ("null", r"~|null|", [*"~n", ""]),
    ("bool", r"true|false", [*"tf"]),
    ("int", r"[-+]?[0-9]{1,18}", [*"-+0123456789"]),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?", [*"-+.0123456789"]),
):
    PlainLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), first
    )


def compose(text: str) -> yaml.Node | None:
    if len(text) > LONGEST:
        words = _("Expected at most %(most)s kB of YAML, got %(n)s kB.")
        raise GraphUnreadable(
            [Problem("", words % {"most": LONGEST // 1024, "n": len(text) // 1024})]
        )
    try:
        depth = 0
        for event in yaml.parse(text, Loader=PlainLoader):
            if isinstance(event, yaml.AliasEvent):
                raise refused(event, _("Aliases (*name) are not read here. Write the value out."))
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise refused(event, _("This is nested too deeply to be a journey."))
        return yaml.compose(text, Loader=PlainLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        why = error.problem or error.context or ""
        words = _("Line %(line)s is not YAML: %(why)s. Look at the indentation and quotes there.")
        problem = Problem(f"line {line}", words % {"line": line, "why": why})
        raise GraphUnreadable([problem]) from error
    except yaml.YAMLError as error:
        raise GraphUnreadable([Problem("", _("This is not YAML: %s") % error)]) from error


def refused(event: yaml.Event, words: str) -> GraphUnreadable:
    line = event.start_mark.line + 1 if event.start_mark else 1
    return GraphUnreadable([Problem(f"line {line}", words)])


class Reader:
    """Turns YAML nodes into plain values, and keeps lines and problems on the way."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.plain = PlainLoader("")

    def value(self, node: yaml.Node | None, place: str) -> Any:
        if node is None:
            return None
        if place:
            self.lines.setdefault(place, node.start_mark.line + 1)
        if node.tag not in KNOWN_TAGS:
            self.problems.append(Problem(place, _("The tag %s is not known here.") % node.tag))
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, f"{place}.{i}") for i, item in enumerate(node.value)]
        try:
            return self.plain.construct_object(node)
        except ValueError:
            # Such as !!int before a word; what is wrong with it says who reads the setting.
            return node.value

    def mapping(self, node: yaml.MappingNode, place: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            # A key is what was written: `yes`, `1` and `null` are names like any other.
            written = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            key = HIDDEN.sub(r"${\1}", written)
            inner = f"{place}.{key}" if place else key
            line = key_node.start_mark.line + 1
            if key in found:
                text = _(
                    "“%(key)s” stands here a second time (line %(line)s); "
                    "the first was in line %(first)s."
                )
                words = {"key": key, "line": line, "first": self.lines[inner]}
                self.problems.append(Problem(inner, text % words))
                continue
            if not key:
                self.problems.append(
                    Problem(f"line {line}", _("Expected a name before the colon."))
                )
                continue
            self.lines[inner] = line
            found[key] = self.value(value_node, inner)
        return found


KNOWN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "map", "seq")
}


def settle(given: Any, overrides: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """The parameters of the file with the overrides over them."""
    values = given if isinstance(given, dict) else {}
    if given is not None and not isinstance(given, dict):
        reader.problems.append(
            Problem("parameters", _("Expected names and values, such as {within: 24h}."))
        )
    for name in overrides.keys() - values.keys():
        text = _("There is no parameter “%(name)s” to set. This journey has: %(known)s.")
        known = ", ".join(values) or _("none")
        reader.problems.append(Problem("parameters", text % {"name": name, "known": known}))
    return {**values, **{name: plain(value) for name, value in overrides.items()}}


def plain(value: Any) -> Any:
    """A value given on the command line, read as YAML would: 6h stays a text, 10 is a number."""
    if not isinstance(value, str) or not SIMPLE.fullmatch(value):
        return value
    node = yaml.compose(value, Loader=PlainLoader) if value.strip() else None
    if not isinstance(node, yaml.ScalarNode) or node.tag not in KNOWN_TAGS:
        return value
    return PlainLoader("").construct_object(node)


def fill(value: Any, values: Mapping[str, Any], place: str, reader: Reader) -> Any:
    """*value* with every ${name} replaced; one that stands alone keeps its type."""
    if isinstance(value, dict):
        return {
            key: fill(inner, values, f"{place}.{key}" if place else key, reader)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [fill(inner, values, f"{place}.{i}", reader) for i, inner in enumerate(value)]
    if not isinstance(value, str):
        return value
    for name in sorted({*HIDDEN.findall(value)} - values.keys()):
        text = _("Nobody says what ${%(name)s} is. Give it a value under “parameters”.")
        reader.problems.append(Problem(place, text % {"name": name}))
    alone = HIDDEN.fullmatch(value)
    if alone:
        return values.get(alone[1])
    return HIDDEN.sub(lambda match: str(values.get(match[1], "")), value)


def canonical(content: dict[str, Any]) -> dict[str, Any]:
    nodes = content.get("nodes")
    if not isinstance(nodes, dict):
        return {"schema": SCHEMA, **content}
    folded = {key: fold(item) for key, item in nodes.items()}
    return {"schema": SCHEMA, **content, "nodes": folded, "order": list(folded)}


def fold(item: Any) -> Any:
    """A flat node as kind, settings and next; `next: x` is the way of the outcome “next”."""
    if not isinstance(item, dict):
        return item
    ways = item.get("next")
    if isinstance(ways, str):
        ways = {"next": ways}
    settings = {key: value for key, value in item.items() if key not in OWN}
    folded = {"kind": item.get("kind"), "settings": settings, "next": ways or {}}
    return {**folded, "note": item["note"]} if "note" in item else folded


def flatten(item: Mapping[str, Any]) -> dict[str, Any]:
    ways = item.get("next") or {}
    flat = {"kind": item.get("kind"), **item.get("settings", {})}
    if item.get("note"):
        flat["note"] = item["note"]
    if ways:
        flat["next"] = ways["next"] if set(ways) == {"next"} else dict(ways)
    return flat
