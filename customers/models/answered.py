"""Answers of the API that are kept for a day, so that a call may be repeated without harm."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.api_key import ApiKey


class AnsweredCall(models.Model):
    """A call with the header Idempotency-Key, and what it was answered.

    Written in the transaction of the change itself: either both are there or neither.
    """

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    key = models.CharField(_("idempotency key"), max_length=255)
    fingerprint = models.BinaryField(_("fingerprint"), max_length=32)
    status = models.SmallIntegerField(_("status"))
    headers = models.JSONField(_("headers"), default=dict)
    body = models.BinaryField(_("body"))
    at = models.DateTimeField(_("answered"), db_index=True)

    class Meta:
        verbose_name = _("answered call")
        verbose_name_plural = _("answered calls")
        constraints = [
            models.UniqueConstraint(fields=["api_key", "key"], name="answered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
