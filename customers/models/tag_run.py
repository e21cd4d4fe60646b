"""Refreshes of tags: their log, and the customers whose values are to be looked at again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.tag import Tag


class RunState(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("failed")


class RunScope(models.TextChoices):
    FULL = "full", _("all customers")
    CHANGED = "changed", _("customers who may have changed")
    EXPIRED = "expired", _("values that are not valid any more")


class TagRun(models.Model):
    """One refresh of one tag: how long it took, what came and went, or why it failed."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="runs", db_index=False)
    scope = models.CharField(_("of"), max_length=7, choices=RunScope, default=RunScope.FULL)
    state = models.CharField(_("state"), max_length=7, choices=RunState, default=RunState.RUNNING)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    customers = models.PositiveBigIntegerField(_("customers with a value"), default=0)
    came = models.PositiveBigIntegerField(_("came"), default=0)
    went = models.PositiveBigIntegerField(_("went"), default=0)
    seconds = models.FloatField(_("seconds"), null=True, blank=True)
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    error = models.CharField(_("problem"), max_length=400, blank=True)
    stop_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    stop_asked_at = models.DateTimeField(_("stop asked"), null=True, blank=True)

    class Meta:
        verbose_name = _("refresh of a tag")
        verbose_name_plural = _("refreshes of tags")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["tag", "-id"], name="tagrun_by_tag")]
        constraints = [
            one_of("tagrun", "scope", RunScope),
            one_of("tagrun", "state", RunState),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.started_at:%Y-%m-%d %H:%M}"


class TagDirty(models.Model):
    """A customer whose value of a tag may have changed. Rows are only added and taken, never
    looked for one by one; the same may stand here twice."""

    # Written with every batch of events: a check for each row would cost more than the row.
    tag = models.ForeignKey(Tag, models.CASCADE, db_constraint=False, related_name="+")
    customer_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("value to look at again")
        verbose_name_plural = _("values to look at again")

    def __str__(self) -> str:
        return f"{self.tag_id} {self.customer_id}"
