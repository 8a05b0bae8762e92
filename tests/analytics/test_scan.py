"""The search for segments: planted causes, parts and wholes of them, and chance."""

import math

import numpy as np
import pytest

from analytics.diagnostic.moments import Moments, moments_of
from analytics.diagnostic.scan import Cube, Units, contrast, odds_among, segments_that_moved
from analytics.metrics import metric, standard_error

SIZES = (4, 3, 5)


def counts(values: np.ndarray) -> Moments:
    flat = np.asarray(values, dtype="float64").ravel()
    none = np.zeros_like(flat)
    return Moments(flat, none, flat, none, none, flat)


def scores(n: np.ndarray, mean: np.ndarray, deviation: float = 1.0) -> Moments:
    n, mean = (np.asarray(a, dtype="float64").ravel() for a in (n, mean))
    return Moments(n * mean, n, n * (mean**2 + deviation**2), n * mean, n, n)


def cube_of(now: Moments, before: Moments, sizes: tuple[int, ...] = SIZES) -> Cube:
    codes = np.indices(sizes).reshape(len(sizes), -1)
    return Cube(codes, tuple(np.ones(size, dtype=bool) for size in sizes), now, before)


def test_a_contrast_by_hand():
    """Inside 100 → 60, outside 300 → 330: 1.1 × 100 = 110 were to be expected, 50 are missing."""
    cube = cube_of(counts([60, 330]), counts([100, 300]), (2,))
    beyond, error = contrast(cube, ((0, 0),))
    assert beyond == pytest.approx(-50)
    assert error == pytest.approx(math.sqrt(60 + 1.21 * 100 + (100 / 300) ** 2 * (330 + 1.21 * 300)))


def test_a_contrast_of_means_by_hand():
    """Inside 4.0 → 3.5, outside 4.0 → 4.2: 0.7 lower; it is a quarter of the orders."""
    now, before = scores([100, 300], [3.5, 4.2]), scores([100, 300], [4.0, 4.0])
    beyond, error = contrast(cube_of(now, before, (2,)), ((0, 0),))
    assert beyond == pytest.approx(-0.7 / 4)
    assert error > 0


@pytest.mark.parametrize("scope", [{0: 1}, {1: 2, 2: 3}, {0: 0, 1: 1, 2: 4}])
@pytest.mark.parametrize("factor", [0.3, 2.2])
def test_the_scope_of_a_change_is_named_and_neither_its_parts_nor_its_whole(scope, factor):
    before = np.full(SIZES, 80.0)
    now = before.copy()
    now[tuple(scope.get(d, slice(None)) for d in range(3))] *= factor
    found, _ = segments_that_moved(cube_of(counts(now), counts(before)))
    assert [dict(segment.scope) for segment in found] == [scope]
    assert np.sign(found[0].beyond) == np.sign(factor - 1)
    assert found[0].by_chance < 0.001


def test_growth_of_the_whole_shop_has_no_segment():
    found, likeliest = segments_that_moved(cube_of(counts(np.full(SIZES, 160.0)), counts(np.full(SIZES, 80.0))))
    assert found == []
    assert likeliest.by_chance == 1


def test_two_causes_are_two_segments():
    before = np.full(SIZES, 90.0)
    now = before.copy()
    now[0] *= 0.5
    now[2:, 1] *= 1.8
    found, _ = segments_that_moved(cube_of(counts(now), counts(before)))
    assert {(0, 0)} <= {segment.scope[0] for segment in found}
    assert any(1 in dict(segment.scope) for segment in found)
    assert len(found) <= 4


def test_a_cause_inside_another_is_seen_when_the_larger_is_taken_out():
    before = np.full(SIZES, 200.0)
    now = before.copy()
    now[1] *= 0.8
    now[1, 0] *= 0.3
    scopes = [dict(segment.scope) for segment in segments_that_moved(cube_of(counts(now), counts(before)))[0]]
    assert {0: 1, 1: 0} in scopes
    assert any(scope.get(0) == 1 for scope in scopes if scope != {0: 1, 1: 0})


def test_a_segment_that_is_gone_or_new_is_named_alone():
    before = np.full(SIZES, 60.0)
    now = before.copy()
    now[3] = 0
    for a, b in ((now, before), (before, now)):
        found, _ = segments_that_moved(cube_of(counts(a), counts(b)))
        assert [dict(segment.scope) for segment in found] == [{0: 3}]


def test_those_that_stand_for_many_are_never_named():
    before = np.full(SIZES, 80.0)
    now = before.copy()
    now[3] *= 3
    cube = cube_of(counts(now), counts(before))
    nameable = (np.array([True, True, True, False]), *cube.nameable[1:])
    found, likeliest = segments_that_moved(Cube(cube.codes, nameable, cube.now, cube.before))
    assert all(dict(segment.scope).get(0) != 3 for segment in [*found, *([likeliest] if likeliest else [])])


def test_a_mean_that_fell_in_a_segment():
    n = np.full(SIZES, 50.0)
    mean = np.full(SIZES, 4.2)
    lower = mean.copy()
    lower[:, 2] = 3.4
    found, _ = segments_that_moved(cube_of(scores(n, lower), scores(n, mean)))
    assert [dict(segment.scope) for segment in found] == [{1: 2}]
    assert found[0].beyond == pytest.approx(-0.8 / 3)


def test_a_few_orders_that_agree_are_no_certainty():
    """Twenty orders of one cell all score 5: its own scatter is nothing, and yet it has moved by luck."""
    n, mean = np.full(SIZES, 25.0), np.full(SIZES, 4.0)
    squares = n * (mean**2 + 1)
    lucky = mean.copy()
    lucky[0, 0, 0] = 4.6
    now = scores(n, lucky)
    alike = np.zeros(SIZES).ravel()
    alike[0] = 1
    now = Moments(
        now.top,
        now.bottom,
        np.where(alike, n.ravel() * lucky.ravel() ** 2, squares.ravel()),
        now.top,
        now.bottom,
        now.orders,
    )
    found, _ = segments_that_moved(cube_of(now, scores(n, mean)))
    assert found == []


def test_orders_of_one_customer_are_one_decision():
    """Forty orders more of one wholesaler: beyond chance as orders, not as a customer's."""
    before = np.full(SIZES, 100.0)
    now = before.copy()
    now[2, 1, 1] += 90
    cube = cube_of(counts(now), counts(before))
    assert segments_that_moved(cube)[0]
    cells = np.repeat(np.arange(now.size), 1)
    codes = np.c_[cube.codes[:, cells], cube.codes[:, [np.ravel_multi_index((2, 1, 1), SIZES)]]]
    everyone = np.arange(now.size + 1)
    now_of = np.r_[before.ravel(), 90.0]
    none = np.zeros(now.size + 1)
    units = Units(codes, everyone, now_of, none, np.r_[before.ravel(), 0.0], none)
    assert segments_that_moved(cube, units)[0] == []


def test_moments_give_the_standard_error_of_the_registry():
    measured = metric("average_order_value")
    parts = {"orders": np.array([4.0]), "sales": np.array([100.0]), "sales_squared": np.array([3000.0])}
    moments = moments_of(measured, parts.__getitem__)
    assert np.sqrt(moments.variance_of_ratio()) == pytest.approx(standard_error(measured, parts))


def test_a_mean_of_four_periods_scatters_half_as_much():
    measured = metric("orders")
    whole = moments_of(measured, {"orders": np.array([400.0])}.__getitem__)
    mean = moments_of(measured, {"orders": np.array([1600.0])}.__getitem__, 1 / 4)
    assert mean.top == whole.top
    assert mean.top_squared == whole.top_squared / 4


def test_metrics_that_count_customers_have_no_moments():
    with pytest.raises(ValueError, match="one whose parts add up, got 'repeat_rate'"):
        moments_of(metric("repeat_rate"), dict().__getitem__)


def test_the_more_are_looked_at_the_likelier_is_chance():
    assert odds_among(4.0, 10) < odds_among(4.0, 1000) < odds_among(3.0, 1000) == 1.0
