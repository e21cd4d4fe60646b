"""The tree as templates draw it: lines with their controls, problems where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from customers.rules.editing.controls import Control, Line
from customers.rules.editing.editor import Editor
from customers.rules.editing.lines import line_of
from customers.rules.editing.tree import Group, Leaf, Path, path_text, walk
from customers.rules.nodes import Rule
from customers.rules.problem import Problem
from customers.rules.say import say

JOIN_WORDS: Final[dict[str, str | Promise]] = {
    "all": pgettext_lazy("bracket", "ALL OF"),
    "any": pgettext_lazy("bracket", "ANY OF"),
    "none": pgettext_lazy("bracket", "NONE OF"),
    "not_all": pgettext_lazy("bracket", "NOT ALL OF"),
}
JOIN_LABELS: Final[dict[str, str | Promise]] = {
    "all": gettext_lazy("All of these hold"),
    "any": gettext_lazy("Any of these holds"),
    "none": gettext_lazy("None of these holds"),
    "not_all": gettext_lazy("Not all of these hold"),
}


@dataclass(slots=True)
class ShownPart:
    """A group (`join` and `parts`) or a condition (`line`), with what is wrong with it."""

    path: str
    join: str = ""
    parts: list[ShownPart] = field(default_factory=list)
    line: Line | None = None
    negated: bool = False
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    todo: str = ""
    is_first: bool = False
    is_last: bool = False

    @property
    def word(self) -> str | Promise:
        """What stands on the bracket."""
        return JOIN_WORDS[self.join]

    @property
    def label(self) -> str | Promise:
        """What the bracket means."""
        return JOIN_LABELS[self.join]


@dataclass(slots=True)
class Shown:
    """The editor on a page: the tree, the sentence it makes, and whether it can be used."""

    editor: Editor
    root: ShownPart
    rule: Rule | None
    sentence: SafeString | None
    focus: str
    wrong: int
    todo: int

    @property
    def state(self) -> str:
        """What has to be done before the rule can be used, in words; "" when nothing has."""
        if self.wrong:
            text = ngettext("%(n)s place needs a look.", "%(n)s places need a look.", self.wrong)
            return text % {"n": self.wrong}
        if self.todo:
            text = ngettext(
                "%(n)s condition is still to be filled in.",
                "%(n)s conditions are still to be filled in.",
                self.todo,
            )
            return text % {"n": self.todo}
        return ""


def shown(editor: Editor) -> Shown:
    """Everything that the page shows of an editor."""
    rule, problems = editor.read()
    by_path = editor.problems_by_path(problems)
    root = _part(editor, editor.tree, (), by_path)
    parts = list(_flat(root))
    return Shown(
        editor,
        root,
        rule,
        say(rule) if rule else None,
        path_text(editor.focus) if editor.focus is not None else "",
        sum(bool(part.problems) for part in parts),
        sum(bool(part.todo) for part in parts),
    )


def groups_of(editor: Editor, moving: Path) -> list[tuple[str, str]]:
    """The groups into which a part can be moved: (path, what the group means)."""
    return [
        (path_text(path), f"{'· ' * len(path)}{JOIN_LABELS[part.join]}")
        for path, part in walk(editor.tree)
        if isinstance(part, Group) and path[: len(moving)] != moving
    ]


# helpers


def _part(editor: Editor, part: Any, path: Path, problems: dict[Path, list[Problem]]) -> ShownPart:
    mine = problems.get(path, [])
    found = ShownPart(path_text(path))
    if isinstance(part, Group):
        found.join = part.join
        found.parts = [
            _part(editor, each, (*path, index), problems) for index, each in enumerate(part.parts)
        ]
        for number, each in enumerate(found.parts):
            each.is_first, each.is_last = number == 0, number == len(found.parts) - 1
        if path and not part.parts:
            found.todo = _("Still empty: add a condition, or remove the group.")
            mine = []
    elif isinstance(part, Leaf):
        found.negated = part.negated
        found.line = line_of(part.data, editor.desk)
        mine = [each for each in mine if not _is_todo(found, each)]
    for problem in mine:
        (found.warnings if problem.is_warning else found.problems).append(problem.text)
        if found.line and not problem.is_warning and (spot := _control(found.line, problem.place)):
            spot.problem = problem.text
    return found


def _is_todo(part: ShownPart, problem: Problem) -> bool:
    """Whether something is only not filled in yet: an empty field is no mistake."""
    line = part.line
    if line is None or problem.is_warning or line.raw:
        return False
    control = _control(line, problem.place)
    if control is None or control.value or control.kind in ("choice", "drop", "word"):
        return False
    if control.kind == "add" and any(
        each.kind == "drop" and each.at == control.at for each in line.controls()
    ):
        return False
    part.todo = _("Still to be filled in: %(what)s.") % {"what": str(control.label).lower()}
    return True


def _control(line: Line, place: str) -> Control | None:
    """The control at a place, the emptiest of several; None for the line as a whole."""
    fitting = [
        each
        for each in line.controls()
        if each.at and (place == each.at or place.startswith((f"{each.at}.", f"{each.at}[")))
    ]
    if not fitting:
        return None
    longest = max(len(each.at) for each in fitting)
    closest = [each for each in fitting if len(each.at) == longest and each.kind != "drop"]
    typed = [each for each in closest if each.kind != "choice"]
    empty = [each for each in typed if not each.value]
    return next(iter(empty or typed or closest), None)


def _flat(part: ShownPart) -> list[ShownPart]:
    return [part, *(each for inner in part.parts for each in _flat(inner))]
