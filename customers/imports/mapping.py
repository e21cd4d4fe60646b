"""The mapping: what each column of a file becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from customers.imports.conditions import Condition, read_conditions
from customers.imports.kinds import TYPES
from customers.imports.targets import problem_of, unknown_names
from customers.ingest.attributes import CODE
from customers.ingest.limits import BadFact, check_name
from customers.models import ImportKind, Segment, SegmentKind

# What tells how the file is read; found out anew for each file, not part of what is remembered.
READING: Final = ("encoding", "delimiter", "sheet", "header_line")
HEADER_LINES: Final = 100


class BadMapping(ValueError):
    """A mapping that can't be used; `problems` are sentences for whoever wrote it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """What each column becomes: `columns` gives targets such as "identity:phone" or "time".

    `key` are columns that together name a row for its sender; without them a row is known by its
    file and line. `event` is the name of all events, unless a column gives it.
    """

    columns: Mapping[str, tuple[str, ...]]
    types: Mapping[str, str] = field(default_factory=dict)
    event: str = ""
    key: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    timezone: str = "UTC"
    segment: str = ""
    segment_name: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def to_json(self) -> dict[str, Any]:
        """The mapping as it is stored and written in files; `read_mapping` reads it."""
        return {
            "columns": {column: list(targets) for column, targets in self.columns.items()},
            "types": dict(self.types),
            "event": self.event,
            "key": list(self.key),
            "where": [{"column": c.column, "op": c.op, "value": c.value} for c in self.where],
            "timezone": self.timezone,
            "segment": self.segment,
            "segment_name": self.segment_name,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "sheet": self.sheet,
            "header_line": self.header_line,
        }


def read_mapping(data: Any, kind: str, header: Sequence[str]) -> ImportMapping:
    """Read and check a mapping for a file with these columns. Raises BadMapping with every
    problem in a sentence."""
    if not isinstance(data, Mapping) or not isinstance(data.get("columns"), Mapping):
        raise BadMapping([_("A mapping is an object with “columns”: each column and its target.")])
    problems: list[str] = []
    columns: dict[str, tuple[str, ...]] = {}
    for column, targets in data["columns"].items():
        wanted = (targets,) if isinstance(targets, str) else tuple(map(str, targets or ()))
        columns[str(column)] = tuple(target.strip() for target in wanted)
    key = _texts(data.get("key"))
    where = read_conditions(data.get("where"), problems)
    types = {str(column): str(kind) for column, kind in (data.get("types") or {}).items()}
    named = [*columns, *key, *types, *(condition.column for condition in where)]
    for column in dict.fromkeys(named):
        if column not in header:
            problems.append(
                _("There is no column “%(column)s”. The file has: %(known)s.")
                % {"column": column[:120], "known": ", ".join(header)[:400]}
            )
    for column, chosen in types.items():
        if chosen not in TYPES:
            problems.append(
                _("“%(type)s” is no type for “%(column)s”. Known are: %(known)s.")
                % {"type": chosen[:40], "column": column, "known": ", ".join(TYPES)}
            )
    for column, targets in columns.items():
        for target in targets:
            if text := problem_of(target, kind):
                problems.append(f"{column}: {text}")
    timezone = str(data.get("timezone") or "UTC")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(
            _("“%(zone)s” is no time zone. Write it as Asia/Shanghai.") % {"zone": timezone[:40]}
        )
    mapping = ImportMapping(
        columns,
        types,
        str(data.get("event") or "").strip(),
        key,
        where,
        timezone,
        str(data.get("segment") or "").strip(),
        str(data.get("segment_name") or "").strip().replace("\x00", "")[:80],
        str(data.get("encoding") or ""),
        str(data.get("delimiter") or ""),
        str(data.get("sheet") or ""),
        _line(data.get("header_line"), problems),
    )
    problems.extend(_whole(mapping, kind))
    problems.extend(unknown_names(columns))
    if problems:
        raise BadMapping(problems)
    return mapping


# helpers


def _texts(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _line(value: Any, problems: list[str]) -> int:
    if value in (None, "", 0):
        return 0
    if not str(value).isascii() or not str(value).isdigit() or not 1 <= int(value) <= HEADER_LINES:
        problems.append(
            _("The line of the header is a number from 1 to %(most)s.") % {"most": HEADER_LINES}
        )
        return 0
    return int(value)


def _whole(mapping: ImportMapping, kind: str) -> list[str]:
    """What is wrong with the mapping as a whole."""
    problems = []
    targets = [target for many in mapping.columns.values() for target in many]
    kinds = [target.partition(":")[0] for target in targets]
    if "identity" not in kinds:
        problems.append(_("No column says who it is. Give one the target identity:…"))
    twice = {t for t in targets if t != "ignore" and targets.count(t) > 1}
    if twice:
        problems.append(
            _("Two columns can't become the same: %(targets)s.")
            % {"targets": ", ".join(sorted(twice))}
        )
    if kind == ImportKind.EVENTS:
        if bool(mapping.event) == ("event" in kinds):
            problems.append(
                _(
                    "Say what the events are called: one name for all rows, "
                    "or a column that tells it."
                )
            )
        if mapping.event:
            try:
                check_name(mapping.event)
            except BadFact as error:
                problems.append(str(error))
    if kind == ImportKind.TAGS and "tag" not in kinds:
        problems.append(_("No column becomes a tag. Give one the target tag:…"))
    if kind == ImportKind.LIST and not CODE.fullmatch(mapping.segment):
        problems.append(
            _("A list goes into a segment. Give its code in small letters, such as spring_vips.")
        )
    return problems


def segment_problem(code: str, brand_id: int) -> str:
    """Why a list can't go into the segment called *code*, or ""."""
    found = Segment.objects.filter(code=code).first()
    if found is None:
        return ""
    if found.kind != SegmentKind.LIST:
        return _("“%(code)s” is a segment by rule; a list can't be loaded into it.") % {
            "code": code
        }
    if found.brand_id not in (None, brand_id):
        return _("“%(code)s” is a segment of another brand.") % {"code": code}
    return ""
