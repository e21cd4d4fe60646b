"""What surrounds a rule in the statement that asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings

from customers.models import Brand
from customers.rules.nodes import Compiled


@dataclass
class Where:
    """The clock, the tables of the caller, and whose clock and consents count.

    `alias` stands for customers_customer in the caller's FROM; None where no customer is at hand.

    `events_of` is the brand whose events count, beside those that name no brand (None: all).
    `whole`: the statement runs over everybody, so conditions over events may add a pass over the
    events to `joins` instead of looking up each customer.
    """

    now: datetime
    alias: str | None = "c"
    entry_properties: str | None = None
    entered_at: str | None = None
    brand_id: int | None = None
    events_of: int | None = None
    whole: bool = False
    joins: list[Compiled] = field(default_factory=list)

    @cached_property
    def zone(self) -> str:
        """The brand's clock: of days that a rule names, and of customers without their own."""
        if self.brand_id is None:
            return settings.TIME_ZONE
        found = Brand.objects.filter(pk=self.brand_id).values_list("timezone", flat=True).first()
        return found or settings.TIME_ZONE

    @property
    def clock(self) -> Compiled:
        """The customer's own zone, else the brand's; the brand's where nobody is at hand."""
        if self.alias is None:
            return Compiled("%s::text", (self.zone,))
        return Compiled(f"COALESCE(NULLIF({self.alias}.timezone, ''), %s::text)", (self.zone,))

    def day(self, offset: timedelta = timedelta(0)) -> Compiled:
        """The customer's today, moved by *offset* (whole days in the calendar), as 2026-11-22."""
        clock, params = self.clock
        rest = offset - timedelta(days=offset.days)
        return Compiled(
            f"to_char((%s::timestamptz AT TIME ZONE {clock})::date + %s::int, 'YYYY-MM-DD')",
            (self.now + rest, *params, offset.days),
        )

    @property
    def events(self) -> Compiled:
        """Whose events count, as a condition on e.brand_id that begins with AND."""
        if self.events_of is None:
            return Compiled("")
        return Compiled(" AND (e.brand_id IS NULL OR e.brand_id = %s)", (self.events_of,))

    @property
    def joined(self) -> Compiled:
        """The passes that conditions asked for, to stand behind the customers in FROM."""
        params = tuple(param for each in self.joins for param in each.params)
        return Compiled("".join(f" {each.sql}" for each in self.joins), params)

    def join(self, sql: str, params: tuple[object, ...]) -> str:
        """Add a pass: a SELECT with one row per customer_id; returns the alias to read it by."""
        name = f"pass{len(self.joins)}"
        self.joins.append(
            Compiled(f"LEFT JOIN ({sql}) AS {name} ON {name}.customer_id = {self.alias}.id", params)
        )
        return name
