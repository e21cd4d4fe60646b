"""What surrounds a computation: the moment, the clock, the brand, and whom it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from customers.rules import Compiled
from customers.rules.properties import compile_property_condition
from customers.tags.definition.nodes import Events

# Nobody who was merged into somebody else or erased has a value.
LIVING = "c.merged_into_id IS NULL AND c.erased_at IS NULL"


@dataclass(frozen=True, slots=True)
class Frame:
    """`zone` is the clock on which days pass. With a brand only its own events count, and those
    that name no brand. `only` restricts to the customers in the temporary table tag_looked;
    `customer_id` to one.
    """

    now: datetime
    zone: str = "UTC"
    brand_id: int | None = None
    only: bool = False
    customer_id: int | None = None

    @property
    def today(self) -> date:
        """The day on the clock of the frame."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    @property
    def whole(self) -> bool:
        """Whether it is about everybody."""
        return not self.only and self.customer_id is None

    def some(self, column: str) -> Compiled:
        """The condition that restricts *column*, an id of customers, to whom it is about."""
        if self.customer_id is not None:
            return Compiled(f"{column} = %s", (self.customer_id,))
        if self.only:
            return Compiled(f"{column} IN (SELECT customer_id FROM tag_looked)")
        return Compiled("true")

    def source(self, events: Events) -> Compiled:
        """FROM and WHERE of these events, as `e`."""
        sql = (
            "FROM customers_event e WHERE e.event_type_id = "
            "(SELECT y.id FROM customers_eventtype y WHERE y.code = %s) AND e.occurred_at <= %s"
        )
        params: tuple[object, ...] = (events.name, self.now)
        if self.only:
            # From the few to their events by the index, never over all events.
            sql = sql.replace(
                "customers_event e WHERE",
                "tag_looked l JOIN customers_event e ON e.customer_id = l.customer_id WHERE",
            )
        elif self.customer_id is not None:
            sql += " AND e.customer_id = %s"
            params += (self.customer_id,)
        if events.window is not None:
            sql += " AND e.occurred_at >= %s"
            params += (self.now - events.window,)
        if self.brand_id is not None:
            sql += " AND (e.brand_id IS NULL OR e.brand_id = %s)"
            params += (self.brand_id,)
        if events.where is not None:
            inner = compile_property_condition(events.where, "e.properties", now=self.now)
            sql += f" AND {inner.sql}"
            params += inner.params
        return Compiled(sql, params)
