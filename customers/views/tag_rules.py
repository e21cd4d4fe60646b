"""Rules in the form of a tag: every line has the rule editor, under the name of its field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from django.forms import BoundField
from django.http import HttpRequest

from customers.forms.tags import TagForm
from customers.rules.editing.editor import Editor
from customers.views.rule_editor import desk_of, editor_context
from customers.views.tag_where import FIELD, typed_where

_FIELD: Final = re.compile(r"rule_[0-9]{1,2}")


@dataclass(slots=True)
class RuledLine:
    """A line of the form: its cells, and what the template of the editor wants to know."""

    cells: list[BoundField]
    rule: dict[str, Any] = field(default_factory=dict)

    @property
    def has_rule(self) -> bool:
        return bool(self.rule and self.rule["editor"].leaves())


def typed(request: HttpRequest) -> Any:
    """What came with the form, each rule with what was typed into its chips since it was drawn. A
    rule without conditions is none."""
    data: Any = request.POST.copy()
    desk = desk_of(request, request.POST)
    if FIELD in data:
        data["where"] = typed_where(request.POST, desk)
    for name in [name for name in data if _FIELD.fullmatch(name)]:
        editor = Editor.of_form(request.POST, desk, name)
        if editor.notice:
            continue  # what can't be read stays, to be refused with its reason
        if not editor.leaves():
            data[name] = ""
        elif editor.text != Editor.of_form({name: data[name]}, desk, name).text:
            data[name] = editor.text
    return data


def ruled_lines(request: HttpRequest, form: TagForm) -> list[RuledLine]:
    """The lines of the form as the page draws them."""
    if not form.is_ruled:
        return [RuledLine(cells) for cells in form.rows]
    brand = {"brand": str(form.tag.brand_id or "")} if form.tag else request.POST
    desk = desk_of(request, brand)
    found = []
    for index, cells in enumerate(form.rows):
        name = f"rule_{index}"
        text = {name: str(form[name].value() or "")}
        editor = Editor.of_form({**request.POST.dict(), **text}, desk, name)
        found.append(RuledLine(cells, editor_context(editor, request)))
    return found
