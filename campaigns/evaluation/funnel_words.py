"""The six counts as a page shows them: bars with reasons, the table of contents, a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.channels import Fault
from campaigns.evaluation.funnel import BARS, Funnel, Stage, Sum, funnels_by
from campaigns.evaluation.ranking import Place, is_ahead, rank
from campaigns.evaluation.sums import Rate
from campaigns.gate.rules import BY_CODE
from customers.formats import number, percent, share
from customers.sheets import Cell

NAMES = {
    "targeted": pgettext_lazy("six counts", "Targeted"),
    "eligible": pgettext_lazy("six counts", "Channel-eligible"),
    "executed": pgettext_lazy("six counts", "Executed"),
    "reached": pgettext_lazy("six counts", "Reached"),
    "responded": pgettext_lazy("six counts", "Responded"),
    "converted": pgettext_lazy("six counts", "Converted"),
}
REASONS = {
    "consent": gettext_lazy("no consent"),
    "reachability": gettext_lazy("no live address"),
    "suppression": gettext_lazy("suppressed"),
    "duplicate_address": gettext_lazy("another customer has the address"),
    "merged": gettext_lazy("merged with another customer"),
    "erased": gettext_lazy("erased"),
    "control_group": gettext_lazy("in the global control group"),
    "frequency_cap": gettext_lazy("frequency cap"),
    "arbitration": gettext_lazy("lost to another message"),
    "quiet_hours": gettext_lazy("quiet hours"),
    "holiday": gettext_lazy("holiday"),
    "quota": gettext_lazy("no room in the quota"),
    "expired": gettext_lazy("too late"),
    "paused": gettext_lazy("paused"),
    "waiting": gettext_lazy("waiting for the gate"),
    "underway": gettext_lazy("on the way out"),
    "held": gettext_lazy("held"),
    "uncertain": gettext_lazy("cut off while it was handed over"),
    "address": gettext_lazy("no address any more"),
    "gone": gettext_lazy("content or customer is gone"),
    "text_missing": gettext_lazy("something for the text is missing"),
    "bounced": gettext_lazy("came back"),
    "reported": gettext_lazy("did not arrive"),
    Fault.CONNECTION: gettext_lazy("provider not reached"),
    Fault.THROTTLED: gettext_lazy("provider asked to wait"),
    Fault.MAILBOX: gettext_lazy("mailbox takes nothing"),
    Fault.REFUSED: gettext_lazy("refused by the provider"),
    Fault.CERTIFICATE: gettext_lazy("provider not trusted"),
    Fault.ACCOUNT: gettext_lazy("channel account not usable"),
    Fault.INTERRUPTED: gettext_lazy("cut off while it was handed over"),
    "unknown": gettext_lazy("reason not known"),
}
MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Fall:
    """A bar: how many, as a share of the targeted, what it was before, why it is less."""

    bar: str
    name: str
    n: int
    part: float
    was: float
    why: str


@dataclass(frozen=True, slots=True)
class Part:
    """A content, channel or day with its six counts. Of ranked ones `rate` is that of those who
    responded among the reached, `span` where it lies, `said` what may be said of its place."""

    name: str
    counts: Sequence[int]
    rate: str = ""
    span: str = ""
    said: str = ""
    is_best: bool = False
    key: int | str = ""


def falls_of(funnel: Funnel) -> list[Fall]:
    """The six bars with their reasons; nothing when nobody was targeted."""
    if not funnel.targeted:
        return []
    reached = funnel.reached
    whys = [
        "",
        reasons_words(funnel.why.get(Stage.TARGETED, Counter())),
        reasons_words(funnel.why.get(Stage.ELIGIBLE, Counter())),
        reasons_words(funnel.why.get(Stage.EXECUTED, Counter())),
        _("%(share)s of those reached opened or clicked")
        % {"share": percent(share(funnel.responded, reached))},
        _("reached the goal afterwards: %(share)s of those reached; %(n)s of them had responded")
        % {"share": percent(share(funnel.converted, reached)), "n": number(funnel.both)},
    ]
    # A conversion needs no answer, so its bar falls from those reached.
    before = [funnel.targeted, *funnel.counts[:4], funnel.reached]
    return [
        Fall(
            bar,
            str(NAMES[bar]),
            n,
            n / funnel.targeted,
            max(n, was) / funnel.targeted,
            why,
        )
        for bar, n, was, why in zip(BARS, funnel.counts, before, whys, strict=True)
    ]


def reasons_words(why: Counter[str]) -> str:
    """Reasons with their numbers, the most frequent first, the rare ones together."""
    names = Counter[str]()
    for code, n in why.items():
        names[reason_name(code)] += n
    most = names.most_common(MOST_REASONS)
    rest = names.total() - sum(n for _name, n in most)
    words = [f"{name} {number(n)}" for name, n in most]
    if rest:
        words.append(_("others %(n)s") % {"n": number(rest)})
    return " · ".join(words)


def reason_name(code: str) -> str:
    """A reason in words; of a rule that is new here its own name."""
    known = REASONS.get(code) or (BY_CODE[code].label if code in BY_CODE else None)
    return str(known or code.replace("_", " "))


def parts_of(
    sums: Sequence[Sum], key: Callable[[Sum], int | str], names: Mapping[int | str, str]
) -> list[Part]:
    """Contents or channels, ranked by how many of those reached responded.

    Only what went by the same channel is compared: an e-mail that is opened and a text message
    that is tapped are not the same answer.
    """
    funnels = funnels_by(sums, key)
    rates = {each: Rate(f.reached, f.responded) for each, f in funnels.items()}
    channel = {key(each): each.channel for each in sums}
    said: dict[int | str, tuple[str, bool]] = {}
    for one in set(channel.values()):
        said |= _said(rank({each: rate for each, rate in rates.items() if channel[each] == one}))
    parts = []
    for place in rank(rates):
        span = place.rate.within()
        words, is_best = said[place.key]
        parts.append(
            Part(
                names.get(place.key) or str(place.key),
                funnels[place.key].counts,
                percent(place.rate.share),
                f"{percent(span.low)} … {percent(span.high)}" if span else "",
                words,
                is_best,
                place.key,
            )
        )
    return parts


def sheet_of(
    sums: Iterable[Sum], contents: Mapping[int | str, str], channels: Mapping[int | str, str]
) -> tuple[list[str], list[list[Cell]]]:
    """Every day, channel and content with its six counts, for a file."""
    header = [_("Day"), _("Channel"), _("Content"), *(str(NAMES[bar]) for bar in BARS)]
    found: dict[tuple[date, str, int], Funnel] = funnels_by(
        sums, lambda each: (each.day, each.channel, each.content)
    )
    rows: list[list[Cell]] = [
        [day.isoformat(), channels.get(channel, channel), contents.get(content, ""), *f.counts]
        for (day, channel, content), f in sorted(found.items())
    ]
    return header, rows


# helpers


def _said(places: list[Place[int | str]]) -> dict[int | str, tuple[str, bool]]:
    """What may be said of the place of each, and whether it is the best for sure."""
    ahead = is_ahead(places)
    found: dict[int | str, tuple[str, bool]] = {}
    for n, place in enumerate(places):
        words = ""
        if n == 0 and ahead:
            words = _("ahead of all, not by chance")
        elif place.is_behind:
            words = _("behind the first, not by chance")
        elif n and place.rate.people:
            words = _("may be as good as the first")
        found[place.key] = words, n == 0 and ahead
    return found
