"""Seed addresses: where a brand's people look at a message before customers get it."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Brand, Channel

CHANNELS = [(each.value, each.label) for each in (Channel.EMAIL, Channel.SMS)]


class SeedAddress(models.Model):
    """An address of a colleague or of a mailbox for tests; never a customer's."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="seeds")
    channel = models.CharField(_("channel"), max_length=8, choices=CHANNELS)
    address = models.CharField(_("address"), max_length=320)
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("seed address")
        verbose_name_plural = _("seed addresses")
        ordering = ["channel", "name", "address"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "channel", "address"], name="seedaddress_once"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "sms"]), name="seedaddress_channel_known"
            ),
        ]

    def clean(self) -> None:
        """Refuse what is no address of its channel."""
        self.address = self.address.strip()
        if self.channel == Channel.EMAIL:
            validate_email(self.address)
        elif not re.fullmatch(r"\+[1-9][0-9]{5,14}", self.address):
            raise ValidationError(
                {"address": _("Write the number with its country, such as +8613800000000.")}
            )

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address
