"""Bulk work on customers: tagging, lists and files, with how far it got."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.brand import Brand


class JobKind(models.TextChoices):
    TAG = "tag", _("tag")
    UNTAG = "untag", _("take a tag away")
    LIST = "list", _("add to a list")
    EXPORT = "export", _("export")


class JobState(models.TextChoices):
    RUNNING = "running", _("running")
    STOPPED = "stopped", _("stopped")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class BulkJob(models.Model):
    """Something done to many customers at once. Who they are was fixed when it was confirmed;
    `position` is the number of the part that comes next."""

    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=6, choices=JobKind)
    state = models.CharField(_("state"), max_length=7, choices=JobState, default=JobState.RUNNING)
    problem = models.CharField(_("problem"), max_length=400, blank=True)
    what = models.CharField(_("what"), max_length=200)
    options = models.JSONField(_("options"), default=dict)
    total = models.PositiveBigIntegerField(_("customers"), default=0)
    position = models.PositiveIntegerField(_("next part"), default=0)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    changed = models.PositiveBigIntegerField(_("changed"), default=0)
    files = ArrayField(models.CharField(max_length=200), verbose_name=_("files"), default=list)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    runner = models.CharField(max_length=32, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    moved_at = models.DateTimeField(_("last part"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        verbose_name = _("bulk job")
        verbose_name_plural = _("bulk jobs")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["created_by", "-id"], name="bulkjob_by_user")]
        constraints = [
            one_of("bulkjob", "kind", JobKind),
            one_of("bulkjob", "state", JobState),
        ]

    def __str__(self) -> str:
        return self.what


class BulkPart(models.Model):
    """Up to a thousand customers of a job, in its order. Removed when the job is over; of an export
    with its file, so that an erasure finds the files in which somebody stands."""

    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(_("number"))
    customer_ids = ArrayField(models.BigIntegerField(), verbose_name=_("customers"))

    class Meta:
        verbose_name = _("part of a bulk job")
        verbose_name_plural = _("parts of bulk jobs")
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="bulkpart_once")]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.number}"
