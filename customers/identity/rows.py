"""The rows of this floor that a merge moves: identities, events, tags, consents, segments."""

from __future__ import annotations

from typing import Any

from customers.identity.merging import key_of, move, remove, write_down

_STRICT = "array_position(ARRAY['granted', 'pending', 'denied'], {}.state::text)"
_SAME_CONSENT = (
    "(k.brand_id, k.channel, k.purpose) = (o.brand_id, o.channel, o.purpose)"
    " AND k.customer_id = m.kept_id AND o.customer_id = m.other_id"
)
_GIVEN = ("state", "since", "source_id", "wording", "proof")


def move_rows(cursor: Any) -> None:
    """Move what the others of `merging` have; a fixed number of statements."""
    move(cursor, "customers_identity")
    move(cursor, "customers_event", key=("customer_id", "occurred_at", "id"))
    _tags(cursor)
    _consents(cursor)
    move(cursor, "customers_disclosure")
    _segments(cursor)
    _brands(cursor)
    write_down(
        cursor,
        "customers_mergereview",
        "changed",
        "UPDATE customers_mergereview t SET state = 'merged' FROM merging m"
        " WHERE t.one_id = least(m.kept_id, m.other_id) AND t.two_id = greatest(m.kept_id,"
        f" m.other_id) AND t.state = 'open' RETURNING m.merge_id, {key_of(('id',))} AS key,"
        " jsonb_build_object('state', 'open') AS before",
    )


# helpers


def _tags(cursor: Any) -> None:
    """A tag with one value keeps the newest; a value that both have stays once."""
    key = ("customer_id", "tag_id", "value")
    single = "NOT (SELECT is_multiple FROM customers_tag g WHERE g.id = t.tag_id)"
    remove(
        cursor,
        "customers_customertag",
        "t.customer_id = m.kept_id AND EXISTS (SELECT 1 FROM customers_customertag o"
        " WHERE o.customer_id = m.other_id AND o.tag_id = t.tag_id AND o.since > t.since)"
        f" AND {single}",
        key=key,
    )
    remove(
        cursor,
        "customers_customertag",
        "t.customer_id = m.other_id AND EXISTS (SELECT 1 FROM customers_customertag k"
        " WHERE k.customer_id = m.kept_id AND k.tag_id = t.tag_id"
        f" AND (k.value = t.value OR {single}))",
        key=key,
    )
    move(cursor, "customers_customertag", key=key)
    move(cursor, "customers_tagchange")
    move(cursor, "customers_tagmark")


def _consents(cursor: Any) -> None:
    """The stricter one stays: no before not yet confirmed, and that before yes."""
    before = ", ".join(f"'{name}', k.{name}" for name in _GIVEN)
    after = ", ".join(f"'{name}', t.{name}" for name in _GIVEN)
    write_down(
        cursor,
        "customers_consent",
        "changed",
        "UPDATE customers_consent t SET "
        + ", ".join(f"{name} = s.{name}" for name in _GIVEN)
        + " FROM stricter s WHERE t.id = s.kept RETURNING s.merge_id,"
        f" {key_of(('id',))} AS key, s.before, jsonb_build_object({after}) AS after",
        before_that="stricter AS (SELECT m.merge_id, k.id AS kept, "
        + ", ".join(f"o.{name}" for name in _GIVEN)
        + f", jsonb_build_object({before}) AS before FROM merging m, customers_consent k,"
        f" customers_consent o WHERE {_SAME_CONSENT}"
        f" AND {_STRICT.format('o')} > {_STRICT.format('k')}),",
    )
    remove(
        cursor,
        "customers_consent",
        "t.customer_id = m.other_id AND EXISTS (SELECT 1 FROM customers_consent k"
        " WHERE k.customer_id = m.kept_id"
        " AND (k.brand_id, k.channel, k.purpose) = (t.brand_id, t.channel, t.purpose))",
    )
    move(cursor, "customers_consent")
    move(cursor, "customers_consentchange")


def _brands(cursor: Any) -> None:
    """Whoever knows one of the two knows the one."""
    write_down(
        cursor,
        "customers_customer",
        "changed",
        "UPDATE customers_customer t SET brand_ids = both_of.ids FROM both_of"
        " WHERE t.id = both_of.id RETURNING both_of.merge_id,"
        f" {key_of(('id',))} AS key, jsonb_build_object('brand_ids', both_of.was) AS before",
        before_that="both_of AS (SELECT m.merge_id, k.id, k.brand_ids AS was,"
        " (SELECT array_agg(DISTINCT b) FROM unnest(k.brand_ids || o.brand_ids) b) AS ids"
        " FROM merging m JOIN customers_customer k ON k.id = m.kept_id"
        " JOIN customers_customer o ON o.id = m.other_id WHERE NOT k.brand_ids @> o.brand_ids),",
    )


def _segments(cursor: Any) -> None:
    key = ("segment_id", "customer_id")
    remove(
        cursor,
        "customers_segmentmember",
        "t.customer_id = m.other_id AND EXISTS (SELECT 1 FROM customers_segmentmember k"
        " WHERE k.customer_id = m.kept_id AND k.segment_id = t.segment_id)",
        key=key,
    )
    move(cursor, "customers_segmentmember", key=key)
