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
    Rows("journeys_webhookcall", _("calls of other systems"), _HERS),
    Rows("journeys_entrant", _("entries to come"), _HERS),
    Rows("journeys_stretch", _("reasons of steps"), f"t.enrollment_id IN ({_WALKS})",
         "detail = NULL"),
    Rows(
        "journeys_enrollment", _("what walks carried with them"), _HERS,
        f"context = '{{}}', entry_key = '', entry_guard = '{ERASED}:' || t.id, error = ''",
    ),
]  # fmt: skip


def end_walks(cursor: Any, person: Person) -> None:
    """Walks that go on end here, counted as every other end is."""
    cursor.execute(
        "SELECT journeys_ensure_history(at, at) FROM (SELECT greatest(%(now)s, arrived_at) AS at"
        " FROM journeys_enrollment WHERE customer_id = ANY(%(ids)s) AND state <> 'finished') ends",
        person.params,
    )
    cursor.execute(
        f"""
        WITH ended AS (
            UPDATE journeys_enrollment SET state = 'finished', exit_reason = '{ERASED}',
                finished_at = greatest(%(now)s, arrived_at)
            WHERE customer_id = ANY(%(ids)s) AND state <> 'finished'
            RETURNING id, visit, version_id, node, arrived_at, finished_at
        ), steps AS (
            INSERT INTO journeys_stretch (enrollment_id, version_id, arrived_at, left_at, visit,
                                          path)
            SELECT id, version_id, arrived_at, finished_at, visit,
                ARRAY[journeys_way_id(node, '{ERASED}')] FROM ended
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
