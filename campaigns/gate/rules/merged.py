"""Not asked by the gate: the word of a merge that ended one of two walks of the same person."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule
from campaigns.gate.work import Work
from campaigns.models import Candidate


class Merged(Rule):
    code = "merged"
    label = gettext_lazy("Customers merged")

    def judge(self, work: Work) -> None:
        """Nothing: the merge itself has stopped the candidate when the gate looks."""

    def say(self, candidate: Candidate) -> str:
        return _(
            "Two customers turned out to be one, and both were on this journey. The earlier walk "
            "goes on; the message of the other one is not sent."
        )
