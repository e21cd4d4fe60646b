"""Imports: files that were brought in, how far they got, and the rows that were refused."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models.base import one_of
from customers.models.brand import Brand


class ImportKind(models.TextChoices):
    CUSTOMERS = "customers", _("customers")
    EVENTS = "events", _("events")
    TAGS = "tags", _("tags")
    LIST = "list", pgettext_lazy("of customers", "list")


class ImportState(models.TextChoices):
    DRAFT = "draft", _("draft")
    RUNNING = "running", _("running")
    STOPPED = "stopped", _("stopped")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Import(models.Model):
    """One file on its way in.

    A draft's file arrives in parts until `received` is `size`; `digest` is empty until then.
    `position` is the last line whose fate is committed, `lines` about how many there are.
    """

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="imports")
    kind = models.CharField(_("kind"), max_length=9, choices=ImportKind)
    source = models.CharField(_("source"), max_length=40, default="import")
    file_name = models.CharField(_("file"), max_length=200)
    stored = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("Name in the storage of files; empty for a file of the command line."),
    )
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    received = models.PositiveBigIntegerField(_("bytes that have arrived"), default=0)
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    header = models.JSONField(_("columns"), default=list)
    mapping = models.JSONField(_("mapping"), default=dict)
    state = models.CharField(
        _("state"), max_length=7, choices=ImportState, default=ImportState.DRAFT
    )
    problem = models.CharField(_("problem"), max_length=400, blank=True)
    position = models.PositiveBigIntegerField(_("last line read"), default=0)
    lines = models.PositiveBigIntegerField(_("lines of the file, about"), default=0)
    rows = models.PositiveBigIntegerField(_("rows read"), default=0)
    accepted = models.PositiveBigIntegerField(_("accepted"), default=0)
    refused = models.PositiveBigIntegerField(_("refused"), default=0)
    duplicates = models.PositiveBigIntegerField(_("known already"), default=0)
    passed_over = models.PositiveBigIntegerField(_("passed over"), default=0)
    customers_created = models.PositiveBigIntegerField(_("new customers"), default=0)
    merged = models.PositiveBigIntegerField(_("merged customers"), default=0)
    clashes = models.PositiveBigIntegerField(_("pairs to decide"), default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("brought by"),
    )
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    resumed_at = models.DateTimeField(_("last resumed"), null=True, blank=True)
    resumed_position = models.PositiveBigIntegerField(default=0)
    moved_at = models.DateTimeField(_("last batch"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["digest", "brand"], name="import_by_digest")]
        constraints = [
            one_of("import", "kind", ImportKind),
            one_of("import", "state", ImportState),
        ]

    def __str__(self) -> str:
        return self.file_name


class TrialState(models.TextChoices):
    RUNNING = "running", _("running")
    STOPPED = "stopped", _("stopped")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class ImportTrial(models.Model):
    """What a draft would do, found out by a worker: how far it is, then what became of it.

    `of` is a digest of the mapping that was tried; another mapping is another trial. `result` is
    a Rehearsal as JSON, `problems` are sentences when the file could not be tried. `before` loaded
    the same content, with the same mapping when it `is_same`.
    """

    import_of = models.OneToOneField(
        Import, models.CASCADE, primary_key=True, related_name="trial", verbose_name=_("import")
    )
    of = models.CharField(max_length=64)
    state = models.CharField(
        _("state"), max_length=7, choices=TrialState, default=TrialState.RUNNING
    )
    rows = models.PositiveIntegerField(_("rows read"), default=0)
    asked_at = models.DateTimeField(_("asked"))
    moved_at = models.DateTimeField(_("last batch"), null=True, blank=True)
    result = models.JSONField(_("result"), default=dict)
    problems = models.JSONField(_("problems"), default=list)
    before = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")
    is_same = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("trial of an import")
        verbose_name_plural = _("trials of imports")
        constraints = [one_of("importtrial", "state", TrialState)]

    def __str__(self) -> str:
        return f"{self.import_of_id}: {self.state}"


class ImportRefusal(models.Model):
    """A row that was not taken in, with the reason in a sentence and its first cells."""

    import_of = models.ForeignKey(Import, models.CASCADE, related_name="refusals")
    line = models.PositiveBigIntegerField(_("line"))
    text = models.CharField(_("reason"), max_length=400)
    row = models.JSONField(_("row"), default=list)

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")

    def __str__(self) -> str:
        return f"{self.line}: {self.text}"


class RememberedMapping(models.Model):
    """The mapping last used for files with these columns, offered again for the next one."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=9, choices=ImportKind)
    header_digest = models.CharField(max_length=64)
    header = models.JSONField(_("columns"), default=list)
    mapping = models.JSONField(_("mapping"), default=dict)
    used_at = models.DateTimeField(_("last used"))

    class Meta:
        verbose_name = _("remembered mapping")
        verbose_name_plural = _("remembered mappings")
        constraints = [
            one_of("rememberedmapping", "kind", ImportKind),
            models.UniqueConstraint(
                fields=["brand", "kind", "header_digest"], name="rememberedmapping_once"
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(map(str, self.header))[:80] or self.header_digest[:8]
