"""The address of the list of customers, with one thing changed and all others kept."""

from __future__ import annotations

from typing import Final

from django.http import QueryDict

from customers.queries.filters import NAMES, Chip

# In this order an address is written; cursors belong to one page only.
KNOWN: Final = ("view", "q", *NAMES, "sort", "col")
CURSORS: Final = ("after", "before")
# Fields of the dialog that become a condition on a tag.
ADDED: Final = ("tag_add", "tag_op", "tag_value")


class Address:
    """What stands behind the question mark."""

    def __init__(self, data: QueryDict) -> None:
        self.data = data

    def has_more_than(self, *names: str) -> bool:
        """Whether it says anything else."""
        return any(name not in names and any(self.data.getlist(name)) for name in self.data)

    def with_(self, **changed: object) -> str:
        """With these parameters ("" takes one away), from the first page."""
        return self._written({name: [str(value)] for name, value in changed.items()})

    def without(self, chip: Chip) -> str:
        """Without this filter."""
        changed: dict[str, list[str]] = {name: [] for name in chip.names}
        if chip.only:
            name = chip.names[0]
            changed[name] = [value for value in self.data.getlist(name) if value != chip.only]
        return self._written(changed)

    def bare(self) -> str:
        """Without search and filters; columns and order stay."""
        return self._written({name: [] for name in ("view", "q", *NAMES)})

    def tidied(self) -> str | None:
        """The address without empty fields and with an added tag; None when it is tidy already."""
        code = self.data.get("tag_add", "")
        untidy = any(name in self.data for name in ADDED) or any(
            value == "" for name in self.data if name in KNOWN for value in self.data.getlist(name)
        )
        if not untidy:
            return None
        tags = list(self.data.getlist("tag"))
        if code:
            value = f"{self.data.get('tag_op', '')}{self.data.get('tag_value', '')}"
            tags.append(f"{code}:{value}" if value else code)
        return self._written({"tag": list(dict.fromkeys(tags))})

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """Name and value of every parameter but these, for hidden fields of a form."""
        return [
            (name, value)
            for name in KNOWN
            if name not in without
            for value in self.data.getlist(name)
            if value
        ]

    @property
    def for_search(self) -> list[tuple[str, str]]:
        return self.hidden("q")

    @property
    def for_filters(self) -> list[tuple[str, str]]:
        own = set(NAMES) - {"tag", "has"}
        return self.hidden(*own)

    @property
    def for_columns(self) -> list[tuple[str, str]]:
        return self.hidden("col")

    def __str__(self) -> str:
        return self._written({})

    # helpers

    def _written(self, changed: dict[str, list[str]]) -> str:
        found = QueryDict(mutable=True)
        for name in KNOWN:
            values = changed.get(name, self.data.getlist(name))
            if values := [value for value in values if value]:
                found.setlist(name, values)
        return str(found.urlencode())
