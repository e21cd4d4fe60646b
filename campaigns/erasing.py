"""What this floor holds of a customer, and how an erasure empties it."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from campaigns.gate.ledger import ensure
from campaigns.gate.tally import add_up
from customers.erasure import Person, Rows, before_all, leave_alone, register

ERASED: Final = "erased"  # the rule in the ledger
GONE: Final = "gone"  # the error of a message that did not go out
_HERS: Final = "t.customer_id = ANY(%(ids)s)"

ROWS: Final = [
    Rows(
        "campaigns_recordedmessage", _("texts of recorded messages"),
        "t.message_id IN (SELECT id FROM campaigns_message WHERE customer_id = ANY(%(ids)s))",
    ),
    Rows(
        "campaigns_inappmessage", _("texts of in-app messages"),
        "t.message_id IN (SELECT id FROM campaigns_message WHERE customer_id = ANY(%(ids)s))",
    ),
    Rows(
        "campaigns_waitingreport", _("reports of providers that wait"),
        "t.message_id IN (SELECT id FROM campaigns_message WHERE customer_id = ANY(%(ids)s))"
        " OR t.content ->> 'address' = ANY(%(values)s)",
    ),
    Rows(
        "campaigns_message", _("addresses and subjects of messages"), _HERS,
        "address = '', subject = '', provider_id = '',"
        f" error = CASE WHEN t.error = '{GONE}' THEN t.error ELSE '' END",
    ),
    Rows("campaigns_task", _("tasks about her"), _HERS),
    Rows("campaigns_confirmation", _("confirmations that she was asked for"), _HERS),
    Rows(
        "campaigns_shortlink", _("links that name her"), "lower(t.url) LIKE ANY(%(patterns)s)"
    ),
    Rows("campaigns_candidate", _("what messages were made from"), _HERS, "context = '{}'"),
    Rows(
        "campaigns_suppression", _("suppressions"),
        f"{_HERS} OR t.value <> '' AND t.scope = 'address' AND lower(t.value) = ANY(%(values)s)",
    ),
]  # fmt: skip


def stop_messages(cursor: Any, person: Person) -> None:
    """What waits for the gate or for its turn does not go out any more."""
    ensure(person.now, person.now)
    cursor.execute(
        f"""
        WITH stopped AS (
            UPDATE campaigns_candidate SET state = 'stopped', rule = '{ERASED}', detail = '{{}}',
                decided_at = %(now)s
            WHERE customer_id = ANY(%(ids)s) AND state IN ('waiting', 'deferred')
            RETURNING id, customer_id, journey_id, version_id, node, wanted_at,
                state AS verdict, rule
        ), summed AS (
            {add_up("SELECT * FROM stopped")}
        )
        INSERT INTO campaigns_decision
            (candidate_id, customer_id, decided_at, verdict, rule, detail)
        SELECT id, customer_id, %(now)s, 'stopped', '{ERASED}', '{{}}' FROM stopped
        """,
        person.params,
    )
    cursor.execute(
        f"UPDATE campaigns_message SET state = 'failed', error = '{GONE}',"
        " next_attempt_at = NULL WHERE customer_id = ANY(%(ids)s) AND next_attempt_at IS NOT NULL",
        person.params,
    )


def set_up() -> None:
    """Register what this floor holds."""
    register("campaigns", ROWS)
    before_all("messages", stop_messages)
    leave_alone(
        campaigns_decision="verdicts and their numbers, which count for the reports",
        campaigns_offercode="which codes were given out, by the number that is left",
    )
