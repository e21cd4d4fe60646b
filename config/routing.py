"""Which queue a task goes to.

A slow refresh of an audience must never keep a message or a journey waiting, so each kind of work
has a queue and workers of its own.
"""

from typing import Any, Final

from kombu import Exchange, Queue

ENGINE: Final = "engine"
SENDING: Final = "sending"
AUDIENCE: Final = "audience"
DEFAULT_QUEUE: Final = "default"

# The first prefix that fits a task's name decides.
_ROUTES: Final = (
    # Other systems take their time; nobody else's walk waits for them.
    ("journeys.webhooks.", DEFAULT_QUEUE),
    ("journeys.", ENGINE),
    ("campaigns.outbox.", SENDING),
    ("campaigns.gate.", SENDING),
    ("campaigns.tasks.", SENDING),
    ("customers.segments.", AUDIENCE),
    ("customers.tags.", AUDIENCE),
    ("customers.bulk.", AUDIENCE),
    ("customers.bits.", AUDIENCE),
)

QUEUES: Final = tuple(
    Queue(name, Exchange(name, type="direct"), routing_key=name)
    for name in (ENGINE, SENDING, AUDIENCE, DEFAULT_QUEUE)
)


def queue_of(task_name: str) -> str:
    """Return the queue of the task called `task_name`."""
    for prefix, queue in _ROUTES:
        if task_name.startswith(prefix):
            return queue
    return DEFAULT_QUEUE


def route(name: str, *args: Any, **kwargs: Any) -> dict[str, str]:
    """Celery's router."""
    return {"queue": queue_of(name)}
