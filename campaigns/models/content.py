"""Contents: what a message says, per channel and language, in versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Brand, Channel, Purpose
from customers.models.base import one_of
from customers.models.brand import code_validator


class OnMissing(models.TextChoices):
    """What happens to a message when a value that its text needs is missing or fails."""

    SKIP = "skip", _("do not send")
    FALLBACK = "fallback", _("send with the default value")
    HOLD = "hold", _("hold it for a person")


class OnLoss(models.TextChoices):
    """What happens to a message when another one of the same moment goes first."""

    DEFER = "defer", _("wait until the next one may go")
    DROP = "drop", _("do not send")


class Content(models.Model):
    """A content of one brand for one channel; its texts are in versions."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="contents")
    code = models.CharField(_("code"), max_length=40, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    purpose = models.CharField(
        _("purpose"), max_length=16, choices=Purpose, default=Purpose.MARKETING
    )
    on_missing = models.CharField(
        _("when something is missing"),
        max_length=8,
        choices=OnMissing,
        default=OnMissing.SKIP,
    )
    current = models.ForeignKey(
        "ContentVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    on_loss = models.CharField(
        _("when another message goes first"),
        max_length=8,
        choices=OnLoss,
        default=OnLoss.DEFER,
    )
    worth = models.DecimalField(
        _("worth"),
        max_digits=12,
        decimal_places=2,
        default=0,
        help_text=_(
            "What an answer to it brings on average. Of two that want the same customer "
            "with the same priority, the one that is worth more goes."
        ),
    )
    is_archived = models.BooleanField(_("archived"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("content")
        verbose_name_plural = _("contents")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="content_code_once"),
            one_of("content", "channel", Channel),
            one_of("content", "purpose", Purpose),
            one_of("content", "on_missing", OnMissing),
            one_of("content", "on_loss", OnLoss),
            models.CheckConstraint(condition=Q(worth__gte=0), name="content_worth_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class ContentVersion(models.Model):
    """One version of a content. Messages name the version they were made from."""

    content = models.ForeignKey(Content, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("content version")
        verbose_name_plural = _("content versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["content", "number"], name="contentversion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.content} {self.number}"


class ContentText(models.Model):
    """The text of a version in one language and variant. Templates are Liquid."""

    version = models.ForeignKey(ContentVersion, models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=12)
    variant = models.CharField(_("variant"), max_length=12, default="a")
    subject = models.CharField(_("subject"), max_length=240, blank=True)
    preheader = models.CharField(_("preheader"), max_length=240, blank=True)
    # Of an e-mail it may be left out: then it is made of the HTML.
    body = models.TextField(_("text"), blank=True)
    # HTML, or MJML, which begins with <mjml>.
    html = models.TextField(_("HTML"), blank=True)

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        ordering = ["language", "variant"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "language", "variant"], name="contenttext_once"
            ),
            models.CheckConstraint(
                condition=~Q(body="") | ~Q(html=""), name="contenttext_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.variant}"
