"""Who could be reached: an address, a consent and no suppression, as the gate will see it."""

from __future__ import annotations

from campaigns.channels import namespaces
from campaigns.gate.rules.consent import NEEDS_A_YES
from customers.rules import Compiled, Where, register_reach

# Of several addresses the gate takes this one; a suppression of another does not matter.
_ADDRESS = """
SELECT i.value FROM customers_identity i
WHERE i.customer_id = {id}
  AND i.namespace_id = (SELECT n.id FROM customers_namespace n WHERE n.code = %s)
ORDER BY i.verified_at DESC NULLS LAST, i.created_at DESC, i.id DESC LIMIT 1
"""
_SUPPRESSED = """
EXISTS (SELECT 1 FROM campaigns_suppression s
    WHERE {hit} AND s.channel IN ('', %s) AND (s.brand_id IS NULL OR s.brand_id = %s))
"""


def reach(channel: str, purpose: str, brand_id: int | None, where: Where) -> Compiled:
    """SQL that is true for a customer whom a message could reach; see campaigns/gate/rules.

    Without a brand the consent of any brand counts, and only what is suppressed for all.
    """
    id = f"{where.alias}.id"
    parts = [_consent(channel, purpose, brand_id, id)]
    by_customer = _SUPPRESSED.format(hit=f"s.customer_id = {id} AND s.scope = 'customer'")
    parts.append(Compiled(f"NOT {by_customer}", (channel, brand_id)))
    namespace = namespaces().get(channel)
    if namespace:
        by_address = _SUPPRESSED.format(
            hit="s.value <> '' AND (s.scope = 'address' AND s.value = a.value"
            " OR s.scope = 'domain' AND s.value = lower(split_part(a.value, '@', 2)))"
        )
        parts.append(
            Compiled(
                f"EXISTS (SELECT 1 FROM ({_ADDRESS.format(id=id)}) AS a WHERE NOT {by_address})",
                (namespace, channel, brand_id),
            )
        )
    return Compiled(
        " AND ".join(part.sql for part in parts), tuple(p for part in parts for p in part.params)
    )


# helpers


def _consent(channel: str, purpose: str, brand_id: int | None, id: str) -> Compiled:
    word, state = ("", "granted") if purpose in NEEDS_A_YES else ("NOT ", "denied")
    return Compiled(
        f"{word}EXISTS (SELECT 1 FROM customers_consent s WHERE s.customer_id = {id}"
        " AND s.channel = %s AND s.purpose = %s AND s.state = %s"
        " AND (%s::bigint IS NULL OR s.brand_id = %s))",
        (channel, purpose, state, brand_id, brand_id),
    )


register_reach(reach)
