"""Answers from outside that a walk was waiting for."""

from __future__ import annotations

from campaigns.models import Task
from config.wake import wake
from journeys.engine.enter import WAKE
from journeys.engine.statements import execute


def answer_task(task: Task) -> None:
    """A person has finished a task: the walk that asked for it goes on."""
    execute(
        "answer_walk",
        {
            "enrollments": [task.enrollment_id],
            "visits": [task.visit],
            "ats": [task.finished_at],
            "labels": [task.state],
        },
    )
    wake(WAKE)
