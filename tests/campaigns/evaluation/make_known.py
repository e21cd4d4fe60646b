"""Writes known.json: the same questions, answered by scipy and statsmodels.

Not part of the tests: `python tests/campaigns/evaluation/make_known.py` in an environment that has
both libraries, when a formula changes or another question is asked.
"""

import json
import random
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy import stats
from scipy.stats.contingency import relative_risk
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportions_ztest,
    samplesize_proportions_2indep_onetail,
)
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW


def rates(chance: random.Random) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    while len(found) < 60:
        n, m = chance.choice((30, 400, 9_000, 1_000_000)), chance.choice((40, 700, 80_000))
        x, y = chance.randint(1, n - 1), chance.randint(1, m - 1)
        if chance.random() < 0.7:
            share = chance.choice((0.02, 0.1, 0.3))
            x, y = int(n * share), int(m * share * chance.uniform(0.7, 1.3))
        if not x or not y or min(n, m) * min(x + y, n + m - x - y) < 5 * (n + m):
            continue
        z, p = proportions_ztest([x, y], [n, m])
        low, high = confint_proportions_2indep(x, n, y, m, method="newcomb", compare="diff")
        ratio = relative_risk(x, n, y, m).confidence_interval(0.95)
        found.append(
            {
                "asked": [n, x, m, y],
                "z": z,
                "p": p,
                "interval": [low, high],
                "lift": [ratio.low - 1, ratio.high - 1],
            }
        )
    return found


def values(seed: int) -> list[dict[str, object]]:
    found = []
    draw = np.random.default_rng(seed)
    for n, m in ((2, 3), (5, 40), (30, 30), (300, 90), (4_000, 9_000)):
        for _ in range(4):
            one = draw.lognormal(1, 1, n) * draw.choice((0, 1), n, p=(0.3, 0.7))
            two = draw.lognormal(1, 0.8, m)
            means = CompareMeans(DescrStatsW(one), DescrStatsW(two))
            t, p, freedom = means.ttest_ind(usevar="unequal")
            low, high = means.tconfint_diff(usevar="unequal")
            found.append(
                {
                    "asked": [n, one.sum(), (one**2).sum(), m, two.sum(), (two**2).sum()],
                    "t": t,
                    "p": p,
                    "freedom": freedom,
                    "interval": [low, high],
                }
            )
    return found


def plain(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


if __name__ == "__main__":
    chance = random.Random(8)
    ps = [[chance.random() ** 3 for _ in range(n)] for n in (1, 2, 3, 5, 8)]
    people = [[44_700, 45_489], [10, 12, 8], [5_000, 5_100, 4_700, 5_300], [90, 9]]
    sizes = [
        (base, difference, control, power)
        for base in (0.05, 0.2)
        for difference in (0.01, -0.02)
        for control in (0.5, 0.1)
        for power in (0.8, 0.9)
    ]
    answer = {
        "by": f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}",
        "rates": rates(chance),
        "values": values(8),
        "holm": [[each, list(multipletests(each, method="holm")[1])] for each in ps],
        "ratio": [[each, stats.chisquare(each).pvalue] for each in people],
        "t": [
            [t, f, 2 * stats.t.sf(t, f)] for t in (0.1, 1.9, 6.0) for f in (1, 2.5, 30, 4e4, 2e6)
        ],
        "t_for": [[p, f, stats.t.isf(p, f)] for p in (0.3, 0.025, 1e-4) for f in (1, 2.5, 30, 4e4)],
        "chi": [[x, f, stats.chi2.sf(x, f)] for x in (0.3, 4.0, 60.0) for f in (1, 2, 7, 40)],
        "size": [
            [
                *each,
                # people who are treated; the ratio is that of control to treated
                samplesize_proportions_2indep_onetail(
                    each[1], each[0], each[3], ratio=each[2] / (1 - each[2])
                ),
            ]
            for each in sizes
        ],
    }
    lines = [
        f"{json.dumps(name)}: {json.dumps(each, default=plain)}" for name, each in answer.items()
    ]
    Path(__file__).with_name("known.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
