"""What this floor holds of a customer: walks end, their steps stay as counts."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.erasure import Person, Rows, before_all, register

ERASED: Final = "erased"  # exit reason, and the outcome of the last step
_HERS: Final = "t.customer_id = ANY(%(ids)s)"
_WALKS: Final = "SELECT id FROM journeys_enrollment WHERE customer_id = ANY(%(ids)s)"

ROWS: Final = [
    Rows("journeys_timer", _("waits for a time"), f"t.enrollment_id IN ({_WALKS})"),
    Rows("journeys_heldtimer", _("waits that were held"), f"t.enrollment_id IN ({_WALKS})"),
    Rows("journeys_listener", _("waits for an event"), _HERS),
    Rows("journeys_step", _("reasons of steps"), _HERS, "detail = NULL"),
    Rows(
        "journeys_enrollment", _("what walks carried with them"), _HERS,
        f"context = '{{}}', entry_key = '', entry_guard = '{ERASED}:' || t.id, error = ''",
    ),
]  # fmt: skip


def end_walks(cursor: Any, person: Person) -> None:
    """Walks that go on end here, counted as every other end is."""
    cursor.execute(
        f"""
        WITH ended AS (
            UPDATE journeys_enrollment SET state = 'finished', exit_reason = '{ERASED}',
                finished_at = greatest(%(now)s, arrived_at)
            WHERE customer_id = ANY(%(ids)s) AND state <> 'finished'
            RETURNING id, visit, customer_id, journey_id, version_id, node, arrived_at, finished_at
        ), steps AS (
            INSERT INTO journeys_step (enrollment_id, visit, customer_id, journey_id, version_id,
                                       node, outcome, arrived_at, left_at)
            SELECT id, visit, customer_id, journey_id, version_id, node, '{ERASED}', arrived_at,
                finished_at FROM ended
        )
        INSERT INTO journeys_nodecount AS c (version_id, node, outcome, hour, n)
        SELECT version_id, node, '{ERASED}', date_trunc('hour', finished_at, 'UTC'), count(*)
        FROM ended GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (version_id, node, outcome, hour) DO UPDATE SET n = c.n + excluded.n
        """,
        person.params,
    )


def set_up() -> None:
    """Register what this floor holds."""
    register("journeys", ROWS)
    before_all("walks", end_walks)
