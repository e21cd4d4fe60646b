"""Words that pages of several rooms use for the things of the lower floors."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RULES: dict[str, str | Promise] = {
    "frequency": _("Frequency cap"),
    "frequency_cap": _("Frequency cap"),
    "cap": _("Frequency cap"),
    "quiet_hours": _("Quiet hours"),
    "consent": _("No consent"),
    "suppression": _("Suppressed"),
    "arbitration": _("Lower priority"),
    "address": _("No address"),
    "content": _("No usable content"),
    "expired": _("Too late"),
    "expiry": _("Too late"),
}


def rule_name(rule: str) -> str:
    """A rule of the gate as the reason it gives; an unknown one in its own letters."""
    return str(RULES.get(rule, rule.replace("_", " ").capitalize()))
