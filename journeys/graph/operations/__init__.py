"""Every way in which a graph is changed: pure functions that take a graph and return one.

Page, keyboard, API, undo and tests share them. What a graph can't take is refused in a sentence.
"""

from journeys.graph.operations.add import append, insert
from journeys.graph.operations.base import Done, OperationRefused, Slot
from journeys.graph.operations.configure import annotate, configure, describe
from journeys.graph.operations.connect import connect, detach
from journeys.graph.operations.copies import copy, duplicate, paste
from journeys.graph.operations.delete import delete
from journeys.graph.operations.move import move
from journeys.graph.operations.perform import OPERATIONS, perform

__all__ = [
    "OPERATIONS",
    "Done",
    "OperationRefused",
    "Slot",
    "annotate",
    "append",
    "configure",
    "connect",
    "copy",
    "delete",
    "describe",
    "detach",
    "duplicate",
    "insert",
    "move",
    "paste",
    "perform",
]
