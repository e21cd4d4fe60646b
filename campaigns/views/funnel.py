"""The six counts on a page: what a template of them needs, and the same as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from campaigns.evaluation.funnel import Sum, funnel_of
from campaigns.evaluation.funnel_words import falls_of, parts_of, sheet_of
from campaigns.models import Content
from campaigns.queries.funnel import Asked, Counted, sums_of
from customers.models import Channel
from customers.sheets import as_file


def funnel_context(
    asked: Asked, now: datetime, *, file_url: str, counted: Counted | None = None
) -> dict[str, Any]:
    """The variables of campaigns/funnel.html; two queries. *file_url* ends in a query, and gives a
    file with `&form=csv` or `xlsx`; *counted* is what `sums_of` says, where that is known."""
    found, read_at = counted or sums_of(asked, now)
    sums = found or []
    return {
        "is_counting": found is None,
        "counted_at": read_at if read_at < now else None,
        "falls": falls_of(funnel_of(sums)),
        "contents": parts_of(sums, lambda each: each.content, content_names(sums)),
        "channels": parts_of(sums, lambda each: each.channel, channel_names()),
        "ask": people_url(asked),
        "file_url": file_url,
    }


def funnel_file(asked: Asked, now: datetime, name: str, form: str) -> HttpResponse:
    """Every day, channel and content with its six counts. Raises KeyError for another *form*."""
    found, _read_at = sums_of(asked, now, wait=True)
    sums = found or []
    header, rows = sheet_of(sums, content_names(sums), channel_names())
    return as_file(name, header, rows, form)


def people_url(asked: Asked) -> str:
    """The list of the same sends, for more filters to be added."""
    return f"{reverse('campaigns:messages')}?{urlencode(_people(asked))}"


def content_names(sums: Sequence[Sum]) -> dict[int | str, str]:
    """What the contents of these sends are called; one query."""
    wanted = {each.content for each in sums}
    return dict(Content.objects.filter(pk__in=wanted).values_list("pk", "name"))


def channel_names() -> dict[int | str, str]:
    """What channels are called."""
    return {value: capfirst(str(label)) for value, label in Channel.choices}


# helpers


def _people(asked: Asked) -> list[tuple[str, str]]:
    """The filters of the list of messages that mean the same sends."""
    zone = timezone.get_current_timezone()
    if asked.campaign is not None:
        of = [("campaign", str(asked.campaign))]
    else:
        of = [] if asked.journey is None else [("journey", str(asked.journey))]
    since, until = (each.astimezone(zone).date() for each in (asked.since, asked.until))
    return [*of, ("since", since.isoformat()), ("until", until.isoformat())]
