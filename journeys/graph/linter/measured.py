"""What is split so that it can be compared, and then nothing says what is to be compared."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from journeys.graph.linter.around import Around
from journeys.graph.schema import Graph
from journeys.nodes.base import Problem
from journeys.nodes.branch_experiment import BranchExperiment
from journeys.nodes.branch_holdout import BranchHoldout


def split_without_a_goal(graph: Graph, around: Around) -> Iterator[Problem]:
    """An experiment or a control group in a journey without a goal."""
    if graph.goal is not None:
        return
    for key, node in graph.nodes.items():
        if isinstance(node, BranchExperiment | BranchHoldout):
            text = _(
                "The journey has no goal, so nobody will be able to tell which way did better. "
                "Give it one."
            )
            yield Problem(f"nodes.{key}", text, is_warning=True)
