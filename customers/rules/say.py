"""A rule in words: one sentence in the reader's language, its settings marked with <em>."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.rules.nodes import Group, Node, Rule
from customers.rules.words import joined, say_property

__all__ = ["say", "say_clause", "say_node", "say_property"]


def say(rule: Rule) -> SafeString:
    """The rule as a whole sentence: "Customers whose City is <em>Shanghai</em>, and …"."""
    if isinstance(rule.root, Group) and not rule.root.parts:
        return format_html("{}", _("All customers."))
    return format_html(_("Customers for whom this holds: {}."), say_node(rule.root))


def say_clause(rule: Rule) -> SafeString:
    """The rule as a clause for a sentence of the caller."""
    return say_node(rule.root)


def say_node(node: Node, depth: int = 0) -> SafeString:
    """One node and all below it."""
    if not isinstance(node, Group):
        return node.say()
    if node.join == "not":
        return format_html(_("not ({})"), say_node(node.parts[0]))
    return joined(node.join, [say_node(part, depth + 1) for part in node.parts], depth)
