"""Everything that changes a journey: who may, whether it can, what it does, what it leaves."""

from journeys.actions.archive import archive
from journeys.actions.change import JourneyRefused
from journeys.actions.draft import DraftOvertaken, Edited, edit, redo, restore, undo
from journeys.actions.drain import drain
from journeys.actions.history import set_keep_days
from journeys.actions.load import Loaded, check, load
from journeys.actions.pause import pause
from journeys.actions.people import Who, go_on, move_on, stop_move, take_out
from journeys.actions.publish import publish
from journeys.actions.repair import repair
from journeys.actions.resume import decide_late, resume
from journeys.actions.stop import stop
from journeys.actions.window import close_ended, set_window

__all__ = [
    "DraftOvertaken",
    "Edited",
    "JourneyRefused",
    "Loaded",
    "Who",
    "archive",
    "check",
    "close_ended",
    "decide_late",
    "drain",
    "edit",
    "go_on",
    "load",
    "move_on",
    "pause",
    "publish",
    "redo",
    "repair",
    "restore",
    "resume",
    "set_keep_days",
    "set_window",
    "stop",
    "stop_move",
    "take_out",
    "undo",
]
