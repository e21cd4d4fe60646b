"""What the evaluation of tags goes by: weights, the outcome a tag should foretell, samples."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.customer import Customer
from customers.models.event import EventType
from customers.models.tag import Tag

HUNDRED = MaxValueValidator(100)
SOME, YEAR = MinValueValidator(1), MaxValueValidator(365)


class TagSettings(models.Model):
    """How tags are judged in the whole group; there is one row, see `current`."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    coverage = models.PositiveSmallIntegerField(_("coverage"), default=20, validators=[HUNDRED])
    use = models.PositiveSmallIntegerField(_("use"), default=30, validators=[HUNDRED])
    accuracy = models.PositiveSmallIntegerField(_("accuracy"), default=30, validators=[HUNDRED])
    success = models.PositiveSmallIntegerField(
        _("marketing success"), default=20, validators=[HUNDRED]
    )
    stale_days = models.PositiveSmallIntegerField(
        _("stale after days"),
        default=30,
        validators=[SOME, YEAR],
        help_text=_("A tag whose values did not change for so long, while events came in."),
    )
    unused_days = models.PositiveSmallIntegerField(
        _("unused after days"),
        default=30,
        validators=[SOME, YEAR],
        help_text=_("A tag that is at least so old and that nothing reads."),
    )

    class Meta:
        verbose_name = _("how tags are judged")
        verbose_name_plural = _("how tags are judged")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="tagsettings_one_row"),
            models.CheckConstraint(
                condition=Q(coverage__lte=100, use__lte=100, accuracy__lte=100, success__lte=100),
                name="tagsettings_weights_range",
            ),
            models.CheckConstraint(
                condition=Q(stale_days__range=(1, 365), unused_days__range=(1, 365)),
                name="tagsettings_days_range",
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def clean(self) -> None:
        """Raises ValidationError when no part counts at all."""
        if not any((self.coverage, self.use, self.accuracy, self.success)):
            raise ValidationError({"coverage": _("At least one part needs a weight above 0.")})

    @classmethod
    def current(cls) -> TagSettings:
        """What is set, or the defaults while nobody has set anything."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Expects(models.TextChoices):
    MORE = "more", _("more often")
    LESS = "less", _("less often")


class TagOutcome(models.Model):
    """The event by which a tag is measured: who got the value does it more (or less) often
    within `days` than who did not. An empty value stands for any value."""

    tag = models.OneToOneField(Tag, models.CASCADE, primary_key=True, related_name="outcome")
    value = models.CharField(_("value"), max_length=160, blank=True)
    event_type = models.ForeignKey(
        EventType, models.PROTECT, related_name="+", verbose_name=_("event")
    )
    expects = models.CharField(_("is done"), max_length=4, choices=Expects, default=Expects.MORE)
    days = models.PositiveSmallIntegerField(_("within days"), default=30, validators=[SOME, YEAR])

    class Meta:
        verbose_name = _("outcome of a tag")
        verbose_name_plural = _("outcomes of tags")
        constraints = [
            one_of("tagoutcome", "expects", Expects),
            models.CheckConstraint(condition=Q(days__range=(1, 365)), name="tagoutcome_days_range"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.value}: {self.expects} {self.event_type_id} {self.days}"


class TagSample(models.Model):
    """Customers drawn at random from those who have a tag, for somebody to check."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="samples")
    value = models.CharField(_("value"), max_length=160, blank=True)
    seed = models.BigIntegerField(_("seed"))
    population = models.PositiveBigIntegerField(_("drawn from"))
    drawn_at = models.DateTimeField(_("drawn"))
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("checked sample")
        verbose_name_plural = _("checked samples")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.drawn_at:%Y-%m-%d}"


class TagVerdict(models.TextChoices):
    RIGHT = "right", _("right")
    WRONG = "wrong", _("wrong")
    UNSURE = "unsure", _("can't tell")


class TagMark(models.Model):
    """One customer of a sample with the value as it was drawn, and what the checker says of it."""

    sample = models.ForeignKey(TagSample, models.CASCADE, related_name="marks", db_index=False)
    place = models.PositiveIntegerField(_("place"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    value = models.CharField(_("value"), max_length=160)
    verdict = models.CharField(_("verdict"), max_length=6, choices=TagVerdict, blank=True)
    marked_at = models.DateTimeField(_("marked"), null=True, blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("mark of a sample")
        verbose_name_plural = _("marks of samples")
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "place"], name="tagmark_once"),
            models.CheckConstraint(
                condition=Q(verdict="") | Q(verdict__in=TagVerdict.values), name="tagmark_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id}.{self.place} {self.verdict}"
