"""The admin of floor 2."""

from campaigns.admin import (
    accounts,
    contents,
    messages,
    offers,
    plans,
    policies,
    sending,
    suppressions,
    tasks,
)

__all__ = [
    "accounts",
    "contents",
    "messages",
    "offers",
    "plans",
    "policies",
    "sending",
    "suppressions",
    "tasks",
]
