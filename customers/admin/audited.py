"""Every change that is made by a form of the admin leaves an audit entry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import BaseFormSet, Form
from django.http import HttpRequest
from django.utils.translation import gettext as _

from config.clock import utc_now
from customers.access import record
from customers.admin.scoped import actor_of, brand_of
from customers.models import Brand

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as Base
else:
    Base = object

HIDDEN = "•••"


class Audited(Base):
    """Writes who changed which field from what to what."""

    # Fields whose values are personal data: that they changed is noted, not what they hold.
    personal_fields: ClassVar[frozenset[str]] = frozenset()
    # Fields of forms that carry secrets.
    secret_fields: ClassVar[frozenset[str]] = frozenset()
    # The noun of `noun.verb`; by default the model's name.
    noun: ClassVar[str] = ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changes = self.changes_of(form)
        if changes or not change:
            self.note(request, obj, "change" if change else "create", changes)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self.note(request, obj, "delete")
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for obj in queryset:
                self.note(request, obj, "delete")
            super().delete_queryset(request, queryset)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        gone = [(noun_of(row), str(row.pk)) for row in _marked_for_removal(formset)]
        super().save_formset(request, form, formset, change)
        lines: dict[str, Any] = {}
        for row in formset.new_objects:
            lines[f"{noun_of(row)} {row.pk}"] = [None, str(row)]
        for row, names in formset.changed_objects:
            lines[f"{noun_of(row)} {row.pk}"] = [", ".join(names), str(row)]
        for noun, key in gone:
            lines[f"{noun} {key}"] = [_("removed"), None]
        if lines:
            self.note(request, form.instance, "change", lines)

    def note(
        self, request: HttpRequest, obj: Model, verb: str, changes: dict[str, Any] | None = None
    ) -> None:
        """Write the audit entry `noun.verb` for *obj*."""
        path = getattr(self, "brand_path", None)
        brand = brand_of(obj, path) if path else None
        if verb == "delete" and isinstance(obj, Brand):
            brand = None
        record(
            actor_of(request),
            f"{self.noun or noun_of(obj)}.{verb}",
            obj,
            now=utc_now(),
            brand=brand,
            changes=changes,
        )

    def changes_of(self, form: Form) -> dict[str, Any]:
        """Changed field → [before, after], without secrets and personal data."""
        found: dict[str, Any] = {}
        for name in form.changed_data:
            if name in self.secret_fields:
                found[name] = [HIDDEN, HIDDEN]
                continue
            before = as_json(form.initial.get(name))
            after = as_json(form.cleaned_data.get(name))
            if before == after:
                continue  # a form takes {} and an empty text field for different
            if name in self.personal_fields:
                found[name] = [HIDDEN if before else None, HIDDEN if after else None]
            else:
                found[name] = [before, after]
        return found


def noun_of(obj: Model) -> str:
    """The noun under which changes of *obj* are recorded."""
    return str(obj._meta.model_name)


def as_json(value: Any) -> Any:
    """*value* as it can stand in the audit log; rows are known by their keys."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, QuerySet | list | tuple | set):
        return [as_json(item) for item in value]
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder, default=str))


# helpers


def _marked_for_removal(formset: BaseFormSet[Any]) -> list[Model]:
    forms = getattr(formset, "deleted_forms", None) or []
    return [form.instance for form in forms if form.instance.pk]
