"""What the rule editor can do to a tree. Every operation is pure: a tree in, another one out.

An operation on a place that is not there (somebody was faster) changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol

from customers.rules.editing.tree import (
    JOINS,
    OPPOSITE,
    ROOT,
    Group,
    Join,
    Leaf,
    Part,
    Path,
    at,
    read_part,
    write,
)

P = ParamSpec("P")


class Done(NamedTuple):
    """The new tree, and where the eye should be: the path of what was made or moved."""

    tree: Group
    focus: Path | None = None


class Operation(Protocol[P]):
    """A function of a tree and whatever else it needs."""

    def __call__(self, tree: Group, /, *args: P.args, **kwargs: P.kwargs) -> Done:
        """Do it."""


def _where_it_is(operation: Callable[Concatenate[Group, P], Done]) -> Operation[P]:
    """Nothing happens where there is nothing."""

    @wraps(operation)
    def careful(tree: Group, /, *args: P.args, **kwargs: P.kwargs) -> Done:
        try:
            return operation(tree, *args, **kwargs)
        except LookupError:
            return Done(tree)

    return careful


@_where_it_is
def add(tree: Group, group: Path, part: Part, index: int | None = None) -> Done:
    """Put *part* into a group, at the end unless *index* says where."""
    found = _group(tree, group)
    place = len(found.parts) if index is None else max(0, min(index, len(found.parts)))
    parts = (*found.parts[:place], part, *found.parts[place:])
    return Done(_put(tree, group, replace(found, parts=parts)), (*group, place))


@_where_it_is
def remove(tree: Group, path: Path) -> Done:
    """Take a part out; the one after it, else the one before, else the group has the eye then."""
    at(tree, path)
    if path == ROOT:
        return Done(Group())
    group, index = path[:-1], path[-1]
    found = _group(tree, group)
    parts = found.parts[:index] + found.parts[index + 1 :]
    focus = (*group, min(index, len(parts) - 1)) if parts else group
    return Done(_put(tree, group, replace(found, parts=parts)), focus)


@_where_it_is
def put(tree: Group, path: Path, data: Any) -> Done:
    """Give a condition other contents."""
    found = at(tree, path)
    if not isinstance(found, Leaf):
        raise LookupError(path)
    return Done(_put(tree, path, replace(found, data=data)))


@_where_it_is
def negate(tree: Group, path: Path) -> Done:
    """Turn a condition, or what joins a group, into its opposite."""
    found = at(tree, path)
    if isinstance(found, Leaf):
        return Done(_put(tree, path, replace(found, negated=not found.negated)), path)
    return Done(_put(tree, path, replace(found, join=OPPOSITE[found.join])), path)


@_where_it_is
def join(tree: Group, path: Path, how: str) -> Done:
    """Join the lines of a group by all, any, none or not_all."""
    if how not in JOINS:
        raise LookupError(how)
    word: Join = how  # type: ignore[assignment]
    return Done(_put(tree, path, replace(_group(tree, path), join=word)), path)


@_where_it_is
def duplicate(tree: Group, path: Path) -> Done:
    """The same once more, right behind it."""
    if path == ROOT:
        raise LookupError(path)
    return add(tree, path[:-1], at(tree, path), path[-1] + 1)


@_where_it_is
def wrap(tree: Group, path: Path, how: str = "any") -> Done:
    """Put a part into a group of its own."""
    if path == ROOT or how not in JOINS:
        raise LookupError(path)
    word: Join = how  # type: ignore[assignment]
    return Done(_put(tree, path, Group(word, (at(tree, path),))), path)


@_where_it_is
def unwrap(tree: Group, path: Path) -> Done:
    """Dissolve a group: its lines stand in the group around it."""
    if path == ROOT:
        raise LookupError(path)
    group, index = path[:-1], path[-1]
    outer, inner = _group(tree, group), _group(tree, path)
    parts = outer.parts[:index] + inner.parts + outer.parts[index + 1 :]
    focus = path if inner.parts else group
    return Done(_put(tree, group, replace(outer, parts=parts)), focus)


@_where_it_is
def move(tree: Group, path: Path, group: Path, index: int) -> Done:
    """Move a part into a group, before the line that has *index* there now."""
    if path == ROOT or group[: len(path)] == path:
        raise LookupError(path)
    part = at(tree, path)
    _group(tree, group)
    without = remove(tree, path).tree
    # What stood behind it in its own group moved up by one.
    depth = len(path) - 1
    if group[:depth] == path[:depth]:
        if len(group) > depth and group[depth] > path[depth]:
            group = (*group[:depth], group[depth] - 1, *group[depth + 1 :])
        elif len(group) == depth and index > path[depth]:
            index -= 1
    return add(without, group, part, index)


@_where_it_is
def shift(tree: Group, path: Path, step: int) -> Done:
    """Move a part one line up (-1) or down (1), into groups and out of them as they come."""
    if path == ROOT:
        raise LookupError(path)
    at(tree, path)
    group, index = path[:-1], path[-1]
    found, beside = _group(tree, group), index + step
    if 0 <= beside < len(found.parts):
        neighbour = found.parts[beside]
        if isinstance(neighbour, Group):
            return move(tree, path, (*group, beside), len(neighbour.parts) if step < 0 else 0)
        return move(tree, path, group, beside if step < 0 else beside + 1)
    if group == ROOT:
        return Done(tree, path)
    return move(tree, path, group[:-1], group[-1] + (1 if step > 0 else 0))


@_where_it_is
def paste(tree: Group, path: Path, data: Any) -> Done:
    """Put a condition or group in: into the group at *path*, or behind the condition there."""
    part = read_part(data)
    if isinstance(at(tree, path), Group):
        return add(tree, path, part)
    return add(tree, path[:-1], part, path[-1] + 1)


def copied(tree: Group, path: Path) -> Any:
    """What copying a part puts on the clipboard; LookupError when it is not there."""
    return write(at(tree, path))


# helpers


def _group(tree: Group, path: Path) -> Group:
    found = at(tree, path)
    if not isinstance(found, Group):
        raise LookupError(path)
    return found


def _put(tree: Group, path: Path, part: Part) -> Group:
    """The tree with another part at *path*."""
    if path == ROOT:
        return part if isinstance(part, Group) else Group("all", (part,))
    index, rest = path[0], path[1:]
    inner = tree.parts[index]
    if rest:
        if not isinstance(inner, Group):
            raise LookupError(path)
        part = _put(inner, rest, part)
    return replace(tree, parts=(*tree.parts[:index], part, *tree.parts[index + 1 :]))
