"""The tree of tag categories: its order, its paths, and what may stand where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from customers.models import TagCategory

DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Branch:
    """A category in the tree: how deep it stands (0 at the top) and the way to it."""

    category: TagCategory
    depth: int
    path: tuple[str, ...]
    is_first: bool
    is_last: bool

    @property
    def words(self) -> str:
        """ "Value › Loyalty"."""
        return " › ".join(self.path)


def in_order(categories: Iterable[TagCategory]) -> list[Branch]:
    """The tree from the top, each category behind its parent, siblings by position and name."""
    children: dict[int | None, list[TagCategory]] = defaultdict(list)
    for each in categories:
        children[each.parent_id].append(each)
    for siblings in children.values():
        siblings.sort(key=lambda each: (each.position, each.title.casefold(), each.pk))
    return list(_walk(children, None, 0, ()))


def below(branches: Iterable[Branch], pk: int) -> list[int]:
    """The category *pk* and everything below it, as ids; empty when it is not in the tree."""
    found: list[int] = []
    depth = -1
    for branch in branches:
        if branch.category.pk == pk:
            found, depth = [pk], branch.depth
        elif found:
            if branch.depth <= depth:
                break
            found.append(branch.category.pk)
    return found


def check_parent(category: TagCategory) -> None:
    """Raise ValidationError (of `parent`) for a circle, or for a tree of more than five levels."""
    from customers.models import TagCategory

    if category.parent_id is None:
        return
    rows = TagCategory.objects.exclude(pk=category.pk).values_list("pk", "parent_id")
    parents: dict[int, int | None] = dict(rows)
    above = 0
    place: int | None = category.parent_id
    while place is not None and above <= len(parents):
        if place == category.pk:
            text = _("“%(name)s” can't stand below itself. Choose a place outside of it.")
            raise ValidationError({"parent": text % {"name": category}})
        above, place = above + 1, parents.get(place)
    if above + _height(parents, category.pk) > DEEPEST:
        text = _("Categories go %(most)d levels deep. Choose a place nearer to the top.")
        raise ValidationError({"parent": text % {"most": DEEPEST}})


# helpers


def _walk(
    children: dict[int | None, list[TagCategory]],
    parent: int | None,
    depth: int,
    path: tuple[str, ...],
) -> Iterator[Branch]:
    siblings = children.get(parent, [])
    for place, category in enumerate(siblings):
        here = (*path, category.title)
        yield Branch(category, depth, here, place == 0, place == len(siblings) - 1)
        yield from _walk(children, category.pk, depth + 1, here)


def _height(parents: dict[int, int | None], pk: int | None) -> int:
    """How many levels *pk* and what is below it take."""
    level: set[int | None] = {pk} - {None}
    height = 1
    while height <= DEEPEST and (level := {x for x, parent in parents.items() if parent in level}):
        height += 1
    return height
