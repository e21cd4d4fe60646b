"""The rules by which a report puts an address on the list of suppressions.

| report | suppressed | for |
|---|---|---|
| bounce for good | the address on this channel | every brand: nobody is there |
| complaint | the address on this channel | the brand of the message |
| TD, T, STOP, 退订 … | the number on this channel | the account's brand, or every one it serves |

An account may leave out rules by its setting `suppress`: a list of "bounce", "complaint", "stop".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from campaigns.channels import What
from campaigns.models import ChannelAccount, SuppressionReason
from campaigns.outbox.reported import Told
from campaigns.outbox.stop import is_stop

RULES: Final = ("bounce", "complaint", "stop")
WRITE = """
INSERT INTO campaigns_suppression (scope, value, brand_id, channel, reason, note, at)
SELECT 'address', value, brand_id, %(channel)s, reason, note, %(now)s
FROM unnest(%(values)s::text[], %(brands)s::bigint[], %(reasons)s::text[], %(notes)s::text[])
    AS hit (value, brand_id, reason, note)
ON CONFLICT DO NOTHING
"""


def suppress_by_rule(
    cursor: Any, account: ChannelAccount, told: Sequence[Told], now: datetime
) -> None:
    """Write the entries that the rules want; one that stands already stays as it is."""
    rules = account.settings.get("suppress", RULES)
    hits: dict[tuple[str, int | None], tuple[str, str]] = {}
    for each in told:
        report = each.report
        address = (report.address or (each.row.address if each.row else "")).strip()
        address = address.lower() if account.channel == "email" else address
        if not address:
            continue
        if report.what == What.BOUNCED and report.is_permanent and "bounce" in rules:
            hits[address, None] = (SuppressionReason.BOUNCE.value, report.text)
        elif report.what == What.COMPLAINED and "complaint" in rules:
            brand = each.row.brand_id if each.row else account.brand_id
            hits[address, brand] = (SuppressionReason.COMPLAINT.value, "")
        elif report.what == What.REPLIED and is_stop(report.text) and "stop" in rules:
            hits[address, account.brand_id] = (SuppressionReason.UNSUBSCRIBE.value, report.text)
    if hits:
        cursor.execute(
            WRITE,
            {
                "channel": account.channel,
                "now": now,
                "values": [address for address, _brand in hits],
                "brands": [brand for _address, brand in hits],
                "reasons": [reason for reason, _note in hits.values()],
                "notes": [" ".join(note.split())[:240] for _reason, note in hits.values()],
            },
        )
