"""At least k times on several days, from sets of fewer days that follow each other.

Let on_j be those with at least j on one set of days alone, had_j those with at least j on all sets
before. Whoever has at least j now had so before, or has so on these days, or had i before and has
j - i on these days. So the sets are gone through in order, with one column for each level.
"""

from __future__ import annotations

from collections.abc import Sequence

from customers.bits.primitives import CHUNK

# Every chunk that can hold somebody, beside a chunk of nobody.
CHUNKS = (
    f"SELECT chunk, repeat('0', {CHUNK})::varbit AS zero FROM generate_series(0,"
    f" (SELECT COALESCE(max(id), 0) / {CHUNK} FROM customers_customer)::int) AS chunk"
)


def fold_sql(sets: Sequence[Sequence[int]]) -> str:
    """SELECT of (chunk, zero, l1, l2 …): lj holds everybody with at least j over all sets.

    `sets` are in order of their days; each gives the ids of its levels, the first of at least one.
    Every step is a SELECT of its own that is not pulled up (OFFSET 0): put into each other the
    expressions would double with every step.
    """
    levels = len(sets[0])
    had = ", ".join(f"zero AS l{j}" for j in range(1, levels + 1))
    sql = f"SELECT chunk, zero, {had} FROM ({CHUNKS}) AS every"
    for ids in sets:
        on = {j: f"COALESCE(s{j}.bits, f.zero)" for j in range(1, levels + 1)}
        reached = [
            " | ".join([f"f.l{j}", on[j], *(f"(f.l{j - i} & {on[i]})" for i in range(1, j))])
            + f" AS l{j}"
            for j in range(1, levels + 1)
        ]
        joins = "".join(
            f" LEFT JOIN customers_bitchunk s{j}"
            f" ON s{j}.set_id = {int(id)} AND s{j}.chunk = f.chunk"
            for j, id in enumerate(ids, 1)
        )
        sql = f"SELECT f.chunk, f.zero, {', '.join(reached)} FROM ({sql}) AS f{joins} OFFSET 0"
    return sql
