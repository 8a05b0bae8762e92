"""Kaplan–Meier and log-rank against a published table, statsmodels, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analytics.chance import NORMAL_95
from analytics.diagnostic.kaplan_meier import clustered_factor, kaplan_meier, life_table, log_rank

TREATED = ([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
           [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])  # fmt: skip
PLACEBO = ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [1] * 21)
"""Weeks in remission of leukaemia and whether they ended: Freireich et al. 1963, as in Cox & Oakes 1984, table 1.1."""

PUBLISHED = {6: (0.857, 0.076), 7: (0.807, 0.087), 10: (0.753, 0.096), 13: (0.690, 0.107), 16: (0.627, 0.114),
             22: (0.538, 0.128), 23: (0.448, 0.135)}  # fmt: skip
"""Week → Kaplan–Meier share and Greenwood's standard error of the treated (Kleinbaum & Klein 2012, Lee 1992)."""


def arrays(group: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    days, ended = (np.array(part) for part in group)
    return days, ended == 1, np.zeros(len(days), dtype=int)


def test_the_published_table_of_the_leukaemia_trial_comes_out():
    share, low, high = kaplan_meier(life_table(*arrays(TREATED)))
    for week, (wanted, error) in PUBLISHED.items():
        assert share[week - 1] == pytest.approx(wanted, abs=0.0006)
        exponent = NORMAL_95 * error / (wanted * abs(np.log(wanted)))
        assert low[week - 1] == pytest.approx(wanted ** np.exp(exponent), abs=0.004)
        assert high[week - 1] == pytest.approx(wanted ** np.exp(-exponent), abs=0.004)


def test_the_published_log_rank_statistic_comes_out():
    statistic, freedom, surplus = log_rank([life_table(*arrays(g), length=35) for g in (TREATED, PLACEBO)])
    assert statistic == pytest.approx(16.79, abs=0.005)
    assert freedom == 1
    assert surplus == pytest.approx([-10.25, 10.25], abs=0.01)  # 9 ended where 19.25 were expected


def late_entries(seed: int, number: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    days = 1 + chance.geometric(0.03, number)
    censored = 1 + chance.integers(0, 80, number)
    return np.minimum(days, censored), days <= censored, chance.integers(0, 6, number)


def test_shares_and_tests_are_those_of_statsmodels_with_late_entries_too():
    from statsmodels.duration.api import SurvfuncRight, survdiff

    days, ended, entry = late_entries(3)
    kept = days > entry
    days, ended, entry = days[kept], ended[kept], entry[kept]
    theirs = SurvfuncRight(days, ended.astype(int), entry=entry)
    share, low, high = kaplan_meier(life_table(days, ended, entry))
    at = theirs.surv_times.astype(int) - 1
    assert share[at] == pytest.approx(theirs.surv_prob)
    inside = (share[at] > 0) & (share[at] < 1)
    spread = NORMAL_95 * theirs.surv_prob_se[inside] / (theirs.surv_prob[inside] * -np.log(theirs.surv_prob[inside]))
    assert low[at][inside] == pytest.approx(theirs.surv_prob[inside] ** np.exp(spread))
    assert high[at][inside] == pytest.approx(theirs.surv_prob[inside] ** np.exp(-spread))
    group = days.argsort() % 3
    tables = [life_table(*(a[group == g] for a in (days, ended, entry)), length=int(days.max())) for g in range(3)]
    assert log_rank(tables)[0] == pytest.approx(survdiff(days, ended.astype(int), group, entry=entry)[0])


gaps = some.lists(some.tuples(some.integers(1, 40), some.booleans(), some.integers(0, 5)), min_size=1, max_size=60)


@settings(deadline=None)
@given(gaps)
def test_shares_fall_from_one_and_lie_in_their_band(drawn):
    days, ended, entry = (np.array(part) for part in zip(*drawn, strict=True))
    table = life_table(days, ended, entry)
    assert table.ended.sum() == (ended & (days > entry)).sum()
    assert (table.ended <= table.at_risk).all()
    share, low, high = kaplan_meier(table)
    known = share[~np.isnan(share)]
    assert ((known >= 0) & (known <= 1)).all()
    assert (np.diff(known) <= 1e-12).all()
    told = ~np.isnan(low)
    assert (low[told] <= share[told]).all()
    assert (share[told] <= high[told]).all()


@settings(deadline=None)
@given(gaps)
def test_counted_gaps_and_single_ones_make_the_same_table(drawn):
    kinds = sorted(set(drawn))
    numbers = [drawn.count(kind) for kind in kinds]
    single = life_table(*(np.array(part) for part in zip(*drawn, strict=True)))
    counted = life_table(*(np.array(part) for part in zip(*kinds, strict=True)), number=np.array(numbers))
    assert counted.at_risk.tolist() == single.at_risk.tolist()
    assert counted.ended.tolist() == single.ended.tolist()


def test_customers_whose_gaps_are_all_alike_count_once():
    """Each customer three times over: three times the variance that three independent gaps would have."""
    days, ended, entry = late_entries(4, 300)
    kept = days > entry
    thrice = [np.repeat(a[kept], 3) for a in (days, ended, entry)]
    table = life_table(*thrice)
    factor = clustered_factor(table, *thrice, np.repeat(np.arange(kept.sum()), 3), np.array([20, 40]))
    assert factor == pytest.approx([3, 3])
    alone = clustered_factor(table, *thrice, np.arange(3 * kept.sum()), np.array([20, 40]))
    assert alone == pytest.approx([1, 1])
    single = life_table(*(a[kept] for a in (days, ended, entry)))
    wide, narrow = (kaplan_meier(t, f)[1][39] for t, f in ((table, 3.0), (single, 1.0)))
    assert wide == pytest.approx(narrow, abs=0.002)
