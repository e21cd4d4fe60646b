"""How messages fare whose audiences were chosen by a tag. Floors above register what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Audience(NamedTuple):
    """A tag and the journeys that read it, by their ids; brand None: of every brand."""

    tag_id: int
    brand_id: int | None
    journey_ids: tuple[int, ...]


class Counted(NamedTuple):
    """Hits of those who were in an audience and carried the tag, and of all others."""

    hits: int
    whole: int
    other_hits: int
    others: int


Finder = Callable[[Sequence[Audience], datetime, datetime], Mapping[int, Counted]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of success: its code, its name, and who counts it."""

    code: str
    label: StrOrPromise
    find: Finder


_kinds: dict[str, Kind] = {}


# Hits of those who were in an audience and carried the tag at that moment, against all others of
# the tag's brand. {happened} is a SELECT of journey_id, customer_id, brand_id, at, hit.
_COUNTED = """
WITH happened AS MATERIALIZED ({happened}), audience AS (
    SELECT * FROM unnest(%(tags)s::bigint[], %(journeys)s::bigint[]) AS a (tag_id, journey_id)
), used AS (
    SELECT a.tag_id, count(*) AS n, count(*) FILTER (WHERE w.hit) AS hits
    FROM happened w JOIN audience a USING (journey_id)
    WHERE (SELECT h.added FROM customers_tagchange h
           WHERE h.customer_id = w.customer_id AND h.tag_id = a.tag_id AND h.at <= w.at
           ORDER BY h.at DESC, h.added DESC LIMIT 1)
    GROUP BY a.tag_id
), brands AS (
    SELECT brand_id, count(*) AS n, count(*) FILTER (WHERE hit) AS hits
    FROM happened GROUP BY brand_id
)
SELECT u.tag_id, u.hits, u.n, sum(b.hits)::bigint - u.hits, sum(b.n)::bigint - u.n
FROM used u
JOIN unnest(%(whole_tags)s::bigint[], %(brands)s::bigint[]) AS t (tag_id, brand_id)
    ON t.tag_id = u.tag_id
JOIN brands b ON t.brand_id IS NULL OR b.brand_id = t.brand_id
GROUP BY u.tag_id, u.hits, u.n
"""


def count_hits(
    happened: str, audiences: Sequence[Audience], since: datetime, until: datetime
) -> Mapping[int, Counted]:
    """By tag the hits among what *happened*: SQL with the parameters since and until that gives
    journey_id, customer_id, brand_id, at, hit. One query."""
    pairs = [(each.tag_id, journey) for each in audiences for journey in each.journey_ids]
    values: dict[str, Any] = {
        "since": since,
        "until": until,
        "tags": [tag for tag, _journey in pairs],
        "journeys": [journey for _tag, journey in pairs],
        "whole_tags": [each.tag_id for each in audiences],
        "brands": [each.brand_id for each in audiences],
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(happened=happened), values)
        return {tag: Counted(*numbers) for tag, *numbers in cursor.fetchall()}


def register_success(code: str, label: StrOrPromise, find: Finder) -> None:
    """Let `find(audiences, since, until)` count by tag, with a fixed number of queries."""
    _kinds[code] = Kind(code, label, find)


def kinds() -> list[Kind]:
    """What is registered, by code."""
    return [_kinds[code] for code in sorted(_kinds)]
