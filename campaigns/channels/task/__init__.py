"""Task for a person: somebody is asked to call, to write, to look."""

from __future__ import annotations

from campaigns.channels.base import Channel
from campaigns.channels.task.desk import TaskDesk


class TaskForAPerson(Channel):
    code = "task"
    namespace = None
    parts = frozenset({"subject", "body"})
    providers = {"desk": TaskDesk}


__all__ = ["TaskDesk", "TaskForAPerson"]
