"""`bench search`: the list of customers searched by name and identity."""

from __future__ import annotations

import random
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, Final

from django.db import connection, transaction

from config.bench import Bench, Line, register
from customers.access.people import Shown, Sight
from customers.models import Customer
from customers.names import catch_up
from customers.queries.listing import people
from customers.queries.people import PAGE
from customers.queries.search import searched
from customers.scope import Scope

ROUNDS: Final = 40
NOW: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
# The commonest surnames by their share of people in thousandths, and characters of given names.
SURNAMES: Final = {
    "王": 72, "李": 71, "张": 68, "刘": 54, "陈": 45, "杨": 31, "黄": 22, "赵": 21, "吴": 20,
    "周": 20, "徐": 17, "孙": 15, "马": 13, "朱": 13, "胡": 12, "郭": 12, "何": 11, "高": 10,
    "林": 10, "罗": 9, "单": 1, "曾": 5, "欧阳": 1, "解": 1, "重": 1,
}  # fmt: skip
GIVEN: Final = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂香华红金晓小玉建文志春国林海雪梅凤云宇浩轩子涵梓一诺欣怡"
    "晨曦思雨佳琪嘉俊天博雅若萱雨泽梦琳可馨诗依然睿成龙飞鹏斌辉波峰山川庆"
)


@register
class SearchBench(Bench):
    """A page of the list of customers for each way to search: its milliseconds in the middle and
    at worst, and the floor: PostgreSQL reading as many rows by their ids."""

    name = "search"
    about = "milliseconds of a page of customers for each way to search"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=int, default=1_000_000, help="customers")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        rows, chance = options["rows"], random.Random(7)
        names = _fill(rows, chance)
        began = perf_counter()
        done = catch_up()
        seconds = perf_counter() - began
        yield {"what": "reading names", "customers": done, "rows_per_s": round(done / seconds)}
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        floor = sorted(_floor(rows, chance) for _ in range(ROUNDS))
        for what, ask in _questions(names, rows, chance).items():
            found, times = 0, []
            for _ in range(ROUNDS):
                q = ask()
                began = perf_counter()
                found += _page(q)
                times.append(1_000 * (perf_counter() - began))
            times.sort()
            yield {
                "what": what,
                "customers": rows,
                "found": round(found / ROUNDS, 1),
                "ms": round(times[ROUNDS // 2], 1),
                "ms_worst": round(times[-1], 1),
                "floor_ms": round(floor[ROUNDS // 2], 1),
            }


# helpers


def _questions(names: list[str], rows: int, chance: random.Random) -> dict[str, Callable[[], str]]:
    from pypinyin import lazy_pinyin

    def someone() -> list[str]:
        return lazy_pinyin(chance.choice(names))

    def number() -> int:
        return chance.randrange(rows)

    return {
        "newest": lambda: "",
        "name": lambda: chance.choice(names),
        "surname": lambda: chance.choice(names)[0],
        "given name": lambda: chance.choice(names)[1:],
        "pinyin": lambda: "".join(someone()),
        "beginning of pinyin": lambda: "".join(someone())[:5],
        "one letter": lambda: someone()[0][0],
        "initials": lambda: "".join(part[0] for part in someone()),
        "mixture": lambda: (lambda who: who[0] + "".join(part[0] for part in who[1:]))(someone()),
        "phone": lambda: f"138 {number():08}",
        "beginning of a phone": lambda: f"138{number():08}"[:6],
        "end of a phone": lambda: f"{number():08}"[-4:],
        "e-mail": lambda: f"Member{number()}@example.com",
        "beginning of an e-mail": lambda: f"member{number()}"[:8],
        "member number": lambda: f"m{number():08}",
        "nobody": lambda: f"zzz{number()}",
    }


def _page(q: str) -> int:
    scope, sight = Scope([], None, True), Sight(True, frozenset())
    return len(people(scope=scope, q=searched(q), sight=sight, shown=Shown(every=True)).rows)


def _floor(rows: int, chance: random.Random) -> float:
    began = perf_counter()
    list(Customer.objects.filter(pk__in=[chance.randrange(1, rows + 1) for _ in range(PAGE)]))
    return 1_000 * (perf_counter() - began)


def _fill(rows: int, chance: random.Random) -> list[str]:
    """Customers with three identities each, by COPY. Returns names of some of them."""
    surnames = chance.choices(list(SURNAMES), list(SURNAMES.values()), k=rows)
    names = [
        surname + "".join(chance.choices(GIVEN, k=1 if n % 5 == 0 else 2))
        for n, surname in enumerate(surnames)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT code, id FROM customers_namespace")
        spaces = dict(cursor.fetchall())
        into = (
            "COPY customers_customer (id, display_name, sort_key, language, timezone, is_known,"
            " attributes, provenance, created_at) FROM STDIN"
        )
        with cursor.copy(into) as copy:
            for n, name in enumerate(names):
                at = NOW - timedelta(minutes=rows - n)
                copy.write_row((n + 1, name, name.casefold(), "", "", True, "{}", "{}", at))
        into = "COPY customers_identity (customer_id, namespace_id, value, created_at) FROM STDIN"
        with cursor.copy(into) as copy:
            for n in range(rows):
                for code, value in (
                    ("phone", f"+86138{n:08}"),
                    ("email", f"member{n}@example.com"),
                    ("member_id", f"m{n:08}"),
                ):
                    copy.write_row((n + 1, spaces[code], value, NOW))
    return names[:: max(1, rows // 5_000)]
