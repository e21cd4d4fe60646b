"""Tags of the editor's forms: `{% load editing %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from config.clock import utc_now
from customers.rules.editing.desk import Desk
from customers.rules.editing.editor import Editor
from customers.scope import scope_of
from customers.views.rule_editor import editor_context

register = template.Library()


@register.simple_tag(takes_context=True)
def rule_editor(context: Context, field: str, value: Mapping[str, Any]) -> SafeString:
    """The rule editor for *value*, its hidden field called *field*, in the form of a step."""
    request, journey = context["request"], context["journey"]
    desk = context.get("rule_desk")
    if desk is None:
        # One desk for all rules of a form: what exists is read once.
        desk = Desk(
            [journey.brand_id], whole=scope_of(request).whole_group, now=utc_now(), in_journey=True
        )
        context.dicts[0]["rule_desk"] = desk
    name = field if field.isidentifier() and len(field) <= 40 else "rule"
    editor = Editor.of_rule(value or {}, desk, name)
    inside = {**editor_context(editor, request), "name": name}
    return render_to_string("journeys/fields/rule_editor.html", inside, request)
