"""The ordinal model: the same as statsmodels on single orders, true to what was planted, honest about customers."""

import numpy as np
import pytest

from analytics.diagnostic.proportional_odds import (
    FEWEST_CUSTOMERS,
    Clusters,
    fitted_odds,
    independent_columns,
    standardised,
)
from analytics.errors import NotEnoughData

CUTS = np.array([3.5, 2.0, 0.8, -0.7])


def answers(x: np.ndarray, slopes: list[float], chance: np.random.Generator, own: np.ndarray | float = 0.0):
    """An answer of 0 to 4 for each row, by proportional odds."""
    pleased = x @ np.array(slopes) + own + chance.logistic(size=len(x))
    return (pleased[:, None] + CUTS > 0).sum(axis=1)


def counted(x: np.ndarray, answer: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of equal columns, their counts by answer, and the row of each order."""
    rows, place = np.unique(x, axis=0, return_inverse=True)
    counts = np.zeros((len(rows), answer.max() + 1))
    np.add.at(counts, (place.ravel(), answer), 1)
    return rows, counts, place.ravel()


@pytest.fixture(scope="module")
def orders():
    chance = np.random.default_rng(3)
    days, member = chance.poisson(3.0, 3000), chance.integers(0, 3, 3000)
    x = np.column_stack([days - 3, member == 1, member == 2]).astype("float64")
    return x, answers(x, [-0.35, 0.5, -0.2], chance)


def test_fitted_to_counts_it_is_what_statsmodels_fits_to_single_orders(orders):
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    x, answer = orders
    rows, counts, _ = counted(x, answer)
    ours = fitted_odds(rows, counts)
    theirs = OrderedModel(answer, x, distr="logit").fit(method="bfgs", disp=0, gtol=1e-8, maxiter=1000)
    np.testing.assert_allclose(ours.slopes, theirs.params[:3], atol=1e-4)
    limits = theirs.model.transform_threshold_params(theirs.params[3:])[1:-1]
    np.testing.assert_allclose(ours.cuts, -limits, atol=1e-4)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-4)
    errors = np.sqrt(np.diag(ours.model_covariance))[len(CUTS) :]
    np.testing.assert_allclose(errors, theirs.bse[:3], rtol=0.03)  # theirs from the observed information


def test_of_two_answers_it_is_the_logistic_regression_of_statsmodels(orders):
    from statsmodels.discrete.discrete_model import Logit

    x, answer = orders
    good = (answer >= 3).astype(int)
    rows, counts, _ = counted(x, good)
    ours = fitted_odds(rows, counts)
    theirs = Logit(good, np.column_stack([np.ones(len(x)), x])).fit(disp=0)
    np.testing.assert_allclose([*ours.cuts, *ours.slopes], theirs.params, atol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.model_covariance)), theirs.bse, rtol=1e-6)


def test_clustered_errors_are_those_of_statsmodels(orders):
    from statsmodels.discrete.discrete_model import Logit

    x, answer = orders
    good, customer = (answer >= 3).astype(int), np.arange(len(x)) // 6
    rows, counts, place = counted(x, good)
    ours = fitted_odds(rows, counts).covariance(Clusters(customer, place, good))
    wanted = {"groups": customer, "use_correction": False}
    theirs = Logit(good, np.column_stack([np.ones(len(x)), x])).fit(disp=0, cov_type="cluster", cov_kwds=wanted)
    count = customer.max() + 1
    np.testing.assert_allclose(np.sqrt(np.diag(ours)), theirs.bse * np.sqrt(count / (count - 1)), rtol=1e-6)


def test_a_slope_by_hand_where_two_groups_answer_yes_or_no():
    fit = fitted_odds(np.array([[0.0], [1.0]]), np.array([[60.0, 40.0], [30.0, 70.0]]))
    assert fit.cuts[0] == pytest.approx(np.log(40 / 60))
    assert fit.slopes[0] == pytest.approx(np.log(70 / 30 * 60 / 40))
    assert fit.model_covariance[1, 1] == pytest.approx(1 / 60 + 1 / 40 + 1 / 30 + 1 / 70)  # Woolf
    apart = standardised(fit, np.array([1.0]), np.ones(1)) - standardised(fit, np.array([0.0]), np.ones(1))
    assert apart.value == pytest.approx(0.3)
    error = np.sqrt(0.7 * 0.3 / 100 + 0.4 * 0.6 / 100)
    assert apart.interval(fit.model_covariance, 1.0) == pytest.approx((0.3 - error, 0.3 + error))


def test_more_of_the_same_orders_change_nothing_but_the_errors(orders):
    rows, counts, _ = counted(*orders)
    once, often = fitted_odds(rows, counts), fitted_odds(rows, 1000 * counts)
    np.testing.assert_allclose(once.slopes, often.slopes, atol=1e-9)
    np.testing.assert_allclose(once.model_covariance, 1000 * often.model_covariance, rtol=1e-6)


def test_customers_with_a_liking_of_their_own_widen_what_differs_between_them_alone():
    """Ten orders each: a member that is the customer's own is learnt from customers, not from orders."""
    chance = np.random.default_rng(8)
    customer = np.repeat(np.arange(600), 10)
    own, varies = (customer % 2).astype("float64"), chance.integers(0, 2, len(customer)).astype("float64")
    x = np.column_stack([own, varies])
    answer = answers(x, [0.0, 0.5], chance, chance.normal(0, 1.5, 600)[customer])
    rows, counts, place = counted(x, answer)
    fit = fitted_odds(rows, counts)
    ratio = np.sqrt(np.diag(fit.covariance(Clusters(customer, place, answer))) / np.diag(fit.model_covariance))
    assert ratio[-2] > 1.5
    assert ratio[-1] < 1.1


def test_few_customers_tell_nothing_of_how_their_orders_belong_together(orders):
    x, answer = orders
    rows, counts, place = counted(x, answer)
    fit = fitted_odds(rows, counts)
    few = Clusters(np.arange(len(x)) % (FEWEST_CUSTOMERS - 1), place, answer)
    assert fit.covariance(few) is fit.model_covariance


def test_a_sample_of_customers_gives_nearly_the_same_errors(orders):
    x, answer = orders
    rows, counts, place = counted(x, answer)
    fit, customer = fitted_odds(rows, counts), np.arange(len(x)) // 2
    whole = fit.covariance(Clusters(customer, place, answer))
    chosen = customer % 2 == 0
    half = fit.covariance(
        Clusters(np.unique(customer[chosen], return_inverse=True)[1], place[chosen], answer[chosen], 2)
    )
    np.testing.assert_allclose(np.sqrt(np.diag(half)), np.sqrt(np.diag(whole)), rtol=0.1)


def test_orders_that_leave_no_doubt_have_no_size():
    with pytest.raises(NotEnoughData, match="leave no doubt about their score"):
        fitted_odds(np.array([[0.0], [1.0]]), np.array([[50.0, 50.0], [0.0, 100.0]]))


def test_columns_that_follow_from_others_are_left_out():
    chance = np.random.default_rng(1)
    x = chance.normal(size=(40, 3))
    twice = np.column_stack([x[:, 0], x[:, 1], x[:, 0] - 2 * x[:, 1] + 3.0, x[:, 2], np.ones(40)])
    assert independent_columns(twice, np.ones(40)) == [0, 1, 3]
