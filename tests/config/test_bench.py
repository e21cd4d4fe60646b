"""The bench frame: a scratch database, JSON lines, and figures that can be believed."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from config.bench import Bench, benches, register
from config.bench.timing import median_seconds, per_second


def test_median_is_taken_after_a_warm_up() -> None:
    calls: list[str] = []
    seconds = median_seconds(
        lambda: calls.append("work"), before=lambda: calls.append("before"), rounds=3, warm_up=1
    )
    assert calls == ["before", "work"] * 4
    assert 0 <= seconds < 1


def test_rates_are_rounded_to_what_can_be_read() -> None:
    assert per_second(1_000, 3) == 333.3
    assert per_second(100_000, 3) == 33_333


def test_two_benches_of_one_name_are_refused() -> None:
    floor = benches()["floor"]
    with pytest.raises(ValueError, match="Two benches are called 'floor'"):
        register(type("Other", (Bench,), {"name": "floor", "about": "", "measure": floor.measure}))


@pytest.mark.django_db(transaction=True)
def test_floor_prints_a_json_line_for_each_measure_and_leaves_nothing_behind() -> None:
    from django.db import connection

    name = connection.settings_dict["NAME"]
    out = StringIO()
    call_command("bench", "floor", "--rows", "20000", "--rounds", "1", "--json", stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["what"].split(" ")[0] for line in lines] == [
        "COPY",
        "INSERT",
        "INSERT",
        "INSERT",
        "UPDATE",
        "UPDATE",
    ]
    assert all(line["rows_per_s"] > 1_000 for line in lines)
    assert connection.settings_dict["NAME"] == name
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('floor_event')")
        assert cursor.fetchone() == (None,)
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE '%bench_floor%'")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_a_table_is_printed_without_json() -> None:
    out = StringIO()
    call_command("bench", "floor", "--rows", "10000", "--rounds", "1", stdout=out)
    head, rule, *rows = out.getvalue().splitlines()
    assert head.split() == ["what", "rows", "rows_per_s"]
    assert set(rule) <= {"-", " "}
    assert len(rows) == 6
