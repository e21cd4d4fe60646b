"""Import and export of configuration by file: bounded, safe to open, within one's brands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, JSON

from config.clock import utc_now
from customers.access import Actor, Right, record, require
from customers.admin.audited import as_json, noun_of
from customers.admin.scoped import actor_of, brand_of, has_anywhere
from customers.models import Brand, Via

if TYPE_CHECKING:
    from import_export.forms import ExportForm, ImportForm
else:
    from unfold.contrib.import_export.forms import ExportForm, ImportForm

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
# What a spreadsheet would take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class BoundedImportForm(ImportForm):  # type: ignore[misc]
    """Asks for a file and refuses one that is too large."""

    def clean_import_file(self) -> Any:
        """The file, when it is not larger than MAX_BYTES."""
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("The file has %(size)s, but at most %(most)s are taken. Split it into parts.")
                % {"size": filesizeformat(file.size), "most": filesizeformat(MAX_BYTES)}
            )
        return file


class Sheet(resources.ModelResource):  # type: ignore[misc]
    """One noun as rows of a file, read and written as *actor*.

    `visible` are the rows that may be found and changed; `right` is asked for each row's brand.
    """

    noun: ClassVar[str] = ""
    right: ClassVar[Right] = Right.EDIT
    brand_path: ClassVar[str | None] = "brand"

    def __init__(
        self,
        actor: Actor | None = None,
        visible: QuerySet[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.actor = actor or Actor(via=Via.ADMIN)
        self.visible = visible
        self.before: dict[str, Any] = {}

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset() if self.visible is None else self.visible

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        if len(dataset) > MAX_ROWS:
            raise ValidationError(
                _("The file has %(rows)d rows, but at most %(most)d are taken. Split it.")
                % {"rows": len(dataset), "most": MAX_ROWS}
            )

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        for name, value in list(row.items()):
            row[name] = without_guard(value)

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        self.before = {} if new else self._values(instance)
        if not new:
            self._require(instance)

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        self._require(instance)

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if kwargs.get("dry_run"):
            return
        after = self._values(instance)
        changes = {
            name: [self.before.get(name), value]
            for name, value in after.items()
            if self.before.get(name) != value
        }
        verb = "change" if self.before else "create"
        if changes:
            record(
                self.actor,
                f"{self.noun or noun_of(instance)}.{verb}",
                instance,
                now=utc_now(),
                brand=brand_of(instance, self.brand_path) if self.brand_path else None,
                changes={**self.without_personal(changes), "by": "import"},
            )

    def without_personal(self, changes: dict[str, Any]) -> dict[str, Any]:
        """*changes* as they may stand in the audit log."""
        return changes

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        return with_guard(super().export_field(field, instance, **kwargs))

    # helpers

    def _require(self, instance: Model) -> None:
        brand = brand_of(instance, self.brand_path) if self.brand_path else None
        require(self.actor, self.right, brand)

    def _values(self, instance: Model) -> dict[str, Any]:
        return {
            field.attribute.split("__")[0]: as_json(
                getattr(instance, field.attribute.split("__")[0], None)
            )
            for field in self.get_import_fields()
        }


class Exchange(ImportExportMixin):  # type: ignore[misc]
    """Adds import and export to an admin page; what may be read and written is the page's."""

    import_form_class = BoundedImportForm
    export_form_class = ExportForm
    import_formats = [CSV, JSON]
    export_formats = [CSV, JSON]
    to_encoding = "utf-8-sig"  # or spreadsheets take Chinese for something else

    def get_resource_kwargs(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return {"actor": actor_of(request), "visible": self.get_queryset(request)}

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever may add and change by hand may do it by file."""
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Taking data out needs a right of its own."""
        return has_anywhere(actor_of(request), Right.EXPORT) and bool(
            self.has_view_permission(request)
        )

    def get_valid_export_item_pks(self, request: HttpRequest) -> Any:
        """Only what the reader sees can be chosen for an export."""
        return self.get_queryset(request).values_list("pk", flat=True)

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> Any:
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        self._note_export(request, queryset)
        return data

    def _note_export(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        model = queryset.model
        record(
            actor_of(request),
            f"{model._meta.model_name}.export",
            model(),
            now=utc_now(),
            changes={"rows": queryset.count()},
        )


def brand_field() -> fields.Field:
    """The column `brand`, which holds the code of a brand."""
    return by_code("brand", Brand)


def by_code(name: str, model: type[Model]) -> fields.Field:
    """A column that names a row of *model* by its code."""
    return fields.Field(
        attribute=name, column_name=name, widget=widgets.ForeignKeyWidget(model, "code")
    )


def with_guard(value: Any) -> Any:
    """*value* so that no spreadsheet runs it: an apostrophe before what looks like a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def without_guard(value: Any) -> Any:
    """The way back of `with_guard`."""
    if isinstance(value, str) and value[:1] == "'" and value[1:].startswith(_FORMULA):
        return value[1:]
    return value
