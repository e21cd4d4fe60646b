"""Floor 3: when does something happen to a customer?"""

from journeys.models.enrollment import Enrollment, EnrollmentState
from journeys.models.journey import AtEnd, Journey, JourneyState
from journeys.models.moving import MoveKind, MoveState, PeopleMove, PeopleMovePart
from journeys.models.replay import Replay
from journeys.models.step import NodeCount, Step, Stretch, Way
from journeys.models.timer import Bucket, HeldReason, HeldTimer, Listener, Timer, TimerKind
from journeys.models.version import AudienceEntry, EventTrigger, JourneyVersion
from journeys.models.watch import HistoryPolicy, LagCount, Trouble, TroubleKind

__all__ = [
    "AtEnd",
    "AudienceEntry",
    "Bucket",
    "Enrollment",
    "EnrollmentState",
    "EventTrigger",
    "HeldReason",
    "HeldTimer",
    "HistoryPolicy",
    "Journey",
    "JourneyState",
    "JourneyVersion",
    "LagCount",
    "Listener",
    "MoveKind",
    "MoveState",
    "NodeCount",
    "PeopleMove",
    "PeopleMovePart",
    "Replay",
    "Step",
    "Stretch",
    "Timer",
    "TimerKind",
    "Trouble",
    "TroubleKind",
    "Way",
]
