"""The form and the sheet by which the admin makes and changes tags: both call the actions."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, widgets

from config.clock import utc_now
from customers.actions import tags
from customers.admin.acting import ActingForm
from customers.admin.exchange import Sheet, brand_field
from customers.models import Tag, TagCategory, TagKind

COMPUTED = (TagKind.FACT, TagKind.MODEL)


class TagAdminForm(ActingForm):
    """What the actions take."""

    class Meta:
        model = Tag
        fields = ["code", "brand", "kind", "definition", *tags.FIELDS]

    def apply(self) -> Tag:
        """Do what was typed, by the action that the pages use. Raises as it does."""
        values = {name: self.cleaned_data[name] for name in tags.FIELDS if name in self.changed}
        definition = self.cleaned_data.get("definition") or {}
        now = utc_now()
        if self.instance.pk:
            found = Tag.objects.select_related("brand").get(pk=self.instance.pk)
            tags.change(self.actor, found, definition=definition, now=now, **values)
            return found
        kind = self.cleaned_data["kind"]
        if kind in COMPUTED and not definition:
            raise ValidationError({"definition": _("A tag of this kind is computed: say how.")})
        return tags.create(
            self.actor,
            self.cleaned_data["brand"],
            code=self.cleaned_data["code"],
            definition=definition,
            is_predictive=kind == TagKind.PREDICTIVE,
            now=now,
            **values,
        )

    @property
    def changed(self) -> set[str]:
        """Fields to hand over: all that stand on the form, of an existing tag those that differ."""
        return set(self.changed_data if self.instance.pk else self.fields)


class TagSheet(Sheet):
    """Tags by file: names and places of any, and new ones that people and systems give."""

    brand = brand_field()
    category = fields.Field(
        attribute="category",
        column_name="category",
        widget=widgets.ForeignKeyWidget(TagCategory, "name"),
    )

    class Meta:
        model = Tag
        import_id_fields = ["code"]
        fields = [
            "code", "name", "names", "kind", "data_type", "is_multiple", "category", "brand",
            "description", "valid_days",
        ]  # fmt: skip
        clean_model_instances = True
        skip_unchanged = True

    def do_instance_save(self, instance: Tag, is_create: bool) -> None:
        """The actions do it, and write the audit entry."""
        wanted = {name: getattr(instance, name) for name in tags.FIELDS if name in self.fields}
        now = utc_now()
        if is_create:
            if instance.kind in COMPUTED:
                text = _("A tag of the kind “%(kind)s” is made on the page of tags.")
                raise ValidationError({"kind": text % {"kind": instance.get_kind_display()}})
            made = tags.create(
                self.actor, instance.brand, code=instance.code,
                is_predictive=instance.kind == TagKind.PREDICTIVE, now=now, **wanted,
            )  # fmt: skip
            instance.pk = made.pk
            return
        found = Tag.objects.select_related("brand").get(pk=instance.pk)
        for name in ("kind", "brand_id"):
            if getattr(found, name) != getattr(instance, name):
                field = name.removesuffix("_id")
                text = _("The %(field)s of a tag stays as it is.")
                words = {"field": Tag._meta.get_field(field).verbose_name}  # type: ignore[union-attr]
                raise ValidationError({field: text % words})
        tags.change(self.actor, found, now=now, **wanted)

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Nothing more to note: the action has."""
