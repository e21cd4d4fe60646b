"""Which values of a text are missing for how many customers: one query over a sample."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from liquid.exceptions import LiquidError

from campaigns.content.blocks import BlockMissing, Blocks, blocks_of
from campaigns.content.compiled import PARTS
from campaigns.content.liquid import environment
from campaigns.content.mjml import MjmlUnreadable, is_mjml, to_html
from campaigns.models import ContentText
from customers.models import Brand

# The newest of these that belong to the brand: a look, not a count.
LOOKED_AT: Final = 20_000
LEAST_SHARE: Final = 0.01
COLUMNS: Final = {"name": "display_name", "display_name": "display_name", "language": "language"}
NEVER_MISSING: Final = ("id",)

GAPS: Final = """
WITH sample AS (
    SELECT s.display_name, s.language, s.attributes FROM (
        SELECT c.display_name, c.language, c.attributes, c.brand_ids FROM customers_customer c
        WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL
        ORDER BY c.id DESC LIMIT %(most)s
    ) s WHERE s.brand_ids @> ARRAY[%(brand)s]::bigint[]
)
SELECT wanted.name, count(*), count(*) FILTER (WHERE CASE wanted.kind
    WHEN 'display_name' THEN sample.display_name = ''
    WHEN 'language' THEN sample.language = ''
    ELSE coalesce(sample.attributes ->> wanted.name, '') = '' END)
FROM sample CROSS JOIN unnest(%(names)s::text[], %(kinds)s::text[]) AS wanted (name, kind)
GROUP BY wanted.name
ORDER BY 3 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """A value that is missing for `missing` of the `n` customers looked at."""

    name: str
    n: int
    missing: int

    @property
    def share(self) -> float:
        return self.missing / self.n if self.n else 0.0


def gaps_of(brand: Brand, texts: Iterable[ContentText]) -> list[Gap]:
    """The customer's values that *texts* use and that more than one percent of the newest
    customers of *brand* lack, the emptiest first; two queries."""
    blocks = blocks_of([brand.pk]).get(brand.pk, Blocks())
    names = sorted(_names(texts, blocks))
    if not names:
        return []
    values: dict[str, Any] = {
        "most": LOOKED_AT,
        "brand": brand.pk,
        "names": names,
        "kinds": [COLUMNS.get(name, "") for name in names],
    }
    with connection.cursor() as cursor:
        cursor.execute(GAPS, values)
        found = [Gap(f"customer.{name}", n, missing) for name, n, missing in cursor.fetchall()]
    return [gap for gap in found if gap.share >= LEAST_SHARE]


# helpers


def _names(texts: Iterable[ContentText], blocks: Blocks) -> set[str]:
    found: set[str] = set()
    for text in texts:
        for part in PARTS:
            with suppress(BlockMissing):
                source = blocks.put_in(getattr(text, part), text.language)
                if "customer" in source:
                    found |= _used(source, html=part == "html")
    return found - set(NEVER_MISSING)


def _used(source: str, *, html: bool) -> set[str]:
    try:
        if html and is_mjml(source):
            source = to_html(source)
        paths = environment(html=html, lenient=True).from_string(source).global_variable_segments()
    except (LiquidError, MjmlUnreadable):
        return set()
    names = set()
    for path in paths:
        if path[0] != "customer" or len(path) < 2:
            continue
        name = path[2] if path[1] == "attributes" and len(path) > 2 else path[1]
        if isinstance(name, str):
            names.add(name)
    return names
