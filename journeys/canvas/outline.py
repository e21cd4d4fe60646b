"""The same journey as a tree, for keyboard, screen reader and phone."""

from __future__ import annotations

from dataclasses import dataclass, field

from journeys.canvas.picture import Card, Picture
from journeys.graph.plan import ROOT, Plan, Way, make_plan


@dataclass
class Branch:
    """A labelled way (`via`) and the steps that follow on it until ways meet again."""

    via: str
    steps: list[Step] = field(default_factory=list)
    leads_to: str = ""  # key of a step that stands elsewhere in the tree
    leads_words: str = ""


@dataclass
class Step:
    """A card in the tree and the branches that leave it."""

    card: Card
    branches: list[Branch] = field(default_factory=list)


def outline_of(picture: Picture) -> list[Step]:
    """The tree: steps in a row stand under each other, forks open lists, merges close them."""
    ways = {
        key: [
            Way(key, f"{n} {label}", target, bool(label)) for n, (label, target) in enumerate(given)
        ]
        for key, given in picture.ways.items()
    }
    plan = make_plan(ways, picture.triggers)
    # Below each dominator, in drawn order: first its own ways, then where they meet again.
    return _below(ROOT, plan, picture, ways)


# helpers


def _below(key: str, plan: Plan, picture: Picture, ways: dict[str, list[Way]]) -> list[Step]:
    """The chain of steps that *key* dominates, without those on its labelled ways."""
    chain: list[Step] = []
    open_keys = [key]
    while open_keys:
        at = open_keys.pop()
        if at != key:
            step = Step(picture.cards[at])
            step.branches = [_branch(w, plan, picture, ways) for w in ways[at] if w.labelled]
            chain.append(step)
        below = [k for k in plan.dominated_by(at) if not _on_branch(k, at, plan, ways)]
        open_keys += reversed(below)
    return chain


def _on_branch(child: str, key: str, plan: Plan, ways: dict[str, list[Way]]) -> bool:
    """Whether a step hangs on a labelled way of *key*, the only one that leads to it."""
    to = plan.ways_to[child]
    return key != ROOT and len(to) == 1 and to[0].labelled and to[0].source == key


def _branch(way: Way, plan: Plan, picture: Picture, ways: dict[str, list[Way]]) -> Branch:
    label = way.outcome.partition(" ")[2]
    target = way.target
    if target not in picture.cards:
        return Branch(label)
    if not _on_branch(target, way.source, plan, ways):
        card = picture.cards[target]
        return Branch(label, leads_to=target, leads_words=card.short)
    step = Step(picture.cards[target])
    step.branches = [_branch(w, plan, picture, ways) for w in ways[target] if w.labelled]
    return Branch(label, [step, *_below(target, plan, picture, ways)])
