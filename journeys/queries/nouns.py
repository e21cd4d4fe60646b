"""What a step can name, by what it is called: for the lists in which marketers choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Content, Offer
from customers.formats import number
from customers.models import Attribute, Channel, EventType, Segment, SegmentKind, Tag
from customers.templatetags.waypost import channel_icon
from journeys.graph.sketch import sketch
from journeys.models import Journey, Webhook
from journeys.nodes.base import Family
from journeys.queries.titles import titles_of

MOST: Final = 60
NOUNS: Final[dict[str, str | Promise]] = {
    "event": gettext_lazy("Which event?"),
    "content": gettext_lazy("Which content?"),
    "segment": gettext_lazy("Which segment?"),
    "list": gettext_lazy("Which list?"),
    "tag": gettext_lazy("Which tag?"),
    "attribute": gettext_lazy("Which attribute?"),
    "offer": gettext_lazy("Which offer?"),
    "webhook": gettext_lazy("Which webhook?"),
    "journey": gettext_lazy("Which journey?"),
    "node": gettext_lazy("Which message?"),
}
# What may be named before it is there.
AHEAD: Final = frozenset({"event", "attribute", "journey"})


class Noun(NamedTuple):
    """One thing that can be named."""

    code: str
    title: str
    icon: str
    note: str = ""


class Found(NamedTuple):
    """What fits, whether there is more, and whether what was typed can be named as it is."""

    rows: list[Noun]
    is_cut: bool
    ahead: str = ""


def nouns_of(noun: str, journey: Journey, q: str) -> Found:
    """What a step of *journey* can name, whose name or code holds *q*; one query or two."""
    rows = [
        each
        for each in all_of(noun, journey)
        if q.casefold() in f"{each.title} {each.code}".casefold()
    ]
    rows.sort(key=lambda each: (not each.title.casefold().startswith(q.casefold()), each.title))
    is_new = noun in AHEAD and q and not any(each.code == q for each in rows)
    return Found(rows[:MOST], len(rows) > MOST, q if is_new else "")


# helpers


def all_of(noun: str, journey: Journey) -> Iterable[Noun]:
    match noun:
        case "content":
            rows = Content.objects.filter(brand=journey.brand_id, is_archived=False)
            for each in rows.order_by("name")[:2000]:
                yield Noun(
                    each.code, each.name, channel_icon(each.channel),
                    str(Channel(each.channel).label),
                )  # fmt: skip
        case "segment" | "list":
            yield from segments(journey, only_lists=noun == "list")
        case "offer":
            yield from named(Offer.objects.filter(brand=journey.brand_id), "gift")
        case "webhook":
            yield from named(Webhook.objects.filter(brand=journey.brand_id), "hook")
        case "journey":
            others = Journey.objects.filter(brand=journey.brand_id).exclude(pk=journey.pk)
            yield from named(others, "journey")
        case "tag":
            yield from titled(Tag.objects.all(), "tag")
        case "attribute":
            yield from titled(Attribute.objects.all(), "person")
        case "node":
            yield from messages(journey)
        case _:
            yield from titled(EventType.objects.all(), "bolt")


def segments(journey: Journey, *, only_lists: bool) -> Iterable[Noun]:
    rows = Segment.objects.filter(Q(brand=journey.brand_id) | Q(brand=None), archived_at=None)
    if only_lists:
        rows = rows.filter(kind=SegmentKind.LIST)
    for each in rows[:2000]:
        size = _("%s customers") % number(each.size) if each.built_at else ""
        yield Noun(each.code, each.title, "segment", size)


def messages(journey: Journey) -> Iterable[Noun]:
    """The sends of this very draft."""
    drawn = sketch(journey.draft)
    sends = {key: node for key, node in drawn.nodes.items() if node.family is Family.SEND}
    titles = titles_of(sends.values(), journey.brand_id)
    for key, node in sends.items():
        names = [titles.names.get((ref.noun, ref.code), ref.code) for ref in node.refers()]
        yield Noun(key, names[0] if names else key, "send", key)


def named(
    rows: QuerySet[Offer] | QuerySet[Webhook] | QuerySet[Journey], icon: str
) -> Iterable[Noun]:
    for code, name in rows.values_list("code", "name")[:2000]:
        yield Noun(code, name, icon)


def titled(
    rows: QuerySet[Tag] | QuerySet[Attribute] | QuerySet[EventType], icon: str
) -> Iterable[Noun]:
    for each in rows[:2000]:
        yield Noun(each.code, each.title, icon, each.code if each.title != each.code else "")
