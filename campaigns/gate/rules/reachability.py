"""Rule: there is something to say, a way to say it and an address to say it to."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.channels import namespaces
from campaigns.gate.rules.base import Rule
from campaigns.gate.work import Work
from campaigns.models import Candidate

# A missing account is set up by somebody within the day; its messages are not lost meanwhile.
LOOK_AGAIN = timedelta(hours=1)

SELECT = """
SELECT w.candidate_id,
    CASE WHEN w.content_version_id IS NOT NULL AND w.account_id IS NULL
        THEN 'deferred' ELSE 'stopped' END,
    jsonb_build_object('missing', CASE
        WHEN w.content_version_id IS NULL THEN 'text'
        WHEN w.account_id IS NULL THEN 'account'
        ELSE 'address' END),
    CASE WHEN w.content_version_id IS NOT NULL AND w.account_id IS NULL
        THEN %(again)s::timestamptz END
FROM gate_work w
WHERE w.verdict IS NULL
  AND (w.content_version_id IS NULL OR w.account_id IS NULL
       OR w.address IS NULL AND w.channel = ANY(%(addressed)s::text[]))
"""


class Reachability(Rule):
    code = "reachability"
    label = gettext_lazy("Reachability")

    def judge(self, work: Work) -> None:
        addressed = [channel for channel, namespace in namespaces().items() if namespace]
        work.judge(self.code, SELECT, {"again": work.now + LOOK_AGAIN, "addressed": addressed})

    def say(self, candidate: Candidate) -> str:
        values = {"channel": candidate.get_channel_display(), "brand": candidate.brand}
        match candidate.detail.get("missing"):
            case "text":
                return _("The content has no text yet.")
            case "account":
                text = _(
                    "%(brand)s has no account for %(channel)s. It is looked at again every hour; "
                    "an admin can set one up."
                )
            case _other:
                text = _("No address of the customer is known for %(channel)s.")
        return text % values
