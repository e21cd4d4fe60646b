"""How a brand's messages are followed, and the numbers of links that must be short."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Brand, Customer, Purpose
from customers.models.base import one_of

utm_validator = RegexValidator(
    r"^[^\s&=?#%\x00-\x1f]*$", _("Leave out blanks and the signs & = ? # %%.")
)


class BrandSending(models.Model):
    """What a brand wants done to the links of its e-mails and SMS. A brand without a row has the
    defaults."""

    brand = models.OneToOneField(Brand, models.CASCADE, primary_key=True, related_name="sending")
    tracks_clicks = models.BooleanField(
        _("follow clicks"),
        default=True,
        help_text=_("Links lead over this server, which notes the click and sends on at once."),
    )
    tracks_opens = models.BooleanField(
        _("follow opens"),
        default=True,
        help_text=_("An e-mail has a picture of one point, which is fetched when it is read."),
    )
    adds_utm = models.BooleanField(
        _("add UTM parameters"),
        default=True,
        help_text=_("So that the shop's own statistics know where a visit comes from."),
    )
    utm_source = models.CharField(
        _("UTM source"), max_length=80, blank=True, validators=[utm_validator],
        help_text=_("Empty: the code of the brand."),
    )  # fmt: skip
    utm_medium = models.CharField(
        _("UTM medium"), max_length=80, blank=True, validators=[utm_validator],
        help_text=_("Empty: the channel, such as email or sms."),
    )  # fmt: skip
    utm_campaign = models.CharField(
        _("UTM campaign"), max_length=80, blank=True, validators=[utm_validator],
        help_text=_("Empty: what the campaign says or its code, else the code of the content."),
    )  # fmt: skip

    double_opt_in = models.BooleanField(
        _("ask for a confirmation"),
        default=False,
        help_text=_(
            "Whose consent to marketing by e-mail is “asked, not confirmed” gets an e-mail with a "
            "link to confirm it."
        ),
    )

    class Meta:
        verbose_name = _("links and sending of a brand")
        verbose_name_plural = _("links and sending of brands")
        ordering = ["brand__name"]

    def __str__(self) -> str:
        return str(self.brand)


class ShortLink(models.Model):
    """The number of one target, for texts in which every letter costs: one row per different
    address, however many messages carry it. E-mails carry the address in the link itself."""

    digest = models.UUIDField(_("digest"), unique=True)
    url = models.TextField(_("address"))
    used_on = models.DateField(_("last used"), db_index=True)

    class Meta:
        verbose_name = _("short link")
        verbose_name_plural = _("short links")

    def __str__(self) -> str:
        return str(self.pk)


class Confirmation(models.Model):
    """How often a customer was asked to confirm a consent to e-mails of a brand.

    `since` is the moment of the consent that is asked for; `times` counts the messages for it and
    `total` all there ever were.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    since = models.DateTimeField(_("since"))
    asked_at = models.DateTimeField(_("asked"))
    times = models.PositiveSmallIntegerField(_("times"))
    total = models.PositiveIntegerField(_("in all"))

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "brand", "purpose"], name="confirmation_once"
            ),
            one_of("confirmation", "purpose", Purpose),
        ]

    def __str__(self) -> str:
        return str(self.pk)
