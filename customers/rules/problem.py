"""What is wrong with a rule, and where."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """A problem at a place such as `rule.all[2].value`. A warning does not refuse the rule."""

    place: str
    text: str
    is_warning: bool = False


class RuleError(ValueError):
    """A rule that can't be used; `problems` holds every place and reason."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.place}: {problem.text}" for problem in problems))
