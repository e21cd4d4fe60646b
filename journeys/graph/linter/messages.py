"""Messages that nobody would send, and those that come one right after the other."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from customers.models import Channel
from journeys.graph.linter.around import Around
from journeys.graph.linter.ways import at_once_after
from journeys.graph.schema import Graph
from journeys.nodes.base import Problem


def nobody_sends(graph: Graph, around: Around) -> Iterator[Problem]:
    """A content of a channel on which the brand has no account: the gate stops every message."""
    text = _(
        "“%(content)s” goes by %(channel)s, and nobody sends on that channel for %(brand)s: the "
        "gate would stop it. An admin can set an account up."
    )
    for key, node in around.sends.items():
        own = node.settings
        for setting, codes in (("content", (own.content,)), ("instead", own.instead)):
            for code in codes:
                channel, _purpose = around.contents.get(code, ("", ""))
                if not channel or channel in around.channels:
                    continue
                label = str(Channel(channel).label)
                words = {"content": code, "channel": label, "brand": around.brand.name}
                yield Problem(f"nodes.{key}.{setting}", text % words, is_warning=True)


def again_at_once(graph: Graph, around: Around) -> Iterator[Problem]:
    """Two messages on one channel with no pause between them."""
    for key, node in around.sends.items():
        for other in at_once_after(graph, key):
            following = around.sends.get(other)
            if following is None:
                continue
            mine, theirs = (
                around.contents.get(each.settings.content, ("", ""))[0]
                for each in (node, following)
            )
            if mine and mine == theirs:
                text = _("This follows another message on the same channel without any wait.")
                yield Problem(f"nodes.{other}", text, is_warning=True)
