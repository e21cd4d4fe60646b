"""Events: what happened to a customer at a moment, with properties."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import Named
from customers.models.brand import Brand
from customers.models.customer import Customer
from customers.models.source import Source


class EventType(Named):
    """A kind of event, found when the first one arrives; `code` is the name that systems send."""

    code = models.CharField(_("code"), max_length=120, unique=True)
    description = models.CharField(_("description"), max_length=240, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("event type")
        verbose_name_plural = _("event types")
        ordering = ["code"]


class Event(models.Model):
    """One event. The table is partitioned by month and has no primary key of its own.

    The one index is (customer_id, event_type_id, occurred_at): it serves rules, waits and the
    timeline. Foreign keys are not checked by the database here; the one door writes both sides
    in one transaction, and the check would cost a third of its speed.
    """

    pk = models.CompositePrimaryKey("occurred_at", "id")
    id = models.BigIntegerField()
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="events"
    )
    event_type = models.ForeignKey(
        EventType, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    occurred_at = models.DateTimeField(_("occurred"))
    received_at = models.DateTimeField(_("received"))
    brand = models.ForeignKey(
        Brand, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    source = models.ForeignKey(
        Source, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    properties = models.JSONField(_("properties"), default=dict)

    class Meta:
        managed = False
        db_table = "customers_event"
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.event_type_id} {self.occurred_at:%Y-%m-%d %H:%M}"


class EventKey(models.Model):
    """Idempotency keys of facts already taken in, as the MD5 of 'source:key'; they expire."""

    key = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")

    def __str__(self) -> str:
        return str(self.key)
