"""Who works here: users of the back office and their role in each brand."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from customers.models.base import one_of
from customers.models.brand import Brand


class UserManager(BaseUserManager["User"]):
    """Makes users who sign in by e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Create and return a user; without a password she must set one by mail first."""
        if not email:
            raise ValueError("A user needs an e-mail address to sign in with; none was given.")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Create and return a user who may do everything in every brand."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class Theme(models.TextChoices):
    """How a user wants pages to look."""

    SYSTEM = "system", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):
    """A person of the group's staff. Signs in by e-mail; what she may do is in Membership."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(
        _("language"),
        max_length=12,
        blank=True,
        help_text=_("Empty: as the browser asks."),
    )
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.SYSTEM)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            one_of("user", "theme", Theme),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    def get_full_name(self) -> str:
        """The name that colleagues see."""
        return self.display_name or super().get_full_name() or self.email


class Role(models.TextChoices):
    """What a member of a brand may do; each role includes the ones before it."""

    VIEWER = "viewer", _("Viewer: sees everything, personal data masked")
    MARKETER = "marketer", _("Marketer: also edits drafts, contents and segments")
    MANAGER = "manager", _("Manager: also publishes, pauses and stops; sees personal data")
    ADMIN = "admin", _("Admin: also sets policies, channels, keys and rights")


class Membership(models.Model):
    """The role of a user in one brand, or in all brands when no brand is named."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    brand = models.ForeignKey(
        Brand,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        help_text=_("Empty: every brand of the group."),
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.VIEWER)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "brand"], name="membership_once", nulls_distinct=False
            ),
            one_of("membership", "role", Role),
        ]

    def __str__(self) -> str:
        brand = self.brand or _("every brand")
        return f"{self.user}, {self.get_role_display()}, {brand}"
