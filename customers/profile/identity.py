"""Moments of who the customer is: identities that became known, consents given and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from customers.models import ConsentChange, ConsentState, Customer, Identity
from customers.profile.registry import Moment
from customers.queries.people import shown_identity
from customers.scope import Scope

AT_ONCE = 30  # changes of one instant: channels times purposes, about
STATES = (
    (ConsentState.GRANTED, "ok", gettext_lazy("Consent given")),
    (ConsentState.DENIED, "close", gettext_lazy("Consent refused")),
    (ConsentState.PENDING, "info", gettext_lazy("Consent asked for")),
)


def identities(
    customer: Customer, *, scope: Scope, before: datetime, limit: int, unmask: bool
) -> list[Moment]:
    """Identities, those of one instant and source together; one query."""
    rows = (
        Identity.objects.filter(customer=customer, created_at__lt=before)
        .select_related("namespace", "source")
        .order_by("-created_at", "source", "namespace__code", "pk")
    )
    # A customer has a handful of identities, at most `limit` a namespace.
    groups = groupby(rows, key=lambda each: (each.created_at, each.source))
    found = []
    for (at, source), group in groups:
        shown = [shown_identity(each, unmask=unmask) for each in group]
        words = format_html_join(
            " · ", "{} <em>{}</em>", ((each["kind"], each["value"]) for each in shown)
        )
        if source is not None:
            words = format_html(_("{identities}, from {source}"), identities=words, source=source)
        title = ngettext("Identity added", "Identities added", len(shown))
        found.append(Moment(at, title, words, "", "person", "identity"))
    return found[:limit]


def consents(
    customer: Customer, *, scope: Scope, before: datetime, limit: int, unmask: bool
) -> list[Moment]:
    """Changes of consents to these brands, those of one instant and answer together; one query.

    Only whole instants are grouped, so that every page tells a group the same way.
    """
    rows = list(
        ConsentChange.objects.filter(customer=customer, at__lt=before, brand__in=scope.brand_ids)
        .select_related("source", "brand")
        .order_by("-at", "-pk")[: limit * AT_ONCE]
    )
    if len(rows) == limit * AT_ONCE:
        rows = [row for row in rows if row.at != rows[-1].at] or rows
    found = []
    for at, changes in groupby(rows, key=lambda row: row.at):
        given = list(changes)
        for state, icon, title in STATES:
            same = [row for row in given if row.state == state]
            if same:
                found.append(
                    Moment(at, str(title), say_consents(same, scope), "", icon, "identity")
                )
    return found[:limit]


def say_consents(changes: Sequence[ConsentChange], scope: Scope) -> SafeString:
    """ "SMS, push marketing · e-mail service · Larkfell Outdoor, from the shop"."""
    several = len(scope.brands) > 1
    parts = []
    for brand, of_brand in groupby(
        sorted(changes, key=lambda row: (row.brand_id, row.purpose, row.channel)),
        key=lambda row: row.brand,
    ):
        said = [
            format_html(
                "{} <em>{}</em>",
                rows[0].get_purpose_display(),
                pgettext("between names", ", ").join(
                    str(row.get_channel_display()) for row in rows
                ),
            )
            for rows in (list(group) for _p, group in groupby(of_brand, key=lambda r: r.purpose))
        ]
        if several:
            said.append(format_html("{}", brand.title))
        parts += said
    if changes[0].source is not None:
        parts.append(format_html(_("from {source}"), source=changes[0].source))
    return format_html_join(" · ", "{}", ((part,) for part in parts))
