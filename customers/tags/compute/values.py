"""Fills the temporary table tag_values (customer_id, value) for each kind of definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from customers.models import DataType
from customers.rules import Compiled, Rule, Where, compile_node
from customers.tags.compute.cuts import Figures, find
from customers.tags.compute.facts import as_text, days_since, fact_rows, number_property, since
from customers.tags.compute.frame import LIVING, Frame
from customers.tags.definition.nodes import (
    Definition,
    Fact,
    Lifecycle,
    Model,
    Rfm,
    Rules,
    Scorecard,
    Stages,
    Tiers,
    Value,
)

RFM_COLUMNS = ("recency", "frequency", "monetary")


def compute(
    cursor: Any, definition: Definition, frame: Frame, figures: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Work out the values into tag_values; return the figures (cuts) that were used, as JSON.

    With `figures` of an earlier run those are used instead of finding new ones. Raises ValueError
    for a tag that is assigned.
    """
    of = definition.of
    if of is None:
        raise ValueError("A tag that is assigned has nothing to compute.")
    _fresh(cursor, "tag_values", "(customer_id bigint NOT NULL, value text NOT NULL)")
    if frame.whole:
        # Over everybody a nested loop never wins, and after a load of many rows the planner may
        # take them for few and choose one that takes hours.
        cursor.execute("SET LOCAL enable_nestloop = off")
    used = _compute(cursor, of, frame, figures)
    if frame.whole:
        cursor.execute("SET LOCAL enable_nestloop = on")
    return used


def needs_figures(definition: Definition) -> bool:
    """Whether cuts depend on everybody, so that a part of the customers needs stored ones."""
    match definition.of:
        case Rfm(recency=r, frequency=f, monetary=m):
            return bool(r.quantiles or f.quantiles or m.quantiles)
        case Tiers(cuts=cuts):
            return bool(cuts.quantiles)
    return False


def measure(cursor: Any, model: Rfm | Tiers | Lifecycle, frame: Frame) -> None:
    """Fill the temporary table tag_measures with what the model looks at, one pass over events.

    Its columns are those of RFM_COLUMNS; or fact; or first, last (days ago) and times.
    """
    rows = measures(model, frame)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.tag_measures")
    cursor.execute(
        "CREATE TEMPORARY TABLE tag_measures ON COMMIT DROP AS "
        f"SELECT v.* FROM ({rows.sql}) v JOIN customers_customer c ON c.id = v.customer_id"
        f" WHERE {LIVING}",
        rows.params,
    )


def measures(model: Rfm | Tiers | Lifecycle, frame: Frame) -> Compiled:
    """SELECT of what the model looks at, one row per customer; see `measure`."""
    if isinstance(model, Tiers):
        rows = fact_rows(model.fact, frame)
        return Compiled(
            f"SELECT customer_id, value AS fact FROM ({rows.sql}) f WHERE value IS NOT NULL",
            rows.params,
        )
    source, params = frame.source(model.events)
    last = days_since("max(e.occurred_at)")
    if isinstance(model, Rfm):
        amount = number_property(model.amount)
        return Compiled(
            f"SELECT e.customer_id, {last} AS recency, count(*)::numeric AS frequency,"
            f" coalesce(sum({amount.sql}), 0) AS monetary {source} GROUP BY e.customer_id",
            (*since(frame), *amount.params, *params),
        )
    first = days_since("min(e.occurred_at)")
    return Compiled(
        f"SELECT e.customer_id, {first} AS first, {last} AS last, count(*) AS times {source}"
        " GROUP BY e.customer_id",
        (*since(frame), *since(frame), *params),
    )


def classify(model: Rfm | Tiers | Lifecycle, figures: Mapping[str, Figures]) -> Compiled:
    """SELECT of (customer_id, value) from tag_measures."""
    if isinstance(model, Lifecycle):
        return Compiled(
            "SELECT customer_id, CASE WHEN last <= %s AND times >= %s THEN 'loyal'"
            " WHEN first <= %s THEN 'new' WHEN last <= %s THEN 'active'"
            " WHEN last <= %s THEN 'sleeping' ELSE 'lost' END AS value FROM tag_measures",
            (model.active_days, model.loyal_times, model.new_days, model.active_days,
             model.sleeping_days),
        )  # fmt: skip
    if isinstance(model, Tiers):
        score = figures["fact"].score_sql("fact")
        return Compiled(
            f"SELECT customer_id, (%s::text[])[{score.sql}] AS value FROM tag_measures",
            (_codes(model.names), *score.params),
        )
    scores = [figures[name].score_sql(name) for name in RFM_COLUMNS]
    cases, params = [], []
    for cell in model.cells:
        cases.append(
            "WHEN s.r BETWEEN %s AND %s AND s.f BETWEEN %s AND %s AND s.m BETWEEN %s AND %s THEN %s"
        )
        params += [*cell.r, *cell.f, *cell.m, cell.value.code]
    inner = ", ".join(f"{score.sql} AS {name}" for score, name in zip(scores, "rfm", strict=True))
    return Compiled(
        f"SELECT s.customer_id, CASE {' '.join(cases)} ELSE %s END AS value"
        f" FROM (SELECT customer_id, {inner} FROM tag_measures OFFSET 0) s",
        (
            *params,
            model.otherwise.code if model.otherwise else None,
            *(param for score in scores for param in score.params),
        ),
    )


# helpers


def _compute(
    cursor: Any, of: Fact | Model, frame: Frame, figures: Mapping[str, Any] | None
) -> dict[str, Any]:
    if isinstance(of, Fact):
        rows = fact_rows(of, frame)
        _keep(cursor, Compiled(
            f"SELECT v.customer_id, {as_text('v.value', of.kind)} AS value FROM ({rows.sql}) v",
            rows.params,
        ))  # fmt: skip
        return {}
    if isinstance(of, Rfm | Tiers | Lifecycle):
        measure(cursor, of, frame)
        used = _figures(cursor, of, figures)
        _keep(cursor, classify(of, used))
        return {name: each.to_json() for name, each in used.items()}
    _keep(cursor, _by_rules(of, frame))
    return {}


def _figures(
    cursor: Any, model: Rfm | Tiers | Lifecycle, kept: Mapping[str, Any] | None
) -> dict[str, Figures]:
    if isinstance(model, Lifecycle):
        return {}
    if kept:
        return {name: Figures.of_json(each) for name, each in kept.items()}
    if isinstance(model, Tiers):
        return find(cursor, [("fact", model.cuts, False)])
    cuts = (model.recency, model.frequency, model.monetary)
    return find(
        cursor,
        [(name, each, name == "recency") for name, each in zip(RFM_COLUMNS, cuts, strict=True)],
    )


def _by_rules(model: Model, frame: Frame) -> Compiled:
    """SELECT of (customer_id, value) over all customers, with a condition per rule."""

    where = Where(frame.now, brand_id=frame.brand_id, events_of=frame.brand_id, whole=frame.whole)

    def holds(rule: Rule) -> Compiled:
        return compile_node(rule.root, where)

    match model:
        case Stages():
            value = _case([(holds(e.rule), e.value) for e in reversed(model.stages)], None)
        case Rules():
            value = _case([(holds(e.rule), e.value) for e in model.values], model.otherwise)
        case Scorecard():
            value = _points(model, [holds(each.rule) for each in model.points])
        case _:
            raise ValueError(f"{type(model).__name__} is not made of rules.")
    some, joins = frame.some("c.id"), where.joined
    return Compiled(
        f"SELECT c.id AS customer_id, {value.sql} AS value FROM customers_customer c{joins.sql}"
        f" WHERE {some.sql}",
        (*value.params, *joins.params, *some.params),
    )


def _case(lines: Sequence[tuple[Compiled, Value]], otherwise: Value | None) -> Compiled:
    parts, params = [], []
    for condition, value in lines:
        parts.append(f"WHEN {condition.sql} THEN %s")
        params += [*condition.params, value.code]
    params.append(otherwise.code if otherwise else None)
    return Compiled(f"(CASE {' '.join(parts)} ELSE %s END)", tuple(params))


def _points(model: Scorecard, conditions: Sequence[Compiled]) -> Compiled:
    parts, params = [], []
    for each, condition in zip(model.points, conditions, strict=True):
        parts.append(f"CASE WHEN {condition.sql} THEN %s ELSE 0 END")
        params += [*condition.params, each.points]
    total = f"({' + '.join(parts)})::numeric"
    if not model.names:
        return Compiled(
            f"(SELECT {as_text('p.n', DataType.NUMBER)} FROM (SELECT {total} AS n OFFSET 0) p)",
            tuple(params),
        )
    score = Figures(model.cuts.values).score_sql(total, tuple(params))
    return Compiled(f"(%s::text[])[{score.sql}]", (_codes(model.names), *score.params))


def _codes(names: Sequence[Value | None]) -> list[str | None]:
    return [each.code if each else None for each in names]


def _keep(cursor: Any, rows: Compiled) -> None:
    cursor.execute(
        "INSERT INTO tag_values SELECT v.customer_id, v.value"
        f" FROM ({rows.sql}) v JOIN customers_customer c ON c.id = v.customer_id"
        f" WHERE v.value IS NOT NULL AND {LIVING}",
        rows.params,
    )
    cursor.execute("ANALYZE tag_values")


def _fresh(cursor: Any, table: str, columns: str) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    cursor.execute(f"CREATE TEMPORARY TABLE {table} {columns} ON COMMIT DROP")
