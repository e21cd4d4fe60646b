"""Erasing a customer: what goes, what stays without her, on every floor, in one transaction.

The rule. Whatever tells who she is goes: identities, name, attributes, addresses, texts of
messages, rows of files, tags, consents, what merges wrote down. What happened stays as a count:
an event keeps its type, its moment, its brand and those of its properties that are amounts; a
message keeps its channel and what became of it; a walk its steps. So every report counts as
before, and nobody can be found behind the number that is left.
"""

from customers.erasure.registry import Person, Rows, after_all, before_all, leave_alone, register

__all__ = ["Person", "Rows", "after_all", "before_all", "leave_alone", "register"]
