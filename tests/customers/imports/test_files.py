"""Files as they come: encodings, delimiters, ragged rows, and what no file may do to us."""

from __future__ import annotations

import codecs
import tracemalloc
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from customers.imports import Line, Unreadable, open_table
from customers.imports.csv_file import CsvTable
from customers.imports.encoding import check_size
from customers.imports.lines import COLUMNS, LINE_LENGTH


def table(path: Path, content: bytes | str) -> CsvTable:
    file = path / "file.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    found = open_table(file)
    assert isinstance(found, CsvTable)
    return found


def cells(lines: list[Line]) -> list[list[object]]:
    return [list(line.values) for line in lines]


TEXT = "会员号,城市\n1,杭州 🙂\n2,مرحبا\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("gb18030"),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16-be", "gb18030"],
)
def test_encodings(tmp_path: Path, content: bytes) -> None:
    found = table(tmp_path, content)
    assert found.header == ["会员号", "城市"]
    assert cells(list(found.lines())) == [["1", "杭州 🙂"], ["2", "مرحبا"]]


def test_gbk_and_utf16_without_a_mark(tmp_path: Path) -> None:
    assert table(tmp_path, "城市,b\n杭州,1\n".encode("gbk")).header == ["城市", "b"]
    assert table(tmp_path, "city,code\nA,1\nB,2\n".encode("utf-16-le")).header == ["city", "code"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", ["1", "2"]),
        ("a;b\n1,5;2\n", ["1,5", "2"]),
        ("a\tb\n1\t2\n", ["1", "2"]),
        ("a|b\n1|2\n", ["1", "2"]),
        (" a  b\r\n 00001  2\r\n", ["00001", "2"]),
        ('a,b\n"x, y","say ""hi"""\n', ["x, y", 'say "hi"']),
        ('a,b\n"two\nlines",2\n', ["two\nlines", "2"]),
    ],
)
def test_delimiters_and_quotes(tmp_path: Path, content: str, expected: list[str]) -> None:
    assert cells(list(table(tmp_path, content).lines())) == [expected]


def test_bad_rows_are_refused_one_by_one(tmp_path: Path) -> None:
    content = b'a,b\n1,2\n3\n4,5,6\nx\x00,7\n\xff\xfe,8\n"open,9\n10,11\n\n12,13\n'
    lines = list(table(tmp_path, content).lines())
    good = {line.number: list(line.values) for line in lines if not line.problem}
    bad = {line.number: line.problem for line in lines if line.problem}
    assert good == {2: ["1", "2"], 8: ["10", "11"], 10: ["12", "13"]}
    assert sorted(bad) == [3, 4, 5, 6, 7]
    assert "1 cells" in bad[3]
    assert "3 cells" in bad[4]
    assert "null" in bad[5]
    assert "UTF-8" in bad[6]
    assert "never closed" in bad[7]


def test_numbers_of_lines_are_those_of_an_editor(tmp_path: Path) -> None:
    lines = list(table(tmp_path, 'a,b\n"x\ny\nz",1\n2,3\n').lines())
    assert [line.number for line in lines] == [2, 5]


def test_a_line_of_a_million_columns(tmp_path: Path) -> None:
    wide = ",".join(["1"] * 1_000_000)
    lines = list(table(tmp_path, f"a,b\n1,2\n{wide}\n3,4\n").lines())
    assert [bool(line.problem) for line in lines] == [False, True, False]
    assert str(LINE_LENGTH) in lines[1].problem
    with pytest.raises(Unreadable, match=str(COLUMNS)):
        table(tmp_path, f"{wide}\n1\n")


def test_a_line_without_an_end_takes_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_bytes(b"a,b\n" + b"x" * 60_000_000 + b"\n1,2\n")
    tracemalloc.start()
    lines = list(open_table(file).lines())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [bool(line.problem) for line in lines] == [True, False]
    assert peak < 20_000_000


def test_sizes_are_refused_before_reading() -> None:
    with pytest.raises(Unreadable, match="empty"):
        check_size(0)
    with pytest.raises(Unreadable, match="2 GB"):
        check_size(2 * 1024**3 + 1)
    check_size(2 * 1024**3)


def test_a_sparse_file_of_more_than_2_gb(tmp_path: Path) -> None:
    file = tmp_path / "huge.csv"
    with file.open("wb") as into:
        into.truncate(2 * 1024**3 + 1)
    with pytest.raises(Unreadable, match="2 GB"):
        open_table(file)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04nonsense", b"PAR1nonsense", b"\n\n", b",,\n1,2,3\n"]
)
def test_broken_files(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken"
    file.write_bytes(content)
    with pytest.raises(Unreadable):
        open_table(file)


def test_columns_of_the_same_name(tmp_path: Path) -> None:
    assert table(tmp_path, "a,a,\n1,2,3\n").header == ["a", "a (2)", "column 3"]


def test_workbook(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "day", "amount", None])
    sheet.append(["00017", datetime(2026, 1, 31), 12.5])  # noqa: DTZ001 - cells have no zone
    sheet.append([])
    sheet.append(["18", None, 3, None, "beside the table"])
    book.save(tmp_path / "book.xlsx")
    found = open_table(tmp_path / "book.xlsx")
    assert found.header == ["id", "day", "amount"]
    first, second = found.lines()
    assert list(first.values) == ["00017", datetime(2026, 1, 31), 12.5]  # noqa: DTZ001
    assert (second.number, bool(second.problem)) == (4, True)


def test_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = pa.table(
        {
            "id": [17850.0, None],
            "day": [date(2026, 1, 31)] * 2,
            "amount": pa.array([Decimal("1.10"), None]),
        }
    )
    pq.write_table(content, tmp_path / "file.parquet")
    lines = list(open_table(tmp_path / "file.parquet").lines())
    assert cells(lines) == [
        [17850.0, date(2026, 1, 31), Decimal("1.10")],
        [None, date(2026, 1, 31), None],
    ]
