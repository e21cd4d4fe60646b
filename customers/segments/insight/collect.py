"""Counts what the people of each cell have, in a fixed number of statements over all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from customers.models import Attribute, Channel, DataType, EventType, Purpose, Tag
from customers.rules.conditions import Reachable
from customers.rules.nodes import Compiled
from customers.rules.where import Where
from customers.segments.insight.edges import QUANTILES, SINGLE_MOST, edges_of
from customers.segments.insight.facets import (
    ANY_CHANNEL,
    CELLS,
    CHANNELS,
    CUT_BY,
    DATE_CUTS,
    FACETS_MOST,
    HELD,
    MISSING,
    TOP,
    WINDOWS,
    Facet,
    by_code,
    three,
)
from customers.segments.insight.ranking import Item, Sizes


class Collector:
    """Facets and items, step by step; `now` is the moment as of which it is told."""

    def __init__(self, cursor: Any, sizes: Sizes, brand_ids: Sequence[int], now: datetime) -> None:
        self.cursor, self.sizes, self.now = cursor, sizes, now
        self.brand_ids = list(brand_ids)
        self.facets: list[Facet] = []
        self.items: list[Item] = []

    @property
    def steps(self) -> list[Callable[[], None]]:
        """What is done one after the other."""
        return [self.texts, self.figures, self.tags, self.events, self.channels]

    def texts(self) -> None:
        """Attributes that are texts, yes or no, lists, and dates; personal data are left out."""
        types = self._attributes()
        plain = [code for code, kind in types.items() if kind in (DataType.TEXT, DataType.BOOLEAN)]
        lists = [code for code, kind in types.items() if kind == DataType.LIST]
        dates = [code for code, kind in types.items() if kind in (DataType.DATE, DataType.DATETIME)]
        cuts = [(self.now - timedelta(days=days)).date().isoformat() for days in DATE_CUTS]
        counted = f"""
            SELECT e.key, left(e.value #>> '{{}}', 120), {CELLS}
            FROM insight_people p JOIN customers_customer c ON c.id = p.id
            CROSS JOIN LATERAL jsonb_each(c.attributes) e
            WHERE e.key = ANY(%s) AND jsonb_typeof(e.value) IN ('string', 'boolean') GROUP BY 1, 2
            UNION ALL
            SELECT e.key, width_bucket((left(e.value #>> '{{}}', 10)) COLLATE "C",
                (%s::text[]) COLLATE "C")::text, {CELLS}
            FROM insight_people p JOIN customers_customer c ON c.id = p.id
            CROSS JOIN LATERAL jsonb_each(c.attributes) e
            WHERE e.key = ANY(%s) AND jsonb_typeof(e.value) = 'string' GROUP BY 1, 2
        """
        params = [plain, cuts, dates]
        if lists:
            counted += f"""
                UNION ALL SELECT e.key, left(v.value, 120), {CELLS}
                FROM insight_people p JOIN customers_customer c ON c.id = p.id
                CROSS JOIN LATERAL jsonb_each(c.attributes) e
                CROSS JOIN LATERAL (SELECT DISTINCT value FROM jsonb_array_elements_text(
                    CASE WHEN jsonb_typeof(e.value) = 'array' THEN e.value ELSE '[]' END)) v
                WHERE e.key = ANY(%s) GROUP BY 1, 2
            """
            params.append(lists)
        self.cursor.execute(TOP.format(counted=counted), params)
        single = {*plain, *dates}
        for code, rows in by_code(self.cursor.fetchall()):
            place = self._facet(Facet("attribute", code))
            self._values(place, ((int(v) if code in dates else v, n) for v, n, _all in rows))
            if code in single:
                self._missing(place, rows[0][2])

    def figures(self) -> None:
        """Attributes that are numbers, in ranges."""
        codes = [code for code, kind in self._attributes().items() if kind == DataType.NUMBER]
        if not codes:
            return
        source = """
            SELECT e.key AS code, (e.value #>> '{}')::float8 AS figure, p.cell, p.id
            FROM insight_people p JOIN customers_customer c ON c.id = p.id
            CROSS JOIN LATERAL jsonb_each(c.attributes) e
            WHERE e.key = ANY(%s) AND jsonb_typeof(e.value) = 'number'
        """
        self._ranges("attribute", source, [codes], str)

    def tags(self) -> None:
        """Tags by value, and who has them at all; tags of numbers in ranges."""
        of = Q(brand__isnull=True) | Q(brand__in=self.brand_ids) if self.brand_ids else Q()
        found = Tag.objects.filter(of).order_by("pk")[:FACETS_MOST]
        tags = {tag.pk: tag for tag in found}
        numbers = [pk for pk, tag in tags.items() if tag.data_type == DataType.NUMBER]
        valid = "(t.expires_at IS NULL OR t.expires_at > %s)"
        counted = f"""
            SELECT t.tag_id, t.value, {CELLS}
            FROM insight_people p JOIN customers_customertag t ON t.customer_id = p.id
            WHERE t.tag_id = ANY(%s) AND {valid} GROUP BY 1, 2
        """
        plain = [pk for pk in tags if pk not in numbers]
        self.cursor.execute(TOP.format(counted=counted), [plain, self.now])
        for pk, rows in by_code(self.cursor.fetchall()):
            place = self._facet(Facet("tag", tags[pk].code))
            if len(rows) == 1 and not rows[0][0]:
                self.items.append(Item(place, HELD, rows[0][1]))
                continue
            self._values(place, ((value, n) for value, n, _all in rows))
            if len(rows) > 1 and not tags[pk].is_multiple:
                self.items.append(Item(place, HELD, rows[0][2]))
        if numbers:
            source = f"""
                SELECT t.tag_id AS code, t.value::float8 AS figure, p.cell, p.id
                FROM insight_people p JOIN customers_customertag t ON t.customer_id = p.id
                WHERE t.tag_id = ANY(%s) AND {valid}
                  AND t.value ~ '^-?[0-9]{{1,15}}([.][0-9]{{1,9}})?$'
            """
            self._ranges("tag", source, [numbers, self.now], lambda pk: tags[int(pk)].code)

    def events(self) -> None:
        """Who did what in the last days, at least once; events of the brands and of none."""
        brands = "AND (e.brand_id IS NULL OR e.brand_id = ANY(%s))" if self.brand_ids else ""
        since = [self.now - timedelta(days=days) for days in WINDOWS]
        within = ", ".join(
            f"count(*) FILTER (WHERE p.cell = {cell} AND p.last > %s)"
            for _window in WINDOWS
            for cell in range(3)
        )
        self.cursor.execute(
            f"""
            SELECT p.event_type_id, {within}
            FROM (SELECT e.event_type_id, p.id, p.cell, max(e.occurred_at) AS last
                  FROM insight_people p JOIN customers_event e ON e.customer_id = p.id
                  WHERE e.occurred_at > %s AND e.occurred_at <= %s {brands} GROUP BY 1, 2, 3) p
            GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {FACETS_MOST}
            """,
            [
                *(start for start in since for _cell in range(3)),
                min(since), self.now, *([self.brand_ids] if brands else []),
            ],
        )  # fmt: skip
        rows = self.cursor.fetchall()
        codes = dict(
            EventType.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "code")
        )
        for type_id, *counts in rows:
            if type_id in codes:
                place = self._facet(Facet("event", codes[type_id]))
                for number, days in enumerate(WINDOWS):
                    hits = three(counts[3 * number : 3 * number + 3])
                    self.items.append(Item(place, days, hits))

    def channels(self) -> None:
        """Who can be reached for marketing: by each channel, and by any."""
        parts = [self._reach(channel) for channel in CHANNELS]
        names = [f"r{number}" for number in range(len(parts))]
        told = ", ".join(f"({part.sql}) AS {name}" for part, name in zip(parts, names, strict=True))
        counts = ", ".join(
            f"count(*) FILTER (WHERE {test})" for test in (*names, " OR ".join(names))
        )
        # Without the fence each of them would be asked twice.
        self.cursor.execute(
            f"""
            SELECT p.cell, {counts} FROM insight_people p
            JOIN customers_customer c ON c.id = p.id
            CROSS JOIN LATERAL (SELECT {told} OFFSET 0) r GROUP BY 1
            """,
            [param for part in parts for param in part.params],
        )
        by_cell = {row[0]: row[1:] for row in self.cursor.fetchall()}
        for number, code in enumerate((*(channel.value for channel in CHANNELS), ANY_CHANNEL)):
            place = self._facet(Facet("channel", code))
            hits = three([by_cell[c][number] if c in by_cell else 0 for c in range(3)])
            self.items.append(Item(place, HELD, hits))

    # helpers

    def _attributes(self) -> dict[str, str]:
        rows = Attribute.objects.filter(is_personal=False).order_by("code")
        return dict(rows.values_list("code", "data_type")[:FACETS_MOST])

    def _facet(self, facet: Facet) -> int:
        self.facets.append(facet)
        return len(self.facets) - 1

    def _values(self, place: int, values: Iterable[tuple[Any, tuple[int, int, int]]]) -> None:
        self.items += [Item(place, what, hits) for what, hits in values]

    def _missing(self, place: int, held: tuple[int, int, int]) -> None:
        left = [all_ - some for all_, some in zip(self.sizes.looked, held, strict=True)]
        if any(left):
            self.items.append(Item(place, MISSING, three(left)))

    def _ranges(
        self, kind: str, source: str, params: list[Any], code_of: Callable[[Any], str]
    ) -> None:
        """Two statements: where to cut, and how many are in each range."""
        every = max(1, sum(self.sizes.looked) // CUT_BY)
        self.cursor.execute(
            f"""
            SELECT code, percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY figure),
                CASE WHEN count(DISTINCT figure) <= %s THEN array_agg(DISTINCT figure) END,
                bool_and(figure = floor(figure))
            FROM ({source}) AS s WHERE id %% %s = 0 GROUP BY code ORDER BY code
            """,
            [list(QUANTILES), SINGLE_MOST, *params, every],
        )
        cuts = {}
        for code, quantiles, singles, is_whole in self.cursor.fetchall():
            edges = tuple(singles) if singles else tuple(edges_of(quantiles))
            # What was not met where it was cut must not be taken for one of the figures.
            cuts[code] = (edges, bool(singles) and every == 1, is_whole and every == 1)
        given = json.dumps(
            [{"code": code, "edges": edges} for code, (edges, *_how) in cuts.items()]
        )
        type_ = "text" if kind == "attribute" else "bigint"
        self.cursor.execute(
            f"""
            SELECT p.code, width_bucket(p.figure, d.edges), {CELLS}
            FROM ({source}) p
            JOIN jsonb_to_recordset(%s::jsonb) AS d (code {type_}, edges float8[])
              ON d.code = p.code GROUP BY 1, 2 ORDER BY 1, 2
            """,
            [*params, given],
        )
        for code, rows in by_code([(*row, 0, 0, 0) for row in self.cursor.fetchall()]):
            edges, *how = cuts[code]
            place = self._facet(Facet(kind, code_of(code), edges, *how))
            self._values(place, ((int(bin_), n) for bin_, n, _all in rows))
            held = [sum(hits[cell] for _bin, hits, _all in rows) for cell in range(3)]
            self._missing(place, three(held))

    def _reach(self, channel: Channel) -> Compiled:
        """Of any of the brands; without one the consent of any brand of the group counts."""
        condition = Reachable(channel.value, Purpose.MARKETING.value)
        brands: list[int | None] = [*self.brand_ids] or [None]
        parts = [condition.compile(Where(self.now, brand_id=brand)) for brand in brands]
        sql = " OR ".join(part.sql for part in parts)
        return Compiled(f"({sql})", tuple(param for part in parts for param in part.params))
