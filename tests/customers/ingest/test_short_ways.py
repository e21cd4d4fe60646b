"""The short ways of the door come to the same as the long ones they save."""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.bulk import collector_paused
from customers.identity import normalise as forms
from customers.identity.assign import assign
from customers.identity.slots import Slots, World
from customers.ingest import Batch, EventFact, Item, ingest, on_events, registry
from customers.ingest.limits import BadFact, all_to_json, careful_json, to_json
from customers.models import Event, EventKey

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def test_a_plain_phone_is_what_the_library_reads() -> None:
    chance = random.Random(7)
    codes = list(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    short = 0
    for i in range(6_000):
        code = chance.choice(codes) if i % 2 else chance.choice([86, 1, 44, 39, 81, 7, 49, 852])
        digits = "".join(chance.choices("0123456789", k=chance.randint(3, 14)))
        text = f"+{code}{digits}" if i % 4 else f"1{digits[:10]}"
        if i % 5 == 0:
            text = "".join(sign + chance.choice(("", " ", "-")) for sign in text).strip(" -")
        for region in ("CN", "US", "GB", "IT"):
            found = forms.plain_phone(text, region)
            if found is not None:
                short += 1
                assert found == forms.read_phone(text, region), (text, region)
    assert short > 3_000


@given(st.text(alphabet="aZ0._+-@ ,<é\t", min_size=1, max_size=24))
def test_a_plain_address_is_what_the_long_way_reads(text: str) -> None:
    def long(value: str) -> str | None:
        name, at, domain = value.strip().rpartition("@")
        fits = name and at and "." in domain.strip(".") and value.strip().isprintable()
        bad = any(sign in value.strip() for sign in " ,;<>")
        return value.strip().lower() if fits and not bad else None

    try:
        found = forms.normalise("email", text)
    except forms.NotAnIdentity:
        found = None
    assert found == long(text)


def _json(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=4), values, max_size=4)


_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals(allow_nan=True)
    | st.datetimes(timezones=st.just(UTC)) | st.text(st.characters(), max_size=12) | st.just("\x00")
)  # fmt: skip


@settings(max_examples=120)
@given(
    st.dictionaries(st.text(max_size=6), st.recursive(_SCALARS, _json, max_leaves=8), max_size=4)
)
def test_properties_by_the_short_way_are_those_of_the_long_way(value: dict[str, Any]) -> None:
    def read(way: Callable[[dict[str, Any]], bytes]) -> Any:
        try:
            return json.loads(way(value))
        except BadFact as error:
            return str(error)

    assert read(to_json) == read(careful_json)


@settings(max_examples=120)
@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=6),
            st.recursive(_SCALARS, _json, max_leaves=8) | st.just(",\n,"),
            max_size=4,
        ),
        max_size=5,
    )
)
def test_properties_of_many_at_once_are_those_of_each(values: list[dict[str, Any]]) -> None:
    found = all_to_json(values)
    if found is not None:
        assert found == [to_json(value) for value in values]


def test_ordinary_properties_need_no_closer_look() -> None:
    ordinary = [{"n": n, "text": 'a "b", {c}\n', "list": [1, {"x": 2}]} for n in range(1_000)]
    found = all_to_json(ordinary)
    assert found == [to_json(value) for value in ordinary]
    deep: Any = 1
    for _level in range(12):
        deep = [deep]
    for odd in ({"n": float("nan")}, {"n": "\x00"}, {"n": deep}, {"n": "x" * 40_000}, ["n"]):
        assert all_to_json([*ordinary[:3], odd]) is None  # type: ignore[list-item]


def test_items_with_nothing_to_decide_end_where_all_others_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seed in range(300):
        chance = random.Random(seed)
        owners = {(space, f"{n}"): chance.randint(1, 9)
                  for space in (1, 2, 3) for n in range(6) if chance.random() < 0.4}  # fmt: skip
        world = World(
            owners=owners,
            created_at={id: chance.randint(0, 5) for id in range(1, 10)},
            known={id for id in range(1, 10) if chance.random() < 0.6},
            strong=frozenset((1, 2)),
            limits={1: 2, 2: 1, 3: 2},
            counts={id: {1: 1} for id in range(1, 10) if chance.random() < 0.5},
            apart=frozenset({(1, 2), (3, 5)}),
        )
        items = [[(chance.randint(1, 3), f"{chance.randint(0, 6)}")
                  for _ in range(chance.randint(1, 3))] for _ in range(12)]  # fmt: skip
        fixed = [chance.randint(1, 9) if chance.random() < 0.1 else None for _ in items]
        short = assign(items, fixed, world)
        with monkeypatch.context() as patched:
            patched.setattr(Slots, "plain", lambda self, keys: None)
            # An identity that stands twice is no short way either.
            twice = [keys * 2 if len(keys) == 1 else keys for keys in items]
            assert assign(twice, fixed, world) == short, seed


def events(count: int, key: str = "k", start: int = 0) -> list[Item]:
    return [Item(str(n), [("member_id", str(n))], events=[EventFact("e", NOW, {}, f"{key}{n}")])
            for n in range(start, start + count)]  # fmt: skip


@pytest.mark.django_db
def test_many_keys_of_which_some_were_seen() -> None:
    assert ingest(Batch("t", events(300)), now=NOW).event_count == 300
    again = ingest(Batch("t", events(300, start=100)), now=NOW)
    assert (again.event_count, again.duplicates, again.accepted) == (100, 200, 300)
    assert Event.objects.count() == EventKey.objects.count() == 400


@pytest.mark.django_db
def test_events_of_both_sides_of_midnight_on_the_first_of_a_month() -> None:
    """In Shanghai it is March already while the month of the partition is February."""
    east = timezone(timedelta(hours=8))
    moments = [datetime(2024, 3, 15, tzinfo=east), datetime(2024, 3, 1, 0, 30, tzinfo=east)]
    items = [Item("1", [("member_id", "1")], events=[EventFact("e", at) for at in moments])]
    assert ingest(Batch("t", items), now=NOW).event_count == 2
    assert sorted(Event.objects.values_list("occurred_at", flat=True)) == sorted(moments)


@pytest.mark.django_db
def test_large_batches_are_told_only_to_those_who_await_them() -> None:
    heard: list[int] = []
    asked: list[bool] = []

    def awaits(cursor: Any, types: Any) -> bool:
        return asked[-1]

    def listen(cursor: Any, batch: Any) -> None:
        cursor.execute("SELECT count(*) FROM ingested_events e JOIN customers_event USING (id)")
        heard.append(cursor.fetchone()[0])

    on_events(listen, awaits=awaits)
    try:
        for wanted in (True, False):
            asked.append(wanted)
            ingest(Batch("t", events(250, f"{wanted}")), now=NOW)
        ingest(Batch("t", events(3, "few")), now=NOW)
    finally:
        registry.forget(listen)
    assert heard == [250, 3]


def test_the_collector_rests_until_the_last_batch_is_done() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
