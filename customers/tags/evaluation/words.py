"""An evaluation in words: each part with its points, its weight, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.formats import day, number, percent, points
from customers.models import Expects, Tag, TagMeasure, TagSettings
from customers.tags.evaluation.score import LEAST_MARKED, LEAST_PEOPLE, PARTS
from customers.tags.evaluation.statistics import Share, difference, share_of
from customers.tags.evaluation.success import kinds
from customers.tags.labels import value_label


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the score: points of 0 to 100 or None, its weight, and sentences that say why."""

    code: str
    title: str
    points: float | None
    weight: int
    sentences: Sequence[str]


def say_parts(tag: Tag, measure: TagMeasure, settings: TagSettings) -> list[Part]:
    """The four parts in their order; one that was not evaluated yet is not there."""
    titles = {
        "coverage": _("Coverage"),
        "use": _("Use"),
        "accuracy": _("Accuracy"),
        "success": _("Marketing success"),
    }
    makers = {
        "coverage": lambda found: _coverage(found),
        "use": lambda found: _use(found),
        "accuracy": lambda found: _accuracy(tag, found),
        "success": lambda found: _success(found),
    }
    return [
        Part(
            code,
            titles[code],
            measure.parts[code].get("points"),
            getattr(settings, code),
            makers[code](measure.parts[code]),
        )
        for code in PARTS
        if measure.parts.get(code)
    ]


def say_score(measure: TagMeasure, settings: TagSettings) -> str:
    """How the score came about, in one sentence."""
    if measure.evaluated_at is None:
        return _("Not evaluated yet. That is done every night, or now when you ask for it.")
    missing = [part for part in PARTS if (measure.parts.get(part) or {}).get("points") is None]
    weights = [getattr(settings, part) for part in PARTS if part not in missing]
    if measure.score is None:
        return _("There is no score: no part that has a weight could be measured.")
    if missing:
        return ngettext(
            "The average of %(n)d part by its weight; what could not be measured does not count.",
            "The average of %(n)d parts by their weights; what could not be measured does not "
            "count.",
            len(weights),
        ) % {"n": len(weights)}
    return _("The average of all parts by their weights.")


def say_share(found: Share) -> str:
    """ "34.2 % (31.0 to 37.5)"."""
    return _("%(share)s (%(low)s to %(high)s)") % {
        "share": percent(found.share),
        "low": number(found.low * 100, 1),
        "high": number(found.high * 100, 1),
    }


# helpers


def _coverage(found: dict[str, Any]) -> list[str]:
    if not found["everybody"]:
        return [_("There are no customers yet.")]
    return [
        _("%(n)s of %(all)s customers have a value; each percent is a point.")
        % {"n": number(found["customers"]), "all": number(found["everybody"])}
    ]


def _use(found: dict[str, Any]) -> list[str]:
    counts = found["kinds"]
    words = {
        "segment": ngettext("%(n)d segment", "%(n)d segments", counts.get("segment", 0)),
        "journey": ngettext("%(n)d journey", "%(n)d journeys", counts.get("journey", 0)),
        "campaign": ngettext("%(n)d campaign", "%(n)d campaigns", counts.get("campaign", 0)),
        "tag": ngettext("%(n)d other tag", "%(n)d other tags", counts.get("tag", 0)),
    }
    named = [text % {"n": counts[kind]} for kind, text in words.items() if counts.get(kind)]
    if not named:
        return [_("Nothing that runs reads it.")]
    return [
        _("Read by %(what)s. Each use halves what is missing to 100.")
        % {"what": _(", ").join(named)}
    ]


def _accuracy(tag: Tag, found: dict[str, Any]) -> list[str]:
    said = []
    if outcome := found.get("outcome"):
        said += _outcome(tag, outcome)
    else:
        said.append(_("No outcome is set by which it could be measured."))
    if sample := found.get("sample"):
        said += _sample(sample)
    else:
        said.append(_("No sample was checked in the last half year."))
    if found.get("outcome") and found.get("sample"):
        said.append(_("Both count the same."))
    return said


def _outcome(tag: Tag, found: dict[str, Any]) -> list[str]:
    given = {
        "value": value_label(tag, found["value"]) or _("any value"),
        "event": found["event"],
        "n": found["days"],
    }
    about = ngettext(
        "Measured by “%(event)s” within %(n)d day after the customer got %(value)s.",
        "Measured by “%(event)s” within %(n)d days after the customer got %(value)s.",
        found["days"],
    )
    said = [about % given]
    if found.get("failed"):
        return [*said, _("Counting it took too long, so it is left out.")]
    having = share_of(found["having_hits"], found["having"])
    lacking = share_of(found["lacking_hits"], found["lacking"])
    if having is None or lacking is None or min(having.whole, lacking.whole) < LEAST_PEOPLE:
        text = _(
            "So far %(having)s got it early enough and %(lacking)s did not; at least %(least)d on "
            "each side are needed."
        )
        return [
            *said,
            text
            % {
                "having": number(found["having"]),
                "lacking": number(found["lacking"]),
                "least": LEAST_PEOPLE,
            },
        ]
    gap = difference(having, lacking)
    said.append(
        _("Did it: %(with)s of %(n)s with the value, %(without)s of %(m)s without.")
        % {
            "with": say_share(having),
            "n": number(having.whole),
            "without": say_share(lacking),
            "m": number(lacking.whole),
        }
    )
    said.append(
        _("The difference is %(gap)s points (%(low)s to %(high)s).")
        % {"gap": points(gap.value), "low": points(gap.low), "high": points(gap.high)}
    )
    wanted = gap.value > 0 if found["expects"] == Expects.MORE else gap.value < 0
    if not gap.is_told:
        said.append(_("That may be chance, so it gives no points."))
    elif not wanted:
        said.append(_("That is the opposite of what is expected, so it gives no points."))
    return said


def _sample(found: dict[str, Any]) -> list[str]:
    told = found["right"] + found["wrong"]
    when = day(datetime.fromisoformat(found["drawn_at"]))
    given = {"told": number(told), "day": when, "least": LEAST_MARKED}
    if told < LEAST_MARKED:
        text = _(
            "Of the sample of %(day)s %(told)s are marked right or wrong; at least %(least)d are "
            "needed."
        )
        return [text % given]
    checked = share_of(found["right"], told)
    shown = say_share(checked) if checked else "–"
    text = _("In the sample of %(day)s %(share)s of %(told)s were right.")
    return [text % (given | {"share": shown})]


def _success(found: dict[str, Any]) -> list[str]:
    said = []
    for kind in kinds():
        told = found["kinds"].get(kind.code)
        if told is None:
            continue
        using = share_of(told["hits"], told["whole"])
        others = share_of(told["other_hits"], told["others"])
        if using is None or others is None:
            text = _("%(what)s: %(n)s with it, and no others to compare with.")
            said.append(text % {"what": kind.label, "n": number(told["whole"])})
            continue
        text = _("%(what)s: %(using)s of %(n)s with it, %(others)s of %(m)s others.")
        said.append(
            text
            % {
                "what": kind.label,
                "using": say_share(using),
                "n": number(using.whole),
                "others": say_share(others),
                "m": number(others.whole),
            }
        )
        if told["points"] is None:
            said.append(_("At least %(least)d on each side are needed.") % {"least": LEAST_PEOPLE})
        elif not difference(using, others).is_told:
            said.append(_("That may be chance, which gives 50 points."))
    if not said:
        return [
            _("In the last 90 days no journey that reads it reached a customer who carries it.")
        ]
    return said
