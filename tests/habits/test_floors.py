from typing import Any

import pytest

from config.habits.floors import compare, floors
from config.places import BASE_DIR


def measured(statements: int, covered: int, branches: int = 0, taken: int = 0) -> dict[str, Any]:
    return {
        "summary": {
            "covered_lines": covered,
            "missing_lines": statements - covered,
            "covered_branches": taken,
            "missing_branches": branches - taken,
        }
    }


@pytest.mark.parametrize(("floor", "passes"), [(70, True), (75, True), (76, False)])
def test_statements_and_branches_of_a_room_count_together(floor: int, passes: bool) -> None:
    files = {
        "app/room/a.py": measured(10, 10),
        "app/room/inner/b.py": measured(6, 4, 4, 1),
        "app/roomy/c.py": measured(1000, 0),
    }
    lines, passed = compare(files, {"app/room": floor})
    assert passed is passes
    assert "75.0 %" in lines[0]


def test_one_room_below_its_floor_is_enough_to_fail() -> None:
    files = {"app/good/a.py": measured(4, 4), "app/bad/a.py": measured(4, 1)}
    lines, passed = compare(files, {"app/bad": 50, "app/good": 50})
    assert not passed
    assert [line.split()[0] for line in lines] == ["BELOW", "ok"]


def test_a_room_that_was_measured_nowhere_fails() -> None:
    assert compare({}, {"app/gone": 1})[1] is False


def test_every_floor_names_a_room_that_is_there() -> None:
    assert floors(BASE_DIR)
    assert [room for room in floors(BASE_DIR) if not (BASE_DIR / room).is_dir()] == []
