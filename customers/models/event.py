"""Events: what happened to a customer at a moment, with properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models.base import Named
from customers.models.brand import Brand
from customers.models.customer import Customer
from customers.models.source import Source

# What the product and its channels tell of messages, by the name of the event.
BUILT_IN: Final[Mapping[str, Promise]] = {
    "message_sent": _("Message sent"),
    "message_delivered": _("Message delivered"),
    "message_opened": _("Message opened"),
    "message_opened_by_machine": _("Message opened by a machine"),
    "message_dismissed": _("Message closed"),
    "message_clicked": _("Link in a message clicked"),
    "message_clicked_by_machine": _("Link in a message fetched by a machine"),
    "message_replied": _("Message answered"),
    "message_failed": _("Message not sent"),
    "message_deferred": _("Message held up on its way"),
    "message_bounced": _("Message bounced"),
    "message_expired": _("Message came too late"),
    "message_rejected": _("Message refused"),
    "message_complained": _("Message reported as unwanted"),
    "unsubscribed": _("Unsubscribed"),
    "resubscribed": _("Subscribed again"),
}


def check_marks(value: object) -> None:
    """Raise ValidationError unless *value* maps names of properties to true or false."""
    if not isinstance(value, dict) or not all(isinstance(each, bool) for each in value.values()):
        raise ValidationError(
            _('Write it as {"remark": true, "contact": false}: the names of properties with true.')
        )


class EventType(Named):
    """A kind of event, found when the first one arrives; `code` is the name that systems send."""

    code = models.CharField(_("code"), max_length=120, unique=True)
    description = models.CharField(_("description"), max_length=240, blank=True)
    personal = models.JSONField(
        _("personal properties"),
        default=dict,
        db_default=Value({}, output_field=models.JSONField()),
        blank=True,
        validators=[check_marks],
        help_text=_(
            "Properties that speak of a person are known by their name, such as phone or address. "
            'Where the name says it wrong, say it here: {"remark": true, "contact": false}.'
        ),
    )
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("event type")
        verbose_name_plural = _("event types")
        ordering = ["code"]

    @property
    def own_name(self) -> str | Promise:
        """The name that somebody gave it, else the product's for its own events, else the code in
        words. A type that is not known yet has a name too: `EventType(code=code).title`."""
        words = self.words_of(self.code)
        if self.name and self.name not in (self.code, words):
            return self.name
        return BUILT_IN.get(self.code) or words

    @staticmethod
    def words_of(code: str) -> str:
        """The name that a type gets when its first event arrives, as the door writes it."""
        return code.replace("_", " ")


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
