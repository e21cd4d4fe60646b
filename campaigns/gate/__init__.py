"""The gate: the one place that decides whether a message may go now.

`decide(now)` takes the candidates that are due, whole customers at a time, lets every rule look
at them in the order of `campaigns.gate.rules`, and writes each verdict with its rule and numbers
into the ledger. `why(candidate)` says it in words.

`foretell` lets the same rules look at people who have no candidate yet: what the gate would say
to a whole audience at a moment to come, counted and not written.

To add a rule: one file in `campaigns/gate/rules/`, one line in the order there, one test.
"""

from campaigns.gate.decide import Decided, decide
from campaigns.gate.words import why

__all__ = ["Decided", "decide", "why"]
