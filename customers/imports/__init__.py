"""Files of customers, events, tags and lists, brought in through the one door."""

from customers.imports.lines import Line, Table, Unreadable
from customers.imports.mapping import BadMapping, ImportMapping, read_mapping
from customers.imports.refusals import refused_rows
from customers.imports.rehearse import Rehearsal, rehearse
from customers.imports.run import end, run
from customers.imports.tables import open_table

__all__ = [
    "BadMapping",
    "ImportMapping",
    "Line",
    "Rehearsal",
    "Table",
    "Unreadable",
    "end",
    "open_table",
    "read_mapping",
    "refused_rows",
    "rehearse",
    "run",
]
