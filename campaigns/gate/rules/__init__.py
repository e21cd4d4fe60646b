"""The rules of the gate and the order in which they look at candidates.

First what can't change any more, then what the customer wants, then what can go out at all, then
when, and the limits last: only a message that nothing else stops uses up a place.
"""

from campaigns.gate.rules.arbitration import ArbitrationRule
from campaigns.gate.rules.base import Rule
from campaigns.gate.rules.consent import Consent
from campaigns.gate.rules.control_group import ControlGroup
from campaigns.gate.rules.duplicate_address import DuplicateAddress
from campaigns.gate.rules.erased import Erased
from campaigns.gate.rules.expired import Expired
from campaigns.gate.rules.frequency_cap import FrequencyCaps
from campaigns.gate.rules.holiday import Holidays
from campaigns.gate.rules.merged import Merged
from campaigns.gate.rules.paused import Paused
from campaigns.gate.rules.quiet_hours import QuietHours
from campaigns.gate.rules.quota import Quotas
from campaigns.gate.rules.reachability import Reachability
from campaigns.gate.rules.suppression import Suppression

RULES: tuple[Rule, ...] = (
    Expired(),
    Paused(),
    Consent(),
    Reachability(),
    Suppression(),
    DuplicateAddress(),
    ControlGroup(),
    QuietHours(),
    Holidays(),
    ArbitrationRule(),
    FrequencyCaps(),
    Quotas(),
)
# What may stand in the ledger: merges and erasures stop messages without asking the gate.
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in (*RULES, Merged(), Erased())}

__all__ = ["BY_CODE", "RULES", "Reachability", "Rule"]
