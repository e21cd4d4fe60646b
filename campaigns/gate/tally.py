"""Sums of last words per node and hour: whoever gives one adds it in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# In the order of the key, since all workers write these few rows and must never wait for each
# other in a circle. {sums} has journey_id, version_id, node, wanted_at, verdict, rule; {n} is 1, or
# -1 where a word is taken back.
ADD = """
INSERT INTO campaigns_verdictcount AS t (journey_id, version_id, node, hour, verdict, rule, n)
SELECT s.journey_id, s.version_id, s.node, date_trunc('hour', s.wanted_at, 'UTC'), s.verdict,
    s.rule, sum({n})
FROM ({sums}) s
WHERE s.verdict IN ('allowed', 'stopped')
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (journey_id, version_id, node, hour, verdict, rule) DO UPDATE SET n = t.n + excluded.n
"""


def add_up(sums: str, *, taken_back: bool = False) -> str:
    """The statement that adds the last words of *sums*, to run or to stand in a WITH."""
    return ADD.replace("{sums}", sums).replace("{n}", "-1" if taken_back else "1")


def note(cursor: Any, sums: str, params: Mapping[str, Any], *, taken_back: bool = False) -> None:
    """Add the last words of *sums*, or take them back."""
    cursor.execute(add_up(sums, taken_back=taken_back), params)
