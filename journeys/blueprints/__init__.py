"""Ready-made journeys, each a file beside this one: the drawing, its contents in both languages, a
goal, a control group, and the cap that keeps it from talking too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import get_language

from journeys.graph.yaml import load_yaml

FOLDER = Path(__file__).parent
# In the order in which they are offered.
CODES = (
    "welcome", "hundred_days", "abandoned_cart", "birthday", "repurchase", "win_back", "two_offers",
)  # fmt: skip


@dataclass(frozen=True)
class Blueprint:
    """A ready-made journey as it is written; texts by language."""

    code: str
    titles: Mapping[str, str]
    abouts: Mapping[str, str]
    graph: Mapping[str, Any]
    contents: tuple[Mapping[str, Any], ...]
    cap: Mapping[str, int]  # at most `limit` messages of this journey within `days`

    @property
    def title(self) -> str:
        """Its name in the reader's language."""
        return said(self.titles)

    @property
    def about(self) -> str:
        """What it is for, in the reader's language."""
        return said(self.abouts)

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return len(self.graph["nodes"])

    @property
    def channels(self) -> list[str]:
        """The channels that it sends on, each once."""
        return list(dict.fromkeys(content["channel"] for content in self.contents))


def said(texts: Mapping[str, str]) -> str:
    """A text in the reader's language, else in the language of the house."""
    return texts.get(get_language() or "") or texts[settings.LANGUAGE_CODE]


def blueprints() -> list[Blueprint]:
    """All of them."""
    return [blueprint(code) for code in CODES]


@cache
def blueprint(code: str) -> Blueprint:
    """The one with that code; raises KeyError when there is none."""
    if code not in CODES:
        raise KeyError(code)
    data = yaml.safe_load((FOLDER / f"{code}.yaml").read_text(encoding="utf-8"))
    # By way of the text that a journey is written in, which folds steps as everywhere.
    graph = load_yaml(yaml.safe_dump({"name": code, **data["journey"]}, sort_keys=False))
    return Blueprint(
        code, data["title"], data["about"], dict(graph), tuple(data["contents"]), data["cap"]
    )
