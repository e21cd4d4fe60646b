"""Messages: what a journey wants to say (candidate), the gate's word on it, and what became of it.

A candidate is written by the engine in the transaction that moves the customer. The gate decides
it and writes each verdict into the ledger of decisions; an allowed candidate becomes a message,
which the outbox hands over. Journeys lie above this app, so they are known here by numbers only.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.utils.translation import gettext_lazy as _

from campaigns.models.account import ChannelAccount
from campaigns.models.campaign import Campaign
from campaigns.models.content import Content, ContentVersion
from customers.models import Brand, Channel, Customer, Purpose
from customers.models.base import one_of
from customers.models.customer import BUCKETS


class Verdict(models.TextChoices):
    """The gate's word."""

    ALLOWED = "allowed", _("allowed")
    DEFERRED = "deferred", _("deferred")
    STOPPED = "stopped", _("stopped")


class CandidateState(models.TextChoices):
    WAITING = "waiting", _("waiting for the gate")
    DEFERRED = "deferred", _("deferred")
    ALLOWED = "allowed", _("allowed")
    STOPPED = "stopped", _("stopped")


class Candidate(models.Model):
    """A message that a journey wants to send: one per (enrollment, node, visit).

    The database does not check what it refers to: the engine reads it in the statement that writes
    the candidate, and the checks cost as much as the candidate itself.
    """

    brand = models.ForeignKey(
        Brand, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="candidates", db_constraint=False
    )
    bucket = models.SmallIntegerField(_("bucket"))
    journey_id = models.BigIntegerField(_("journey"))
    version_id = models.BigIntegerField(_("version"))
    enrollment_id = models.BigIntegerField(_("enrollment"))
    node = models.CharField(_("node"), max_length=40)
    visit = models.PositiveIntegerField(_("visit"))
    campaign = models.ForeignKey(
        Campaign,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    content = models.ForeignKey(
        Content, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    priority = models.SmallIntegerField(
        _("priority"), default=50, help_text=_("0 to 100; the higher one goes first.")
    )
    context = models.JSONField(
        _("context"), default=dict, help_text=_("What the text may use: the event, the journey.")
    )
    wanted_at = models.DateTimeField(_("wanted"))
    due_at = models.DateTimeField(_("due"), help_text=_("When the gate looks at it (again)."))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=CandidateState, default=CandidateState.WAITING
    )
    rule = models.CharField(_("deciding rule"), max_length=24, blank=True)
    detail = models.JSONField(_("numbers"), default=dict)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment_id", "node", "visit"], name="candidate_once_per_visit"
            ),
            one_of("candidate", "state", CandidateState),
            one_of("candidate", "channel", Channel),
            one_of("candidate", "purpose", Purpose),
            models.CheckConstraint(
                condition=Q(priority__range=(0, 100)), name="candidate_priority_range"
            ),
            # Caps are exact because one worker owns all candidates of a customer, by her bucket.
            models.CheckConstraint(
                condition=Q(bucket=Mod(F("customer"), BUCKETS)), name="candidate_bucket_of_customer"
            ),
        ]
        indexes = [
            models.Index(
                fields=["bucket", "due_at"],
                name="candidate_due",
                condition=Q(state__in=["waiting", "deferred"]),
            ),
            models.Index(fields=["journey_id", "node", "state"], name="candidate_by_node"),
            models.Index(
                fields=["campaign", "state"],
                name="candidate_by_campaign",
                condition=Q(campaign__isnull=False),
            ),
            models.Index(
                fields=["decided_at"], name="candidate_stopped_at", condition=Q(state="stopped")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_channel_display()} · {self.get_state_display()}"


class Decision(models.Model):
    """One verdict of the gate, with the rule and its numbers. Append-only, in months.

    The table is partitioned by `decided_at`, so in the database `id` is a number without an
    index: rows are found by their candidate.
    """

    candidate_id = models.BigIntegerField(_("candidate"), db_index=True)
    customer_id = models.BigIntegerField(_("customer"))
    decided_at = models.DateTimeField(_("decided"))
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    rule = models.CharField(_("rule"), max_length=24)
    detail = models.JSONField(_("numbers"), default=dict)
    next_at = models.DateTimeField(_("may pass again"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision of the gate")
        verbose_name_plural = _("decisions of the gate")
        ordering = ["-decided_at", "-id"]
        constraints = [one_of("decision", "verdict", Verdict)]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} ({self.rule})"


class MessageState(models.TextChoices):
    ACCEPTED = "accepted", _("accepted")
    HANDED_OVER = "handed_over", _("handed over")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    UNCERTAIN = "uncertain", _("uncertain")
    HELD = "held", _("held")


class Message(models.Model):
    """A message that passed the gate, and what became of it.

    `accepted_at` is the moment that frequency caps count.
    """

    candidate = models.OneToOneField(Candidate, models.CASCADE, related_name="message")
    brand = models.ForeignKey(Brand, models.DO_NOTHING, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="messages", db_index=False)
    journey_id = models.BigIntegerField(_("journey"))
    node = models.CharField(_("node"), max_length=40)
    campaign = models.ForeignKey(
        Campaign, models.DO_NOTHING, null=True, related_name="+", db_index=False
    )
    content = models.ForeignKey(
        Content,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    content_version = models.ForeignKey(
        ContentVersion, models.PROTECT, null=True, related_name="+", db_index=False
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    priority = models.SmallIntegerField(_("priority"), default=50)
    account = models.ForeignKey(
        ChannelAccount, models.PROTECT, null=True, related_name="+", db_index=False
    )
    address = models.CharField(_("address"), max_length=320, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    variant = models.CharField(_("variant"), max_length=12, blank=True)
    subject = models.CharField(_("subject"), max_length=998, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=MessageState, default=MessageState.ACCEPTED
    )
    accepted_at = models.DateTimeField(_("accepted"))
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    clicked_at = models.DateTimeField(_("clicked"), null=True, blank=True)
    provider_id = models.CharField(_("id at the provider"), max_length=200, blank=True)
    error = models.CharField(_("error"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [
            one_of("message", "state", MessageState),
            one_of("message", "channel", Channel),
            one_of("message", "purpose", Purpose),
        ]
        indexes = [
            models.Index(
                fields=["customer", "accepted_at"],
                name="message_sent_history",
                include=["channel", "purpose", "brand", "journey_id", "campaign"],
            ),
            # Per account, most urgent first: a backlog of promotions costs a password mail nothing.
            models.Index(
                fields=["account", "-priority", "next_attempt_at"],
                name="message_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["accepted_at"], name="message_accepted_at"),
            models.Index(fields=["journey_id", "node"], name="message_by_node"),
            models.Index(
                fields=["campaign", "state"],
                name="message_by_campaign",
                condition=Q(campaign__isnull=False),
            ),
            # Whom an address belonged to before: one content reaches an address once.
            models.Index(
                fields=["address", "accepted_at"],
                name="message_by_address",
                condition=Q(purpose="marketing") & ~Q(address=""),
            ),
            models.Index(
                fields=["provider_id"], name="message_provider_id", condition=~Q(provider_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_channel_display()} · {self.get_state_display()}"


class RecordedMessage(models.Model):
    """What the provider "recording" would have sent; for replays, tests and demos."""

    message = models.OneToOneField(
        Message, models.CASCADE, primary_key=True, related_name="recorded"
    )
    at = models.DateTimeField(_("at"))
    address = models.CharField(_("address"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=998, blank=True)
    body = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)

    class Meta:
        verbose_name = _("recorded message")
        verbose_name_plural = _("recorded messages")

    def __str__(self) -> str:
        return f"{self.message_id}: {self.subject}"


class Bucket(models.Model):
    """The 256 buckets of customers; a worker of the gate leases one by locking its row."""

    id = models.SmallIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("bucket")
        verbose_name_plural = _("buckets")

    def __str__(self) -> str:
        return str(self.pk)
