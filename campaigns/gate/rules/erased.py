"""Not asked by the gate: the word of an erasure that stopped what was waiting."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule
from campaigns.gate.work import Work
from campaigns.models import Candidate


class Erased(Rule):
    code = "erased"
    label = gettext_lazy("Customer erased")

    def judge(self, work: Work) -> None:
        """Nothing: the erasure itself has stopped the candidate when the gate looks."""

    def say(self, candidate: Candidate) -> str:
        return _("The customer was erased, so nothing goes out to her any more.")
