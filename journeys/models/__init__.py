"""Floor 3: when does something happen to a customer?"""

from journeys.models.enrollment import Enrollment, EnrollmentState
from journeys.models.journey import Journey, JourneyState
from journeys.models.replay import Replay
from journeys.models.step import NodeCount, Step
from journeys.models.timer import Bucket, HeldReason, HeldTimer, Listener, Timer, TimerKind
from journeys.models.version import AudienceEntry, EventTrigger, JourneyVersion

__all__ = [
    "AudienceEntry",
    "Bucket",
    "Enrollment",
    "EnrollmentState",
    "EventTrigger",
    "HeldReason",
    "HeldTimer",
    "Journey",
    "JourneyState",
    "JourneyVersion",
    "Listener",
    "NodeCount",
    "Replay",
    "Step",
    "Timer",
    "TimerKind",
]
