"""`bench foresight`: what builds of rules are said to take, against what they take."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from config.bench import Bench, Line, register
from customers.bench.audience import NOW, RULE, fill
from customers.models import Segment
from customers.rules import read_rule
from customers.segments import build
from customers.segments.foreseen import foresee, seconds_a_unit

# From the cheapest to those that look at every purchase.
RULES: Final[dict[str, dict[str, Any]]] = {
    "city": {"attribute": "city", "op": "eq", "value": "c7"},
    "tag": {"tag": "a"},
    "no_tag": {"not": {"tag": "b"}},
    "bought": {"event": "order_paid", "within": "30d"},
    "bought_twice": {"event": "order_paid", "count": {"gte": 2}, "within": "30d"},
    "spent": {"event": "order_paid", "sum": {"property": "amount", "gte": 20}},
    "gone_quiet": {"event": "order_paid", "last": {"op": "lt", "value": {"ago": "60d"}}},
    "second_in_30_days": {
        "event": "order_paid",
        "which": "first",
        "then": {"event": "order_paid", "within": "30d"},
    },
    "all_of_it": RULE,
}


@register
class ForesightBench(Bench):
    """Each rule is foreseen and built twice: as a new server would say it, and with what the
    builds of the first round have taught."""

    name = "foresight"
    about = "what builds of rules are said to take, against what they take"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=200_000)

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        fill(options["customers"])
        for round_ in (1, 2):
            for name, data in RULES.items():
                yield {"round": round_, "rule": name, **foreseen_and_taken(name, data, round_)}
        yield {"seconds_a_unit": seconds_a_unit()}


def foreseen_and_taken(name: str, data: dict[str, Any], round_: int) -> Line:
    """One rule: what its build was said to take and find, and what it took and found."""
    rule, problems = read_rule(data)
    if rule is None:
        raise RuntimeError(problems)
    said = foresee(rule, now=NOW)
    segment, _is_new = Segment.objects.get_or_create(
        code=name, defaults={"name": name, "kind": "rule", "rule": rule.to_json()}
    )
    built = build(segment, now=NOW + timedelta(seconds=round_))
    segment.refresh_from_db()
    took = segment.full_seconds or 0.0
    return {
        "foreseen_s": round(said.seconds, 3),
        "took_s": round(took, 3),
        "ratio": round(said.seconds / max(took, 0.001), 2),
        "foreseen_rows": said.rows,
        "rows": built.size,
        "read": said.read,
        "missing": "; ".join(map(str, said.missing)),
    }
