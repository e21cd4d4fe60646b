"""Entries that have a time: runs over an audience, customers who are to enter later, limits."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from journeys.models.journey import Journey


class TriggerRun(models.Model):
    """One run of a trigger over an audience, such as this Monday's; once per moment.

    It goes on in batches in the order of customers, `after_customer_id` moving with the
    enrollments it counts, so that a killed one loses and doubles nobody.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="runs", db_index=False)
    node = models.CharField(_("node"), max_length=40)
    due_at = models.DateTimeField(_("due"))
    started_at = models.DateTimeField(_("started"))
    after_customer_id = models.BigIntegerField(_("entered up to customer"), default=0)
    looked = models.BigIntegerField(_("looked at"), default=0)
    entered = models.BigIntegerField(_("entered"), default=0)
    wave_size = models.BigIntegerField(_("size of a wave"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("run of a trigger")
        verbose_name_plural = _("runs of triggers")
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(fields=["journey", "node", "due_at"], name="triggerrun_once"),
        ]

    def __str__(self) -> str:
        return f"{self.journey_id} {self.node} {self.due_at:%Y-%m-%d %H:%M}: {self.entered}"


class TriggerClock(models.Model):
    """Up to when the moments of a trigger have been looked at; locked by whoever looks."""

    pk = models.CompositePrimaryKey("journey_id", "node")
    journey_id = models.BigIntegerField(_("journey"))
    node = models.CharField(_("node"), max_length=40)
    looked_until = models.DateTimeField(_("looked at until"))

    class Meta:
        verbose_name = _("clock of a trigger")
        verbose_name_plural = _("clocks of triggers")

    def __str__(self) -> str:
        return f"{self.journey_id} {self.node} {self.looked_until:%Y-%m-%d %H:%M}"


class EntryTally(models.Model):
    """How many have entered a journey that has a limit; locked while some enter, so it is exact."""

    journey = models.OneToOneField(Journey, models.CASCADE, primary_key=True, related_name="+")
    entered = models.BigIntegerField(_("entered"), default=0)

    class Meta:
        verbose_name = _("tally of entries")
        verbose_name_plural = _("tallies of entries")

    def __str__(self) -> str:
        return f"{self.journey_id}: {self.entered}"


class Entrant(models.Model):
    """A customer who is to enter at `due_at`, if what she entered for still holds then.

    `token` is what makes the entry one: the event, or the day of a date. It goes with the
    customer when she is merged.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="entrants", db_index=False)
    node = models.CharField(_("node"), max_length=40)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    token = models.CharField(_("token"), max_length=80)
    since = models.DateTimeField(_("since"))
    due_at = models.DateTimeField(_("due"))
    entry_key = models.CharField(_("entry key"), max_length=120, blank=True)
    context = models.JSONField(_("context"), default=dict)

    class Meta:
        verbose_name = _("entrant")
        verbose_name_plural = _("entrants")
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "journey", "node", "token"], name="entrant_once"
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__gte=F("since")), name="entrant_due_after_since"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="entrant_due")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.node} {self.due_at:%Y-%m-%d %H:%M}"
