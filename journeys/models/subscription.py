"""What other systems want to be told: subscriptions of webhooks, and every call with its fate."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from journeys.models.webhook import CallState, Webhook


class Topic(models.TextChoices):
    SEGMENT_ENTERED = "segment.entered", _("Customers came into a segment")
    SEGMENT_LEFT = "segment.left", _("Customers left a segment")
    MESSAGE_SENT = "message.sent", _("A message was handed over to its channel")
    MESSAGE_DELIVERED = "message.delivered", _("A message arrived")
    MESSAGE_OPENED = "message.opened", _("A message was opened")
    MESSAGE_CLICKED = "message.clicked", _("A link in a message was clicked")
    MESSAGE_REPLIED = "message.replied", _("A message was answered")
    MESSAGE_FAILED = "message.failed", _("A message was not sent")
    MESSAGE_BOUNCED = "message.bounced", _("A message bounced")
    MESSAGE_COMPLAINED = "message.complained", _("A message was reported as unwanted")
    UNSUBSCRIBED = "message.unsubscribed", _("A customer unsubscribed")
    CONVERSION = "conversion", _("A customer reached the goal of a journey")
    JOURNEY_STATE = "journey.state", _("A journey was published, paused, resumed or stopped")


class Subscription(models.Model):
    """What one webhook is told. Without `segments` it is every segment that its brand may see, and
    without `journeys` every journey of it.

    `resume_at` holds everything back while the other side doesn't answer at all; `failing_since`
    is the first failure after the last success. After days of it the subscription is switched off,
    and `note` says why.
    """

    webhook = models.OneToOneField(Webhook, models.CASCADE, related_name="subscription")
    topics = ArrayField(models.CharField(max_length=24), verbose_name=_("topics"), default=list)
    segments = ArrayField(
        models.CharField(max_length=40), verbose_name=_("segments"), default=list, blank=True
    )
    journeys = ArrayField(
        models.CharField(max_length=60), verbose_name=_("journeys"), default=list, blank=True
    )
    namespaces = ArrayField(
        models.CharField(max_length=40), verbose_name=_("identities"), default=list, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    failures = models.PositiveIntegerField(_("failures on end"), default=0)
    failing_since = models.DateTimeField(_("fails since"), null=True, blank=True)
    resume_at = models.DateTimeField(_("tried again"), null=True, blank=True)
    succeeded_at = models.DateTimeField(_("last success"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return str(self.webhook)


class Delivery(models.Model):
    """One call: up to a hundred facts of one topic. Its id is the `webhook-id` that the receiver
    sees, the same at every attempt.

    `facts` name customers by number; their identities are looked up when the call is made, so that
    nothing personal is kept here.
    """

    subscription = models.ForeignKey(
        Subscription, models.CASCADE, related_name="deliveries", db_index=False
    )
    topic = models.CharField(_("topic"), max_length=24)
    at = models.DateTimeField(_("when"))
    facts = models.JSONField(_("facts"))
    count = models.PositiveSmallIntegerField(_("facts"), default=1)
    state = models.CharField(_("state"), max_length=7, choices=CallState)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    gives_up_at = models.DateTimeField(_("given up"))
    tried_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("call of a subscription")
        verbose_name_plural = _("calls of subscriptions")
        ordering = ["-id"]
        constraints = [one_of("delivery", "state", CallState)]
        indexes = [
            models.Index(fields=["subscription", "-id"], name="delivery_log"),
            models.Index(
                fields=["subscription", "next_at", "id"],
                name="delivery_due",
                condition=Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"
