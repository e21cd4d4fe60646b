"""A fact as SQL: one row per customer who has a value."""

from __future__ import annotations

from customers.models import DataType
from customers.rules import Compiled
from customers.tags.compute.frame import Frame
from customers.tags.definition.nodes import Fact

LONGEST = 160
_NUMBER = "(CASE WHEN jsonb_typeof({v}) = 'number' THEN ({v})::numeric END)"
_DATE = (
    "(CASE WHEN jsonb_typeof({v}) = 'string' AND ({v}) #>> '{{}}' ~ "
    "'^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' THEN left(({v}) #>> '{{}}', 10) END)"
)
_TEXT = (
    "(CASE jsonb_typeof({v}) WHEN 'string' THEN "
    f"nullif(left(({{v}}) #>> '{{{{}}}}', {LONGEST}), '')"
    " WHEN 'number' THEN trim_scale(({v})::numeric)::text WHEN 'boolean' THEN ({v})::text END)"
)


def fact_rows(fact: Fact, frame: Frame) -> Compiled:
    """SELECT of (customer_id, value): numeric for numbers, else text. Customers without such an
    event, or whose events never have the property in the fitting type, have no row."""
    source, params = frame.source(fact.events)
    value = _scalar(fact)
    match fact.of:
        case "count":
            return _grouped("count(*)::numeric", (), source, params)
        case "sum":
            return _grouped(f"sum({value.sql})", value.params, source, params)
        case "average":
            return _grouped(f"round(avg({value.sql}), 4)", value.params, source, params)
        case "distinct":
            sql = f"nullif(count(DISTINCT {value.sql}), 0)::numeric"
            return _grouped(sql, value.params, source, params)
        case "days_since":
            return _grouped(days_since("max(e.occurred_at)"), since(frame), source, params)
        case "favourite":
            return _favourite(value, source, params)
    if fact.property:
        return _at_the_end(fact.of == "last", value, source, params)
    end = "min" if fact.of == "first" else "max"
    day = f"to_char({end}(e.occurred_at) AT TIME ZONE %s, 'YYYY-MM-DD')"
    return _grouped(day, (frame.zone,), source, params)


def days_since(moment: str) -> str:
    """SQL of the whole days from *moment* to today, with the parameters of `since`."""
    return f"(%s::date - ({moment} AT TIME ZONE %s)::date)::numeric"


def since(frame: Frame) -> tuple[object, ...]:
    return (frame.today, frame.zone)


def number_property(name: str) -> Compiled:
    """A property as numeric, NULL unless it is a JSON number."""
    value = "e.properties -> %s::text"
    return Compiled(_NUMBER.format(v=value), (name, name))


def as_text(value: str, kind: str) -> str:
    """SQL of the value as a tag keeps it; a number that a rule could not read is NULL."""
    if kind != DataType.NUMBER:
        return value
    return f"(CASE WHEN abs({value}) < 1e15 THEN trim_scale(round({value}, 9))::text END)"


# helpers


def _scalar(fact: Fact) -> Compiled:
    """The property in the type that the statistic works on."""
    value = "e.properties -> %s::text"
    if fact.of in ("sum", "average") or (fact.of != "distinct" and fact.kind == DataType.NUMBER):
        return number_property(fact.property)
    form = _DATE if fact.kind == DataType.DATE else _TEXT
    return Compiled(form.format(v=value), (fact.property,) * form.count("{v}"))


def _grouped(
    sql: str, mine: tuple[object, ...], source: str, params: tuple[object, ...]
) -> Compiled:
    return Compiled(
        f"SELECT e.customer_id, {sql} AS value {source} GROUP BY e.customer_id", (*mine, *params)
    )


def _at_the_end(last: bool, value: Compiled, source: str, params: tuple[object, ...]) -> Compiled:
    """The value of the first or last event that has one; of two at one moment, by arrival."""
    way = " DESC" if last else ""
    return Compiled(
        "SELECT DISTINCT ON (x.customer_id) x.customer_id, x.value FROM ("
        f"SELECT e.customer_id, e.occurred_at, e.id, {value.sql} AS value {source}) x"
        f" WHERE x.value IS NOT NULL ORDER BY x.customer_id, x.occurred_at{way}, x.id{way}",
        (*value.params, *params),
    )


def _favourite(value: Compiled, source: str, params: tuple[object, ...]) -> Compiled:
    """The most frequent value; of equals the one that came last, then the first by its text."""
    return Compiled(
        "SELECT DISTINCT ON (x.customer_id) x.customer_id, x.value FROM ("
        f"SELECT e.customer_id, {value.sql} AS value, count(*) AS n, max(e.occurred_at) AS at"
        f" {source} GROUP BY 1, 2) x WHERE x.value IS NOT NULL"
        ' ORDER BY x.customer_id, x.n DESC, x.at DESC, x.value::text COLLATE "C"',
        (*value.params, *params),
    )
