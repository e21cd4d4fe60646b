"""The contract of a rule: given candidates, which wait until when, and which stop for what reason.

A rule judges the whole batch with statements over `gate_work` and never looks at one customer at
a time. Whatever it does not judge goes on; the gate alone writes verdicts down.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.functional import Promise

if TYPE_CHECKING:
    from campaigns.gate.work import Work
    from campaigns.models import Candidate


class Rule(ABC):
    """One rule of the gate. `code` stands in the ledger, `label` is its name on pages."""

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    defers: ClassVar[bool] = True  # whether its verdict may be to wait

    @abstractmethod
    def judge(self, work: Work) -> None:
        """Judge the open candidates: call `work.judge` with a SELECT of those that may not go."""

    def foretell(self, work: Work) -> None:
        """Judge candidates that nobody has written, at `work.now`, and leave nothing behind but
        `gate_work`: see `campaigns.gate.foretell`. A rule that takes places says how here."""
        self.judge(work)

    def finish(self, work: Work) -> None:  # noqa: B027 - optional
        """Complete the numbers of what was judged, once every rule has looked."""

    @abstractmethod
    def say(self, candidate: Candidate) -> str:
        """Say in one sentence why *candidate*, decided by this rule, may not go (now).

        The numbers are in `candidate.detail`, as the rule wrote them.
        """


def moment_in(detail: dict[str, Any], key: str) -> datetime | None:
    """A moment that a rule kept in its numbers."""
    value = detail.get(key)
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None
