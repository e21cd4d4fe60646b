"""Users: made by e-mail address, with their role in each brand. Only superusers give rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Right
from customers.actions import users
from customers.admin.base import Desk, Line, each
from customers.admin.exchange import Exchange, Sheet
from customers.admin.filters import period
from customers.models import Membership, User

if TYPE_CHECKING:
    from django.contrib.auth.forms import (
        AdminPasswordChangeForm,
        AdminUserCreationForm,
        UserChangeForm,
    )
else:
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm
    from unfold.forms import UserCreationForm as AdminUserCreationForm


class NewUserForm(AdminUserCreationForm):
    """Asks for the address; without a password the user sets one by mail."""

    class Meta:
        model = User
        fields = ["email", "display_name"]

    def clean_email(self) -> str:
        """The address in small letters, as people sign in with it."""
        return str(self.cleaned_data["email"]).lower()


class UserForm(UserChangeForm):
    """Everything about a user."""

    class Meta:
        model = User
        fields = "__all__"  # the page's fieldsets choose

    def clean_email(self) -> str:
        """The address in small letters, as people sign in with it."""
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        """Refuse to take the rights of the last superuser."""
        cleaned = super().clean() or self.cleaned_data
        stays = cleaned.get("is_superuser", True) and cleaned.get("is_active", True)
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=self.instance.pk)
        if self.instance.is_superuser and not stays and not others.exists():
            raise ValidationError(_("This is the last superuser. Make another one first."))
        return cleaned


class MembershipLines(Line):
    model = Membership
    autocomplete_fields = ["brand"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


class UserSheet(Sheet):
    right = Right.SET_RIGHTS
    brand_path = None

    class Meta:
        model = User
        import_id_fields = ["email"]
        fields = ["email", "display_name", "language", "timezone"]
        clean_model_instances = True
        skip_unchanged = True

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        super().before_import_row(row, **kwargs)
        row["email"] = str(row.get("email") or "").strip().lower()

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        super().before_save_instance(instance, row, **kwargs)
        if not instance.pk:
            instance.set_unusable_password()

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if not instance.pk:
            # A password is asked for by the checks of the model, and set by the user herself.
            instance.set_unusable_password()
        super().import_instance(instance, row, **kwargs)


@admin.register(User)
class UserAdmin(Exchange, Desk, PlainUserAdmin):
    """Users are shut out, never removed: what they did stays under their name.

    Admins of a brand see who works in it; only superusers make users and give rights.
    """

    group = "people"
    icon = "badge"
    position = 20
    brand_path = None
    right_to_see = Right.SET_RIGHTS
    resource_classes = [UserSheet]
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    add_fieldsets = (
        (None, {"fields": ("email", "display_name", "usable_password", "password1", "password2")}),
    )
    fieldsets = (
        (None, {"fields": ("email", "password", "display_name")}),
        (_("As this user likes it"), {"fields": ("language", "theme", "timezone")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Known"), {"fields": ("date_joined", "last_login")}),
    )
    list_display = ["email", "display_name", "roles", "is_staff", "is_superuser", "is_active"]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups", period("last_login")]
    search_fields = ["email", "display_name"]
    ordering = ["email"]
    readonly_fields = ["date_joined", "last_login"]
    filter_horizontal = []
    autocomplete_fields = ["groups"]
    inlines = [MembershipLines]
    actions = ["deactivate", "activate"]
    secret_fields = frozenset({"password", "password1", "password2"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        everyone = super().get_queryset(request).prefetch_related("memberships__brand")
        user = request.user
        if not isinstance(user, User) or user.is_superuser:
            return everyone
        mine = user.memberships.filter(role="admin")
        if mine.filter(brand=None).exists():
            return everyone
        return everyone.filter(memberships__brand__in=mine.values("brand")).distinct()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else []

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        """Brand and role of each membership."""
        return ", ".join(
            f"{member.brand or _('every brand')}: {member.role}"
            for member in user.memberships.all()
        )

    @admin.action(description=_("Shut the chosen users out"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Shut users out; sessions end with their next request."""
        now = utc_now()
        done = str(_("%(n)d users are shut out."))
        each(self, request, queryset, lambda who, user: users.deactivate(who, user, now), done)

    @admin.action(description=_("Let the chosen users in"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let users in again."""
        now = utc_now()
        done = str(_("%(n)d users may sign in."))
        each(self, request, queryset, lambda who, user: users.activate(who, user, now), done)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Also note a new password, which reaches no other place of ours."""
        if isinstance(message, list) and any(_is_password(entry) for entry in message):
            self.note(request, obj, "set_password")
        return super().log_change(request, obj, message)


# helpers


def _is_password(entry: Any) -> bool:
    return "password" in str(entry).lower()
