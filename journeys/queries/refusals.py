"""Why the gate said no at a step: how many by which rule, and its word on each person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns.models import Candidate, CandidateState
from journeys.models import JourneyVersion

PAGE = 50
REFUSED = (CandidateState.STOPPED, CandidateState.DEFERRED)

# Last words from the sums that the gate keeps; what may still go is counted, by candidate_by_node.
WORDS = """
SELECT verdict, rule, sum(n)::bigint FROM campaigns_verdictcount
 WHERE journey_id = %(journey)s AND version_id = %(version)s AND node = %(node)s
 GROUP BY 1, 2 HAVING sum(n) > 0
UNION ALL
SELECT state, rule, count(*) FROM campaigns_candidate
 WHERE journey_id = %(journey)s AND version_id = %(version)s AND node = %(node)s
   AND state IN ('waiting', 'deferred')
 GROUP BY 1, 2
 ORDER BY 3 DESC, 2
"""


@dataclass(frozen=True, slots=True)
class Words:
    """What the gate said of the messages of a step: (rule, how many), the strongest first."""

    allowed: int = 0
    waiting: int = 0
    stopped: Sequence[tuple[str, int]] = ()
    deferred: Sequence[tuple[str, int]] = ()

    @property
    def stopped_in_all(self) -> int:
        return sum(n for _rule, n in self.stopped)

    @property
    def deferred_in_all(self) -> int:
        return sum(n for _rule, n in self.deferred)

    @property
    def wanted(self) -> int:
        """Messages that the step wanted."""
        return self.allowed + self.waiting + self.stopped_in_all + self.deferred_in_all


@dataclass(frozen=True, slots=True)
class Refused:
    """A page of candidates, the latest first; `after` is where the next page begins, or 0."""

    rows: Sequence[Candidate]
    after: int = 0


def words_at(version: JourneyVersion, node: str) -> Words:
    """The gate's words on the messages of *node*; one query over sums, not over people."""
    found: dict[str, list[tuple[str, int]]] = {}
    params: dict[str, Any] = {"journey": version.journey_id, "version": version.pk, "node": node}
    with connection.cursor() as cursor:
        cursor.execute(WORDS, params)
        for verdict, rule, n in cursor.fetchall():
            found.setdefault(verdict, []).append((rule, n))
    return Words(
        allowed=sum(n for _rule, n in found.get("allowed", ())),
        waiting=sum(n for _rule, n in found.get("waiting", ())),
        stopped=found.get("stopped", ()),
        deferred=found.get("deferred", ()),
    )


def refused_at(
    version: JourneyVersion,
    node: str,
    *,
    state: str = "",
    rule: str = "",
    after: int = 0,
    limit: int = PAGE,
) -> Refused:
    """Whom the gate stopped at *node* or lets wait; one query. *state* and *rule* narrow it."""
    rows = Candidate.objects.filter(
        journey_id=version.journey_id,
        version_id=version.pk,
        node=node,
        state__in=[state] if state in REFUSED else REFUSED,
    )
    if rule:
        rows = rows.filter(rule=rule)
    if after:
        rows = rows.filter(pk__lt=after)
    rows = rows.select_related("customer", "brand", "content", "message").order_by("-pk")
    found = list(rows[: limit + 1])
    return Refused(found[:limit], found[limit - 1].pk if len(found) > limit else 0)
