"""What a day is like as usual: known the day before, as sure as it says, and learnt from what there is to see."""

import math
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive import usual as usual_module
from analytics.descriptive.followed import DAYS_TO_LEARN, Followed, followed_series, followed_shares
from analytics.descriptive.usual import SURPRISE, Events, Usual, no_events, usual_days, usual_of_several
from analytics.metrics import METRICS, metric

START = "2024-01-01"
"""A Monday."""
SATURDAY, SUNDAY = 5, 6


def days_of(parts: dict[str, np.ndarray]) -> pd.DatetimeIndex:
    return pd.date_range(START, periods=parts["orders"].shape[1])


def usual_of(key: str, parts: dict[str, np.ndarray], events: Events | None = None) -> Usual:
    days = days_of(parts)
    return usual_days(followed_series(METRICS[key], parts), days, events or no_events(len(days)))


def counted(orders: np.ndarray) -> dict[str, np.ndarray]:
    return {"orders": np.asarray(orders, dtype="float64")}


def poisson(rate: float, series: int = 1, days: int = 400, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).poisson(rate, (series, days)).astype("float64")


def shop_parts(rate: float = 40, series: int = 8, days: int = 300, seed: int = 3) -> dict[str, np.ndarray]:
    """All parts of all metrics of quiet shops: order amounts, scores, deliveries, refunds, customers."""
    chance = np.random.default_rng(seed)
    orders = chance.poisson(rate, (series, days))

    def summed(draw, counts):
        drawn = [[draw(n) for n in row] for row in counts]
        return tuple(np.array([[float((x**power).sum()) for x in row] for row in drawn]) for power in (1, 2))

    sales, sales_squared = summed(lambda n: chance.lognormal(4, 0.7, n), orders)
    refunds, refunds_squared = summed(lambda n: chance.lognormal(4, 0.7, n), chance.poisson(rate * 0.1, orders.shape))
    scored = chance.binomial(orders, 0.6)
    scores, scores_squared = summed(lambda n: chance.choice([1, 2, 3, 4, 5], n, p=[0.05, 0.1, 0.2, 0.3, 0.35]), scored)
    delivery, delivery_squared = summed(lambda n: chance.poisson(4, n), orders)
    customers = chance.poisson(rate * 0.9, orders.shape)
    parts = {
        "orders": orders, "sales": sales, "sales_squared": sales_squared, "refunds": refunds,
        "revenue": sales - refunds, "revenue_squared": sales_squared + refunds_squared,
        "score_sum": scores, "score_squared": scores_squared, "scored": scored,
        "delivery_sum": delivery, "delivery_squared": delivery_squared, "delivered": orders,
        "customers": customers, "repeat_customers": chance.binomial(customers, 0.3),
        "new_customers": chance.poisson(rate * 0.5, orders.shape),
    }  # fmt: skip
    return {name: np.asarray(daily, dtype="float64") for name, daily in parts.items()}


SHOPS = shop_parts()


def beyond(errors: np.ndarray, bar: float) -> float:
    known = errors[~np.isnan(errors)]
    return float((np.abs(known) > bar).mean())


def test_several_metrics_followed_together_are_to_the_bit_what_each_is_alone():
    parts = shop_parts(series=3)
    days = days_of(parts)
    number = np.zeros(len(days) + 1, dtype=int)
    number[100:108], number[200:203] = 1, 2
    events = Events(number, {n: frozenset(["Sale"]) for n in (1, 2)}, {n: frozenset(["holiday"]) for n in (1, 2)})
    several = [followed_series(METRICS[key], parts) for key in METRICS]
    several.append(followed_shares(parts["orders"], parts["orders"].sum(axis=0)))
    for followed, together in zip(several, usual_of_several(several, days, events), strict=True):
        alone = usual_days(followed, days, events)
        for name in ("centre", "spread", "moved"):
            np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))


@pytest.mark.parametrize("key", METRICS)
def test_what_is_expected_of_a_day_does_not_know_of_later_days(key):
    until = 200
    later = {name: daily.copy() for name, daily in SHOPS.items()}
    for daily in later.values():
        daily[:, until:] *= 3
    whole, changed = usual_of(key, SHOPS), usual_of(key, later)
    cut = usual_of(key, {name: daily[:, :until] for name, daily in SHOPS.items()})
    for figures in ("centre", "spread"):
        known = getattr(whole, figures)[:, :until]
        np.testing.assert_array_equal(known, getattr(changed, figures)[:, :until])
        np.testing.assert_array_equal(known, getattr(cut, figures))
    assert not np.allclose(whole.centre[:, until + 1 :], changed.centre[:, until + 1 :], equal_nan=True)


def test_a_day_is_expected_by_the_days_before_it_and_not_by_itself():
    orders = poisson(50)
    other = orders.copy()
    other[:, 200] = 80
    one, two = usual_of("orders", counted(orders)), usual_of("orders", counted(other))
    assert one.centre[0, 200] == two.centre[0, 200]
    assert one.centre[0, 201] < two.centre[0, 201]


@pytest.mark.parametrize("rate", [8, 50, 400])
def test_one_day_in_twenty_two_of_a_poisson_series_lies_beyond_two_errors(rate):
    errors = usual_of("orders", counted(poisson(rate, series=60))).errors
    judged = int((~np.isnan(errors)).sum())
    promised = math.erfc(2 / math.sqrt(2))
    assert judged == 60 * (400 - DAYS_TO_LEARN)
    limit = 4 * math.sqrt(promised * (1 - promised) / judged)
    assert abs(beyond(errors, 2) - promised) < limit + 0.004, "0.004: a Poisson count takes whole numbers only"


@pytest.mark.parametrize("key", METRICS)
def test_quiet_shops_scatter_as_far_as_expected_whatever_the_metric(key):
    usual = usual_of(key, SHOPS)
    late = usual.errors[:, 60:]
    assert not np.isnan(late).any()
    assert 0.85 < late.std() < 1.1
    assert abs(late.mean()) < 0.12
    np.testing.assert_allclose(
        usual.expected()[:, 60:].mean(), usual.followed.values[:, 60:].mean(), rtol=0.03, err_msg="in the metric's unit"
    )
    assert (usual.deviation()[:, 60:] > 0).all()
    assert (usual.at(-2)[:, 60:] < usual.at(2)[:, 60:]).all()


@pytest.mark.parametrize(
    ("key", "scale"),
    [
        ("orders", "count"),
        ("revenue", "root"),
        ("average_order_value", "log"),
        ("satisfaction", "plain"),
        ("repeat_rate", "plain"),
    ],
)
def test_each_metric_is_followed_on_its_scale_and_comes_back_to_its_unit(key, scale):
    usual = usual_of(key, SHOPS)
    assert usual.followed.scale == scale
    seen = Usual(usual.followed, usual.followed.seen, np.ones_like(usual.followed.seen))
    np.testing.assert_allclose(seen.at(0), usual.followed.values)


@pytest.mark.parametrize("middle", [-6.0, -1.0, -0.3, 0.0, 0.5, 2.0, 9.0])
def test_the_mean_of_a_day_on_which_refunds_may_outweigh_orders_is_that_of_signed_squares(middle):
    drawn = np.random.default_rng(2).normal(middle, 1.5, 200_000)
    followed = Followed(np.zeros((1, 1)), np.zeros((1, 1)), np.ones((1, 1)), "root")
    expected = Usual(followed, np.full((1, 1), middle), np.full((1, 1), 1.5)).expected()[0, 0]
    assert expected == pytest.approx((np.sign(drawn) * drawn**2).mean(), abs=1.5**2 / 5)


def test_the_variance_of_a_shops_revenue_is_that_of_a_sum_of_as_many_amounts():
    usual = usual_of("revenue", SHOPS)
    true = SHOPS["revenue"][:, 60:].std()
    assert 0.9 * true < np.median(usual.deviation()[:, 60:]) < 1.15 * true


def test_a_fall_of_30_per_cent_at_200_orders_a_day_is_seen_on_its_day():
    orders = poisson(200, series=40)
    fallen = orders.copy()
    fallen[:, 300] = np.random.default_rng(9).poisson(140, 40)
    assert (usual_of("orders", counted(fallen)).errors[:, 300] < -3).mean() >= 0.85
    assert (usual_of("orders", counted(orders)).errors[:, 300] < -3).mean() <= 0.05


def test_an_incident_does_not_become_the_new_usual_at_once():
    orders = poisson(200)
    orders[:, 300] = 0
    expected = usual_of("orders", counted(orders)).expected()
    assert expected[0, 301] > 0.85 * expected[0, 300]


def test_a_new_level_does_become_the_usual_within_weeks():
    orders = poisson(200)
    orders[:, 200:] = poisson(100, days=200, seed=2)
    usual = usual_of("orders", counted(orders))
    assert usual.errors[0, 200] < -4
    assert abs(usual.errors[0, 260:].mean()) < 0.5


def errors_after(factor: float, at: int = 300, until: int = 400, rate: float = 200, series: int = 20) -> np.ndarray:
    """Errors from the first day on which orders come so many times as often, by series and day."""
    orders = poisson(rate, series=series)
    orders[:, at:until] = poisson(rate * factor, series, until - at, seed=3)
    return usual_of("orders", counted(orders)).errors[:, at:]


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_level_that_has_moved_for_good_is_the_usual_after_five_days(factor):
    errors = errors_after(factor)
    assert (np.abs(errors[:, :4]) > 3.3).mean() > 0.95, "the day before may by chance be the first of the five"
    assert beyond(errors[:, 5:60], 3) < 0.01
    assert abs(errors[:, 5:60].mean()) < 0.3


@pytest.mark.parametrize("days", [1, 2, 3])
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_an_incident_of_some_days_is_not_the_usual_when_it_is_over(days, factor):
    errors = errors_after(factor, until=300 + days)
    assert (np.abs(errors[:, :days]) > 3.3).mean() > 0.9, "nor while it lasts"
    assert beyond(errors[:, days : days + 30], 3.3) < 0.02


def test_a_level_that_returns_within_weeks_is_followed_back_within_two_days():
    errors = errors_after(0.5, until=320)
    assert (errors[:, 20] > 3.3).all()
    assert beyond(errors[:, 22:60], 3.3) < 0.01


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_effects_of_weekdays_move_with_the_level(factor):
    sunday = pd.date_range(START, periods=400).day_of_week == SUNDAY
    rate = np.where(sunday, 2.0, 1.0) * np.where(np.arange(400) >= 300, 150 * factor, 150)
    orders = np.random.default_rng(5).poisson(rate, (20, 400)).astype("float64")
    usual = usual_of("orders", counted(orders))
    sundays = np.flatnonzero(sunday)
    first = sundays[sundays >= 306][0]
    np.testing.assert_allclose(usual.expected()[:, first].mean(), 300 * factor, rtol=0.06)


def test_the_effect_of_a_promotion_moves_with_the_level():
    spells = ((200, 206), (330, 336))
    doubled = np.where(np.arange(400) >= 300, 2.0, 1.0)
    orders = np.random.default_rng(4).poisson(risen_rate(*spells) * doubled, (10, 400)).astype("float64")
    usual = usual_of("orders", counted(orders), promotion_at(*spells))
    np.testing.assert_allclose(usual.expected()[:, 330].mean(), 300 * 1.35 * 2, rtol=0.12)


def test_how_far_days_scatter_beyond_chance_moves_with_the_level():
    chance = np.random.default_rng(7)
    rate = np.where(np.arange(600) >= 500, 400, 100) * chance.gamma(10, 1 / 10, (30, 600))
    errors = usual_of("orders", counted(chance.poisson(rate))).errors
    assert beyond(errors[:, 506:], 3) < 0.02


def test_days_of_a_known_promotion_are_no_new_level():
    parts = risen((200, 215))
    usual = usual_of("orders", parts, promotion_at((200, 215)))
    assert (usual.moved == 0).all()
    assert (usual_of("orders", parts).moved[:, 215] > 0).all()


def test_the_day_before_is_judged_together_with_a_day_by_the_level_known_on_it():
    orders = poisson(200, series=20)
    orders[:, 300:] = poisson(100, 20, 100, seed=3)
    usual = usual_of("orders", counted(orders))
    before = usual.errors_a_day_before()
    assert np.isnan(before[:, 0]).all()
    np.testing.assert_allclose(before[:, 300], usual.errors[:, 299], err_msg="nothing has moved yet")
    assert (usual.errors[:, 303] < -3).all()
    np.testing.assert_allclose(before[:, 303], usual.errors[:, 302])
    fifth = usual.errors[:, 304] < -3
    assert fifth.any()
    assert abs(before[fifth, 305].mean()) < 1, "as the sixth knows it"


def test_a_day_by_the_level_of_days_before_it_knows_nothing_of_a_move_since():
    orders = poisson(200, series=20)
    orders[:, 300:] = poisson(100, 20, 100, seed=3)
    usual = usual_of("orders", counted(orders))
    assert (usual.at_level_of(28).errors[:, 320:328] < -3).mean() > 0.9
    assert (usual.at_level_of(28).errors[:, 335:350] < -3).mean() < 0.05
    np.testing.assert_allclose(usual.at_level_of(0).centre, usual.centre)


def steady_then(after: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
    """Scores that are 5 for 200 days, then drawn with these odds; beside their sums the orders that gave them."""
    chance = np.random.default_rng(3)
    drawn = np.stack([np.stack([chance.multinomial(int(n), after) for n in row]) for row in counts[:, 200:]])
    sums = {power: 5.0**power * counts for power in (1, 2)}
    for power, daily in sums.items():
        daily[:, 200:] = drawn @ np.arange(1.0, 6.0) ** power
    return counted(counts) | {"scored": counts, "score_sum": sums[1], "score_squared": sums[2]}


@pytest.mark.parametrize("rate", [20, 200])
@pytest.mark.parametrize("after", [(0.05, 0.1, 0.2, 0.3, 0.35), (0.01, 0.01, 0.02, 0.03, 0.93)])
def test_scores_that_were_all_alike_for_months_are_learnt_within_weeks_once_they_vary(rate, after):
    usual = usual_of("satisfaction", steady_then(np.array(after), poisson(rate, series=8)))
    assert beyond(usual.errors[:, :200], 3) == 0
    assert (usual.errors[:, 200:203].min(axis=1) < -3).all()
    assert beyond(usual.errors[:, 230:], 3) < 0.02
    assert 0.7 < usual.errors[:, 330:].std() < 1.1


def test_amounts_that_were_all_alike_for_months_are_learnt_within_two_months_once_prices_change_by_the_day():
    orders = poisson(200, series=8)
    price = np.full(orders.shape, 50.0)
    price[:, 200:] *= np.exp(np.random.default_rng(2).normal(0, 0.05, (8, 200)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parts = counted(orders) | {"sales": price * orders, "sales_squared": price**2 * orders}
        usual = usual_of("average_order_value", parts)
    assert beyond(usual.errors[:, :200], 3) == 0
    assert beyond(usual.errors[:, 200:215], 3) > 0.3
    assert beyond(usual.errors[:, 260:], 3) < 0.03


@pytest.mark.parametrize("steady", [True, False])
def test_days_that_begin_to_scatter_several_times_as_far_are_judged_by_it_within_months(steady):
    chance = np.random.default_rng(7)
    orders = np.full((20, 500), 200.0) if steady else poisson(200, 20, 500)
    orders[:, 200:] = chance.negative_binomial(10, 10 / 210, (20, 300))
    errors = usual_of("orders", counted(orders)).errors
    assert beyond(errors[:, 200:215], 3.3) > 0.2
    assert beyond(errors[:, 290:], 3.3) < 0.03


def test_three_incidents_in_a_month_do_not_make_days_be_taken_to_scatter_further():
    orders = poisson(200, series=20)
    for day in (300, 310, 320):
        orders[:, day] = 60
    usual, quiet = usual_of("orders", counted(orders)), usual_of("orders", counted(poisson(200, series=20)))
    assert np.median(usual.spread[:, 325] / quiet.spread[:, 325]) < 1.1


def test_a_closed_saturday_is_no_surprise_and_an_open_one_is():
    orders = poisson(100)
    closed = days_of(counted(orders)).day_of_week == SATURDAY
    orders[:, closed] = 0
    orders[:, np.flatnonzero(closed)[-1]] = 90
    usual = usual_of("orders", counted(orders))
    saturdays = np.flatnonzero(closed)[12:]
    assert (np.abs(usual.errors[0, saturdays[:-1]]) < 2.5).all()
    assert (usual.expected()[0, saturdays] < 6).all()
    assert usual.errors[0, saturdays[-1]] > 5
    open_days = np.flatnonzero(~closed)
    assert 90 < usual.expected()[0, open_days[open_days > 200]].mean() < 110


def test_the_effect_of_a_weekday_is_learnt():
    sunday = pd.date_range(START, periods=400).day_of_week == SUNDAY
    orders = np.random.default_rng(5).poisson(np.where(sunday, 200, 100), (1, 400)).astype("float64")
    usual = usual_of("orders", counted(orders))
    assert 185 < usual.expected()[0, 200:][sunday[200:]].mean() < 215
    assert 93 < usual.expected()[0, 200:][~sunday[200:]].mean() < 107


def test_a_day_on_which_nothing_could_be_seen_teaches_nothing():
    unseen = {name: daily.copy() for name, daily in SHOPS.items()}
    for name in ("score_sum", "scored", "score_squared"):
        unseen[name][:, 150:180] = 0
    usual = usual_of("satisfaction", unseen)
    assert np.isnan(usual.errors[:, 150:180]).all()
    assert not np.isnan(usual.errors[:, 180:]).any()
    whole = usual_of("satisfaction", SHOPS)
    np.testing.assert_allclose(usual.expected()[:, 180], whole.expected()[:, 150], rtol=0.1)
    assert usual.errors[:, 180:].std() < 1.1


def promotion_at(*spells: tuple[int, int], days: int = 400, kind: str = "promotion") -> Events:
    number = np.zeros(days, dtype=int)
    for n, (first, last) in enumerate(spells, start=1):
        number[first : last + 1] = n
    numbers = range(1, len(spells) + 1)
    return Events(number, {n: frozenset(["Sale"]) for n in numbers}, {n: frozenset([kind]) for n in numbers})


def risen_rate(*spells: tuple[int, int]) -> np.ndarray:
    rate = np.full(400, 300.0)
    for first, last in spells:
        rate[first : last + 1] *= 1.35
    return rate


def risen(*spells: tuple[int, int], series: int = 10) -> dict[str, np.ndarray]:
    return counted(np.random.default_rng(11).poisson(risen_rate(*spells), (series, 400)))


def test_a_known_promotion_is_no_surprise_on_its_second_day_and_an_unknown_one_is():
    parts = risen((200, 206))
    known, unknown = usual_of("orders", parts, promotion_at((200, 206))), usual_of("orders", parts)
    assert abs(known.errors[:, 201:207].mean()) < 1
    assert unknown.errors[:, 201].mean() > 3


def test_the_days_after_a_known_promotion_are_expected_as_before_it():
    parts = risen((200, 206))
    usual = usual_of("orders", parts, promotion_at((200, 206)))
    np.testing.assert_allclose(usual.expected()[:, 207:214].mean(), 300, rtol=0.04)


def test_the_second_promotion_of_a_name_is_expected_to_move_as_much_as_the_first():
    spells = ((200, 206), (300, 306))
    usual = usual_of("orders", risen(*spells), promotion_at(*spells))
    assert usual.expected()[:, 200].mean() < 320
    assert usual.expected()[:, 300].mean() > 370


def test_an_event_that_is_still_going_on_is_expected_as_it_will_be_once_more_days_are_known():
    parts = risen((200, 206))
    for kind in ("holiday", "promotion"):
        whole = usual_of("orders", parts, promotion_at((200, 206), kind=kind))
        for until in (201, 204):
            so_far = {"orders": parts["orders"][:, :until]}
            cut = usual_of("orders", so_far, promotion_at((200, 206), days=until + 1, kind=kind))
            np.testing.assert_array_equal(cut.spread, whole.spread[:, :until], err_msg=f"{kind} cut after {until}")


def test_days_that_scatter_more_than_chance_are_judged_by_their_own_scatter():
    chance = np.random.default_rng(7)
    orders = chance.negative_binomial(10, 10 / 110, (20, 500)).astype("float64")  # mean 100, deviation 33, not 10
    usual = usual_of("orders", counted(orders))
    assert beyond(usual.errors[:, :50], 3) > 0.03, "as if by chance alone, until it is learnt"
    assert beyond(usual.errors[:, 250:], 3) < 0.02
    assert 24 < np.median(usual.deviation()[:, 250:]) < 40


def test_days_that_scatter_less_than_chance_are_not_held_to_it():
    steady = np.full((1, 400), 100.0)
    steady[:, ::2] = 101
    usual = usual_of("orders", counted(steady))
    assert (usual.deviation()[0, 60:] > 9.5).all()


@pytest.mark.parametrize("key", METRICS)
@pytest.mark.parametrize("days", [1, 5, 28, 29, 100])
def test_a_short_history_or_one_of_nothing_at_all_is_neither_an_error_nor_a_warning(key, days):
    short = {name: daily[:, :days].copy() for name, daily in SHOPS.items()}
    nothing = {name: np.zeros_like(daily) for name, daily in short.items()}
    one_missing = {name: np.concatenate([short[name][:2], nothing[name][:1]]) for name in short}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for parts in (short, nothing, one_missing):
            usual = usual_of(key, parts)
            usual.errors, usual.expected(), usual.deviation()
            assert np.isnan(usual.errors[:, :DAYS_TO_LEARN]).all()
    if days > 60:
        assert not np.isnan(usual_of(key, one_missing).errors[:2, 60:]).any()


@pytest.mark.parametrize("key", METRICS)
def test_a_series_that_begins_late_is_followed_once_it_has_begun(key):
    late = {name: daily.copy() for name, daily in SHOPS.items()}
    for daily in late.values():
        daily[:, :100] = 0
    errors = usual_of(key, late).errors[:, 200:]
    assert not np.isnan(errors).any()
    assert 0.6 < errors.std() < 1.3
    assert abs(errors.mean()) < 0.5


def test_refunds_may_leave_a_day_or_a_whole_shop_with_less_than_nothing():
    parts = {name: daily.copy() for name, daily in SHOPS.items()}
    parts["revenue"][:, 150] = -5_000
    parts["revenue"][0] = -np.abs(parts["revenue"][0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        usual = usual_of("revenue", parts)
    assert (usual.errors[1:, 150] < -5).all()
    assert not np.isnan(usual.errors[:, 60:]).any()
    assert (usual.expected()[0, 60:] < 0).all()


def test_an_order_value_of_nothing_has_no_logarithm_and_is_left_out():
    parts = {name: daily.copy() for name, daily in SHOPS.items()}
    parts["sales"][:, 100] = 0
    usual = usual_of("average_order_value", parts)
    assert np.isnan(usual.errors[:, 100]).all()
    assert not np.isnan(usual.errors[:, 101:]).any()


def test_shares_are_calibrated_at_any_size_and_missing_where_there_is_nothing_to_share():
    chance = np.random.default_rng(2)
    of = chance.poisson(60, 400).astype("float64")
    of[200:203] = 0
    counts = np.stack([chance.binomial(of.astype(int), share) for share in np.repeat([0.03, 0.2, 0.5, 0.97], 5)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        followed = followed_shares(counts.astype("float64"), of)
        usual = usual_days(followed, pd.date_range(START, periods=400), no_events(400))
        expected = usual.expected()
    assert np.isnan(followed.values[:, 200]).all()
    assert np.isnan(usual.errors[:, 200:203]).all()
    known = usual.errors[:, 60:]
    for row in range(0, 20, 5):
        assert 0.85 < np.nanstd(known[row : row + 5]) < 1.1
    assert 0.45 < expected[10, 399] < 0.55
    assert np.nanmin(expected) >= 0
    assert np.nanmax(expected) <= 1


def test_a_member_that_loses_half_its_share_is_seen_though_the_whole_shop_doubles():
    chance = np.random.default_rng(4)
    of = chance.poisson(np.where(np.arange(400) >= 300, 400, 200)).astype("float64")
    share = np.where(np.arange(400) >= 300, 0.1, 0.2)
    followed = followed_shares(chance.binomial(of.astype(int), share)[None].astype("float64"), of)
    errors = usual_days(followed, pd.date_range(START, periods=400), no_events(400)).errors[0]
    assert errors[300] < -3
    assert np.abs(errors[290:300]).max() < 3


def test_the_mean_square_of_a_surprise_that_is_cut_off_equals_its_formula():
    c = SURPRISE
    tail = math.erfc(c / math.sqrt(2))
    formula = (1 - tail) - 2 * c * math.exp(-c * c / 2) / math.sqrt(2 * math.pi) + c * c * tail
    assert abs(usual_module._MEAN_CUT_SQUARE - formula) < 5e-6


def test_the_usual_does_not_depend_on_the_other_series_that_are_followed_beside_it():
    together = usual_of("revenue", SHOPS)
    alone = usual_of("revenue", {name: daily[3:4] for name, daily in SHOPS.items()})
    np.testing.assert_allclose(alone.errors[0], together.errors[3])
    for key in ("refund_rate", "satisfaction"):
        alone = usual_of(key, {name: daily[3:4] for name, daily in SHOPS.items()})
        np.testing.assert_allclose(alone.errors[0], usual_of(key, SHOPS).errors[3])


@pytest.mark.parametrize("a_day", [3, 6, 12, 40, 200])
def test_days_of_few_orders_lie_as_far_out_as_often_as_is_said(a_day):
    """Of counts by chance, beyond so many standard errors to either side lie as many as of normal deviates, or fewer.

    By the root alone five times as many days of six orders would lie so far below as may.
    """
    days = pd.date_range("2024-01-01", periods=800)
    counts = np.random.default_rng(a_day).poisson(a_day, (60, 800)).astype("float64")
    usual = usual_days(followed_series(metric("orders"), {"orders": counts}), days, no_events(len(days)))
    errors = usual.errors[:, 200:]
    for bar, odds in ((2.0, 0.0228), (2.5, 0.0062), (3.0, 0.00135)):
        for beyond in ((errors < -bar).mean(), (errors > bar).mean()):
            assert beyond < 1.6 * odds + 0.0004, (a_day, bar, beyond)
    roots = (usual.followed.seen - usual.centre)[:, 200:] / usual.spread[:, 200:]
    if a_day == 6:
        assert (roots < -3.3).mean() > 3 * 0.00048 > 3 * (errors < -3.3).mean()


def test_a_value_so_many_errors_away_lies_so_many_errors_away():
    days = pd.date_range("2024-01-01", periods=300)
    counts = np.random.default_rng(5).poisson(8, (3, 300)).astype("float64")
    usual = usual_days(followed_series(metric("orders"), {"orders": counts}), days, no_events(len(days)))
    for errors in (-2.5, -1.0, 0.0, 1.5, 3.0):
        moved = replace(usual.followed, seen=np.sqrt(usual.at(errors) + 3 / 8))
        there = replace(usual, followed=moved).errors[:, 60:]
        assert there == pytest.approx(errors, abs=1e-6)
