"""A reach waterfall in words: a row for each step, what is left and why the others fall out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.evaluation.waterfall import Stop, Waterfall
from campaigns.gate.rules import BY_CODE
from customers.formats import number

# The rules that every waterfall shows, also when they stop nobody.
ALWAYS = ("consent", "reachability", "suppression", "frequency_cap")
NAMES = {
    "paused": gettext_lazy("Not paused"),
    "consent": gettext_lazy("Said yes to it"),
    "reachability": gettext_lazy("Reachable"),
    "suppression": gettext_lazy("Not suppressed"),
    "duplicate_address": gettext_lazy("Address not written to yet"),
    "control_group": gettext_lazy("Not in the global control group"),
    "quiet_hours": gettext_lazy("Not in quiet hours"),
    "holiday": gettext_lazy("Not on a holiday"),
    "arbitration": gettext_lazy("Not lost to another message"),
    "frequency_cap": gettext_lazy("Under the caps"),
    "quota": gettext_lazy("Within the quota"),
    "expired": gettext_lazy("Still in time"),
}
WHY = {
    ("consent", ""): gettext_lazy("no consent for this purpose on this channel"),
    ("reachability", "address"): gettext_lazy("no address for this channel"),
    ("reachability", "account"): gettext_lazy("no account sends on this channel"),
    ("reachability", "text"): gettext_lazy("the content has no text"),
    ("suppression", ""): gettext_lazy("on the list of suppressions"),
    ("duplicate_address", ""): gettext_lazy("another customer got it at this address"),
    ("control_group", ""): gettext_lazy("gets no marketing at all, so that it can be compared"),
    ("quiet_hours", ""): gettext_lazy("in quiet hours, in which it is not sent"),
    ("holiday", ""): gettext_lazy("on a holiday, on which it is not sent"),
    ("arbitration", ""): gettext_lazy("another message went first"),
    ("frequency_cap", ""): gettext_lazy("has got as many messages as the caps allow"),
    ("quota", ""): gettext_lazy("beyond what the channel may carry"),
    ("expired", ""): gettext_lazy("could go only when it is too late"),
}
LATER = {
    "paused": gettext_lazy("until the pause is ended"),
    "quiet_hours": gettext_lazy("until the end of quiet hours"),
    "holiday": gettext_lazy("until the holiday is over"),
    "arbitration": gettext_lazy("until another message has had its time"),
    "quota": gettext_lazy("until the quota has room again"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A step: how many are left of `whole`, how many were there before, and why not all."""

    code: str
    name: str
    n: int
    before: int
    whole: int
    why: str = ""
    shown: str = ""  # `n` in figures, an estimate as such

    @property
    def lost(self) -> int:
        """How many fall out at this step."""
        return self.before - self.n

    @property
    def share(self) -> float:
        """What is left of the audience."""
        return self.n / self.whole if self.whole else 0.0

    @property
    def was(self) -> float:
        """What was left before."""
        return self.before / self.whole if self.whole else 0.0


def rows_of(
    found: Waterfall, *, audience: str = "", exclude: str = "", has_control: bool = False
) -> list[Row]:
    """The steps of *found* from the audience to the expected sends; names of the segments."""
    whole = found.audience
    left = whole - found.excluded
    words = _("everybody there is") if found.is_everybody else audience
    rows = [Row("audience", _("Audience"), whole, whole, whole, words, number(whole))]
    if exclude or found.excluded:
        why = _lost(number(found.excluded), _("in “%s”") % exclude) if exclude else ""
        rows.append(Row("excluded", _("Not excluded"), left, whole, whole, why, number(left)))
    if not found.sample:
        return rows
    for code, stops in _by_rule(found.stops):
        lost = sum(stop.n for stop in stops)
        why = " · ".join(_lost(figure(stop.n, found), _why(stop)) for stop in stops if stop.n)
        before, left = left, max(0, left - lost)
        rows.append(Row(code, _name(code), left, before, whole, why, figure(left, found)))
    expected = figure(found.expected, found)
    if found.held or has_control:
        why = _lost(figure(found.held, found), _("kept out, to compare with"))
        name = _("Without the control group")
        rows.append(Row("control", name, found.expected, left, whole, why, expected))
    left, why = found.expected, later_words(found)
    rows.append(Row("expected", _("Expected sends"), left, left, whole, why, expected))
    return rows


def figure(n: int, found: Waterfall) -> str:
    """So many people in figures; an estimate with three places and a sign that it is one."""
    if found.sample <= 1:
        return number(n)
    return "≈ " + number(float(f"{n:.2e}"))


def later_words(found: Waterfall) -> str:
    """Who of those who get it does not get it at once, and until when."""
    return " · ".join(
        _("%(n)s wait %(until)s") % {"n": figure(n, found), "until": LATER.get(rule, rule)}
        for rule, n in found.later.items()
    )


def cost_of(by_channel: Mapping[str, int], costs: Mapping[str, Decimal]) -> Decimal | None:
    """What so many messages cost; None when the cost of no channel of them is known."""
    known = [channel for channel in by_channel if channel in costs]
    if not known:
        return None
    return sum((by_channel[channel] * costs[channel] for channel in known), Decimal(0))


# helpers


def _by_rule(stops: Sequence[Stop]) -> Iterator[tuple[str, list[Stop]]]:
    """Stops by rule in the order of the gate, those of ALWAYS also when they are empty."""
    for code in BY_CODE:
        mine = [stop for stop in stops if stop.rule == code]
        if mine or code in ALWAYS:
            yield code, mine


def _name(code: str) -> str:
    return str(NAMES[code]) if code in NAMES else str(BY_CODE[code].label)


def _why(stop: Stop) -> str:
    known = WHY.get((stop.rule, stop.missing)) or WHY.get((stop.rule, ""))
    return str(known or BY_CODE[stop.rule].label)


def _lost(n: str, why: str) -> str:
    return _("%(n)s: %(why)s") % {"n": n, "why": why}
