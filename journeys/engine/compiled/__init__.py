"""The compiler of stretches: from one wait to the next a journey is a small decision tree, and
walking it is one statement for everybody.

`tree` draws the trees of a version from what its nodes say of themselves, `program` writes them as
SQL, `move` runs that for those who are due and for those who enter. Whoever stands where no tree
begins, or whose case is not plain (several timers at once, a goal that was reached), is handed to
the batch interpreter, in the same transaction. So is everybody when the statement fails.
"""

from journeys.engine.compiled.move import (
    Moved,
    enter_members,
    keeping_programs,
    move_due,
    move_timers,
)

__all__ = ["Moved", "enter_members", "keeping_programs", "move_due", "move_timers"]
