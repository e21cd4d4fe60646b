"""What an experiment says, in sentences: first what is so, then by which method."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.evaluation.experiment import Evaluation, Pair, Reading, Verdict
from customers.formats import number

# A difference is told of so many people that at least ten of them differ.
GROUPS = (100, 1_000, 10_000, 100_000, 1_000_000)

METHODS = {
    "rates": (
        gettext_lazy("Difference of two rates, read once"),
        gettext_lazy(
            "z-test of two proportions with pooled variance, Fisher's exact test with few people; "
            "interval: hybrid score"
        ),
        "R. G. Newcombe, Statistics in Medicine 17 (1998), 873–890, method 10",
    ),
    "values": (
        gettext_lazy("Difference of two means, read once"),
        gettext_lazy("t-test that assumes no equal variances"),
        "B. L. Welch, Biometrika 34 (1947), 28–35",
    ),
    "always": (
        gettext_lazy("Reading at every moment"),
        gettext_lazy(
            "Mixture sequential probability ratio test: the chance that the truth is ever outside "
            "of the interval is 5 %, however often one looks"
        ),
        "R. Johari et al., Operations Research 70 (2022), 1806–1821; "
        "I. Waudby-Smith et al., Annals of Statistics 52 (2024), 2613–2640",
    ),
    "lift": (
        gettext_lazy("Lift in per cent"),
        gettext_lazy("Interval of the logarithm of the ratio"),
        "D. Katz et al., Biometrics 34 (1978), 469–474",
    ),
    "several": (
        gettext_lazy("Several arms"),
        gettext_lazy(
            "p is corrected so that any false alarm among them happens at most 5 times in 100; "
            "intervals are of one arm each"
        ),
        "S. Holm, Scandinavian Journal of Statistics 6 (1979), 65–70",
    ),
    "ratio": (
        gettext_lazy("Sizes of the arms"),
        gettext_lazy("Chi-square test against the shares by which they were drawn"),
        "A. Fabijan et al., KDD 2019, 2156–2164",
    ),
}


def verdict_words(pair: Pair, name: str, other: str) -> SafeString:
    """What may be said of the rates of two arms, called *name* and *other*."""
    if pair.verdict is Verdict.NOBODY or pair.rate.difference is None:
        empty = other if not pair.other.rate.people else name
        return format_html(
            _("Nobody is in “{empty}” yet, so there is nothing to compare with."), empty=empty
        )
    many = so_many(pair.rate.difference.value)
    match pair.verdict:
        case Verdict.MORE | Verdict.FEWER:
            text = _(
                "<b>{many}</b> reached the goal in “{name}” than in “{other}”; this is not chance."
            )
        case Verdict.EARLY:
            text = _(
                "Too early to tell: so far {many} reached the goal in “{name}” than in “{other}”, "
                "which may be chance."
            )
        case _:
            text = _(
                "What differs may be chance: {many} reached the goal in “{name}” than in “{other}”."
            )
    return format_html(text, many=many, name=name, other=other)


def so_many(difference: float) -> str:
    """A difference of shares as people: 0.077 as "77 more of 1,000"."""
    group = next((each for each in GROUPS if abs(difference) * each >= 9.5), GROUPS[-1])
    n = round(abs(difference) * group)
    if not n:
        group = GROUPS[1]
    words = {"n": number(n), "group": number(group)}
    return (
        _("%(n)s more of %(group)s") % words
        if difference > 0 or not n
        else _("%(n)s fewer of %(group)s") % words
    )


def ratio_words(found: Evaluation) -> str:
    """The alarm that arms do not have the sizes by which they were drawn, or nothing."""
    if not found.ratio.is_alarm or found.ratio.p is None:
        return ""
    return _(
        "The arms do not have the sizes by which they were drawn (p = %(p)s): something beside "
        "chance decides who is counted. Find it before you trust any figure here."
    ) % {"p": p_words(found.ratio.p)}


def reading_words(found: Evaluation) -> str:
    """How often one may look."""
    if found.reading is Reading.ALWAYS:
        return _("You may look as often as you like: these intervals hold at every moment.")
    if not found.is_full:
        return _(
            "%(n)s of %(planned)s people are in. Read once, at the end, an experiment says nothing "
            "before that."
        ) % {"n": number(found.people), "planned": number(found.planned)}
    if found.planned:
        return _("As many people are in as were planned: this is the moment to read it.")
    return _(
        "These figures hold for one look at a moment that was fixed before. Who looks every day "
        "and stops at the first good one is fooled by chance one time in four."
    )


def p_words(p: float | None) -> str:
    """A chance of 0 to 1: "0.0086", "< 0.0001"."""
    if p is None:
        return "–"
    if p < 0.0001:
        return f"< {number(0.0001, 4)}"
    return number(p, 4 if p < 0.1 else 2)


def methods_of(found: Evaluation) -> list[tuple[str, str, str]]:
    """(what, how, source) of each method that the figures were made by."""
    named = ["always"] if found.reading is Reading.ALWAYS else ["rates"]
    if any(arm.values for arm in found.arms) and found.reading is Reading.ONCE:
        named.append("values")
    named.append("lift")
    if len(found.pairs) > 1:
        named.append("several")
    named.append("ratio")
    return [(str(what), str(how), source) for what, how, source in (METHODS[n] for n in named)]
