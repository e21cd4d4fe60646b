"""Blocks: pieces of text that a brand's contents include."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Brand
from customers.models.brand import code_validator


class ContentBlock(models.Model):
    """One block in one language, or for every language that has none of its own."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="blocks")
    code = models.CharField(
        _("code"),
        max_length=40,
        validators=[code_validator],
        help_text=_('How texts name it: {% include "footer" %}.'),
    )
    language = models.CharField(
        _("language"), max_length=12, choices=settings.LANGUAGES, blank=True,
        help_text=_("Empty: for every language that has none of its own."),
    )  # fmt: skip
    source = models.TextField(
        _("text"),
        max_length=50_000,
        help_text=_("Words, HTML, MJML or Liquid, as the texts that include it are written."),
    )

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ["code", "language"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "code", "language"], name="contentblock_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.language})" if self.language else self.code

    def clean(self) -> None:
        """Refuse what can't be read, or would include itself."""
        from campaigns.content.check import problems_of_block

        if self.brand_id and (problems := problems_of_block(self)):
            raise ValidationError({"source": problems})
