"""How a rule comes to its number: each condition alone, and step by step; and ten of its people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.database.limit import TookTooLongError, time_limit
from customers.rules import Rule, audience
from customers.rules.nodes import Group, Node
from customers.rules.say import say_node
from customers.segments.count import Count, counts

STEPS_MOST: Final = 12
LINES_MOST: Final = 60
SAMPLE: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One bar: what it adds, in words, and how many are left; None where counting took too long."""

    words: SafeString | str
    number: int | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """`alone`: how many fit each of the nodes that were asked about. `steps`: from everybody to
    the group."""

    alone: list[int | None]
    steps: list[Step]


def narrow(
    rule: Rule | None, nodes: Sequence[Node], *, whole: int, brand_id: int | None, now: datetime
) -> Narrowing:
    """Count each of *nodes* alone and, when it can be used, the rule step by step; one pass."""
    asked = [Rule(node) for node in nodes[:LINES_MOST]]
    steps = _steps(rule) if rule else []
    found = counts([*asked, *(step for _words, step in steps)], brand_id=brand_id, now=now)
    numbers = [_number(each) for each in found]
    alone = numbers[: len(asked)] + [None] * (len(nodes) - len(asked))
    bars = [
        Step(words, number)
        for (words, _rule), number in zip(steps, numbers[len(asked) :], strict=True)
    ]
    return Narrowing(alone, [Step(_("All customers"), whole), *bars])


def sample(
    rule: Rule, *, brand_id: int | None, now: datetime, seconds: float = 1.0
) -> list[int] | None:
    """Ten customers of the group, drawn evenly and the same ones each time, so that the page does
    not jump; None when drawing them takes longer than *seconds*."""
    sql, params = audience(rule, now=now, brand_id=brand_id)
    try:
        with time_limit(seconds) as cursor:
            cursor.execute(
                f"SELECT id FROM ({sql}) AS audience"
                " ORDER BY (id * 2654435761) %% 4294967296, id LIMIT %s",
                [*params, SAMPLE],
            )
            rows = [row[0] for row in cursor.fetchall()]
    except TookTooLongError:
        return None
    return rows


# helpers


def _steps(rule: Rule) -> list[tuple[SafeString | str, Rule]]:
    """What is asked one after the other, with the rule as it is up to there."""
    root = rule.root
    if not isinstance(root, Group) or root.join == "not" or len(root.parts) < 2:
        return [] if isinstance(root, Group) and not root.parts else [(say_node(root), rule)]
    parts, join = root.parts, root.join
    found: list[tuple[SafeString | str, Rule]] = []
    for index, part in enumerate(parts[:STEPS_MOST]):
        # Behind “or” a group keeps its brackets; a line of its own needs none.
        words: SafeString | str = say_node(part, int(join == "any" and index > 0))
        if join == "any" and index:
            words = format_html(_("or {}"), words)
        found.append((words, Rule(Group(join, parts[: index + 1]))))
    if len(parts) > STEPS_MOST:
        found.append((_("and %(n)s more") % {"n": len(parts) - STEPS_MOST}, rule))
    return found


def _number(found: Count | None) -> int | None:
    return found.number if found else None
