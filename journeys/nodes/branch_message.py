"""branch.message: what became of a message of this journey."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.engine import look
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Problem, setting
from journeys.nodes.labels import in_words, label_of

if TYPE_CHECKING:
    from journeys.engine.look import Became
    from journeys.engine.run import Run
    from journeys.nodes.telling import Telling

WORDS = {
    "clicked": gettext_lazy("clicked"),
    "opened": gettext_lazy("opened"),
    "delivered": gettext_lazy("delivered"),
    "sent": gettext_lazy("sent"),
    "failed": gettext_lazy("failed"),
    "stopped": gettext_lazy("stopped by the gate"),
    "waiting": gettext_lazy("not gone yet"),
}
IS: Final[dict[str, Callable[[Became], bool]]] = {
    "clicked": lambda m: m.clicked_at is not None,
    "opened": lambda m: m.opened_at is not None or m.clicked_at is not None,
    "delivered": lambda m: (
        m.message == "delivered" or m.delivered_at is not None or IS["opened"](m)
    ),
    "sent": lambda m: m.message in ("handed_over", "delivered") or IS["delivered"](m),
    "failed": lambda m: m.message in ("failed", "uncertain"),
    "stopped": lambda m: m.candidate == "stopped",
    "waiting": lambda m: m.candidate != "stopped" and m.message in (None, "accepted", "held"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    message: str = setting(
        readers.name,
        gettext_lazy("Message"),
        noun="node",
        example="greet",
        help=gettext_lazy("The key of the node that sends it."),
    )
    ways: tuple[str, ...] = setting(
        readers.several(WORDS),
        gettext_lazy("Ways, the first that is true"),
        example="[clicked, opened, stopped]",
    )
    otherwise: str = setting(
        readers.name, gettext_lazy("Otherwise"), default="otherwise", example="otherwise"
    )


@register
class BranchMessage(Node[Settings]):
    """Looks at the last message that the node wanted; without one the last way is taken."""

    kind = "branch.message"
    family = Family.BRANCH
    label = gettext_lazy("Branch by message")
    icon = "mail"
    Settings = Settings
    looks = True

    def check(self) -> Iterable[Problem]:
        if self.settings.otherwise in self.settings.ways:
            yield Problem(
                f"nodes.{self.key}.otherwise",
                _("The outcome “%(name)s” is used twice; name another one.")
                % {"name": self.settings.otherwise},
            )

    def names_nodes(self) -> Iterable[tuple[str, str, Family]]:
        return [("message", self.settings.message, Family.SEND)]

    def outcomes(self) -> Sequence[Outcome]:
        ways = [Outcome(w, label_of(w, self.labels) or str(WORDS[w])) for w in self.settings.ways]
        otherwise = self.settings.otherwise
        return [*ways, Outcome(otherwise, in_words(otherwise, self.labels))]

    def sentence(self) -> str:
        ways = " · ".join(str(WORDS[way]) for way in self.settings.ways)
        return format_html(
            _("What became of <em>{message}</em>: <em>{ways}</em>"),
            message=self.settings.message,
            ways=ways,
        )

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        one = look.became(telling.run, [member], self.settings.message).get(member.enrollment_id)
        if one is None:
            yield _("That step has not wanted a message for her.")
            return
        true = [str(words) for name, words in WORDS.items() if IS[name](one)]
        seen = ", ".join(true) or _("nothing of these")
        yield format_html(_("Of the message is true: <em>{seen}</em>"), seen=seen)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        found = look.became(run, members, self.settings.message)
        for member in members:
            one = found.get(member.enrollment_id)
            outcome = next(
                (way for way in self.settings.ways if one is not None and IS[way](one)),
                self.settings.otherwise,
            )
            yield Leave(outcome, member.arrived_at)
