"""The split of a budget: the best there is, which limit binds at what price, and refusals in one sentence."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.periods import DAYS_A_MONTH
from analytics.prescriptive.assumptions import Assumptions, ChannelBound
from analytics.prescriptive.budget import budget_plan, net_margin, order_worth
from analytics.prescriptive.budget_next import budget_advice, budget_curves, next_experiment, worth_of_knowing
from analytics.prescriptive.budget_split import best_split
from analytics.prescriptive.media_response import MediaResponse
from analytics.shop import Shop

TODAY = date(2026, 6, 30)
SHOP = Shop("Hand shop", "EUR", "monday", date(2025, 1, 1), TODAY, TODAY, 10_000)
MARGINS = pd.DataFrame({"category": ["Tea", "Cups"], "share": [0.5, 0.2], "revenue": [300.0, 100.0]})
NONE = Assumptions()


def response(lift, half, base, present, acts_on=None, **changes) -> MediaResponse:
    """Curves that are known: one draw, unless rows are given."""
    lift, half = (np.atleast_2d(np.asarray(a, dtype="float64")) for a in (lift, half))
    base, present = np.atleast_2d(np.asarray(base, dtype="float64")), np.asarray(present, dtype="float64")
    half, base = (np.repeat(a, len(lift) // len(a), axis=0) for a in (half, base))
    channels, series = tuple("ABCDEF"[: lift.shape[1]]), tuple("ABCDEF"[: base.shape[1]])
    size = len(channels)
    facts = {
        "channels": channels, "series": series, "days": pd.date_range("2025-01-01", TODAY), "lift": lift, "half": half,
        "acts_on": np.eye(size, dtype=bool) if acts_on is None else np.array(acts_on, dtype=bool),
        "carry_over": np.full(lift.shape, 0.5), "base": base, "usual": present.copy(), "present": present,
        "lowest": present * 0.5, "highest": present * 2, "orders": base.mean(axis=0) * 1.4,
        "value": np.full(len(series), 10.0), "mix": pd.DataFrame({"Tea": 1.0, "Cups": 1.0}, index=list(series)),
        "error": np.full(size, 0.3), "season": np.zeros(size), "follows": np.ones(size), "scatter": 1.0, "notes": (),
    }  # fmt: skip
    return MediaResponse(**(facts | changes))


TWO = response([1.0, 1.0], [50.0, 50.0], [100.0, 25.0], [60.0, 60.0])


def test_an_order_is_worth_its_revenue_times_the_margin_of_what_it_is_made_of():
    mixed = replace(TWO, mix=pd.DataFrame({"Tea": [3.0, 0.0], "Cups": [1.0, 2.0]}, index=["A", "B"]))
    assert order_worth(mixed, MARGINS) == pytest.approx([10 * (0.75 * 0.5 + 0.25 * 0.2), 10 * 0.2])


def test_a_category_without_a_margin_counts_with_that_of_all():
    unknown = replace(TWO, mix=pd.DataFrame({"Hats": [1.0, 1.0]}, index=["A", "B"]))
    assert order_worth(unknown, MARGINS) == pytest.approx(10 * (0.5 * 300 + 0.2 * 100) / 400)


def test_the_split_of_two_known_curves_is_that_of_the_formula():
    worth = np.array([4.0, 4.0])
    split = best_split(TWO, worth, np.zeros(2), np.full(2, 200.0), 150.0, spend_all=True)
    # equal slopes: sqrt(base) / (spend + half) is the same, so spend + half goes with sqrt(base), 10 to 5
    assert split.spend == pytest.approx([250 * 10 / 15 - 50, 250 * 5 / 15 - 50], rel=1e-3)
    assert split.slopes == pytest.approx(np.full(2, split.price), rel=1e-3)
    assert split.price == pytest.approx(4 * 100 * 50 / (250 * 10 / 15) ** 2, rel=1e-3)
    assert split.binds
    assert not (split.at_low | split.at_high).any()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("shared", [False, True])
def test_no_other_split_on_a_fine_grid_is_better(seed, shared):
    chance = np.random.default_rng(seed)
    draws, size = 5, 3
    lift, half = chance.uniform(0.1, 1.5, (draws, size)), chance.uniform(10, 90, (draws, size))
    base = chance.uniform(20, 200, (draws, 1 if shared else size))
    acts_on = np.ones((size, 1)) if shared else None
    media = response(lift, half, base, np.full(size, 40.0), acts_on)
    worth = chance.uniform(1, 5, base.shape[1])
    low, high, total = chance.uniform(0, 20, size), chance.uniform(50, 90, size), 120.0
    split = best_split(media, worth, low, high, total, spend_all=True)
    assert split.spend.sum() == pytest.approx(total)
    assert ((split.spend >= low - 1e-9) & (split.spend <= high + 1e-9)).all()
    first, second = np.meshgrid(np.linspace(low[0], high[0], 60), np.linspace(low[1], high[1], 60))
    third = total - first - second
    there = (third >= low[2]) & (third <= high[2])
    tried = [
        net_margin(media, worth, np.array(s)).mean()
        for s in zip(first[there], second[there], third[there], strict=True)
    ]
    assert net_margin(media, worth, split.spend).mean() >= max(tried) - 1e-6 * abs(max(tried))


def test_only_what_pays_ends_where_one_more_unit_brings_one():
    plan = budget_plan(TWO, MARGINS, NONE, SHOP, total=9_000.0, spend_all=False)
    free = plan.table[plan.table["binds"] == ""]
    assert free["return_proposed"].to_numpy() == pytest.approx(np.ones(len(free)), abs=2e-3)
    assert plan.total < 9_000
    assert not plan.total_binds
    assert "The total does not bind" in plan.binding


def test_a_bound_that_binds_is_named_with_its_price():
    bounds = Assumptions(
        channels=(ChannelBound("a", 0.0, 40 * DAYS_A_MONTH), ChannelBound("B", 0.0, 200 * DAYS_A_MONTH))
    )
    plan = budget_plan(TWO, MARGINS, bounds, SHOP)
    table = plan.table.set_index("channel")
    assert table["binds"].to_dict() == {"A": "most", "B": ""}
    assert table["stated"].all()
    worth = order_worth(TWO, MARGINS)[0]
    slopes = worth * 100 * 50 / 90**2, worth * 25 * 50 / 130**2
    assert table.at["A", "worth_of_bound"] == pytest.approx(slopes[0] - slopes[1], rel=1e-3)
    assert "A (worth € " in plan.binding
    assert "at its most" in plan.binding


def test_bounds_that_are_not_stated_are_half_more_or_less_and_said_to_be_assumed():
    plan = budget_plan(TWO, MARGINS, NONE, SHOP)
    assert plan.table["least"].to_numpy() == pytest.approx(30 * DAYS_A_MONTH)
    assert plan.table["most"].to_numpy() == pytest.approx(90 * DAYS_A_MONTH)
    assert "assumed until they are stated" in plan.explained
    twice = budget_plan(TWO, MARGINS, NONE, SHOP, total=240 * DAYS_A_MONTH)
    assert twice.total == pytest.approx(240 * DAYS_A_MONTH)


def test_money_goes_to_where_it_brings_more_and_the_gain_is_that_of_the_curves():
    plan = budget_plan(TWO, MARGINS, NONE, SHOP)
    proposed = plan.table.set_index("channel")["proposed"] / DAYS_A_MONTH
    assert proposed["A"] > 60 > proposed["B"]
    worth = order_worth(TWO, MARGINS)
    gain = net_margin(TWO, worth, proposed[["A", "B"]].to_numpy()) - net_margin(TWO, worth, TWO.present)
    assert plan.change == pytest.approx(gain[0])
    assert (plan.low, plan.high, plan.probability) == (pytest.approx(plan.change), pytest.approx(plan.change), 0.99)
    assert (plan.rules["below"].to_numpy() >= -1e-6).all()
    assert "more on A" in plan.sentence


def test_a_split_that_is_best_already_is_kept():
    even = response([1.0, 1.0], [50.0, 50.0], [50.0, 50.0], [60.0, 60.0])
    plan = budget_plan(even, MARGINS, NONE, SHOP)
    assert plan.keeps
    assert plan.change == pytest.approx(0.0, abs=1e-3)
    assert "as near to the best" in plan.sentence


def test_a_single_channel_has_nothing_to_split():
    one = response([1.0], [50.0], [50.0], [60.0])
    plan = budget_plan(one, MARGINS, NONE, SHOP)
    assert plan.sentence.startswith("All spend is on A, so there is nothing to split: one more € 1.00 brings € 0.72")
    assert plan.price == pytest.approx(order_worth(one, MARGINS)[0] * 50 * 50 / 110**2)
    assert budget_plan(one, MARGINS, NONE, SHOP, spend_all=False).total < plan.total


def test_a_channel_of_which_nothing_is_told_keeps_what_it_has():
    unsure = replace(TWO, error=np.array([0.3, 5.0]))
    plan = budget_plan(unsure, MARGINS, NONE, SHOP)
    table = plan.table.set_index("channel")
    assert table.at["B", "proposed"] == pytest.approx(table.at["B", "present"])
    assert table.at["B", "binds"] == "held"
    assert "B is left as now" in plan.binding
    assert "do not tell the effect of B" in plan.doubts


def test_a_budget_that_costs_more_than_it_brings_is_said_to():
    plan = budget_plan(TWO, MARGINS, NONE, SHOP, total=80_000.0)
    assert plan.change < 0
    assert not plan.keeps
    assert "leave" in plan.sentence
    assert plan.price < 1


@pytest.mark.parametrize(
    ("media", "assumptions", "total", "message"),
    [
        (TWO, NONE, 0.0, "A budget of 0 leaves nothing to split"),
        (replace(TWO, value=np.full(2, -3.0)), NONE, None, "no contribution margin, so no spend can pay"),
        (
            TWO,
            Assumptions(channels=(ChannelBound("A", 2_000.0), ChannelBound("B", 3_000.0))),
            4_000.0,
            "The least amounts of A, B add up to € 5,000 a month, more than the budget of € 4,000",
        ),
        (
            replace(TWO, error=np.full(2, 9.0), lowest=TWO.usual, highest=TWO.usual),
            NONE,
            None,
            "cannot be told from these data: spend hardly ever changed",
        ),
        (replace(TWO, error=np.full(2, 0.5), season=np.full(2, 0.9)), NONE, None, "spend went with the season"),
        (replace(TWO, error=np.full(2, 1.5)), NONE, None, "spend changed too little, or orders are too few"),
    ],
)
def test_where_no_plan_can_be_made_one_sentence_says_why(media, assumptions, total, message):
    with pytest.raises(NotEnoughData, match=message):
        budget_plan(media, MARGINS, assumptions, SHOP, total=total)


@pytest.mark.parametrize("total", [-1.0, float("nan"), float("inf")])
def test_a_total_that_is_none_is_the_callers_mistake(total):
    with pytest.raises(ValueError, match="total: expected an amount from 0"):
        budget_plan(TWO, MARGINS, NONE, SHOP, total=total)


def test_what_the_upper_bounds_leave_no_place_for_stays_unspent():
    tight = Assumptions(channels=(ChannelBound("A", 0.0, 500.0), ChannelBound("B", 0.0, 700.0)))
    plan = budget_plan(TWO, MARGINS, tight, SHOP, total=3_000.0)
    assert plan.total == pytest.approx(1_200.0)
    assert "€ 1,800 of the budget stays unspent: the upper bounds leave no place for it" in plan.sentence


def test_the_plan_is_best_in_the_mean_of_all_that_may_be_true():
    doubtful = response([[0.1, 1.0], [3.0, 1.0]], [50.0, 50.0], [50.0, 50.0], [60.0, 60.0])
    plan = budget_plan(doubtful, MARGINS, NONE, SHOP)
    worth = order_worth(doubtful, MARGINS)
    nets = [net_margin(doubtful, worth, np.array([a, 120 - a])).mean() for a in np.linspace(30, 90, 601)]
    assert plan.net == pytest.approx(max(nets), rel=1e-5)
    assert plan.low < plan.change < plan.high


def test_curves_begin_at_nothing_grow_and_stand_beside_the_marks():
    plan = budget_plan(TWO, MARGINS, NONE, SHOP)
    curves = budget_curves(TWO, plan, SHOP)
    for name, rows in curves.table.groupby("channel"):
        assert rows["margin"].iloc[0] == 0
        assert (rows["margin"].diff().dropna() > 0).all()
        assert rows.loc[rows["seen"], "spend"].min() >= 30 * DAYS_A_MONTH * 0.99, name
    assert curves.marks["proposed"].tolist() == plan.table["proposed"].tolist()
    a = curves.table[curves.table["channel"] == "A"]
    worth = order_worth(TWO, MARGINS)[0]
    spend = a["spend"] / DAYS_A_MONTH
    assert a["margin"].to_numpy() == pytest.approx((worth * 100 * spend / (spend + 50) * DAYS_A_MONTH).to_numpy())


def test_the_test_proposed_is_long_enough_by_simulation():
    media = response([0.8, 0.2], [60.0, 60.0], [40.0, 40.0], [60.0, 60.0])
    proposed = next_experiment(media, MARGINS, SHOP)
    row = proposed.table.set_index("channel").loc["A"]
    chance, used = np.random.default_rng(1), 10 / 14
    a_week = 7 * media.orders[0] * used
    shift = np.log1p(row["contrast"]) / 2
    up, down = (chance.poisson(a_week * row["weeks"] / 2 * np.exp(sign * shift), 4_000) for sign in (1, -1))
    found = np.abs(np.log(up / down)) > 1.96 * np.sqrt(1 / up + 1 / down)
    assert found.mean() > 0.75


def test_the_channel_on_whose_unknown_return_most_hangs_is_tested():
    doubtful = response([[0.2, 0.9], [1.8, 1.1]], [60.0, 60.0], [40.0, 40.0], [60.0, 60.0])
    proposed = next_experiment(doubtful, MARGINS, SHOP)
    assert proposed.channel == "A"
    assert proposed.table["channel"].tolist() == ["A", "B"]
    assert "Test A next" in proposed.sentence
    tiny = replace(doubtful, orders=doubtful.orders / 1e4)
    assert "No test of a single channel would tell within a year" in next_experiment(tiny, MARGINS, SHOP).sentence


def test_to_know_every_curve_is_worth_what_the_best_split_of_each_gains():
    doubtful = response([[0.1, 1.0], [3.0, 1.0]], [50.0, 50.0], [50.0, 50.0], [60.0, 60.0])
    plan = budget_plan(doubtful, MARGINS, NONE, SHOP)
    worth, nets = order_worth(doubtful, MARGINS), []
    for d in range(2):
        one = response(doubtful.lift[d], doubtful.half[d], doubtful.base[d], doubtful.present)
        split = best_split(one, worth, plan.split.low, plan.split.high, plan.split.spend.sum(), spend_all=True)
        nets.append(net_margin(one, worth, split.spend)[0])
    assert worth_of_knowing(doubtful, plan) == pytest.approx(np.mean(nets) - plan.net, rel=1e-3)
    assert worth_of_knowing(TWO, budget_plan(TWO, MARGINS, NONE, SHOP)) == pytest.approx(0.0, abs=1e-2)


def test_advice_is_incremental_and_its_scenario_brings_the_same():
    (advice,) = budget_advice(TWO, MARGINS, NONE, SHOP)
    plans = [budget_plan(TWO, MARGINS, NONE, SHOP, spend_all=every) for every in (True, False)]
    assert advice.net_benefit == pytest.approx(12 * max(p.change for p in plans))
    assert advice.kind == "channel"
    spend, brought, rest = (advice.scenario.input(n) for n in ("spend_a_month", "margin_per_spend", "monthly_cost"))
    a_month = spend.likely * (brought.likely - 1) - rest.likely
    assert a_month * advice.scenario.months == pytest.approx(advice.net_benefit)


def test_nothing_is_advised_where_nothing_pays_or_nothing_is_told():
    even = response([1.0, 1.0], [50.0, 50.0], [50.0, 50.0], [60.0, 60.0])
    worth = order_worth(even, MARGINS)[0]
    best = np.sqrt(worth * 50 * 50) - 50
    assert budget_advice(replace(even, present=np.full(2, best)), MARGINS, NONE, SHOP) == ()
    assert budget_advice(replace(TWO, error=np.full(2, 9.0)), MARGINS, NONE, SHOP) == ()


def test_spend_of_long_ago_is_no_present_to_move_money_from():
    late = replace(SHOP, today=date(2026, 12, 31), last_day=date(2026, 12, 31))
    assert budget_advice(TWO, MARGINS, NONE, late) == ()
    assert "Spend is known up to 30 Jun 2026 alone" in budget_plan(TWO, MARGINS, NONE, late).doubts
    billed = replace(SHOP, today=date(2026, 7, 25), last_day=date(2026, 7, 25))
    assert budget_advice(TWO, MARGINS, NONE, billed) != ()
    assert "Spend is known" not in budget_plan(TWO, MARGINS, NONE, billed).doubts


def test_that_more_of_the_total_pays_is_said_as_surely_as_it_is_known():
    sure = budget_plan(TWO, MARGINS, NONE, SHOP)
    assert "less than it costs." in sure.binding
    doubtful = response([[0.3, 0.3], [1.7, 1.7]], [50.0, 50.0], [100.0, 100.0], [60.0, 60.0])
    plan = budget_plan(doubtful, MARGINS, NONE, SHOP, total=3_000.0)
    row = plan.table.iloc[0]
    assert row["return_proposed_low"] < 1 < row["return_proposed_high"]
    assert "more than it costs on average, but on " in plan.binding
    assert (
        f"€ {row['return_proposed_low']:.2f} to € {row['return_proposed_high']:.2f} in four of five cases"
        in plan.binding
    )


def test_what_a_unit_brings_is_told_of_a_hundred_where_there_is_no_smaller_coin():
    yen, plan = replace(SHOP, currency="JPY"), budget_plan(TWO, MARGINS, NONE, SHOP)
    assert round(plan.price, 2) not in (0.0, 1.0)
    told = budget_plan(TWO, MARGINS, NONE, yen).binding
    assert f"¥ 100 more of it would bring ¥ {100 * plan.price:.0f}," in told
    assert "At present one more ¥ 100 brings" in budget_curves(TWO, plan, yen).sentence


def test_bounds_of_a_channel_that_nothing_was_spent_on_are_said_to_be_left_out():
    plan = budget_plan(TWO, MARGINS, Assumptions(channels=(ChannelBound("Radio", 10.0),)), SHOP)
    assert "Nothing was ever spent on Radio" in plan.binding


def test_a_present_of_nothing_asks_for_a_budget():
    stopped = replace(TWO, present=np.zeros(2))
    with pytest.raises(NotEnoughData, match=r"A budget of 0 leaves nothing to split: choose one above it\."):
        budget_plan(stopped, MARGINS, NONE, SHOP)
    plan = budget_plan(stopped, MARGINS, NONE, SHOP, total=3_000.0)
    assert plan.total == pytest.approx(3_000.0)
    assert plan.change == pytest.approx(plan.net)


@pytest.mark.parametrize("spend_all", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_curves_a_plan_keeps_its_bounds_and_is_no_worse_than_simple_splits(seed, spend_all):
    chance = np.random.default_rng(seed)
    size, draws = int(chance.integers(1, 6)), 20
    lift, half = chance.lognormal(-1, 1, (draws, size)), chance.lognormal(4, 1, (draws, size))
    media = response(lift, half, chance.lognormal(3, 1, (draws, size)), chance.lognormal(3, 1, size))
    plan = budget_plan(media, MARGINS, NONE, SHOP, spend_all=spend_all)
    table = plan.table
    assert (table["proposed"] >= table["least"] * (1 - 1e-6)).all()
    assert (table["proposed"] <= table["most"] * (1 + 1e-6)).all()
    assert plan.total <= plan.present_total * (1 + 1e-6)
    assert (plan.rules["below"] >= -1e-4 * abs(plan.net)).all()
    assert plan.change >= -1e-4 * abs(plan.net)
