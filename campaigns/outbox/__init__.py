"""The outbox: what the gate accepted is rendered, handed over once and accounted for.

    accepted ──claim──► (handing over) ──► handed over ──► delivered
       ▲                     │  │  └─────► failed          (refused, or given up)
       └──── tried later ────┘  ├────────► held            (a person has to look)
                                └────────► uncertain       (cut off; never sent twice by itself)

`dispatch(now)` does a batch; `settle(now)` finds what was cut off; `what_became_of(message)` says
it in words.
"""

from campaigns.outbox.dispatch import Dispatched, dispatch
from campaigns.outbox.settle import Settled, settle
from campaigns.outbox.words import what_became_of

__all__ = ["Dispatched", "Settled", "dispatch", "settle", "what_became_of"]
