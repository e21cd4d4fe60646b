"""The tree that the rule editor shows: groups and lines, which need not be readable yet.

A rule in JSON becomes such a tree and the tree becomes JSON again, whatever stands in the lines:
while somebody types, a condition may still lack its value. All of it is pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.utils.translation import gettext as _

# More than a rule may hold, so that a rule that is a little too large is shown with its problem.
DEPTH_MOST: Final = 40
PARTS_MOST: Final = 400
TEXT_MOST: Final = 400_000  # characters of JSON

Join = Literal["all", "any", "none", "not_all"]
JOINS: Final = ("all", "any", "none", "not_all")
OPPOSITE: Final[dict[str, Join]] = {
    "all": "not_all", "not_all": "all", "any": "none", "none": "any",
}  # fmt: skip
Path = tuple[int, ...]
ROOT: Final[Path] = ()


class TreeError(ValueError):
    """What can't be shown as a tree, as a sentence."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition as it is written; `data` is any JSON, hopefully an object."""

    data: Any
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Lines joined by all, any, none (not any) or not_all."""

    join: Join = "all"
    parts: tuple[Part, ...] = ()


Part = Leaf | Group


def parse(text: str) -> Any:
    """JSON from outside; TreeError with a sentence for what is none or too much."""
    if len(text) > TEXT_MOST:
        raise TreeError(
            _("The rule is longer than %(most)s characters. Put long lists into a segment.")
            % {"most": f"{TEXT_MOST:,}"}
        )
    try:
        data = json.loads(text, parse_constant=_no_number)
        if not _is_shallow(data):
            raise TreeError(_too_deep())
        json.dumps(data, ensure_ascii=False).encode()  # half a sign of two is no text
        return data
    except TreeError:
        raise
    except RecursionError:
        raise TreeError(_too_deep()) from None
    except ValueError as error:
        raise TreeError(_("This is not JSON: %(why)s.") % {"why": str(error)[:120]}) from None


def read_tree(data: Any) -> Group:
    """The tree of a rule; TreeError with a sentence when it is too deep or too large."""
    if isinstance(data, Mapping) and "schema" in data:
        data = {key: value for key, value in data.items() if key != "schema"}
    if data in ({}, None):
        return Group()
    part = _read(data, 0, [0])
    return part if isinstance(part, Group) else Group("all", (part,))


def read_part(data: Any) -> Part:
    """A single condition or group, as it is pasted."""
    return _read(data, 0, [0])


def write(part: Part) -> Any:
    """The JSON of a part and everything below it."""
    if isinstance(part, Leaf):
        return {"not": part.data} if part.negated else part.data
    inner = [write(each) for each in part.parts]
    match part.join:
        case "none":
            return {"not": {"any": inner}}
        case "not_all":
            return {"not": {"all": inner}}
    return {part.join: inner}


def places(root: Group, place: str = "rule") -> dict[str, Path]:
    """Where each part stands in the written rule: `rule.all[0].not` → its path."""
    return {at: path for path, at in _places(root, ROOT, place)}


def at(root: Group, path: Path) -> Part:
    """The part at *path*; LookupError when there is none."""
    part: Part = root
    for index in path:
        if not isinstance(part, Group) or not 0 <= index < len(part.parts):
            raise LookupError(path)
        part = part.parts[index]
    return part


def walk(part: Part, path: Path = ROOT) -> Iterator[tuple[Path, Part]]:
    """Every part with its path, from top to bottom."""
    yield path, part
    if isinstance(part, Group):
        for index, each in enumerate(part.parts):
            yield from walk(each, (*path, index))


def path_text(path: Path) -> str:
    """A path as names and ids have it: r, r-0, r-0-2."""
    return "-".join(("r", *map(str, path)))


def read_path(text: str) -> Path:
    """A path from outside; LookupError for anything else."""
    first, *rest = text.split("-")
    if first != "r" or len(rest) > DEPTH_MOST or not all(_is_index(each) for each in rest):
        raise LookupError(text[:40])
    return tuple(map(int, rest))


# helpers


def _read(data: Any, depth: int, count: list[int]) -> Part:
    count[0] += 1
    if depth > DEPTH_MOST:
        raise TreeError(_too_deep())
    if count[0] > PARTS_MOST:
        text = _("The rule holds more than %(most)s conditions. Put some of them into a segment.")
        raise TreeError(text % {"most": PARTS_MOST})
    if not isinstance(data, Mapping) or len(data) != 1:
        return Leaf(data)
    ((key, inner),) = data.items()
    if key in ("all", "any") and isinstance(inner, list):
        return Group(key, tuple(_read(each, depth + 1, count) for each in inner))
    if key == "not":
        part = _read(inner, depth + 1, count)
        if isinstance(part, Leaf):
            return Group("none", (part,)) if part.negated else Leaf(part.data, negated=True)
        if part.join in ("all", "any"):
            return Group(OPPOSITE[part.join], part.parts)
        return Group("none", (part,))
    return Leaf(data)


def _places(part: Part, path: Path, place: str) -> Iterator[tuple[Path, str]]:
    if isinstance(part, Leaf):
        yield path, place
        if part.negated:
            yield path, f"{place}.not"
        return
    yield path, place
    if part.join in ("none", "not_all"):
        place = f"{place}.not"
        yield path, place
    key = "any" if part.join in ("any", "none") else "all"
    for index, each in enumerate(part.parts):
        yield from _places(each, (*path, index), f"{place}.{key}[{index}]")


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _too_deep() -> str:
    return _("Groups are nested more than %(most)s deep here. Put inner groups into segments.") % {
        "most": DEPTH_MOST
    }


def _is_shallow(data: Any) -> bool:
    """Whether everything in it can be walked through; without recursion itself."""
    level = [data]
    for _depth in range(4 * DEPTH_MOST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return True
    return False


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
