"""Webhooks: where journeys call other systems, and every call with what came back."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Brand, Customer
from customers.models.base import one_of
from customers.models.brand import code_validator


class Webhook(models.Model):
    """An address of another system. The secret signs every call; it is kept sealed."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=40, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    url = models.CharField(
        _("address"), max_length=500, validators=[URLValidator(schemes=["https", "http"])]
    )
    secret = models.BinaryField(_("secret"))
    # The secret before: calls are signed by both until then.
    old_secret = models.BinaryField(_("old secret"), null=True)
    old_until = models.DateTimeField(_("old secret works until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="webhook_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class CallState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    OK = "ok", _("answered")
    FAILED = "failed", _("failed")


class WebhookCall(models.Model):
    """One call: written with the visit, made by a worker outside of any transaction.

    Its id is the `webhook-id` that the receiver sees, the same at every attempt.
    """

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="calls", db_index=False)
    enrollment_id = models.BigIntegerField(_("enrollment"))
    visit = models.PositiveIntegerField(_("visit"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    node = models.CharField(_("node"), max_length=40)
    body = models.JSONField(_("body"))
    headers = models.JSONField(_("headers"), default=dict, db_default={}, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=CallState)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    gives_up_at = models.DateTimeField(_("given up"))
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    answer = models.JSONField(_("answer"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("webhook call")
        verbose_name_plural = _("webhook calls")
        ordering = ["-id"]
        constraints = [
            one_of("webhookcall", "state", CallState),
            models.UniqueConstraint(
                fields=["enrollment_id", "visit"], name="webhookcall_once_per_visit"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"], name="webhookcall_due", condition=Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_state_display()}"
