"""Files that nobody should send and everybody does: read, or refused with a sentence."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from customers.imports import Unreadable, open_table
from customers.imports.kinds import reader, recognise
from customers.imports.values import BadValue, CellError
from customers.imports.xlsx_parts import ROWS
from customers.imports.xlsx_sheet import CELL_LENGTH

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old Excel workbook"),
        ("a.csv", b"%PDF-1.7 ...", "PDF"),
        ("a.xlsx", b"\x89PNG\r\n\x1a\n", "picture"),
        ("a.csv", b"\x1f\x8b\x08\x00rest", "packed"),
        ("a.csv", b"PK\x05\x06" + bytes(18), "packed"),
        ("a.xls", b"\xef\xbb\xbf \n<html><table><tr><td>1", "web page"),
        ("a.xls", b'<?xml version="1.0"?><html xmlns="x"><table>', "web page"),
        ("a.csv", b'<?xml version="1.0"?><orders><order/>', "XML"),
        ("a.csv", b'[{"phone": "13812346021"}]', "JSON"),
        ("a.csv", b"SQLite format 3\x00", "database"),
        ("a.csv", b"\xff\xff,\xff\n1,2\n", "header line can't be read"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n \n\t\n", "empty"),
        ("a.csv", b",,\n1,2,3\n", "no header"),
        ("a.xlsx", b"PK\x03\x04nonsense", "XLSX"),
        ("a.parquet", b"PAR1nonsense", "Parquet"),
    ],
)
def test_other_kinds_of_files_are_refused(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=sentence) as refusal:
        open_table(tmp_path / name)
    assert str(refusal.value).endswith(".")


def test_a_kind_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["id"])
    book.save(tmp_path / "book.csv")
    assert open_table(tmp_path / "book.csv").header == ["id"]
    (tmp_path / "text.xlsx").write_text("id,name\n1,x\n")
    assert open_table(tmp_path / "text.xlsx").header == ["id", "name"]


def test_a_hint_at_the_delimiter_and_titles_above_the_header(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("sep=;\nid;name\n1;a,b\n")
    found = open_table(file)
    assert (found.header, [list(line.values) for line in found.lines()]) == (
        ["id", "name"],
        [["1", "a,b"]],
    )
    file.write_text("Members of March\n\nid,name\n1,x\n")
    found = open_table(file, header_line=3)
    assert found.header == ["id", "name"]
    assert [line.number for line in found.lines()] == [4]
    with pytest.raises(Unreadable, match="no line 9"):
        open_table(file, header_line=9)
    with pytest.raises(Unreadable, match="one character"):
        open_table(file, delimiter="::")


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    """The rows behind it are read as rows, and what is read ahead is bounded."""
    file = tmp_path / "open.csv"
    with file.open("wb") as into:
        into.write(b'a,b\n1,2\n"open,3\n')
        for _block in range(10):
            into.write(b"4,5\n" * 250_000)
    tracemalloc.start()
    bad = good = 0
    for line in open_table(file).lines():
        bad += bool(line.problem)
        good += not line.problem
        if good == 20_000:
            break
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (bad, good) == (1, 20_000)
    assert peak < 20_000_000


# workbooks


def book_of(path: Path, sheet: str, **parts: str) -> Path:
    """A workbook of the bare parts, with a sheet as XML."""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = '<Relationship Id="{}" Type="' + base + '/{}" Target="{}"/>'
    everything = {
        "_rels/.rels": "<Relationships>"
        + relation.format("a", "officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns:r="{base}"><sheets>'
        '<sheet name="One" sheetId="1" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        + relation.format("b", "worksheet", "worksheets/one.xml")
        + relation.format("c", "sharedStrings", "sharedStrings.xml")
        + "</Relationships>",
        "xl/worksheets/one.xml": sheet,
        **parts,
    }
    file = path / "book.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in everything.items():
            archive.writestr(name, text)
    return file


def sheet_of(*rows: str) -> str:
    return f"<worksheet><sheetData>{''.join(rows)}</sheetData></worksheet>"


def text_row(number: int, *cells: str) -> str:
    inner = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f'<row r="{number}">{inner}</row>'


def test_formulas_count_by_their_results(tmp_path: Path) -> None:
    file = book_of(
        tmp_path,
        sheet_of(
            text_row(1, "id", "sum"),
            '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>1+1</f><v>2</v></c></row>',
            '<row r="3"><c r="A3"><v>2</v></c><c r="B3"><f>1+1</f></c></row>',
            '<row r="4"><c r="A4"><v>3</v></c><c r="B4" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
            '<row r="5"><c r="A5"><v>4</v></c><c r="B5" t="e"><v>#N/A</v></c></row>',
        ),
    )
    found = [list(line.values) for line in open_table(file).lines()]
    assert found[0] == [1, 2]
    assert found[3] == [4, None]
    for row, words in ((1, "formula without its result"), (2, "#DIV/0!")):
        assert isinstance(found[row][1], CellError)
        for kind in ("text", "number", "yes_no", "date", "list"):
            with pytest.raises(BadValue, match=words):
                reader(kind, SHANGHAI)(found[row][1])
    assert recognise(row[1] for row in found) == "number"


def test_days_of_workbooks(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["title above"])
    sheet.append(["id", "day", "serial"])
    sheet.append(["a", datetime(2024, 1, 1, 9, 30), 45292.5])  # noqa: DTZ001 - as Excel has them
    other = book.create_sheet("Other")
    other.append(["x"])
    other.append(["beside"])
    book.save(tmp_path / "book.xlsx")
    found = open_table(tmp_path / "book.xlsx", header_line=2)
    assert found.sheets == ["Sheet", "Other"]
    (line,) = found.lines()
    assert line.values[1] == datetime(2024, 1, 1, 9, 30)  # noqa: DTZ001
    serial = reader("datetime_excel", ZoneInfo("UTC"))(line.values[2])
    assert serial == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert open_table(tmp_path / "book.xlsx", sheet="Other").header == ["x"]
    with pytest.raises(Unreadable, match="It has: Sheet, Other"):
        open_table(tmp_path / "book.xlsx", sheet="Third")


def test_texts_of_workbooks(tmp_path: Path) -> None:
    """Shared, rich and with a reading aid above; empty rows between; cells without a place."""
    shared = (
        "<sst><si><t>城市</t><rPh><t>chengshi</t></rPh></si>"
        "<si><r><t>杭</t></r><r><t>州 🙂</t></r></si></sst>"
    )
    file = book_of(
        tmp_path,
        sheet_of(
            '<row r="3"><c r="B3" t="s"><v>0</v></c></row>',
            '<row r="9"><c r="A9"/><c r="B9" t="s"><v>1</v></c></row>',
        ),
        **{"xl/sharedStrings.xml": shared},
    )
    found = open_table(file)
    assert found.header == ["column 1", "城市"]
    assert [(line.number, list(line.values)) for line in found.lines()] == [(9, [None, "杭州 🙂"])]


@pytest.mark.parametrize(
    "sheet",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + sheet_of(text_row(1, "&a;")),
        sheet_of(text_row(1, "a"), f'<row r="{ROWS + 1}"><c><v>1</v></c></row>'),
        sheet_of(text_row(1, "a"), '<row r="999999999999"><c><v>1</v></c></row>'),
        sheet_of(text_row(2, "a"), text_row(1, "b")),
        sheet_of(text_row(1, "a"), '<row r="2"><c t="s"><v>7</v></c></row>'),
        sheet_of(text_row(1, "a"), '<row r="2"><c><v>many</v></c></row>'),
        sheet_of(text_row(1, "a"), text_row(2, "x" * (CELL_LENGTH + 1))),
        "<worksheet><sheetData><row>",
    ],
    ids=["entities", "row", "far row", "order", "text", "number", "long cell", "cut off"],
)
def test_workbooks_that_lie_are_refused(tmp_path: Path, sheet: str) -> None:
    file = book_of(tmp_path, sheet)
    with pytest.raises(Unreadable):
        list(open_table(file).lines())


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    """A cell that unpacks without end, and a row of many cells."""
    long = book_of(tmp_path, sheet_of(text_row(1, "a"), text_row(2, "x" * 3_000_000)))
    tracemalloc.start()
    with pytest.raises(Unreadable, match="characters"):
        list(open_table(long).lines())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000
    wide = "<row>" + "<c><v>1</v></c>" * 20_000 + "</row>"
    file = book_of(tmp_path, sheet_of(text_row(1, "a"), wide, text_row(3, "b")))
    tracemalloc.start()
    lines = list(open_table(file).lines())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [bool(line.problem) for line in lines] == [True, False]
    assert peak < 10_000_000


def test_what_unpacks_to_more_than_2_gb_is_not_unpacked(tmp_path: Path) -> None:
    file = book_of(tmp_path, sheet_of(text_row(1, "a")))
    raw = bytearray(file.read_bytes())
    at = raw.rindex(b"xl/worksheets/one.xml") - 46
    struct.pack_into("<I", raw, at + 24, 2**31 + 1)  # as the directory declares it
    file.write_bytes(raw)
    with pytest.raises(Unreadable, match="2 GB"):
        open_table(file)


def test_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("people.csv", "id\n1\n")
    with pytest.raises(Unreadable, match="no workbook"):
        open_table(tmp_path / "a.xlsx")


# Parquet


def test_types_of_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    shanghai = datetime(2026, 1, 31, 9, 30, tzinfo=SHANGHAI)
    fine = 1_769_823_000_000_000_123
    content = pa.table(
        {
            "nested": pa.array([{"a": 1}]),
            "list": pa.array([["red", "green"]]),
            "price": pa.array([Decimal("1.10")], pa.decimal128(12, 2)),
            "local": pa.array([shanghai], pa.timestamp("us", "Asia/Shanghai")),
            "fine": pa.array([fine], pa.timestamp("ns", "UTC")),
            "far": pa.array([2**58], pa.timestamp("us")),
            "raw": pa.array([b"\xff\xfe"]),
            "coded": pa.array(["x"]).dictionary_encode(),
            "null": pa.array(["a\x00b"]),
        }
    )
    pq.write_table(content, tmp_path / "file.parquet", version="2.6")
    table = open_table(tmp_path / "file.parquet")
    (line,) = table.lines()
    row = dict(zip(table.header, line.values, strict=True))
    assert reader("list", SHANGHAI)(row["list"]) == ["red", "green"]
    assert reader("number", SHANGHAI)(row["price"]) == Decimal("1.10")
    assert reader("datetime", SHANGHAI)(row["local"]) == datetime(2026, 1, 31, 1, 30, tzinfo=UTC)
    moment = datetime.fromtimestamp(fine // 10**9, UTC)
    assert reader("datetime", SHANGHAI)(row["fine"]) == moment
    assert row["coded"] == "x"
    for name in ("nested", "raw", "far"):
        with pytest.raises(BadValue, match=r"\.$"):
            reader("text", SHANGHAI)(row[name])
    assert recognise([row["list"]]) == "list"
    assert table.total() == 1


# values


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("date_excel", "45292", date(2024, 1, 1)),
        ("datetime_excel", "45292.75", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("datetime_unix", "1767225600", datetime(2026, 1, 1, tzinfo=UTC)),
        ("datetime_unix", 1767225600123, datetime(2026, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)),
        ("list", "red; green、blue", ["red", "green", "blue"]),
        ("list", [1, None, 2.0], [1, Decimal("2.0")]),
        ("text", 13812346021.0, "13812346021"),
    ],
)
def test_read(kind: str, value: Any, expected: Any) -> None:
    assert reader(kind, SHANGHAI)(value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 1.23456789012345678e17),
        ("date_excel", "99999999999"),
        ("date_excel", "2024-01-01"),
        ("datetime_unix", "1e30"),
        ("datetime", datetime(1, 1, 1)),  # noqa: DTZ001 - as files have them
        ("text", {"a": 1}),
        ("list", [[1]]),
        ("date", "0000-00-00"),
        ("date", "2026-02-30"),
    ],
)
def test_impossible_values(kind: str, value: Any) -> None:
    with pytest.raises(BadValue, match=r"\.$"):
        reader(kind, SHANGHAI)(value)
