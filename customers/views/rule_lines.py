"""A rule as the lines and brackets that the page draws."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from customers.rules import Rule, nodes
from customers.rules.say import say_node


@dataclass(slots=True)
class Line:
    """One condition (icon and words), or a group of lines joined by all, any or none."""

    join: str = ""
    icon: str = ""
    words: SafeString = field(default_factory=SafeString)
    lines: list[Line] = field(default_factory=list)


def lines_of(rule: Rule) -> Line:
    """The outermost bracket; a rule of one condition gets one too."""
    line = _line(rule.root)
    return line if line.join else Line("all", lines=[line])


# helpers


def _line(node: nodes.Node) -> Line:
    if not isinstance(node, nodes.Group):
        return Line(icon=node.icon, words=say_node(node))
    parts = node.parts
    if node.join == "not":
        inner = parts[0]
        # "none of" is how people say "not any of".
        if isinstance(inner, nodes.Group) and inner.join == "any":
            parts = inner.parts
        return Line("none", lines=[_line(part) for part in parts])
    return Line(node.join, lines=[_line(part) for part in parts])
