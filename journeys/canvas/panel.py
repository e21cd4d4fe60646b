"""The side panel: the form of the step that is chosen, or of the journey as a whole."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.models import Content
from journeys.canvas.fields import OMIT, Ask, Shown, show
from journeys.canvas.heading import heading_asks
from journeys.canvas.lacks import Lack
from journeys.canvas.picture import Card
from journeys.canvas.words import named_or, outcome_name
from journeys.nodes import REGISTRY
from journeys.nodes.labels import in_words

if TYPE_CHECKING:
    from journeys.canvas.editing import Editing

# Settings that few ask for, behind a fold.
RARE: Final = frozenset(
    {
        "counted_from", "already", "every", "salt", "experiment", "variable", "group", "priority",
        "lateness", "patience", "same_again", "headers", "body", "needs_answer", "key", "late",
        "timezone", "exit_when",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Fold:
    """Fields behind a fold; it stands open when one of them was given."""

    title: str
    fields: list[Shown]
    is_open: bool


@dataclass(frozen=True)
class Panel:
    """What the side panel shows. Without a `key` it is about the journey."""

    key: str
    title: str
    sentence: SafeString | str
    card: Card | None
    fields: list[Shown]
    folds: list[Fold]
    errors: list[str]  # what no field says
    note: str = ""
    preview: int = 0  # the content that is shown as a customer gets it
    outcomes: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def is_wide(self) -> bool:
        """Whether a rule is edited in it, which needs more room."""
        return any(
            each.type == "cases" or any("rule" in row for row in each.more.get("rows", ()))
            for each in self.fields
            if each.type in ("cases", "arms")
        )


def panel_of(editing: Editing, key: str) -> Panel:
    """The panel of a step, or of the journey when *key* is empty."""
    return step_panel(editing, key) if key else journey_panel(editing)


def asks_of(editing: Editing, key: str) -> dict[str, Ask]:
    """What is asked of a step, by setting."""
    item = editing.sketch.written[key]
    kind = REGISTRY.get(item.kind)
    if kind is None:
        return {}
    words = words_of(editing, key)
    titles = editing.picture.titles.names
    node_names = {("node", each): card.short for each, card in editing.picture.cards.items()}
    found = {}
    for each in dataclasses.fields(kind.Settings):
        is_needed = each.default is dataclasses.MISSING
        found[each.name] = Ask(
            each.metadata["form"],
            f"s.{key}.{each.name}",
            item.settings.get(each.name, OMIT),
            str(each.metadata["label"]),
            is_needed,
            None if is_needed else each.default,
            words,
            {**titles, **node_names},
        )
    return found


def words_of(editing: Editing, key: str) -> dict[str, str]:
    """What the outcomes and ends that a step's settings name are called."""
    item, labels = editing.sketch.written[key], editing.sketch.heading.labels
    words = {outcome.name: outcome_name(outcome) for outcome in editing.sketch.outcomes(key)}
    kind = REGISTRY.get(item.kind)
    for each in dataclasses.fields(kind.Settings) if kind else ():
        if each.metadata["form"].type == "code":
            code = item.settings.get(each.name, each.default)
            if isinstance(code, str) and code not in words:
                words[code] = named_or(code, in_words(code, labels))
    return words


# helpers


def step_panel(editing: Editing, key: str) -> Panel:
    card = editing.picture.cards[key]
    item = editing.sketch.written[key]
    kind = REGISTRY.get(item.kind)
    mine = [lack for lack in editing.lacks if lack.key == key]
    asks = asks_of(editing, key)
    shown = {
        each.name: show(
            asks[each.name],
            each.name,
            help=help_of(each),
            error=error_at(each.name, mine, is_warning=False),
            warning=error_at(each.name, mine, is_warning=True),
        )
        for each in (dataclasses.fields(kind.Settings) if kind else ())
    }
    groups: dict[str, list[str]] = {"": [], "rare": [], "limits": []}
    for each in dataclasses.fields(kind.Settings) if kind else ():
        group = "limits" if each.metadata["group"] else "rare" if each.name in RARE else ""
        groups[group].append(each.name)
    folds = [
        Fold(title, [shown[name] for name in groups[group]],
             any(name in item.settings or shown[name].error for name in groups[group]))
        for group, title in (("limits", _("Who may enter, and how often")), ("rare", _("More")))
        if groups[group]
    ]  # fmt: skip
    left = [lack.text for lack in mine if lack.setting.partition(".")[0] not in shown]
    content = item.settings.get("content", "") if item.kind == "send.message" else ""
    return Panel(
        key=key,
        title=str(kind.label) if kind else item.kind,
        sentence=card.words,
        card=card,
        fields=[shown[name] for name in groups[""]],
        folds=folds,
        errors=left,
        note=item.note,
        preview=content_of(editing, content),
        outcomes=ways_of(editing, key),
    )


def ways_of(editing: Editing, key: str) -> list[tuple[str, str, str, str]]:
    """(outcome, its words, key that it leads to, its words) of each way out."""
    item = editing.sketch.written[key]
    found = []
    for outcome in editing.sketch.outcomes(key):
        target = editing.picture.cards.get(item.next.get(outcome.name, ""))
        name = outcome_name(outcome) if len(editing.sketch.outcomes(key)) > 1 else ""
        words = (target.key, target.short) if target else ("", "")
        found.append((outcome.name, name, *words))
    return found


def journey_panel(editing: Editing) -> Panel:
    mine = [lack for lack in editing.lacks if not lack.key]
    shown = {
        name: show(
            ask,
            name,
            help=help,
            error=error_at(name, mine, is_warning=False),
            warning=error_at(name, mine, is_warning=True),
        )
        for name, (ask, help) in heading_asks(editing).items()
    }
    rare = [each for name, each in shown.items() if name in RARE]
    is_open = any(name in editing.journey.draft for name in shown if name in RARE)
    left = [lack.text for lack in mine if lack.setting.partition(".")[0] not in shown]
    return Panel(
        key="",
        title=_("The journey"),
        sentence="",
        card=None,
        fields=[each for name, each in shown.items() if name not in RARE],
        folds=[Fold(_("More"), rare, is_open)],
        errors=left,
    )


def error_at(setting: str, lacks: list[Lack], *, is_warning: bool) -> str:
    """What is wrong with a setting, or with a part of it."""
    found = [
        lack.text
        for lack in lacks
        if lack.is_warning == is_warning and f"{lack.setting}.".startswith(f"{setting}.")
    ]
    return " ".join(dict.fromkeys(found))


def help_of(setting: dataclasses.Field[Any]) -> str:
    """The help of a setting, unless it says how to write it as text."""
    help = str(setting.metadata["help"])
    return "" if "{" in help and "{{" not in help else help


def content_of(editing: Editing, code: Any) -> int:
    """The key of a content of the journey's brand, 0 when there is none."""
    if not isinstance(code, str) or not code:
        return 0
    found = Content.objects.filter(brand_id=editing.journey.brand_id, code=code, is_archived=False)
    return found.values_list("pk", flat=True).first() or 0
