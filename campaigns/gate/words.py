"""Why a message went or did not go, in sentences for the page, the API and the customer service."""

from __future__ import annotations

from django.utils.translation import gettext as _

from campaigns.gate.rules import BY_CODE
from campaigns.models import Candidate, CandidateState
from customers.formats import at_moment


def why(candidate: Candidate) -> list[str]:
    """Say in the active language what the gate decided on *candidate*, why, and what comes next.

    Reads nothing but the candidate itself (and its brand, for a missing account).
    """
    if candidate.state == CandidateState.WAITING:
        return [
            _("The gate has not looked at it yet. It is due %(due)s.")
            % {"due": at_moment(candidate.due_at)}
        ]
    decided = at_moment(candidate.decided_at) if candidate.decided_at else "–"
    if candidate.state == CandidateState.ALLOWED:
        return [_("Allowed %(at)s: no rule stood against it.") % {"at": decided}]
    rule = BY_CODE.get(candidate.rule)
    name = rule.label if rule else candidate.rule
    if candidate.state == CandidateState.DEFERRED:
        opening = _("Deferred %(at)s by the rule “%(rule)s”.")
    else:
        opening = _("Stopped %(at)s by the rule “%(rule)s”.")
    sentences = [opening % {"at": decided, "rule": name}]
    if rule:
        sentences.append(rule.say(candidate))
    return sentences
