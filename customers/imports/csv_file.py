"""Text tables: delimiter found by itself, streamed, every line bounded."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from django.utils.translation import gettext as _

from customers.imports.encoding import encoding_of
from customers.imports.lines import LINE_LENGTH, Line, Unreadable, checked, name_columns, too_wide

BLANKS: Final = " "
_DELIMITERS: Final = (",", "\t", ";", "|")
_SAMPLE: Final = 50
_SAMPLE_LENGTH: Final = 20_000
_QUOTED_LINES: Final = 200
# Excel's own hint at the delimiter, as some exports write it above the header.
_HINT: Final = re.compile(r"sep=(.)\s*", re.IGNORECASE)


class CsvTable:
    """A CSV file in any common encoding and with any common delimiter, or blank-separated."""

    sheet = ""
    sheets: Sequence[str] = ()

    def __init__(
        self, path: Path, encoding: str = "", delimiter: str = "", header_line: int = 0
    ) -> None:
        self.path = path
        self.encoding = encoding or encoding_of(path)
        self.first = header_line
        try:
            sample = self._sample()
        except (LookupError, UnicodeError) as error:
            raise Unreadable(
                _("The file can't be read as %(encoding)s.") % {"encoding": self.encoding}
            ) from error
        if not sample:
            raise self._no_line() if header_line else Unreadable(_("The file is empty."))
        if len(sample[0]) > LINE_LENGTH:
            raise too_wide(sample[0].count(",") + 1)
        hint = _HINT.fullmatch(sample[0])
        self.delimiter = (
            {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
            or (hint and hint[1])
            or _delimiter(sample)
        )
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n\0':
            raise Unreadable(_("A separator is one character, such as , or ;."))
        first = next((line for line in self._records() if self._may_be_header(line)), None)
        if first is None:
            raise self._no_line()
        if first.problem:
            raise Unreadable(first.problem)
        if any("\ufffd" in str(cell) for cell in first.values):
            raise Unreadable(
                _("The header line can't be read as %(encoding)s. Choose another encoding.")
                % {"encoding": self.encoding.upper()}
            )
        self.first = first.number
        self.header = name_columns(first.values)

    def lines(self) -> Iterator[Line]:
        """Every line of data; empty lines are passed over."""
        width = len(self.header)
        for record in self._records():
            if record.number <= self.first:
                continue
            if record.problem:
                yield record
                continue
            yield _readable(checked(record.number, record.values, width), self.encoding)

    def total(self) -> int:
        """How many line ends the file has, in the encodings that a line end is one byte of."""
        count = 0
        with self.path.open("rb") as file:
            while block := file.read(1 << 20):
                count += block.count(b"\n")
        # Of two bytes a character, those that merely hold the byte are few.
        return count

    # helpers

    def _no_line(self) -> Unreadable:
        return Unreadable(_("The file has no line %(line)s.") % {"line": self.first})

    def _may_be_header(self, line: Line) -> bool:
        if self.first:
            return line.number >= self.first
        return not (
            line.number == 1 and _HINT.fullmatch(self.delimiter.join(map(str, line.values)))
        )

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self.encoding, errors="replace", newline=None)

    def _sample(self) -> list[str]:
        found: list[str] = []
        with self._open() as file:
            for _number in range(1, self.first):
                _skip_rest(file, file.readline(LINE_LENGTH))
            while len(found) < _SAMPLE and (line := file.readline(LINE_LENGTH + 1)):
                if len(line) > LINE_LENGTH:
                    _skip_rest(file, line)
                    if found:
                        continue
                if line.strip():
                    found.append(line if not found else line[:_SAMPLE_LENGTH])
        return found

    def _records(self) -> Iterator[Line]:
        with self._open() as file:
            pending: list[str] = []
            number = 0
            while True:
                line = pending.pop(0) if pending else file.readline(LINE_LENGTH + 1)
                if not line:
                    return
                number += 1
                if len(line) > LINE_LENGTH:
                    _skip_rest(file, line)
                    yield Line(
                        number,
                        [line[:200]],
                        _("The line is longer than %(most)s characters.") % {"most": LINE_LENGTH},
                    )
                elif not line.strip("\r\n \t"):
                    continue
                elif self.delimiter == BLANKS:
                    yield Line(number, line.split())
                elif '"' not in line:
                    yield Line(number, line.rstrip("\n").split(self.delimiter))
                else:
                    values, more = self._quoted(line, file, pending)
                    if values is None:
                        yield Line(
                            number,
                            [line[:200]],
                            _("A quotation mark is opened in this row and never closed."),
                        )
                    else:
                        yield Line(number, values)
                        number += more

    def _quoted(self, line: str, file: IO[str], pending: list[str]) -> tuple[list[str] | None, int]:
        """The cells of a record that may go on over several lines, and how many more it took.

        A record that never ends is given up, and the lines read ahead are read again.
        """
        taken: list[str] = []
        length = len(line)
        gave_up = False

        def feed() -> Iterator[str]:
            nonlocal length, gave_up
            yield line
            while True:
                more = pending.pop(0) if pending else file.readline(LINE_LENGTH + 1)
                if more:
                    taken.append(more)
                length += len(more)
                if not more or length > LINE_LENGTH or len(taken) > _QUOTED_LINES:
                    gave_up = True
                    return
                yield more

        try:
            values = next(csv.reader(feed(), delimiter=self.delimiter))
        except csv.Error:
            gave_up, values = True, []
        if gave_up:
            pending[:0] = taken
            return None, 0
        return values, len(taken)


def _readable(line: Line, encoding: str) -> Line:
    if line.problem:
        return line
    text = "".join(str(value) for value in line.values)
    if "\x00" in text:
        return line._replace(problem=_("This row holds a null character, which can't be stored."))
    if "\ufffd" in text:
        return line._replace(
            problem=_("This row holds bytes that can't be read as %(encoding)s.")
            % {"encoding": encoding.upper()}
        )
    return line


def _skip_rest(file: IO[str], line: str) -> None:
    while line and not line.endswith("\n"):
        line = file.readline(LINE_LENGTH)


def _delimiter(sample: Sequence[str]) -> str:
    """The delimiter that cuts most lines into as many cells as the header line."""
    best, delimiter = (0, 0), ","
    for candidate in _DELIMITERS:
        counts = [len(_cells(line, candidate)) for line in sample]
        if counts[0] > 1:
            score = (sum(count == counts[0] for count in counts), counts[0])
            if score > best:
                best, delimiter = score, candidate
    if best[0]:
        return delimiter
    widths = {len(line.split()) for line in sample}
    return BLANKS if len(sample) > 1 and len(widths) == 1 and widths != {1} else ","


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return [line]
