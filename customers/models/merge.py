"""Merges: two customers found to be one, written down so exactly that it can be undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.brand import Brand
from customers.models.customer import Customer


class MergeReason(models.TextChoices):
    """Why two customers are one."""

    IDENTITIES = "identities", _("one fact named identities of both")
    MANUAL = "manual", _("by hand")
    REVIEW = "review", _("decided in a review")


class Merge(models.Model):
    """One merge: `other` became part of `kept`. It is undone at most once."""

    kept = models.ForeignKey(Customer, models.CASCADE, related_name="merges")
    other = models.ForeignKey(Customer, models.CASCADE, related_name="merged_by")
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=12, choices=MergeReason)
    note = models.CharField(_("note"), max_length=240, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-id"]
        constraints = [
            one_of("merge", "reason", MergeReason),
            models.CheckConstraint(condition=~Q(kept=F("other")), name="merge_of_two"),
            # Nobody is part of two customers at once.
            models.UniqueConstraint(
                fields=["other"], condition=Q(undone_at__isnull=True), name="merge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"C-{self.other_id} → C-{self.kept_id}"


class MergeRow(models.Model):
    """What a merge did to one row of any table.

    `key` finds the row as it is after the merge. `before` holds the columns that were changed as
    they were (`was` = "changed"), or the whole row that went (`was` = "removed"); of a row that
    the merge made (`was` = "made") there is nothing to keep. `after` is kept where later facts
    may have changed the row once more.
    """

    merge = models.ForeignKey(Merge, models.CASCADE, related_name="rows")
    table = models.CharField(_("table"), max_length=63)
    was = models.CharField(_("what was done"), max_length=7)
    key = models.JSONField(_("key"))
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    class Meta:
        verbose_name = _("row of a merge")
        verbose_name_plural = _("rows of merges")
        constraints = [
            models.CheckConstraint(
                condition=Q(was__in=["changed", "removed", "made"]), name="mergerow_was_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merge_id} {self.table} {self.was}"


class ReviewState(models.TextChoices):
    OPEN = "open", _("to be decided")
    MERGED = "merged", _("merged")
    APART = "apart", _("kept apart")


class MergeReview(models.Model):
    """Two customers who may be one, for a person to decide; `one` has the smaller id.

    `namespaces` are the codes whose limit a merge would break, `brand` that of the fact which named
    both, `merge` what the decision led to. A pair that was kept apart is never merged nor asked
    about again by itself.
    """

    one = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    two = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    namespaces = models.JSONField(_("limits in the way"), default=list, blank=True)
    source = models.CharField(_("source"), max_length=40, blank=True)
    brand = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    place = models.CharField(_("item"), max_length=120, blank=True)
    state = models.CharField(
        _("state"), max_length=6, choices=ReviewState, default=ReviewState.OPEN
    )
    opened_at = models.DateTimeField(_("opened"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    merge = models.ForeignKey(
        Merge, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("merge review")
        verbose_name_plural = _("merge reviews")
        ordering = ["-opened_at", "-id"]
        constraints = [
            one_of("mergereview", "state", ReviewState),
            models.UniqueConstraint(fields=["one", "two"], name="mergereview_once"),
            models.CheckConstraint(condition=Q(one__lt=F("two")), name="mergereview_in_order"),
        ]
        indexes = [
            models.Index(fields=["-opened_at"], name="mergereview_open", condition=Q(state="open")),
            models.Index(
                fields=["-decided_at"], name="mergereview_decided", condition=~Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return f"C-{self.one_id}, C-{self.two_id}: {self.get_state_display()}"
