"""Who is meant by a bulk change: the ticked rows, or everybody in the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.http import QueryDict

from customers.access import Actor, Right, brands_of, may
from customers.models import BulkJob
from customers.queries.asked import Asked
from customers.queries.branches import ALIVE, everybody
from customers.queries.people import PAGE
from customers.rules import Compiled
from customers.scope import Scope

PART: Final = 1_000
TICKED: Final = 20 * PAGE
_PLACE: Final = (
    "(SELECT n.place FROM customers_namekey n"
    " WHERE n.customer_id = them.id AND n.place <> '' LIMIT 1)"
)


@dataclass(frozen=True)
class Selection:
    """`ids` of ticked rows, or (without any) everybody in the list of the address `query`."""

    query: str
    ids: tuple[int, ...] = ()

    @classmethod
    def read(cls, data: QueryDict) -> Selection:
        """As the list sends it: `id` for each ticked row, or `all`, and the `query`."""
        query = data.get("query", "").replace("\x00", "")[:4_000]
        if data.get("all"):
            return cls(query)
        texts = [text for text in data.getlist("id")[:TICKED] if text.isascii() and text.isdigit()]
        return cls(query, tuple(sorted({int(text) % 2**62 for text in texts})) or (0,))

    @property
    def is_everybody(self) -> bool:
        return not self.ids

    def asked(self, actor: Actor, scope: Scope, now: datetime) -> Asked:
        """The list from which was chosen."""
        return Asked.of(QueryDict(self.query), actor, scope, now)

    def ids_sql(self, asked: Asked, right: Compiled) -> Compiled:
        """A SELECT of the ids of those over whom there is the right."""
        if self.ids:
            sql = f"SELECT c.id FROM customers_customer c WHERE c.id = ANY(%s) AND {ALIVE}"
            return Compiled(f"{sql} AND {right.sql}", (list(self.ids), *right.params))
        where = Compiled(
            f"({asked.where.sql} AND {right.sql})", (*asked.where.params, *right.params)
        )
        return everybody(asked.branches, where)


def over(actor: Actor, right: Right) -> Compiled:
    """True of the customers c over whom *actor* has *right*: a brand of hers knows them, or she
    has it in the whole group."""
    if may(actor, right, None):
        return Compiled("true")
    mine = list(brands_of(actor, right).values_list("pk", flat=True))
    return Compiled("(c.brand_ids && %s::bigint[])", (mine,))


def count(sql: Compiled) -> int:
    """How many they are, exactly."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql.sql}) AS them", sql.params)
        return int(cursor.fetchone()[0])


def fix(job: BulkJob, sql: Compiled, sort: str) -> int:
    """Write down who is meant, in the order of the list, a thousand a part; return how many."""
    order = {
        "old": "them.id",
        "name": f"{_PLACE} NULLS LAST, them.id DESC",
        "name_back": f"{_PLACE} DESC NULLS LAST, them.id DESC",
    }.get(sort, "them.id DESC")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH numbered AS (
                SELECT them.id, row_number() OVER (ORDER BY {order}) AS place
                FROM ({sql.sql}) AS them
            ), parts AS (
                INSERT INTO customers_bulkpart (job_id, number, customer_ids)
                SELECT %s, (place - 1) / %s, array_agg(id ORDER BY place) FROM numbered
                GROUP BY 2 RETURNING cardinality(customer_ids) AS size
            )
            SELECT COALESCE(sum(size), 0) FROM parts
            """,
            [*sql.params, job.pk, PART],
        )
        return int(cursor.fetchone()[0])
