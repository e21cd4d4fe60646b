"""The list of customers: search, filters, columns and order."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from config.clock import utc_now
from customers.access import Actor, Right, brands_of
from customers.access.people import shown_now
from customers.models import Channel, Purpose, SavedView, User
from customers.queries import columns as columns_
from customers.queries import tags as tag_queries
from customers.queries.address import Address
from customers.queries.asked import Asked
from customers.queries.branches import Cursor, read_page
from customers.queries.filters import STATES
from customers.queries.listing import Count, count, in_order
from customers.queries.people import PAGE, count_people
from customers.queries.periods import DAYS, Period
from customers.queries.views import kept, views_of
from customers.scope import scope_of
from customers.tags.labels import value_label


@login_required
def customers(request: HttpRequest) -> HttpResponse:
    """Search by identity or name, filter, choose columns and order, page by page."""
    scope, user, now = scope_of(request), cast(User, request.user), utc_now()
    address = Address(request.GET)
    views = list(views_of(user, scope))
    view = next((each for each in views if str(each.pk) == address.data.get("view")), None)
    if view is not None and not address.has_more_than("view"):
        return redirect(f"{request.path}?{Address(QueryDict(view.query)).with_(view=view.pk)}")
    if (tidy := address.tidied()) is not None:
        return redirect(f"{request.path}?{tidy}")
    actor = Actor.of_request(request)
    asked = Asked.of(request.GET, actor, scope, now)
    page = read_page(
        asked.branches,
        asked.where,
        size=PAGE,
        after=Cursor.read(request.GET.get("after", "")),
        before=Cursor.read(request.GET.get("before", "")),
    )
    every = columns_.columns_of(asked.choices)
    columns = columns_.chosen(request.GET.getlist("col"), every)
    total = count_people()
    is_all = not asked.q and not asked.filters
    context = {
        "count": total,
        "is_exact": total <= 1_000_000,
        "fit": Count(total, total <= 1_000_000) if is_all else count(asked.branches, asked.where),
        "is_all": is_all,
        "people": page,
        "rows": columns_.rows_of(
            in_order(page.ids), columns, scope=scope, shown=shown_now(actor, now)
        ),
        "columns": columns,
        "shelves": _shelves(columns, every),
        "asked": asked,
        "q": asked.q,
        "sight": asked.sight,
        "sorts": _sorts(asked, address),
        "chips": [(chip, address.without(chip)) for chip in asked.filters.chips],
        "bare": address.bare(),
        "views": views,
        "view": view,
        "is_changed": view is not None and kept(request.GET) != view.query,
        "may_remove": view is not None and _may_remove(request, view),
        "brands_to_share": brands_of(Actor.of_request(request), Right.EDIT),
        "kept": kept(request.GET),
        "address": address,
    } | _form(asked)
    return render(request, "customers/list.html", context)


@login_required
def tag_values(request: HttpRequest) -> HttpResponse:
    """The field for the value of a tag in the filters: its values by name, or a figure."""
    code = request.GET.get("tag_add", "")
    tag = tag_queries.visible(scope_of(request)).filter(code=code[:40].replace("\x00", "")).first()
    values: list[tuple[str, str]] = []
    if tag is not None and tag.data_type != "number":
        rows = tag.customers.values_list("value", flat=True).distinct().order_by("value")
        values = [(value, value_label(tag, value)) for value in rows[:200] if value]
    return render(request, "customers/list_tag_value.html", {"tag": tag, "values": values})


# helpers


def _form(asked: Asked) -> dict[str, Any]:
    """What the dialog of filters offers, and what is chosen in it."""
    choices = asked.choices
    sources = {
        brand: [source for source in choices.sources if source.brand_id == brand.pk]
        for brand in choices.brands
    }
    purposes = [(code, str(Purpose(code).label)) for code in Purpose.values]
    return {
        "choices": choices,
        "sources": [(brand, rows) for brand, rows in sources.items() if rows],
        "other_sources": [source for source in choices.sources if source.brand_id is None],
        "presets": {
            "created": [(Period(days).word, str(Period(days))) for days in DAYS],
            "seen": [
                (period.word, str(period))
                for inside in (True, False)
                for period in (Period(days, inside) for days in DAYS[1:])
            ],
        },
        "consents": [
            (
                str(Channel(channel).label),
                [(f"{channel}.{purpose}", words) for purpose, words in purposes],
            )
            for channel in Channel.values
        ],
        "states": [(code, str(name)) for code, name in STATES.items()],
    }


def _sorts(asked: Asked, address: Address) -> list[tuple[str, str, bool]]:
    """(name, address, whether it is so now) of each order that this reader can have."""
    names = [("new", _("Newest first")), ("old", _("Oldest first"))]
    if asked.sight.every:
        names += [("name", _("Name, A to Z")), ("name_back", _("Name, Z to A"))]
    now = asked.sort if asked.sort in dict(names) else "new"
    return [
        (name, address.with_(sort="" if code == "new" else code), code == now)
        for code, name in names
    ]


def _shelves(
    chosen: list[columns_.Column], every: list[columns_.Column]
) -> list[tuple[str, list[columns_.Column]]]:
    """The columns that are not shown, by shelf."""
    shelves: dict[str, list[columns_.Column]] = {}
    codes = {column.code for column in chosen}
    for column in every:
        if column.code not in codes:
            shelves.setdefault(column.shelf, []).append(column)
    return list(shelves.items())


def _may_remove(request: HttpRequest, view: SavedView) -> bool:
    actor = Actor.of_request(request)
    if view.owner_id == cast(User, request.user).pk:
        return True
    return view.brand_id is not None and view.brand in brands_of(actor, Right.EDIT)
