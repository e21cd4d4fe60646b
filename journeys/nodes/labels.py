"""What outcomes and ends are called: `labels` of a graph, code → a text or one per language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from journeys.nodes.base import SettingError

Labels = Mapping[str, str | Mapping[str, str]]
LONGEST: Final = 60  # characters; it stands on a line of the drawing
# Codes that steps begin with, until somebody calls them something else.
OURS: Final[Mapping[str, Promise]] = {
    "happened": gettext_lazy("it happened"),
    "otherwise": gettext_lazy("everybody else"),
    "timeout": gettext_lazy("time is up"),
    "missing": gettext_lazy("no such date"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
}


def read_labels(given: Any) -> dict[str, str | dict[str, str]]:
    """Labels as written; raises SettingError with every problem."""
    if not isinstance(given, Mapping):
        raise SettingError(
            _("Expected what outcomes and ends are called, such as “again: Bought again”.")
        )
    labels: dict[str, str | dict[str, str]] = {}
    problems: list[str] = []
    for code, label in given.items():
        texts = label if isinstance(label, Mapping) else {"": label}
        unknown = [str(language) for language in texts if language not in ("", *languages())]
        if unknown or not texts:
            words = _("“%(code)s”: expected one text per language of %(known)s, got %(given)s.")
            problems.append(
                words
                % {
                    "code": code,
                    "known": ", ".join(languages()),
                    "given": ", ".join(unknown) or _("none"),
                }
            )
        elif not all(isinstance(text, str) and 0 < len(text) <= LONGEST for text in texts.values()):
            words = _("“%(code)s”: expected a text of at most %(most)s characters.")
            problems.append(words % {"code": code, "most": LONGEST})
        else:
            labels[str(code)] = dict(label) if isinstance(label, Mapping) else label
    if problems:
        raise SettingError(" ".join(problems))
    return labels


def label_of(code: str, labels: Labels) -> str:
    """The label in the reader's language, else in the first one that has it; "" without any."""
    label = labels.get(code, "")
    if isinstance(label, str):
        return label
    asked = [get_language() or "", settings.LANGUAGE_CODE, *languages()]
    return next((label[language] for language in asked if label.get(language)), "")


def in_words(code: str, labels: Labels) -> str:
    """The label, else our own word for it, else the code with spaces."""
    return label_of(code, labels) or str(OURS.get(code, "")) or code.replace("_", " ")


# helpers


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
