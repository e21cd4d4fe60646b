"""Tags: computed or assigned labels with a value."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.attribute import DataType
from customers.models.base import Named, one_of
from customers.models.brand import Brand, code_validator
from customers.models.customer import Customer
from customers.models.source import Source


class TagKind(models.TextChoices):
    ASSIGNED = "assigned", _("assigned")
    FACT = "fact", _("fact")
    MODEL = "model", _("model")
    PREDICTIVE = "predictive", _("predictive")


class RefreshEvery(models.TextChoices):
    HAND = "hand", _("only by hand")
    HOUR = "hour", _("every hour")
    DAY = "day", _("every day")
    WEEK = "week", _("every week, on Monday")


class TagCategory(Named):
    """A shelf in the tree of tags."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("tag category")
        verbose_name_plural = _("tag categories")
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="tagcategory_not_its_own_parent",
            )
        ]

    def clean(self) -> None:
        """Raises ValidationError when the tree would close to a circle or grow too deep."""
        from customers.tags.tree import check_parent

        check_parent(self)


class Tag(Named):
    """A tag: what it is called, of which kind, and how its value comes about."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    kind = models.CharField(_("kind"), max_length=12, choices=TagKind, default=TagKind.ASSIGNED)
    data_type = models.CharField(_("type"), max_length=8, choices=DataType, default=DataType.TEXT)
    is_multiple = models.BooleanField(
        _("several values"), default=False, help_text=_("A customer may have several at once.")
    )
    category = models.ForeignKey(
        TagCategory, models.PROTECT, null=True, blank=True, related_name="tags"
    )
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    description = models.CharField(_("description"), max_length=240, blank=True)
    definition = models.JSONField(_("definition"), default=dict, blank=True)
    valid_days = models.PositiveIntegerField(
        _("valid for days"), null=True, blank=True, help_text=_("Empty: until it is changed.")
    )
    refresh_every = models.CharField(
        _("refreshed"), max_length=4, choices=RefreshEvery, default=RefreshEvery.HAND
    )
    refresh_time = models.TimeField(
        _("at"), default=time(3), help_text=_("On the clock of the brand.")
    )
    follows_events = models.BooleanField(
        _("follows events"),
        default=False,
        help_text=_("A customer's value is worked out again seconds after an event of hers."),
    )
    # Codes of the events that the definition reads, and figures (cuts) of the last full refresh.
    watches = ArrayField(models.CharField(max_length=120), default=list, blank=True, editable=False)
    figures = models.JSONField(default=dict, blank=True, editable=False)
    refreshed_at = models.DateTimeField(_("last refreshed"), null=True, blank=True)
    next_refresh_at = models.DateTimeField(_("next refresh"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["category__position", "name"]
        constraints = [
            one_of("tag", "kind", TagKind),
            one_of("tag", "data_type", DataType),
            one_of("tag", "refresh_every", RefreshEvery),
            models.CheckConstraint(
                condition=Q(valid_days__isnull=True) | Q(valid_days__gte=1), name="tag_valid_some"
            ),
        ]

    @property
    def is_computed(self) -> bool:
        """Whether the values come from the definition, and not from people or systems."""
        return self.kind in (TagKind.FACT, TagKind.MODEL)


class CustomerTag(models.Model):
    """A tag that a customer has, with its value, since when and from where.

    Fifty thousand of them may come in a second. Foreign keys in the database would be looked up
    for each, at three times the cost of the row; who writes holds the customers and the tag.
    """

    pk = models.CompositePrimaryKey("customer_id", "tag_id", "value")
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="tags", db_index=False, db_constraint=False
    )
    tag = models.ForeignKey(
        Tag, models.PROTECT, related_name="customers", db_index=False, db_constraint=False
    )
    value = models.CharField(_("value"), max_length=160, default="")
    since = models.DateTimeField(_("since"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name = _("tag of a customer")
        verbose_name_plural = _("tags of customers")
        indexes = [
            models.Index(fields=["tag", "value", "customer"], name="customertag_by_value"),
            models.Index(
                fields=["expires_at"],
                name="customertag_expiring",
                condition=Q(expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id}={self.value}"


class TagChange(models.Model):
    """One change of a tag of a customer: a value came (`added`) or went."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_constraint=False)
    tag = models.ForeignKey(
        Tag, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    value = models.CharField(_("value"), max_length=160)
    added = models.BooleanField(_("came"))
    at = models.DateTimeField(_("at"))
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name = _("tag change")
        verbose_name_plural = _("tag changes")
        ordering = ["-at"]
        indexes = [models.Index(fields=["tag", "at"], name="tagchange_by_tag")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.tag_id} {'+' if self.added else '-'}{self.value}"
