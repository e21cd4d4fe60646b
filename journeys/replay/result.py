"""What a replay has come to: one dictionary, printed as a line of JSON or as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q

from campaigns.models import Candidate, CandidateState, Message, MessageState
from journeys.models import Enrollment, Journey, NodeCount, Replay
from journeys.queries.counts import node_numbers, totals
from journeys.replay.readers import Unreadable

SHOWN = 20
SENT = [MessageState.HANDED_OVER, MessageState.DELIVERED]


def result(
    journey: Journey,
    replay: Replay,
    unreadable: Sequence[Unreadable],
    *,
    dataset: str,
    file: str,
    settings: Mapping[str, str],
    seconds: float,
) -> dict[str, Any]:
    """Sums over everything that the replay wrote."""
    numbers = node_numbers(journey.pk)
    everybody = totals(journey.pk)
    keys = (journey.current.graph.get("order") or []) if journey.current else []
    keys = list(dict.fromkeys([*keys, *numbers]))
    problems = [{"line": each.line, "text": each.text} for each in unreadable]
    problems += [{"line": line, "text": text} for line, text in replay.problems]
    problems.sort(key=lambda problem: int(str(problem["line"])))
    wishes = Candidate.objects.aggregate(
        candidates=Count("pk"),
        allowed=Count("pk", filter=Q(state=CandidateState.ALLOWED)),
        stopped=Count("pk", filter=Q(state=CandidateState.STOPPED)),
    )
    return {
        "dataset": dataset,
        "journey": file,
        "settings": dict(settings),
        "entries": everybody.entered,
        "nodes": {
            key: {
                "arrived": numbers[key].arrived if key in numbers else 0,
                "outcomes": numbers[key].outcomes if key in numbers else {},
                "here": numbers[key].here if key in numbers else 0,
            }
            for key in keys
        },
        "finished": dict(everybody.finished),
        "inside": everybody.inside,
        "goals": everybody.goals,
        "messages": {**wishes, "sent": Message.objects.filter(state__in=SENT).count()},
        "unreadable": {
            "count": len(unreadable) + replay.problem_count,
            "first": problems[:SHOWN],
        },
        "seconds": round(seconds, 1),
    }


def table(found: Mapping[str, Any]) -> str:
    """The result for a reader at a terminal."""
    lines = [f"{found['entries']:,} entries, {found['inside']:,} still inside", ""]
    for key, node in found["nodes"].items():
        lines.append(f"{key:<32}{node['arrived']:>12,} arrived{node['here']:>12,} here")
        lines += [f"    {outcome:<28}{n:>12,}" for outcome, n in node["outcomes"].items()]
    lines += ["", "Left because of:"]
    lines += [f"    {reason:<28}{n:>12,}" for reason, n in found["finished"].items()]
    lines += ["", "Messages:"]
    lines += [f"    {name:<28}{n:>12,}" for name, n in found["messages"].items()]
    unreadable = found["unreadable"]
    if unreadable["count"]:
        lines += ["", f"{unreadable['count']:,} events could not be read. The first ones:"]
        lines += [f"    line {each['line']}: {each['text']}" for each in unreadable["first"]]
    lines += ["", f"Took {found['seconds']} s."]
    return "\n".join(lines)


def is_consistent() -> bool:
    """Whether every walk is in exactly one place: counts and enrollments say the same."""
    inside = Enrollment.objects.exclude(state="finished").count()
    arrived = sum(NodeCount.objects.exclude(node="").filter(outcome="").values_list("n", flat=True))
    left = sum(NodeCount.objects.exclude(node="").exclude(outcome="").values_list("n", flat=True))
    return arrived - left == inside
