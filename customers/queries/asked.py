"""What a list of customers was asked for: words, filters and order, for page, bulk and file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from customers.access import Actor
from customers.access.people import Sight, sight_of
from customers.queries.branches import Branch
from customers.queries.filters import Choices, Filters, read_filters
from customers.queries.listing import branches_of
from customers.queries.search import searched
from customers.rules import Compiled
from customers.scope import Scope


@dataclass(frozen=True)
class Asked:
    """The list in its order (`branches`), who is in it (`where`), and how it came about."""

    q: str
    sort: str
    sight: Sight
    choices: Choices
    filters: Filters
    branches: list[Branch]
    where: Compiled

    @classmethod
    def of(cls, data: QueryDict, actor: Actor, scope: Scope, now: datetime) -> Asked:
        """Read an address for this reader; a fixed number of queries."""
        sight = sight_of(actor)
        choices = Choices.of(scope)
        q, sort = searched(data.get("q", "")), data.get("sort", "")
        filters = read_filters(data, choices, scope, now)
        branches = branches_of(q, sort, sight)
        return cls(q, sort, sight, choices, filters, branches, filters.compiled())
