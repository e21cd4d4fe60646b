"""Rule: the global control group gets no marketing, so that the rest can be compared with it.

It stands behind the rules about what can go out at all and before those about the moment: who is
stopped here would have been reached, like everybody in the comparison.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.rules.base import Rule
from campaigns.gate.work import Work
from campaigns.models import Candidate, Experiment, ExperimentState
from customers.formats import percent
from customers.rules.chance import step_sql, threshold

CONTROL = "control"

SELECT = """
SELECT w.candidate_id, 'stopped',
    jsonb_build_object('experiment', %(code)s::text, 'share', %(share)s::float8),
    NULL::timestamptz
FROM gate_work w
WHERE w.verdict IS NULL AND w.purpose = 'marketing'
  AND (%(brand)s::bigint IS NULL OR w.brand_id = %(brand)s) AND {step} < %(below)s
"""


class ControlGroup(Rule):
    code = "control_group"
    label = gettext_lazy("Global control group")
    defers = False

    def judge(self, work: Work) -> None:
        groups = Experiment.objects.filter(
            Q(journey_id=None), state=ExperimentState.RUNNING, started_at__lte=work.now
        ).order_by("pk")
        for group in groups:
            share = float(group.arms.get(CONTROL, 0))
            step, (salt,) = step_sql("w.customer_id", group.salt)
            params: dict[str, Any] = {
                "code": group.code,
                "share": share,
                "brand": group.brand_id,
                "salt": salt,
                "below": threshold(share / 100),
            }
            select = SELECT.replace("{step}", step.replace("%s", "%(salt)s"))
            work.judge(self.code, select, params)

    def say(self, candidate: Candidate) -> str:
        share = candidate.detail.get("share")
        return _(
            "The customer is in the global control group: %(share)s of all get no marketing, so "
            "that it can be told what marketing does."
        ) % {"share": percent(float(share) / 100) if share is not None else "–"}
