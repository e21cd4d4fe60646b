"""At least k times on several days, from sets of a day: the rows of a chunk are folded in order.

Let x_d be those with at least j on day d alone. Whoever has at least j over the days up to d had so
before, or has so on that day, or had i before and has j - i on that day. So each level is a running
OR over the days of what the levels below had the day before.
"""

from __future__ import annotations

from collections.abc import Sequence


def fold_sql(levels: Sequence[Sequence[int]]) -> str:
    """SELECT of (chunk, bits): everybody with at least len(levels) over all days.

    `levels[j - 1]` are the ids of the sets of "at least j on that day", in the order of the days;
    each is one parameter of the statement. No formula of a source: by the recursion above.
    """
    if len(levels) == 1:
        return (
            "SELECT chunk, bit_or(bits) AS bits FROM customers_bitchunk"
            " WHERE set_id = ANY(%s) GROUP BY chunk"
        )
    most = len(levels)
    days = ", ".join(
        f"COALESCE(bit_or(bits) FILTER (WHERE level = {j}), (SELECT zero FROM k)) AS on_{j}"
        for j in range(1, most + 1)
    )
    lists = " UNION ALL ".join(
        f"SELECT id, day, {j} AS level FROM unnest(%s::int[]) WITH ORDINALITY AS u (id, day)"
        for j in range(1, most + 1)
    )
    sql = (
        f"SELECT chunk, day, {days} FROM ({lists}) AS s"
        " JOIN customers_bitchunk ON set_id = s.id GROUP BY chunk, day"
    )
    before = (
        "COALESCE(bit_or({}) OVER (PARTITION BY chunk ORDER BY day"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), (SELECT zero FROM k))"
    )
    # Step j adds what was reached before each day at level j, from the levels below it.
    for j in range(1, most):
        reached = [f"on_{j}"] + [f"(had_{i} & on_{j - i})" for i in range(1, j)]
        now = " | ".join(reached)
        sql = f"SELECT *, {before.format(now)} AS had_{j} FROM ({sql}) AS d{j}"
    reached = [f"on_{most}"] + [f"(had_{i} & on_{most - i})" for i in range(1, most)]
    return f"SELECT chunk, bit_or({' | '.join(reached)}) AS bits FROM ({sql}) AS f GROUP BY chunk"
