"""The parts of a workbook, streamed: nothing in it can make us hold more than its shared texts."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import Any, Final
from xml.parsers import expat

from django.utils.translation import gettext as _

from customers.imports.lines import Unreadable

BLOCK: Final = 1 << 16
# The most that a workbook can hold, by Excel's own rules.
ROWS: Final = 1_048_576
TEXTS_BYTES: Final = 256 * 1024**2
_DIMENSION = re.compile(r"[A-Z]+\d+:[A-Z]+(\d+)")


def broken() -> Unreadable:
    """The refusal of a workbook that can't be read."""
    return Unreadable(_("The file is not a readable XLSX workbook. Save it again, or as CSV."))


@dataclass(slots=True)
class Workbook:
    """What must be known before a sheet is read: names of sheets and their parts, date styles."""

    archive: zipfile.ZipFile
    sheets: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    dates: frozenset[int] = frozenset()
    is_1904: bool = False
    texts: list[str] = field(default_factory=list)


def read_workbook(archive: zipfile.ZipFile) -> Workbook:
    """Read everything but the sheets. Raises Unreadable."""
    book = Workbook(archive)
    targets = _targets(archive, "_rels/.rels", "")
    main = next((path for kind, path in targets.values() if kind == "officeDocument"), "")
    if not main or main not in archive.namelist():
        raise Unreadable(
            _("This archive holds no workbook. Unpack it, and bring the table inside.")
        )
    folder, _slash, name = main.rpartition("/")
    parts = _targets(archive, f"{folder}/_rels/{name}.rels".lstrip("/"), folder)

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            book.is_1904 = attributes.get("date1904") in ("1", "true")
        elif tag == "sheet":
            kind, path = parts.get(_local(attributes, "id"), ("", ""))
            if kind == "worksheet":
                title = attributes.get("name", "")[:120]
                book.sheets[title] = path
                if attributes.get("state", "visible") != "visible":
                    book.hidden.add(title)

    _drain(archive, main, start)
    for kind, path in parts.values():
        if kind == "styles":
            book.dates = _date_styles(archive, path)
        elif kind == "sharedStrings":
            book.texts = _shared_texts(archive, path)
    return book


def last_row(book: Workbook, path: str) -> int:
    """The number of the last row as the sheet says of itself, or 0."""
    with opened(book.archive, path) as part:
        found = _DIMENSION.search(part.read(4_000).decode(errors="replace"))
    return min(int(found[1]), ROWS) if found else 0


# helpers


def _date_styles(archive: zipfile.ZipFile, path: str) -> frozenset[int]:
    """The numbers of the styles that show a number as a day or a moment."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

    formats: dict[int, str] = dict(BUILTIN_FORMATS)
    found: list[int] = []
    inside = False
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside, count
        if tag == "numFmt":
            formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            form = formats.get(int(attributes.get("numFmtId") or 0), "")
            if is_date_format(form) and not is_timedelta_format(form):
                found.append(count)
            count += 1

    def end(tag: str) -> None:
        nonlocal inside
        if tag == "cellXfs":
            inside = False

    _drain(archive, path, start, end)
    return frozenset(found)


def _shared_texts(archive: zipfile.ZipFile, path: str) -> list[str]:
    if path not in archive.namelist():
        return []
    if archive.getinfo(path).file_size > TEXTS_BYTES:
        raise Unreadable(_("The workbook holds more text than can be read at once. Save as CSV."))
    texts: list[str] = []
    parts: list[str] = []
    is_reading = is_phonetic = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal is_reading, is_phonetic
        if tag == "si":
            parts.clear()
        elif tag == "rPh":
            is_phonetic = True
        elif tag == "t":
            is_reading = not is_phonetic

    def end(tag: str) -> None:
        nonlocal is_reading, is_phonetic
        if tag == "t":
            is_reading = False
        elif tag == "rPh":
            is_phonetic = False
        elif tag == "si":
            texts.append("".join(parts))

    def text(data: str) -> None:
        if is_reading:
            parts.append(data)

    _drain(archive, path, start, end, text)
    return texts


def _targets(archive: zipfile.ZipFile, path: str, folder: str) -> dict[str, tuple[str, str]]:
    """Of a part with relations: id to kind and path."""
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else join(folder, target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, normpath(whole))

    if path in archive.namelist():
        _drain(archive, path, start)
    return found


def _local(attributes: dict[str, str], name: str) -> str:
    """An attribute of a relation, whatever prefix the file gives to it."""
    return next((v for key, v in attributes.items() if key.endswith(f":{name}")), "")


def _drain(
    archive: zipfile.ZipFile,
    path: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] = lambda tag: None,
    text: Callable[[str], None] | None = None,
) -> None:
    tags = parser(start, end, text)
    with opened(archive, path) as part:
        for block in blocks(part):
            feed(tags, block)
    feed(tags, b"", is_final=True)


def parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None] | None,
) -> Any:
    """A parser that knows tags by their names without prefix and takes no document type."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_args: object) -> None:
        raise broken()

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, given: start(tag.rpartition(":")[2], given)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    return parser


def feed(parser: Any, block: bytes, *, is_final: bool = False) -> None:
    """Let the parser read a block. Raises Unreadable."""
    try:
        parser.Parse(block, is_final)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, Unreadable):
            raise
        raise broken() from error


def opened(archive: zipfile.ZipFile, path: str) -> Any:
    """A part of the workbook, to be read. Raises Unreadable."""
    try:
        return archive.open(path)
    except (KeyError, OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise broken() from error


def blocks(part: Any) -> Iterator[bytes]:
    """A part in blocks. Raises Unreadable where it is damaged."""
    import zlib

    while True:
        try:
            block = part.read(BLOCK)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise broken() from error
        if not block:
            return
        yield block
