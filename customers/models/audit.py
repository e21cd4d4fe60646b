"""The audit log: who changed what, when and by which way. Written once, never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.brand import Brand


class Via(models.TextChoices):
    """The way by which a change came in."""

    PAGE = "page", _("page")
    ADMIN = "admin", _("admin")
    API = "api", _("API")
    COMMAND = "command", _("command")
    SYSTEM = "system", _("system")


class AuditEntry(models.Model):
    """One change. A trigger in the database refuses updates and deletions."""

    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_label = models.CharField(_("actor"), max_length=160)
    via = models.CharField(_("via"), max_length=8, choices=Via)
    action = models.CharField(
        _("action"), max_length=60, help_text=_("noun.verb, such as journey.publish")
    )
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")
    object_type = models.CharField(_("object type"), max_length=40)
    object_id = models.CharField(_("object id"), max_length=40)
    object_label = models.CharField(_("object"), max_length=200, blank=True)
    changes = models.JSONField(_("changes"), default=dict)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-at"], name="audit_by_object"),
            models.Index(fields=["brand", "-at"], name="audit_by_brand"),
        ]
        constraints = [one_of("auditentry", "via", Via)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.action} {self.object_label}"
