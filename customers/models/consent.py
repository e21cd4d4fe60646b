"""Consents: the customer's yes or no, per brand, channel and purpose, with its proof."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.brand import Brand
from customers.models.customer import Customer
from customers.models.source import Source


class Channel(models.TextChoices):
    """The ways to reach a customer. Consent is given for them, so they are known here."""

    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    PUSH = "push", _("push")
    WECHAT = "wechat", _("WeChat")
    INAPP = "inapp", _("in-app")
    WEBHOOK = "webhook", _("webhook")
    TASK = "task", _("task for a person")


class Purpose(models.TextChoices):
    TRANSACTIONAL = "transactional", _("transactional")
    SERVICE = "service", _("service")
    MARKETING = "marketing", _("marketing")


class ConsentState(models.TextChoices):
    GRANTED = "granted", _("yes")
    PENDING = "pending", _("asked, not confirmed")
    DENIED = "denied", _("no")


class Consent(models.Model):
    """The state of one consent now."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    state = models.CharField(_("state"), max_length=8, choices=ConsentState)
    since = models.DateTimeField(_("since"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+", db_index=False)
    wording = models.TextField(_("wording"), blank=True)
    proof = models.JSONField(_("proof"), default=dict, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "brand", "channel", "purpose"], name="consent_once"
            ),
            one_of("consent", "channel", Channel),
            one_of("consent", "purpose", Purpose),
            one_of("consent", "state", ConsentState),
        ]
        indexes = [
            # Few wait for a confirmation, and they are looked for every minute.
            models.Index(
                fields=["brand", "since"], name="consent_pending", condition=Q(state="pending")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.get_purpose_display()}: {self.state}"


class ConsentChange(models.Model):
    """One change of a consent, kept for ever as proof."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    state = models.CharField(_("state"), max_length=8, choices=ConsentState)
    at = models.DateTimeField(_("at"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+", db_index=False)
    wording = models.TextField(_("wording"), blank=True)
    proof = models.JSONField(_("proof"), default=dict, blank=True)

    class Meta:
        verbose_name = _("consent change")
        verbose_name_plural = _("consent changes")
        ordering = ["-at"]
        constraints = [
            one_of("consentchange", "channel", Channel),
            one_of("consentchange", "purpose", Purpose),
            one_of("consentchange", "state", ConsentState),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.channel} {self.purpose} {self.state}"
