"""Segments: customers who match a rule, or a list."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models.base import Named, one_of
from customers.models.brand import Brand, code_validator
from customers.models.customer import Customer


class SegmentKind(models.TextChoices):
    RULE = "rule", _("by rule")
    LIST = "list", pgettext_lazy("of customers", "list")


class SegmentMode(models.TextChoices):
    LIVE = "live", _("live")
    SCHEDULED = "scheduled", _("on a schedule")
    BY_HAND = "by_hand", _("by hand")


class SegmentScope(models.TextChoices):
    FULL = "full", _("everybody")
    CHANGED = "changed", _("only what changed")


class Segment(Named):
    """A group of customers that other rooms use by its code."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    kind = models.CharField(_("kind"), max_length=4, choices=SegmentKind)
    brand = models.ForeignKey(
        Brand,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="segments",
        help_text=_("Empty: shared by every brand."),
    )
    description = models.CharField(_("description"), max_length=240, blank=True)
    rule = models.JSONField(_("rule"), default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    size = models.PositiveBigIntegerField(_("size"), default=0)
    refresh_seconds = models.PositiveIntegerField(
        _("refreshed every (seconds)"), null=True, blank=True, help_text=_("Empty: only by hand.")
    )
    is_live = models.BooleanField(
        _("kept live"),
        default=False,
        help_text=_("Members follow changes within seconds, where the rule allows it."),
    )
    built_at = models.DateTimeField(_("last built"), null=True, blank=True)
    full_built_at = models.DateTimeField(_("last built from everybody"), null=True, blank=True)
    build_scope = models.CharField(
        _("last build looked at"), max_length=7, choices=SegmentScope, default=SegmentScope.FULL
    )
    entered = models.PositiveBigIntegerField(_("came with the last change"), default=0)
    left = models.PositiveBigIntegerField(_("went with the last change"), default=0)
    build_seconds = models.FloatField(_("last build took (seconds)"), null=True, blank=True)
    full_seconds = models.FloatField(_("finding everybody took (seconds)"), null=True, blank=True)
    full_cost = models.FloatField(
        _("finding everybody was expected to cost"), null=True, blank=True
    )
    problem = models.CharField(_("problem"), max_length=240, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]
        constraints = [
            one_of("segment", "kind", SegmentKind),
            one_of("segment", "build_scope", SegmentScope),
            models.CheckConstraint(
                condition=models.Q(refresh_seconds__isnull=True)
                | models.Q(refresh_seconds__gte=60),
                name="segment_refresh_not_below_a_minute",
            ),
        ]

    @property
    def mode(self) -> SegmentMode:
        """How it is kept up to date."""
        if self.is_live:
            return SegmentMode.LIVE
        return SegmentMode.SCHEDULED if self.refresh_seconds else SegmentMode.BY_HAND


class SegmentMember(models.Model):
    """A customer's membership in a segment, as of the last build."""

    pk = models.CompositePrimaryKey("segment_id", "customer_id")
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="segments")
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("segment member")
        verbose_name_plural = _("segment members")

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.customer_id}"


class SegmentSize(models.Model):
    """The size of a segment after each build, for its history, and who came and went by it
    (unknown of builds before that was kept)."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes")
    at = models.DateTimeField(_("at"))
    size = models.PositiveBigIntegerField(_("size"))
    entered = models.PositiveBigIntegerField(_("came"), null=True, blank=True)
    left = models.PositiveBigIntegerField(_("went"), null=True, blank=True)

    class Meta:
        verbose_name = _("size of a segment")
        verbose_name_plural = _("sizes of segments")
        constraints = [models.UniqueConstraint(fields=["segment", "at"], name="segmentsize_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.at:%Y-%m-%d}: {self.size}"
