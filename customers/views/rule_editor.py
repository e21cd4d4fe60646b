"""The rule editor, used by every form that holds a rule: what HTMX asks while somebody writes.

A page takes it in so: its view makes an `Editor` (`Editor.of_rule(rule, desk_of(request, …), name)`
to show a stored rule, `Editor.of_form(request.POST, …, name)` for what came back) and hands
`editor_context(editor, request)` to `rule_editor/editor.html` inside its form, with
`rule_editor/side.html` beside it for the count and `rule_editor/dialogs.html` behind the form. On
save `editor.json` goes to the action, whose RuleError says what is wrong and where. Several rules
stand in one form under several names. A form with `journey=1` asks about the entry too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access.people import Shown as PeopleShown
from customers.models import Brand
from customers.queries import people
from customers.queries.listing import in_order
from customers.queries.rule_names import names as offered
from customers.rules import Rule
from customers.rules.conditions import Entry, Event
from customers.rules.editing.desk import Desk
from customers.rules.editing.editor import Editor
from customers.rules.editing.shown import Shown, shown
from customers.rules.editing.tree import Leaf, path_text
from customers.rules.read import read_rule
from customers.scope import scope_of
from customers.segments.count import count
from customers.segments.foreseen import foresee
from customers.segments.narrowing import narrow, sample

KEPT_SECONDS: Final = 600
Q_MOST: Final = 80
# A rule that stays as it is for so long is worth kept sets; a minute later they are there.
LOOK_AGAIN_SECONDS: Final = 2
LOOKS_MOST: Final = 5
# A sample shows what kind of people they are; who they are is told on the page of each.
NOBODYS: Final = PeopleShown()


@login_required
@require_POST
def edit(request: HttpRequest) -> HttpResponse:
    """The editor again, after what was typed and the one operation that was asked for."""
    editor = editor_of(request)
    editor.act(request.POST.get("do", "")[:400], request.POST)
    answer = render(request, "customers/rule_editor/editor.html", editor_context(editor, request))
    answer.headers["HX-Trigger-After-Settle"] = json.dumps({"rule:changed": editor.name})
    return answer


@login_required
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """The count, at once.

    Where kept sets would give it faster, the page looks again, later and later, as long as the
    rule stays as it is; sets are made for such a rule only, not for one that is being typed.
    """
    editor = editor_of(request)
    looked = request.GET.get("looked", "")[:2]
    looks = min(int(looked), LOOKS_MOST) if looked.isdecimal() else 0
    view = shown(editor)
    context: dict[str, Any] = {"view": view, "editor": editor}
    if view.rule is not None:
        brand = brand_of(request)
        total = people.count_people()
        if not needs_entry(view.rule):
            brand_id = brand.pk if brand else None
            found = count(view.rule, brand_id=brand_id, now=utc_now(), asks=looks > 0)
            context |= {"count": found, "total": total}
            if found.could_be_faster and looks < LOOKS_MOST:
                context |= {"looks": looks + 1, "after": LOOK_AGAIN_SECONDS * 2**looks}
    return render(request, "customers/rule_editor/look.html", context)


@login_required
@require_POST
def narrowing(request: HttpRequest) -> HttpResponse:
    """What takes a little longer: each condition alone, step by step, ten people, the cost."""
    editor, now = editor_of(request), utc_now()
    rule, _problems = editor.read()
    rule = None if rule and needs_entry(rule) else rule
    brand = brand_of(request)
    brand_id = brand.pk if brand else None
    total = people.count_people()
    leaves = _readable(editor)
    found = narrow(
        rule,
        [alone.root for _path, _key, alone in leaves],
        whole=total,
        brand_id=brand_id,
        now=now,
    )
    alone = {path: number for (path, _key, _rule), number in zip(leaves, found.alone, strict=True)}
    cache.set_many(
        {
            _cache_key(key, brand): number
            for (_path, key, _rule), number in zip(leaves, found.alone, strict=True)
            if number is not None
        },
        KEPT_SECONDS,
    )
    context: dict[str, Any] = {"editor": editor, "alone": alone, "total": total}
    if rule is not None:
        ids = sample(rule, brand_id=brand_id, now=now)
        rows = people.describe(in_order(ids or []), scope=scope_of(request), unmask=NOBODYS)
        context |= {
            "steps": found.steps,
            "sample": rows,
            "is_late": ids is None,
            "cost": foresee(rule, now=now, brand_id=brand_id),
        }
    return render(request, "customers/rule_editor/narrowing.html", context)


@login_required
@require_GET
def names(request: HttpRequest) -> HttpResponse:
    """What a condition can be about, by name: attributes, tags, events, segments and the rest."""
    desk = desk_of(request, request.GET)
    q = request.GET.get("q", "").replace("\x00", "")[:Q_MOST].strip()
    context = {
        "groups": offered(desk, q),
        "q": q,
        "at": request.GET.get("at", "r")[:200],
        "verb": "name" if request.GET.get("verb") == "name" else "add",
        "name": _name(request.GET),
    }
    fragment = "names_list" if "q" in request.GET else "names"
    return render(request, f"customers/rule_editor/{fragment}.html", context)


@login_required
@require_GET
def values(request: HttpRequest) -> HttpResponse:
    """What a field offers while somebody types: values and names that were seen in the data."""
    wanted = ("of", "code", "name")
    asked = {key: request.GET.get(key, "").replace("\x00", "")[:120] for key in wanted}
    typed = [str(value) for key, value in request.GET.items() if ":" in key]
    q = (typed[-1] if typed else "").replace("\x00", "")[:Q_MOST].strip()
    found = desk_of(request, request.GET).values(asked["of"], asked["code"], asked["name"], q)
    return render(request, "customers/rule_editor/values.html", {"values": found})


# what other views use


def needs_entry(rule: Rule) -> bool:
    """Whether it can only be asked of somebody on her way through a journey."""
    return any(
        isinstance(each, Entry) or (isinstance(each, Event) and each.window.since_entry)
        for each in rule.conditions()
    )


def desk_of(request: HttpRequest, data: Mapping[str, str]) -> Desk:
    """What exists for the rule in this form: for a brand's rule what is hers or shared, else
    everything that the reader may see."""
    scope = scope_of(request)
    brand = next((each for each in scope.mine if str(each.pk) == data.get("brand", "")), None)
    ids = [brand.pk] if brand else [each.pk for each in scope.mine]
    return Desk(
        ids,
        whole=scope.whole_group and brand is None,
        now=utc_now(),
        in_journey=data.get("journey") == "1",
    )


def brand_of(request: HttpRequest) -> Brand | None:
    """The brand that the form names, among those that the reader may see."""
    wanted = request.POST.get("brand", "")
    return next((each for each in scope_of(request).mine if str(each.pk) == wanted), None)


def editor_of(request: HttpRequest) -> Editor:
    """The editor that a form brought back."""
    return Editor.of_form(request.POST, desk_of(request, request.POST), _name(request.GET))


def editor_context(editor: Editor, request: HttpRequest) -> dict[str, Any]:
    """What customers/rule_editor/editor.html wants to know."""
    view: Shown = shown(editor)
    brand = brand_of(request) if request.method == "POST" else None
    keys = {path_text(path): _key(leaf) for path, leaf in editor.leaves()}
    known = cache.get_many([_cache_key(key, brand) for key in keys.values()])
    alone = {path: known.get(_cache_key(key, brand)) for path, key in keys.items()}
    return {"view": view, "editor": editor, "alone": alone}


# helpers


def _name(data: Mapping[str, str]) -> str:
    """The name of the field that holds the rule."""
    name = data.get("field", "rule")
    return name if name.isidentifier() and len(name) <= 40 else "rule"


def _key(leaf: Leaf) -> str:
    return json.dumps(leaf.data, sort_keys=True, ensure_ascii=False)


def _cache_key(key: str, brand: Brand | None) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"rules.alone:{brand.pk if brand else 0}:{digest}"


def _readable(editor: Editor) -> list[tuple[str, str, Rule]]:
    """Path, key and rule of each condition that can be counted alone."""
    found = []
    for path, leaf in editor.leaves():
        rule, _problems = read_rule(
            leaf.data, vocabulary=editor.desk.words, in_journey=editor.desk.in_journey
        )
        if rule is not None and not needs_entry(rule):
            found.append((path_text(path), _key(leaf), rule))
    return found
