"""Customers are found by whatever somebody knows of them, and only by what she may know."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.access.people import Shown, Sight
from customers.ingest import Batch, Item, ingest
from customers.models import Customer, NameKey, NameToKey
from customers.names import catch_up, waiting
from customers.queries.branches import Cursor
from customers.queries.listing import people
from customers.queries.search import searched
from customers.scope import Scope

pytestmark = pytest.mark.django_db
NOBODY = Scope([], None, True)
EVERY, NONE = Sight(True, frozenset()), Sight(False, frozenset())
MASKED = Shown()


def make(now: datetime, *people_: tuple[str, ...]) -> list[int]:
    """Customers of (name, identity as kind:value …)."""
    items = []
    for n, (name, *identities) in enumerate(people_):
        pairs = [(text.partition(":")[0], text.partition(":")[2]) for text in identities]
        items.append(Item(str(n), pairs or [("user_id", f"u{n:05}")], attributes={"name": name}))
    done = ingest(Batch("test", items), now=now)
    assert not done.refused
    return [id for id in done.customer_ids if id is not None]


def find(q: str, *, unmask: bool = True) -> list[int]:
    found: list[int] = []
    after: Cursor | None = None
    while True:
        page = people(
            scope=NOBODY, q=searched(q), after=after, sight=EVERY if unmask else NONE, shown=MASKED
        )
        found += [row.customer.pk for row in page.rows]
        if not page.after:
            return found
        after = Cursor.read(page.after)


def test_a_name_is_found_in_every_way_to_type_it(now: datetime) -> None:
    ming, shan, chen, other = make(now, ("王小明",), ("单雄信",), ("Chen Xi",), ("赵六",))
    assert waiting()
    assert find("王小") == [ming]  # before its keys are written
    assert catch_up() == 4
    assert not waiting()
    for q in ("王小明", "王", "小明", "wangxiaoming", "Wang Xiao", "xiaoming", "wxm", "WX",
              "wangxm", "wxming", "wxiaom", "王　小明"):  # fmt: skip
        assert find(q) == [ming], q
    for q in ("shan", "dan xiong", "sxx", "雄信"):
        assert find(q) == [shan], q
    for q in ("chen xi", "CHENXI", "xi chen", "cx", "chenx"):
        assert find(q) == [chen], q
    for q in ("zzz", "明", "wangxx", "%", "_", "\\", "'", "ming"):
        assert find(q) == [], q
    assert other in find("zhaoliu")


def test_an_identity_is_found_in_every_writing(now: datetime) -> None:
    one, two = make(
        now,
        ("A", "phone:+8613812346021", "email:Chen.Xi@Example.com", "member_id:M-000777"),
        ("B", "phone:+8613912340000", "openid:oX_9%a"),
    )
    catch_up()
    for q in ("13812346021", "+86 138 1234 6021", "0086-138-1234-6021", "138 1234", "8613812",
              "+86138", "6021", "346021", "chen.xi@example.com", "CHEN.XI@", "M-000777", "m-000",
              f"C-{one}", "１３８１２３４６０２１"):  # fmt: skip
        assert find(q) == [one], q
    assert find("oX_9%a") == find("oX_9%") == [two]
    assert find("oX%") == find("oXa9") == []
    assert sorted(find("+86 13")) == sorted([one, two])


def test_who_may_not_see_learns_nothing_by_beginnings(now: datetime) -> None:
    [one] = make(now, ("王小明", "phone:+8613812346021", "email:chen@example.com"))
    catch_up()
    for q in ("13812346021", "+86 138 1234 6021", "chen@example.com", "王小明", "6021", f"C-{one}"):
        assert find(q, unmask=False) == [one], q
    for q in ("1381234602", "138", "346021", "021", "chen@", "王小", "小明", "wxm", "wangxiaoming",
              "w", "+6021"):  # fmt: skip
        assert find(q, unmask=False) == [], q


def test_keys_follow_the_name(now: datetime) -> None:
    [one] = make(now, ("王小明", "user_id:1"))
    catch_up()
    ingest(Batch("t", [Item("1", [("user_id", "1")], attributes={"name": "李四"})]), now=now)
    assert find("wxm") == []
    assert find("李四") == [one]
    catch_up()
    assert find("lisi") == [one]
    Customer.objects.filter(pk=one).update(display_name="", sort_key="")
    assert not NameKey.objects.exists()
    catch_up()
    assert find("lisi") == []
    Customer.objects.filter(pk=one).update(display_name="王五", sort_key="王五")
    catch_up()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_identity")
        cursor.execute("DELETE FROM customers_customer")
    assert not NameKey.objects.exists()
    assert not NameToKey.objects.exists()


def test_seeing_somebody_again_costs_no_keys(now: datetime) -> None:
    make(now, ("王小明", "user_id:1"))
    catch_up()
    ingest(Batch("t", [Item("1", [("user_id", "1")], attributes={"city": "Xi'an"})]), now=now)
    assert not waiting()


def test_pages_are_the_same_both_ways(now: datetime) -> None:
    chance = random.Random(5)
    names = ["".join(chance.choices("王小明丽单", k=3)) for _ in range(230)]
    ids = make(now, *((name, f"phone:+86138{n:08}") for n, name in enumerate(names)))
    catch_up()
    for q, fits in (("", ids), ("138", ids), ("w", None), ("xm", None)):
        forth, cursors = walk(q)
        assert len(forth) == len(set(forth))
        if fits is not None:
            assert set(forth) == set(fits)
        last = people(
            scope=NOBODY, q=q, after=cursors[-1] if cursors else None, sight=EVERY, shown=MASKED
        )
        back: list[int] = [row.customer.pk for row in last.rows]
        cursor = Cursor.read(last.before)
        while cursor:
            page = people(scope=NOBODY, q=q, before=cursor, sight=EVERY, shown=MASKED)
            back = [row.customer.pk for row in page.rows] + back
            cursor = Cursor.read(page.before)
        assert back == forth, q


def walk(q: str) -> tuple[list[int], list[Cursor]]:
    found: list[int] = []
    cursors: list[Cursor] = []
    while True:
        last = cursors[-1] if cursors else None
        page = people(scope=NOBODY, q=q, after=last, sight=EVERY, shown=MASKED)
        found += [row.customer.pk for row in page.rows]
        cursor = Cursor.read(page.after)
        if cursor is None:
            return found, cursors
        cursors.append(cursor)


def test_the_same_people_as_by_looking_at_each(now: datetime) -> None:
    """Random beginnings of pinyin, against an oracle that looks at every syllable of everybody."""
    from pypinyin import lazy_pinyin

    chance = random.Random(11)
    names = [
        "".join(chance.choices("王李张小明丽芳建国文", k=chance.choice((2, 3)))) for _ in range(120)
    ]
    ids = make(now, *((name, f"user_id:{n}") for n, name in enumerate(names)))
    catch_up()
    spelled = {id: lazy_pinyin(name) for id, name in zip(ids, names, strict=True)}
    for _ in range(60):
        way = spelled[chance.choice(ids)]
        parts = [part[: chance.choice((1, len(part)))] for part in way]
        q = "".join(parts)[: chance.randrange(3, 12)]
        expected = {id for id, whole in spelled.items() if begins(q, whole) or begins(q, whole[1:])}
        found = set(find(q))
        certain = {id for id in expected if "".join(spelled[id]).startswith(q)}
        assert certain <= found, q
        # A part of a syllable in the middle is more than we promise, a stranger less.
        assert found <= expected, q
        exact = {id for id, whole in spelled.items() if begins(q, whole, initials=True)}
        assert exact <= found, q


def begins(q: str, syllables: Sequence[str], *, initials: bool = False) -> bool:
    """Whether q is made of beginnings of syllables in a row (of one letter or whole ones)."""
    if not q:
        return True
    if not syllables:
        return False
    first, rest = syllables[0], syllables[1:]
    for end in range(1, len(first) + 1):
        whole = end in (1, len(first)) or (end == len(q) and len(q) <= len(first))
        fits = first.startswith(q[:end]) and len(q[:end]) == end and (whole or not initials)
        if fits and begins(q[end:], rest, initials=initials):
            return True
    return False


def test_queries_do_not_grow(now: datetime) -> None:
    def count(q: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            people(scope=NOBODY, q=q, sight=EVERY, shown=MASKED)
        return len(captured)

    make(now, ("王小明", "phone:+8613812346021"))
    catch_up()
    before = {q: count(q) for q in ("", "w", "wangxm", "138", "6021")}
    make(now, *((f"王小{n}", f"phone:+86138{n:08}") for n in range(60)))
    catch_up()
    assert all(count(q) <= most for q, most in before.items())
    assert max(before.values()) < 12


@pytest.mark.django_db(transaction=True)
def test_two_who_read_names_share_them(now: datetime) -> None:
    make(now, *((f"王{n}", f"user_id:{n}") for n in range(10)))
    from threading import Thread

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM customers_nametokey ORDER BY customer_id LIMIT 4 FOR UPDATE"
        )
        done: list[int] = []

        def other() -> None:
            try:
                done.append(catch_up())
            finally:
                connection.close()

        thread = Thread(target=other)
        thread.start()
        thread.join(10)
        assert done == [6]
    assert catch_up() == 4
