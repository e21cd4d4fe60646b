"""Events and tags of customers as the admin reads them: Django registers no composite keys there.

Both stand on the tables of `Event` and `CustomerTag` and are only read. Their single key is enough
to tell rows of one customer apart, which is all that the admin lists at a time.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.brand import Brand
from customers.models.customer import Customer
from customers.models.event import EventType
from customers.models.source import Source
from customers.models.tag import Tag


class EventRow(models.Model):
    """One event, with the number that the table gives it as its key (no index leads to it)."""

    id = models.BigIntegerField(primary_key=True)
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    event_type = models.ForeignKey(
        EventType, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("event type"),
    )  # fmt: skip
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
        verbose_name = _("event of a customer")
        verbose_name_plural = _("events of customers")

    def __str__(self) -> str:
        return f"{self.event_type_id} {self.occurred_at:%Y-%m-%d %H:%M}"


class TagRow(models.Model):
    """One tag value of a customer. The column `value` is the key that Django asks for."""

    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    tag = models.ForeignKey(
        Tag, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    value = models.CharField(_("value"), max_length=160, primary_key=True)
    since = models.DateTimeField(_("since"))
    expires_at = models.DateTimeField(_("expires"), null=True)
    source = models.ForeignKey(
        Source, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        managed = False
        db_table = "customers_customertag"
        verbose_name = _("tag of a customer")
        verbose_name_plural = _("tags of customers")

    def __str__(self) -> str:
        return f"{self.tag_id}={self.value}"
