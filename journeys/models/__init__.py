"""Floor 3: when does something happen to a customer?"""

from journeys.models.draft import DraftChange
from journeys.models.enrollment import Enrollment, EnrollmentState
from journeys.models.entry import Entrant, EntryTally, TriggerClock, TriggerRun
from journeys.models.journey import AtEnd, Journey, JourneyState
from journeys.models.moving import MoveKind, MoveState, PeopleMove, PeopleMovePart
from journeys.models.replay import Replay
from journeys.models.send import Send
from journeys.models.step import NodeCount, Step, Stretch, Way
from journeys.models.subscription import Delivery, Subscription, Topic
from journeys.models.throttle import Throttle
from journeys.models.timer import Bucket, HeldReason, HeldTimer, Listener, Timer, TimerKind
from journeys.models.version import AudienceEntry, EventTrigger, JourneyVersion
from journeys.models.watch import HistoryPolicy, LagCount, Trouble, TroubleKind
from journeys.models.webhook import CallState, Webhook, WebhookCall

__all__ = [
    "AtEnd",
    "AudienceEntry",
    "Bucket",
    "CallState",
    "Delivery",
    "DraftChange",
    "Enrollment",
    "EnrollmentState",
    "Entrant",
    "EntryTally",
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
    "Send",
    "Step",
    "Stretch",
    "Subscription",
    "Throttle",
    "Timer",
    "TimerKind",
    "Topic",
    "TriggerClock",
    "TriggerRun",
    "Trouble",
    "TroubleKind",
    "Way",
    "Webhook",
    "WebhookCall",
]
