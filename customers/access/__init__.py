"""Who may do what, on whose behalf a change is made, and the audit entry that it leaves."""

from customers.access.actor import Actor
from customers.access.audit import record
from customers.access.rights import Right, RightMissing, brands_of, may, require

__all__ = ["Actor", "Right", "RightMissing", "brands_of", "may", "record", "require"]
