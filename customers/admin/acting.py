"""Admin pages whose forms and removals go by the actions: those check the right, do it and write
the audit entry, as they do for the pages of marketers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from customers.access import Actor
from customers.admin.scoped import actor_of
from customers.rules import RuleError

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as Base
else:
    Base = object


class ActingForm(forms.ModelForm):
    """Checking does the whole change and takes it back, so that whatever the action refuses stands
    at its field."""

    actor: ClassVar[Actor]

    def apply(self) -> Model:
        """Do what was typed, by the action. Raises as it does."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            try:
                with transaction.atomic():
                    self.apply()
                    transaction.set_rollback(True)
            except RuleError as error:
                said = [f"{each.place}: {each.text}" for each in error.problems]
                self.add_error("definition", ValidationError(said))
            except ValidationError as error:
                self._put(error)
        return cleaned

    # helpers

    def _put(self, error: ValidationError) -> None:
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            self.add_error(name if name in self.fields else None, ValidationError(errors))


class Acting(Base):
    """Saves by the form's `apply`, and removes by `remove`."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = actor_of(request)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The one action does it, and writes the audit entry."""
        obj.pk = form.apply().pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(actor_of(request), obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                self.remove(actor_of(request), row)

    def remove(self, actor: Actor, row: Any) -> None:
        """Remove *row* by its action."""
        raise NotImplementedError
