"""Everything that changes a journey: who may, whether it can, what it does, what it leaves."""

from journeys.actions.archive import archive
from journeys.actions.change import JourneyRefused
from journeys.actions.drain import drain
from journeys.actions.load import Loaded, check, load
from journeys.actions.pause import pause
from journeys.actions.publish import publish
from journeys.actions.resume import resume
from journeys.actions.stop import stop

__all__ = [
    "JourneyRefused",
    "Loaded",
    "archive",
    "check",
    "drain",
    "load",
    "pause",
    "publish",
    "resume",
    "stop",
]
