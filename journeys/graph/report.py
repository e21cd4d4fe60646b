"""Problems as text, one line each: where, what, and the line of the file when there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from journeys.graph.yaml import line_of
from journeys.nodes.base import Problem


def report(problems: Sequence[Problem], lines: Mapping[str, int] | None = None) -> str:
    """All problems in the order of their lines, warnings last."""
    known = lines or {}
    rows = [(problem, line_of(problem.place, known)) for problem in problems]
    rows.sort(key=lambda row: (row[0].is_warning, row[1] or 0))
    return "\n".join(say(problem, line) for problem, line in rows)


def say(problem: Problem, line: int | None = None) -> str:
    """One problem: "line 12, nodes.wait.at_most: Expected …"."""
    place = problem.place
    if line and not place.startswith("line "):
        where = _("line %(line)s, %(place)s") % {"line": line, "place": place}
    else:
        where = place
    text = f"{where}: {problem.text}" if where else problem.text
    return _("Note. %s") % text if problem.is_warning else text
