"""Keys with which other systems call the API. Only a digest is kept."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.brand import Brand


class ApiKey(models.Model):
    """One key of one brand. Shown once when made; afterwards only its prefix is known."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("prefix"), max_length=12, unique=True)
    digest = models.BinaryField(_("digest"), max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"), default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    rotated_at = models.DateTimeField(_("renewed"), null=True, blank=True)
    # The secret before the last rotation: it opens the same until then.
    old_digest = models.BinaryField(_("old digest"), max_length=32, unique=True, null=True)
    old_prefix = models.CharField(_("old prefix"), max_length=12, blank=True)
    old_until = models.DateTimeField(_("old secret works until"), null=True, blank=True)
    old_used_at = models.DateTimeField(_("old secret last used"), null=True, blank=True)
    calls_per_minute = models.PositiveIntegerField(
        _("calls a minute"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text=_("How many calls it may make in a minute. Empty: as many as any other key."),
    )

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["brand", "name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
