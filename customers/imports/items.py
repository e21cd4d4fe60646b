"""Lines of a file as items for the one door."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from customers.imports.kinds import reader, recognise
from customers.imports.lines import Line, Table
from customers.imports.mapping import ImportMapping
from customers.imports.moments import read_moment
from customers.imports.suggest import time_type
from customers.imports.values import BadValue, is_empty, read_text
from customers.ingest import EventFact, Item, TagFact
from customers.ingest.limits import KEY_LENGTH
from customers.models import ImportKind

# Enough to know what a column holds.
SAMPLE = 1_000


def recognised(header: Sequence[str], lines: Sequence[Line]) -> dict[str, str]:
    """The type of every column, from the first lines of the file."""
    good = [line.values for line in lines if not line.problem][:SAMPLE]
    return {column: recognise(values[i] for values in good) for i, column in enumerate(header)}


def types_for(
    columns: Mapping[str, Sequence[str]], header: Sequence[str], lines: Sequence[Line]
) -> dict[str, str]:
    """The type of every column, those that become the time read as times if they can be."""
    types = recognised(header, lines)
    for index, column in enumerate(header):
        if "time" in columns.get(column, ()):
            values = [line.values[index] for line in lines if not line.problem]
            types[column] = time_type(values, types[column])
    return types


@dataclass(frozen=True, slots=True)
class _Cell:
    index: int
    column: str
    what: str
    name: str
    read: Callable[[object], Any]


class Maker:
    """Makes items of lines by a mapping whose `types` name the type of every mapped column."""

    def __init__(
        self, mapping: ImportMapping, kind: str, header: Sequence[str], digest: str
    ) -> None:
        self.is_events = kind == ImportKind.EVENTS
        self.mapping = mapping
        # Two sheets of one workbook are two files.
        whole = f"{digest}:{mapping.sheet}" if mapping.sheet else digest
        self.file = hashlib.sha256(whole.encode()).hexdigest()[:40]
        at = {column: index for index, column in enumerate(header)}
        self.conditions = [(at[one.column], one) for one in mapping.where]
        self.key = [at[column] for column in mapping.key]
        self.cells = [
            _Cell(at[column], column, *self._plan(target, mapping.types.get(column, "text")))
            for column, targets in mapping.columns.items()
            for target in targets
            if target != "ignore"
        ]

    def is_wanted(self, line: Line) -> bool:
        """Whether the line meets the conditions of the mapping."""
        return all(one.holds(line.values[index]) for index, one in self.conditions)

    def item(self, line: Line) -> Item:
        """The item of a line. Raises BadValue with a sentence that names the column."""
        identities: list[tuple[str, str]] = []
        attributes: dict[str, Any] = {}
        tags: list[TagFact] = []
        properties: dict[str, Any] = {}
        moment: datetime | None = None
        name = self.mapping.event
        for cell in self.cells:
            raw = line.values[cell.index]
            if is_empty(raw):
                if cell.what == "time":
                    raise BadValue(_("%(column)s: the time is missing.") % {"column": cell.column})
                continue
            try:
                value = cell.read(raw)
            except BadValue as error:
                raise BadValue(f"{cell.column}: {error}") from error
            if cell.what == "identity":
                identities.append((cell.name, value))
            elif cell.what == "attribute":
                attributes[cell.name] = value
            elif cell.what == "property":
                properties[cell.name] = value
            elif cell.what == "time":
                moment = value
            elif cell.what == "tag":
                tags.append(TagFact(cell.name, value))
            else:
                name = value
        events: tuple[EventFact, ...] = ()
        if self.is_events:
            if not name:
                raise BadValue(_("The name of the event is missing."))
            events = (EventFact(name, moment, properties, self._key(line, name)),)
        return Item(str(line.number), identities, None, attributes, tags, (), events)

    # helpers

    def _plan(self, target: str, kind: str) -> tuple[str, str, Callable[[object], Any]]:
        what, _colon, name = target.partition(":")
        zone = self.mapping.zone
        if what == "time":
            order = kind.partition("_")[2] if kind.startswith("date") else "ymd"
            return what, name, lambda value: read_moment(value, order or "ymd", zone)
        if what in ("attribute", "property"):
            read = reader(kind, zone)
            if kind.startswith("date"):
                return what, name, lambda value: _iso(read(value))
            return what, name, read
        return what, name, read_text

    def _key(self, line: Line, name: str) -> str:
        """What makes the row the same row when it comes again, from the same source.

        With key columns it is the event's name and what they hold, in whatever file it stands.
        Without them it is the content of the file (its digest, and the sheet), the line, and the
        event's name: two equal rows of one file are two facts, and the same file under another
        name or with another mapping holds the same facts. The door knows a key for 30 days
        (customers.tasks.KEYS_KEPT); that a file came in before is known for ever, by its digest
        (customers.imports.before.loaded_before).
        """
        if not self.key:
            return f"{self.file}:{line.number}:{name}"[:KEY_LENGTH]
        parts = [read_text(line.values[index] or "") for index in self.key]
        if not all(parts):
            raise BadValue(
                _("%(columns)s: the key of the row is missing.")
                % {"columns": ", ".join(self.mapping.key)}
            )
        text = "|".join([name, *parts])
        if len(text) > KEY_LENGTH:
            return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        return text


def bounded(line: Line) -> list[str]:
    """The cells of a line as they are kept with its refusal: readable, and not too long."""
    cells: list[str] = []
    left = 4_000
    for value in line.values:
        text = "" if value is None else read_text(value)
        text = text.replace("\x00", "␀").encode(errors="replace").decode()[: min(left, 500)]
        left -= len(text)
        cells.append(text)
        if left <= 0:
            break
    return cells


def with_types(mapping: ImportMapping, types: Mapping[str, str]) -> dict[str, Any]:
    """The mapping as JSON with the type of every mapped column, so that a resumed run reads
    the values in the same way."""
    data = mapping.to_json()
    data["types"] = {
        column: mapping.types.get(column) or types[column] for column in mapping.columns
    }
    return data


def as_read(data: dict[str, Any], table: Table) -> dict[str, Any]:
    """The mapping with how the table was read, which else would be found out again."""
    return {
        **data,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
    }


# helpers


def _iso(value: date | datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
