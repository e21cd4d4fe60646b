"""Which events count, in the form of a tag: by conditions on their properties, as in a segment.

It is the rule editor's line of an event without anything but its properties: the field `counted`
holds a rule of that one event. What the form saves is the `where` of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from customers.forms.tag_lines import rule_text
from customers.forms.tags import TagForm
from customers.rules.editing.desk import Desk
from customers.rules.editing.editor import Editor
from customers.rules.editing.lines import set_part
from customers.rules.editing.shown import shown
from customers.rules.editing.tree import Group, Leaf
from customers.views.rule_editor import desk_of

FIELD: Final = "counted"
ADD: Final = "add"


@login_required
@require_POST
def edit(request: HttpRequest) -> HttpResponse:
    """The conditions again, after what was typed and what was pressed."""
    editor = _typed(request.POST, desk_of(request, request.POST))
    asked = request.POST.get("do", "")[:400]
    if asked == ADD:
        editor.tree = _tree(set_part(_held(editor), "more", "where", editor.desk))
    else:
        editor.act(asked, request.POST)
    answer = render(request, "customers/tag_where.html", _context(editor))
    answer.headers["HX-Trigger-After-Settle"] = json.dumps({"rule:changed": FIELD})
    return answer


# what the form of a tag uses


def typed_where(data: Mapping[str, str], desk: Desk) -> str:
    """The condition on properties that a form brought, as JSON; "" for none."""
    return rule_text(_held(_typed(data, desk)).get("where"))


def is_open(data: Mapping[str, str], desk: Desk) -> bool:
    """Whether a condition is still to be filled in, which is no mistake while somebody types."""
    return FIELD in data and bool(shown(_typed(data, desk)).root.parts[0].todo)


def where_context(request: HttpRequest, form: TagForm) -> dict[str, Any]:
    """What the page of the form draws; nothing for a condition that is no JSON."""
    if "where" not in form.fields:
        return {}
    brand = {"brand": str(form.tag.brand_id or "")} if form.tag else request.POST
    text = str(form["where"].value() or "").strip()
    try:
        condition = {"where": json.loads(text)} if text else {}
    except ValueError:
        return {}
    event = str(form["event"].value() or "").strip()
    editor = Editor.of_rule({"event": event, **condition}, desk_of(request, brand), FIELD)
    return {"counted": _context(editor)}


# helpers


def _typed(data: Mapping[str, str], desk: Desk) -> Editor:
    """What the form brought, of the event that it names now."""
    editor = Editor.of_form(data, desk, FIELD)
    editor.tree = _tree({**_held(editor), "event": data.get("event", "").strip()})
    return editor


def _tree(event: Any) -> Group:
    return Group("all", (Leaf(event),))


def _held(editor: Editor) -> dict[str, Any]:
    """The condition of the event; a new one when something else came."""
    parts = [leaf.data for _path, leaf in editor.leaves()]
    return parts[0] if parts and isinstance(parts[0], dict) and "event" in parts[0] else {}


def _context(editor: Editor) -> dict[str, Any]:
    [part] = shown(editor).root.parts
    return {"editor": editor, "part": part, "is_event": bool(_held(editor).get("event"))}
