"""The list of suppressions as a whole: by address, domain or customer, typed or from a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns.models import Suppression, SuppressionReason, SuppressionScope
from customers.access import Actor, Right, record, require
from customers.identity.normalise import NotAnIdentity, normalise
from customers.models import Brand, Channel, Customer

MOST: Final = 500_000
MOST_NAMED: Final = 20
PIECE: Final = 20_000
NOTE: Final = 240
_CUSTOMER: Final = re.compile(r"[Cc]-?([0-9]{1,18})")
_DOMAIN: Final = re.compile(r"@?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62})")

WRITE: Final = """
INSERT INTO campaigns_suppression
    (scope, value, customer_id, brand_id, channel, reason, note, at, by_id)
SELECT scope, value, customer_id, %(brand)s, %(channel)s, %(reason)s, %(note)s, %(now)s, %(by)s
FROM unnest(%(scopes)s::text[], %(values)s::text[], %(customers)s::bigint[])
    AS said (scope, value, customer_id)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Who is meant by one line."""

    scope: SuppressionScope
    value: str = ""
    customer_id: int | None = None


@dataclass(slots=True)
class Listed:
    """How many entries are new and known, and the lines that mean nobody: (number, sentence)."""

    new: int = 0
    known: int = 0
    bad: int = 0
    named: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, line: int, text: str) -> None:
        self.bad += 1
        if len(self.named) < MOST_NAMED:
            self.named.append((line, text))


def read_target(text: str) -> Target:
    """Who *text* means: C-123 is a customer, name@example.com or a phone number an address,
    example.com or @example.com a domain. Raises ValidationError."""
    text = text.strip().removeprefix("\ufeff")
    if found := _CUSTOMER.fullmatch(text):
        return Target(SuppressionScope.CUSTOMER, customer_id=int(found[1]))
    if found := _DOMAIN.fullmatch(text.lower()):
        return Target(SuppressionScope.DOMAIN, found[1])
    try:
        kind = "email" if "@" in text else "phone"
        return Target(SuppressionScope.ADDRESS, normalise(kind, text))
    except NotAnIdentity as error:
        raise ValidationError(
            _(
                "“%(text)s” is no e-mail address, phone number, domain or number of a customer "
                "such as C-123."
            )
            % {"text": text[:60]}
        ) from error


def suppress_all(
    actor: Actor,
    lines: Iterable[str],
    *,
    brand: Brand | None,
    channel: str = "",
    reason: str = SuppressionReason.IMPORT,
    note: str = "",
    now: datetime,
) -> Listed:
    """Put everybody whom *lines* name on the list, for *brand* (None: every one) and *channel*
    (empty: every one). A line that means nobody is told with its number and holds no other up.

    Raises RightMissing, and ValidationError for a channel that is none or too many lines.
    """
    require(actor, Right.SUPPRESS, brand)
    if channel and channel not in Channel.values:
        raise ValidationError({"channel": _("Choose a channel, or all of them.")})
    done = Listed()
    targets: dict[Target, int] = {}
    for number, line in enumerate(lines, start=1):
        if number > MOST:
            text = _("A list may have at most %(n)d lines. Split it.")
            raise ValidationError(text % {"n": MOST})
        if not line.strip().removeprefix("\ufeff"):
            continue
        try:
            targets.setdefault(read_target(line), number)
        except ValidationError as error:
            done.refuse(number, " ".join(error.messages))
    _leave_out_strangers(targets, done)
    with transaction.atomic():
        done.new = _write(actor, list(targets), brand, channel, reason, note, now)
        done.known = len(targets) - done.new
        if done.new:
            changes = {"new": done.new, "channel": channel or "all", "reason": str(reason)}
            record(actor, "suppressions.add", brand or Suppression(), now=now, brand=brand,
                   changes=changes)  # fmt: skip
    return done


# helpers


def _leave_out_strangers(targets: dict[Target, int], done: Listed) -> None:
    """Refuse numbers of customers whom nobody knows."""
    asked = {each.customer_id: each for each in targets if each.customer_id is not None}
    if not asked:
        return
    rows = Customer.objects.filter(
        pk__in=list(asked), erased_at__isnull=True, merged_into__isnull=True
    )
    strangers = asked.keys() - set(rows.values_list("pk", flat=True))
    for number in sorted(strangers):
        line = targets.pop(asked[number])
        done.refuse(line, _("There is no customer C-%(n)d.") % {"n": number})


def _write(
    actor: Actor,
    targets: list[Target],
    brand: Brand | None,
    channel: str,
    reason: str,
    note: str,
    now: datetime,
) -> int:
    new = 0
    with connection.cursor() as cursor:
        for start in range(0, len(targets), PIECE):
            piece = targets[start : start + PIECE]
            cursor.execute(
                WRITE,
                {
                    "brand": brand.pk if brand else None,
                    "channel": channel,
                    "reason": str(reason),
                    "note": " ".join(note.replace("\x00", "").split())[:NOTE],
                    "now": now,
                    "by": actor.user.pk if actor.user else None,
                    "scopes": [each.scope.value for each in piece],
                    "values": [each.value for each in piece],
                    "customers": [each.customer_id for each in piece],
                },
            )
            new += cursor.rowcount
    return new
