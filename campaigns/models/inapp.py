"""Messages in the brand's own app or site: an inbox and popups, fetched by REST."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.message import Message
from customers.models.base import one_of


class Placement(models.TextChoices):
    INBOX = "inbox", _("inbox")
    POPUP = "popup", _("popup")


class InAppMessage(models.Model):
    """One message that the app shows. Whose it is stands in the message itself, so that it
    follows a customer who is merged."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="inapp")
    placement = models.CharField(_("placement"), max_length=5, choices=Placement)
    title = models.CharField(_("title"), max_length=998, blank=True)
    body = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("at"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    dismissed_at = models.DateTimeField(_("dismissed"), null=True, blank=True)

    class Meta:
        verbose_name = _("in-app message")
        verbose_name_plural = _("in-app messages")
        constraints = [one_of("inappmessage", "placement", Placement)]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.get_placement_display()}"
