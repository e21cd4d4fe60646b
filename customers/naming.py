"""What relations are called where a model says nothing: as the noun that they lead to.

Django would call them by the name of the attribute, which no catalogue translates.
"""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

# Relations that are named for the part that somebody or something plays.
PARTS = {
    "account": _("account"),
    "actor": _("actor"),
    "by": _("by whom"),
    "category": _("category"),
    "created_by": _("created by"),
    "current": _("current version"),
    "decided_by": _("decided by"),
    "import_of": _("import"),
    "kept": _("kept customer"),
    "merged_into": _("merged into"),
    "namespace": _("kind of identity"),
    "one": _("one customer"),
    "other": _("other customer"),
    "owner": _("owner"),
    "parent": _("parent"),
    "published_by": _("published by"),
    "stop_asked_by": _("stopped by"),
    "two": _("other customer"),
    "undone_by": _("undone by"),
    "version": _("version"),
}


def name_relations(app: AppConfig) -> None:
    """Give every relation of the app's models a name that is translated."""
    for model in app.get_models():
        for field in model._meta.get_fields():
            # A name of the model's own is the first argument of the field, kept apart by Django.
            if not isinstance(field, Field) or not field.is_relation or field._verbose_name:  # type: ignore[attr-defined]
                continue
            noun = field.related_model._meta if field.related_model else None
            if field.name in PARTS:
                field.verbose_name = PARTS[field.name]
            elif noun is not None:
                field.verbose_name = noun.verbose_name or field.name
