"""BG/NBD: printed figures reproduced, expectations held against integrals and simulations, units that do not mix."""

import math

import numpy as np
import pytest
from scipy.stats import beta, gamma

from analytics.predictive.bg_nbd import BgNbd, Purchases, fitted_bg_nbd, log_likelihood
from tests.analytics.cdnow import HOLD_OUT_DAYS, cdnow_sample, needs_sample

PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
PRINTED = BgNbd(**PUBLISHED, log_likelihood=-9582.4, errors=(0.0,) * 4, customers=2357, unit_days=7.0)
ONE = Purchases(np.array([2.0]), np.array([30.43]), np.array([38.86]))


@needs_sample
def test_the_published_parameters_come_out():
    model = fitted_bg_nbd(cdnow_sample()[0])
    for name, printed in PUBLISHED.items():
        assert getattr(model, name) == pytest.approx(printed, abs=0.0006), name
    assert model.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert all(0 < error < 1 for error in model.errors)


@pytest.mark.parametrize(
    ("weeks", "printed"),
    [(0.1429, 0.0078), (1, 0.0532), (3, 0.1506), (31.8571, 1.0405), (32, 1.0437), (78, 1.8576)],
)
def test_what_a_new_customer_buys_is_as_printed(weeks, printed):
    """The papers' own parameters have a digit more than is printed of them; the last figure is 0.0004 off."""
    model = BgNbd(0.2426, 4.4136, 0.7930, 2.4262, -9582.4, (0.0,) * 4, 2357, 7.0)
    assert model.expected_of_new(7 * weeks) == pytest.approx(printed, abs=0.0005)


def test_what_a_known_customer_buys_is_as_printed():
    assert PRINTED.expected(ONE, 39 * 7)[0] == pytest.approx(1.226, abs=0.0005)


@needs_sample
def test_weeks_40_to_78_are_told_as_well_as_published():
    """Printed to three figures: total 12.1 % short, mean absolute error 0.786, correlation 0.626."""
    purchases, _, then = cdnow_sample()
    told = fitted_bg_nbd(purchases).expected(purchases, HOLD_OUT_DAYS)
    assert round(told.sum() / then.sum() - 1, 3) >= -0.121
    assert np.abs(told - then).mean() <= 0.786
    assert round(np.corrcoef(told, then)[0, 1], 3) >= 0.626


def test_days_taken_for_weeks_are_refused():
    """Mismatched units: the same history in days would be taken for seven times as long."""
    days = Purchases(ONE.repeats, ONE.last * 7, ONE.age * 7, unit_days=1.0)
    with pytest.raises(ValueError, match="expected times in units of 7 days, got 1"):
        PRINTED.expected(days, 273)
    with pytest.raises(ValueError, match="in units of 7 days"):
        PRINTED.alive(days)


def test_the_unit_does_not_matter_as_long_as_it_is_one(planted):
    purchases, _ = planted
    in_days = Purchases(purchases.repeats, purchases.last * 7, purchases.age * 7, unit_days=1.0)
    weeks, days = fitted_bg_nbd(purchases), fitted_bg_nbd(in_days)
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=2e-3)
    assert weeks.expected(purchases, 90).sum() == pytest.approx(days.expected(in_days, 90).sum(), rel=1e-3)


def test_a_history_that_ends_before_it_began_is_refused():
    with pytest.raises(ValueError, match="last: expected times between"):
        Purchases(np.array([1.0]), np.array([5.0]), np.array([4.0]))
    with pytest.raises(ValueError, match="as many of each"):
        Purchases(np.array([1.0, 2.0]), np.array([5.0]), np.array([6.0]))


@pytest.fixture(scope="module")
def planted() -> tuple[Purchases, np.ndarray]:
    """Eight thousand customers of the process itself over two years, and what each buys in the next half."""
    return simulated(8_000, 104.0, 26.0, 3)


def simulated(customers: int, weeks: float, ahead: float, seed: int) -> tuple[Purchases, np.ndarray]:
    chance = np.random.default_rng(seed)
    rates, leaves = chance.gamma(0.9, 1 / 6.0, customers), chance.beta(0.8, 3.0, customers)
    age = chance.uniform(weeks / 4, weeks, customers)
    repeats, last, then = (np.zeros(customers) for _ in range(3))
    for n in range(customers):
        at = 0.0
        while True:
            at += chance.exponential(1 / rates[n])
            if at > age[n] + ahead:
                break
            if at <= age[n]:
                repeats[n], last[n] = repeats[n] + 1, at
            else:
                then[n] += 1
            if chance.random() < leaves[n]:
                break
    return Purchases(repeats, last, age), then


def test_planted_parameters_are_found(planted):
    model = fitted_bg_nbd(planted[0])
    for value, error, true in zip(model.parameters, model.errors, (0.9, 6.0, 0.8, 3.0), strict=True):
        assert abs(value - true) < 3 * error
    assert model.log_likelihood >= log_likelihood(planted[0], 0.9, 6.0, 0.8, 3.0)


def test_what_is_expected_happens(planted):
    purchases, then = planted
    model = fitted_bg_nbd(purchases)
    told = model.expected(purchases, 26 * 7)
    assert told.sum() == pytest.approx(then.sum(), rel=0.06)
    for which in (purchases.repeats == 0, purchases.repeats > 5):
        assert told[which].mean() == pytest.approx(then[which].mean(), rel=0.15)
    assert model.buys(purchases, 26 * 7).mean() == pytest.approx((then > 0).mean(), abs=0.02)


def test_expectations_are_those_of_the_integral():
    """The same number from the definition: rates and chances to leave weighed by how likely they are."""
    told = PRINTED.expected(ONE, 39 * 7)[0]
    assert told == pytest.approx(_by_integration(PRINTED, 2, 30.43, 38.86, 39.0), rel=2e-3)


def _by_integration(model: BgNbd, x: int, last: float, age: float, ahead: float) -> float:
    """Over a grid of equally likely rates and chances: likelihood while there × purchases ahead, over that in all."""
    places = (np.arange(1_500) + 0.5) / 1_500
    rate = gamma.ppf(places, model.r, scale=1 / model.alpha)[:, None]
    p = beta.ppf(places, model.a, model.b)[None, :]
    there = (1 - p) ** x * rate**x * np.exp(-rate * age)
    left = p * (1 - p) ** (x - 1) * rate**x * np.exp(-rate * last)
    return float((there * -np.expm1(-p * rate * ahead) / p).sum() / (there + left).sum())


@pytest.mark.parametrize("a", [0.999999, 1.0, 1.000001])
def test_nothing_jumps_where_the_formula_has_a_hole(a):
    beside = [BgNbd(0.5, 4.0, at, 3.0, 0.0, (0.0,) * 4, 1, 7.0).expected(ONE, 90)[0] for at in (0.99, a, 1.01)]
    assert beside[1] == pytest.approx((beside[0] + beside[2]) / 2, rel=1e-3)


def test_many_purchases_do_not_overflow():
    busy = Purchases(np.array([900.0, 300.0]), np.array([104.0, 20.0]), np.array([104.0, 104.0]))
    told = PRINTED.expected(busy, 365)
    assert np.isfinite(told).all()
    assert 200 < told[0] < 500
    assert told[1] < 1e-6, "who bought three hundred times and then nothing for 84 weeks is gone"
    assert np.isfinite(PRINTED.alive(busy)).all()


SHAPES = [(0.8, 7.0, 0.3, 4.0), (0.8, 7.0, 50.0, 1200.0), (0.8, 7.0, 5065.0, 1e5), (0.5, 4.0, 1e-4, 1e-4),
          (0.8, 7.0, 30.0, 0.01), (0.8, 7.0, 1e-3, 1e5), (1e-3, 1e4, 0.5, 0.5), (200.0, 900.0, 1e-4, 440.0),
          (200.0, 9e4, 5.0, 1e5)]  # fmt: skip


@pytest.mark.parametrize("parameters", SHAPES)
@pytest.mark.parametrize("repeats", [0.0, 3.0, 40.0, 900.0])
def test_expectations_are_finite_and_right_however_odd_the_parameters(parameters, repeats):
    """Where all customers leave alike, or nobody does, the search ends at such places."""
    model = BgNbd(*parameters, 0.0, (0.0,) * 4, 1, 7.0)
    known = Purchases(np.array([repeats]), np.array([90.0 if repeats else 0.0]), np.array([90.0]))
    p = np.maximum(beta.ppf((np.arange(20_000) + 0.5) / 20_000, model.a, model.b + repeats), 1e-300)
    true = np.mean(-np.expm1(-(model.r + repeats) * np.log1p(p * 52 / (model.alpha + 90))) / p)
    assert model.expected(known, 364)[0] / model.alive(known)[0] == pytest.approx(true, rel=5e-3)


def test_who_bought_once_is_there_by_construction_but_buys_ever_less_likely():
    once = Purchases(np.zeros(3), np.zeros(3), np.array([1.0, 10.0, 100.0]))
    assert PRINTED.alive(once).tolist() == [1, 1, 1]
    assert np.all(np.diff(PRINTED.buys(once, 90)) < 0)


def test_few_customers_stay_near_to_all(planted):
    purchases, _ = planted
    everyone = fitted_bg_nbd(purchases)
    few = fitted_bg_nbd(purchases.some(np.arange(5)), everyone)
    for own, whole in zip(few.parameters, everyone.parameters, strict=True):
        assert 0.3 < own / whole < 3


def test_customers_alike_are_counted(planted):
    purchases, _ = planted
    twice = Purchases(*(np.tile(part, 2) for part in (purchases.repeats, purchases.last, purchases.age)))
    once, both = fitted_bg_nbd(purchases), fitted_bg_nbd(twice)
    assert both.parameters == pytest.approx(once.parameters, rel=1e-3)
    assert both.customers == 2 * once.customers
    assert both.errors == pytest.approx(np.array(once.errors) / math.sqrt(2), rel=1e-2)


def test_of_nobody_nothing_is_fitted():
    assert fitted_bg_nbd(Purchases(np.array([]), np.array([]), np.array([]))) is None
