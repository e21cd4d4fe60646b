"""One rule in a form: read what came back, do what was asked, and know what is wrong where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from customers.rules.editing import operations as do
from customers.rules.editing.desk import Desk
from customers.rules.editing.history import History
from customers.rules.editing.lines import line_of, set_part, start
from customers.rules.editing.tree import (
    ROOT,
    Group,
    Leaf,
    Path,
    TreeError,
    at,
    parse,
    places,
    read_path,
    read_tree,
    walk,
    write,
)
from customers.rules.nodes import Rule
from customers.rules.problem import Problem
from customers.rules.read import read_rule

FIELDS_MOST: Final = 4_000
TEXT_MOST: Final = 100_000


@dataclass
class Editor:
    """`name` is that of the hidden field which holds the rule; others are made of it, so that
    several rules fit into one form. `notice` is what went wrong with the last operation."""

    tree: Group
    desk: Desk
    name: str = "rule"
    history: History = field(default_factory=lambda: History(""))
    focus: Path | None = None
    notice: str = ""

    @classmethod
    def of_rule(cls, rule: Any, desk: Desk, name: str = "rule") -> Editor:
        """The editor of a stored rule, or of {} for a new one."""
        try:
            tree = read_tree(rule)
        except TreeError as error:
            return cls(Group(), desk, name, notice=str(error))
        return cls(tree, desk, name, History(_text(tree)))

    @classmethod
    def of_form(cls, data: Mapping[str, str], desk: Desk, name: str = "rule") -> Editor:
        """What a form brought back: the rule as it was shown, and over it what was typed since."""
        notice: list[str] = []
        found = cls.of_rule(_parsed(data.get(name, ""), notice), desk, name)
        found.notice = found.notice or " ".join(notice)
        found.history = History.unpack(_text(found.tree), data.get(f"{name}.past", ""))
        found.tree = found._typed(data)
        found._remember()
        return found

    # what was asked

    def act(self, what: str, data: Mapping[str, str]) -> None:
        """Do an operation such as `remove r-0`; what has no meaning changes nothing."""
        verb, _space, rest = what.partition(" ")
        if verb in ("undo", "redo"):
            history = self.history.undo() if verb == "undo" else self.history.redo()
            self.tree, self.history = read_tree(_parsed(history.now, [])), history
            return
        try:
            done = self._done(verb, rest, data)
        except TreeError as error:
            self.notice = str(error)
            return
        except (LookupError, ValueError):
            return
        self.tree, self.focus = done
        self._remember()

    def _done(self, verb: str, rest: str, data: Mapping[str, str]) -> do.Done:
        where, _space, more = rest.partition(" ")
        path = read_path(where) if where else ROOT
        match verb:
            case "add":
                kind, _space, code = more.partition(" ")
                return do.add(self.tree, path, Leaf(start(kind, code, self.desk)))
            case "group":
                return do.add(self.tree, path, Group("all" if _join_at(self.tree, path) else "any"))
            case "name":
                kind, _space, code = more.partition(" ")
                return do.put(self.tree, path, self._renamed(path, kind, code))._replace(focus=path)
            case "press":
                return self._pressed(path, more)
            case "join":
                return do.join(self.tree, path, more)
            case "up" | "down":
                return do.shift(self.tree, path, -1 if verb == "up" else 1)
            case "move":
                group, _space, index = more.partition(" ")
                return do.move(self.tree, path, read_path(group), int(index))
            case "paste":
                return do.paste(self.tree, path, parse(data.get(f"{self.name}.clip", "")))
            case "replace":
                return do.Done(read_tree(parse(data.get(f"{self.name}.json", ""))), ROOT)
            case "remove" | "duplicate" | "negate" | "wrap" | "unwrap":
                return getattr(do, verb)(self.tree, path)  # type: ignore[no-any-return]
        return do.Done(self.tree)

    def _renamed(self, path: Path, kind: str, code: str) -> dict[str, Any]:
        """Another attribute, tag, event …: of the same kind, what still has a meaning stays."""
        new, old = start(kind, code, self.desk), at(self.tree, path)
        if not isinstance(old, Leaf) or not isinstance(old.data, dict) or kind not in old.data:
            return new
        if kind in ("attribute", "tag"):
            types = [self.desk.type(kind, each) for each in (str(old.data[kind]), code)]
            return new if types[0] != types[1] else {**old.data, kind: code} | _no_value(old.data)
        return {**old.data, kind: code} if isinstance(old.data[kind], str) else new

    def _pressed(self, path: Path, part: str) -> do.Done:
        found = at(self.tree, path)
        if not isinstance(found, Leaf):
            raise LookupError(path)
        return do.put(self.tree, path, set_part(found.data, part, "", self.desk))

    def _typed(self, data: Mapping[str, str]) -> Group:
        """The tree with every field that differs from what it was shown with."""
        mark, tree = f"{self.name}:", self.tree
        given = [name for name in data if name.startswith(mark)][:FIELDS_MOST]
        by_leaf: dict[str, list[str]] = {}
        for name in given:
            where, _colon, part = name[len(mark) :].partition(":")
            by_leaf.setdefault(where, []).append(part)
        for where, parts in by_leaf.items():
            try:
                path = read_path(where)
                found = at(tree, path)
            except LookupError:
                continue
            if not isinstance(found, Leaf):
                continue
            held = found.data
            shown = {each.part: each for each in line_of(_copy(held), self.desk).controls()}
            for part in shown:
                text = data.get(f"{mark}{where}:{part}", "")[:TEXT_MOST].replace("\x00", "")
                if part in parts and shown[part].kind != "drop" and text != shown[part].value:
                    held = set_part(held, part, text, self.desk)
            tree = do.put(tree, path, held).tree
        return tree

    def _remember(self) -> None:
        self.history = self.history.to(_text(self.tree))

    # what it says

    @property
    def json(self) -> Any:
        """The rule as it is written now, readable or not."""
        return write(self.tree)

    @property
    def text(self) -> str:
        """The same for the hidden field."""
        return _text(self.tree)

    @property
    def pretty(self) -> str:
        """The same for people."""
        return json.dumps(self.json, ensure_ascii=False, indent=1)

    def read(self) -> tuple[Rule | None, list[Problem]]:
        """The rule when it can be used, and every problem with its place."""
        return read_rule(self.json, vocabulary=self.desk.words, in_journey=self.desk.in_journey)

    def problems_by_path(self, problems: list[Problem]) -> dict[Path, list[Problem]]:
        """Problems at the line that they are about; the place is what remains behind it."""
        known = places(self.tree)
        found: dict[Path, list[Problem]] = {}
        for problem in problems:
            place = problem.place
            while place and place not in known:
                cut = max(place.rfind("."), place.rfind("["))
                place = place[:cut] if cut > 0 else ""
            rest = problem.place[len(place) :].lstrip(".")
            path = known.get(place, ROOT)
            found.setdefault(path, []).append(problem._replace(place=rest))
        return found

    def leaves(self) -> list[tuple[Path, Leaf]]:
        """Every condition with its path."""
        return [(path, part) for path, part in walk(self.tree) if isinstance(part, Leaf)]


# helpers


def _join_at(tree: Group, path: Path) -> bool:
    """Whether lines there are joined by any, so that a group within is one of all."""
    found = at(tree, path)
    return isinstance(found, Group) and found.join in ("any", "none")


def _parsed(text: str, notice: list[str]) -> Any:
    if not text.strip():
        return {}
    try:
        return parse(text)
    except TreeError as error:
        notice.append(_("What came was left out: %(why)s") % {"why": error})
        return {}


def _no_value(data: Mapping[str, Any]) -> dict[str, Any]:
    """Values of another attribute say nothing of this one; figures and moments may."""
    return {"value": []} if isinstance(data.get("value"), list) else {}


def _copy(data: Any) -> Any:
    return json.loads(json.dumps(data))


def _text(tree: Group) -> str:
    return json.dumps(write(tree), ensure_ascii=False, separators=(",", ":"))
