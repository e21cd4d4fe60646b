"""What every reader of files gives: a header and numbered lines, each of them bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from django.utils.translation import gettext as _

COLUMNS: Final = 1_000
LINE_LENGTH: Final = 1_000_000
FILE_BYTES: Final = 2 * 1024**3


class Unreadable(ValueError):
    """The file as a whole can't be read; the text is a sentence for whoever brought it."""


class Line(NamedTuple):
    """One line of a file: its number there, its cells, and why it can't be used (or "")."""

    number: int
    values: Sequence[object]
    problem: str = ""


class Table(Protocol):
    """A file that was opened: its column names, and its lines from the first on.

    `encoding`, `delimiter` and `sheet` say how it is read ("" where that means nothing), `sheets`
    which sheets it has.
    """

    header: list[str]
    encoding: str
    delimiter: str
    sheet: str
    sheets: Sequence[str]

    def lines(self) -> Iterator[Line]:
        """Read the file from its first line of data; bad lines carry their problem."""

    def total(self) -> int:
        """About which number the last line has; 0 where nothing tells. May read the whole file."""


def name_columns(cells: Sequence[object]) -> list[str]:
    """Column names from a header line: empty ones are numbered, repeated ones told apart.

    Raises Unreadable for no column at all or more than COLUMNS.
    """
    if not any(str(cell).strip() for cell in cells if cell is not None):
        raise Unreadable(_("The file has no header line with the names of its columns."))
    if len(cells) > COLUMNS:
        raise too_wide(len(cells))
    names: list[str] = []
    for position, cell in enumerate(cells, 1):
        text = "" if cell is None else str(cell).replace("\x00", "").strip()[:120]
        name = base = text or f"column {position}"
        count = 2
        while name in names:
            name = f"{base} ({count})"
            count += 1
        names.append(name)
    return names


def too_wide(count: int) -> Unreadable:
    """The refusal of a file with too many columns."""
    return Unreadable(
        _("The file has %(count)s columns, at most %(most)s are read.")
        % {"count": count, "most": COLUMNS}
    )


def checked(number: int, values: Sequence[object], width: int) -> Line:
    """A line with its problem, if its cells are not as many as the header's or hold bad text."""
    if len(values) != width:
        return Line(
            number,
            values[:width],
            _("This row has %(count)s cells, the header has %(width)s.")
            % {"count": len(values), "width": width},
        )
    return Line(number, values)
