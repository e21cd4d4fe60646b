"""Floor 3: when does something happen to a customer?"""

from journeys.models.enrollment import Enrollment, EnrollmentState
from journeys.models.journey import Journey, JourneyState
from journeys.models.replay import Replay
from journeys.models.step import NodeCount, Step
from journeys.models.timer import Bucket, Listener, Timer, TimerKind
from journeys.models.version import EventTrigger, JourneyVersion

__all__ = [
    "Bucket",
    "Enrollment",
    "EnrollmentState",
    "EventTrigger",
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
