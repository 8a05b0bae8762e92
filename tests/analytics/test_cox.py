"""Cox's model against published figures, against statsmodels, and against simulations whose truth is known."""

import numpy as np
import pytest

from analytics.chance import odds_of_chi_square
from analytics.diagnostic.cox import Gathered, fitted, proportionality, score_test
from analytics.diagnostic.kaplan_meier import life_table, log_rank
from tests.analytics.test_kaplan_meier import PLACEBO, TREATED


def leukaemia() -> Gathered:
    days = np.array(TREATED[0] + PLACEBO[0])
    ended = np.array(TREATED[1] + PLACEBO[1]) == 1
    placebo = np.repeat([0.0, 1.0], 21)[:, None]
    return Gathered(days, ended, np.zeros(42, dtype=int), placebo, np.arange(42))


def recurrent(seed: int, customers: int = 300) -> Gathered:
    """Several gaps for each customer, late entries, three factors of which one does not matter."""
    chance = np.random.default_rng(seed)
    unit = np.repeat(np.arange(customers), 4)
    design = np.column_stack([chance.integers(0, 2, len(unit)), chance.integers(0, 2, len(unit)), unit % 2 == 0])
    hazard = 0.02 * np.exp(design @ [0.5, 0.0, -0.6]) * chance.gamma(4, 0.25, customers)[unit]
    days = np.ceil(chance.exponential(1 / hazard)).astype(int)
    censored, entry = chance.integers(1, 150, len(unit)), chance.integers(0, 8, len(unit))
    rows = (np.minimum(days, censored), days <= censored, entry, design.astype("float64"), unit)
    kept = rows[0] > entry
    return Gathered(*(part[kept] for part in rows))


def test_the_published_hazard_ratio_of_the_leukaemia_trial_comes_out():
    """Coefficient 1.509 with a standard error of 0.410 by Breslow's way with ties (Kleinbaum & Klein 2012)."""
    fit = fitted(leukaemia())
    assert fit.coefficients[0] == pytest.approx(1.509, abs=0.0005)
    assert np.sqrt(1 / fit.information[0, 0]) == pytest.approx(0.410, abs=0.0005)
    assert np.exp(fit.coefficients[0]) == pytest.approx(4.523, abs=0.0005)


def test_estimates_and_errors_are_those_of_statsmodels():
    from statsmodels.duration.api import PHReg

    rows = recurrent(1)
    # its entries are at risk on their own day, ours from the next one
    model = PHReg(rows.days, rows.design, status=rows.ended.astype(int), entry=rows.entry + 0.5, ties="breslow")
    fit, alone, clustered = fitted(rows), model.fit(), model.fit(groups=rows.unit)
    assert fit.coefficients == pytest.approx(alone.params, abs=1e-6)
    assert fit.log_likelihood == pytest.approx(alone.llf)
    assert np.sqrt(np.diag(np.linalg.inv(fit.information))) == pytest.approx(alone.bse, rel=1e-5)
    assert fit.errors == pytest.approx(clustered.bse, rel=1e-5)


def test_with_independent_rows_the_score_test_is_the_log_rank_test_but_for_its_ties():
    rows = recurrent(2, 1000)
    single = Gathered(rows.days, rows.ended, rows.entry, rows.design[:, :1], np.arange(len(rows.days)))
    groups = [rows.design[:, 0] == value for value in (0, 1)]
    tables = [life_table(rows.days[g], rows.ended[g], rows.entry[g], length=rows.length - 1) for g in groups]
    statistic, freedom = score_test(single)
    assert freedom == 1
    assert statistic == pytest.approx(log_rank(tables)[0], rel=0.1)


def test_repeating_every_customers_gaps_makes_nothing_surer():
    rows = recurrent(3)
    twice = Gathered(*(np.concatenate([a, a]) for a in (rows.days, rows.ended, rows.entry, rows.design, rows.unit)))
    once, doubled = fitted(rows), fitted(twice)
    assert doubled.coefficients == pytest.approx(once.coefficients, abs=1e-6)
    assert doubled.errors == pytest.approx(once.errors, rel=1e-6)
    assert score_test(twice)[0] == pytest.approx(score_test(rows)[0])


def crossing(seed: int, late: float, number: int = 1500) -> Gathered:
    """One factor whose log hazard ratio is 0.8 for thirty days and ``late`` after."""
    chance = np.random.default_rng(seed)
    design = chance.integers(0, 2, number).astype("float64")
    left, early = chance.exponential(1.0, number), 0.02 * np.exp(0.8 * design)
    days = np.where(left < 30 * early, left / early, 30 + (left - 30 * early) / (0.02 * np.exp(late * design)))
    days, censored = np.ceil(days).astype(int), chance.integers(1, 200, number)
    rows = (np.minimum(days, censored), days <= censored, np.zeros(number, dtype=int))
    return Gathered(*rows, design[:, None], np.arange(number))


def odds_of_drift(rows: Gathered) -> float:
    return odds_of_chi_square(*proportionality(rows, fitted(rows), [np.array([0])]), 1)


def test_a_ratio_that_changes_with_time_is_noticed_and_one_that_does_not_seldom():
    assert all(odds_of_drift(crossing(seed, -0.4)) < 0.001 for seed in range(5))
    alarms = [odds_of_drift(crossing(seed, 0.8, 400)) < 0.05 for seed in range(120)]
    assert np.mean(alarms) < 0.11


def test_the_parts_of_the_time_have_the_ratios_of_their_own():
    rows = crossing(7, -0.4, 6000)
    early, late = fitted(rows.until(30)), fitted(rows.after(30))
    assert early.coefficients[0] == pytest.approx(0.8, abs=3 * early.errors[0])
    assert late.coefficients[0] == pytest.approx(-0.4, abs=3 * late.errors[0])
    assert rows.until(30).ended.sum() + rows.after(30).ended.sum() == rows.ended.sum()


def test_a_level_after_which_nobody_ever_ends_has_no_ratio():
    rows = leukaemia()
    never = rows.ended & (rows.design[:, 0] == 1)
    assert fitted(Gathered(rows.days, never, rows.entry, rows.design, rows.unit)) is None
