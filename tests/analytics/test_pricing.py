"""What prices do, and which to move: indices in which only prices move, elasticities that are there, optima known."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.assumptions import Assumptions, Finance
from analytics.prescriptive.elasticity import PUBLISHED, elasticities, shrunk
from analytics.prescriptive.price_advice import advised_moves, pricing_advice
from analytics.prescriptive.price_days import REST, PriceDays, price_days
from analytics.prescriptive.price_moves import KEEP, LOWER, RAISE, SILENT, edge_note, price_moves
from analytics.prescriptive.price_scores import BEARS, CAREFUL, price_scores
from analytics.shop import Shop
from tests.analytics.conftest import shop_of

NO_EVENTS = pd.DataFrame(columns=["start_date", "end_date", "label", "kind"])
DAYS = pd.date_range("2025-01-01", periods=400)
ALL = Filters(Period(DAYS[0].date(), DAYS[-1].date()))


def baskets(days: int = 90, tea: float = 2.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A cup a day and a pot a day, the pot on odd days only; tea is a tenth dearer from day 60 on."""
    orders, lines = [], []
    for n, day in enumerate(pd.date_range("2026-01-01", periods=days)):
        dearer = 1.1 if n >= 60 else 1.0
        bought = [("cup", 5.0)] + ([("pot", 50.0)] if n % 2 else [])
        for at, (item, price) in enumerate(bought):
            key = f"t{n}-{at}"
            orders.append((key, f"c{n % 7}", day, price * dearer, "Web", "North", "Tea", 4, 3))
            lines.append((key, 1, item, item.title(), "Tea", 1.0, price * dearer, tea))
    columns = ["transaction_id", "customer_id", "date", "revenue", "channel", "region", "category"]
    of_lines = ["transaction_id", "line", "product_id", "product", "category", "quantity", "unit_price", "unit_cost"]
    return (
        pd.DataFrame(orders, columns=[*columns, "satisfaction_score", "delivery_days"]),
        pd.DataFrame(lines, columns=of_lines),
    )


def view_of(orders: pd.DataFrame) -> tuple[Shop, Filters]:
    shop = shop_of(orders)
    return shop, Filters(Period(shop.first_day, shop.today))


def sold(
    elasticity: tuple[float, ...], a_day: float = 30.0, spread: float = 0.1, seed: int = 1, trend: float = 0.3
) -> PriceDays:
    """Groups whose orders answer to prices that stand for twenty days, under a common season, week and trend."""
    chance = np.random.default_rng(seed)
    groups = len(elasticity)
    steps = chance.normal(0, spread, (len(DAYS) // 20, groups)) if spread else np.zeros((len(DAYS) // 20, groups))
    log_price = np.repeat(steps, 20, axis=0)
    log_price = log_price - log_price[-1]
    number = np.arange(len(DAYS))
    common = np.exp(0.4 * np.sin(number / 58) + trend * number / 365) * (1 + 0.3 * (DAYS.dayofweek.to_numpy() == 5))
    orders = chance.poisson(a_day * common[:, None] * np.exp(log_price * np.array(elasticity)))
    names = tuple("ABCDEFGH"[:groups])
    sums = pd.DataFrame(
        [
            (day, name, orders[n, g], orders[n, g] * 10 * np.exp(log_price[n, g]), orders[n, g] * 6.0)
            for n, day in enumerate(DAYS)
            for g, name in enumerate(names)
        ],
        columns=["day", "group", "orders", "revenue", "cost"],
    ).assign(units=1.0, scores=0.0, score=0.0, delivery_days=0.0)
    sums["costed"] = sums["revenue"]
    offered = np.ones(orders.shape, dtype=bool)
    categories = dict(zip(names, names, strict=True))
    return PriceDays(
        "category", "", DAYS, names, orders.astype(float), log_price, offered, np.ones(groups), sums, names, categories,
        0.0,
    )  # fmt: skip


def margins_of(prices: PriceDays, share: float = 0.4, source: str = "stated") -> pd.DataFrame:
    return pd.DataFrame({"category": prices.names, "share": share, "source": source})


def a_shop() -> Shop:
    first, last = DAYS[0].date(), DAYS[-1].date()
    return Shop("", "EUR", "monday", first, last, last, 1_000, members={"category": ("A", "B")})


def moves_of(prices: PriceDays, assumptions: Assumptions | None = None, share: float = 0.4, source: str = "stated"):
    found = elasticities(prices, NO_EVENTS)
    return price_moves(prices, found, margins_of(prices, share, source), assumptions or Assumptions(), ALL, a_shop())


def test_what_is_bought_does_not_pose_as_its_price():
    orders, lines = baskets()
    prices = price_days(lines, orders, *view_of(orders))
    assert prices.names == ("Tea",)
    assert np.exp(prices.log_price[:58, 0]) == pytest.approx(1 / 1.1)
    assert np.exp(prices.log_price[62:, 0]) == pytest.approx(1.0)
    assert prices.at_price[0] > 0.95


def test_a_voucher_on_an_order_is_neither_revenue_nor_margin():
    orders, lines = baskets()
    whole, less = (price_days(lines, o, *view_of(o)) for o in (orders, orders.assign(revenue=0.8 * orders["revenue"])))
    for column in ("revenue", "costed"):
        assert less.sums[column].sum() == pytest.approx(0.8 * whole.sums[column].sum())
    assert less.sums["cost"].sum() == pytest.approx(whole.sums["cost"].sum())
    assert less.log_price == pytest.approx(whole.log_price, abs=1e-12)  # the engine adds in the order of its threads


def test_refunds_returns_and_lines_without_a_price_are_no_sales():
    orders, lines = baskets()
    bad = lines.head(3).assign(unit_price=[0.0, -5.0, 5.0], quantity=[1.0, 1.0, -1.0], line=2)
    refund = orders.head(1).assign(transaction_id="r", revenue=-5.0)
    refunded = lines.head(1).assign(transaction_id="r")
    plain, with_bad = (
        price_days(of_lines, of_orders, *view_of(orders))
        for of_lines, of_orders in (
            (lines, orders),
            (pd.concat([lines, bad, refunded]), pd.concat([orders, refund])),
        )
    )
    assert with_bad.orders.sum() == plain.orders.sum() == len(orders)
    assert with_bad.sums["revenue"].sum() == pytest.approx(orders["revenue"].sum())


def test_a_slip_of_the_price_moves_no_index():
    orders, lines = baskets()
    lines.loc[5, "unit_price"] *= 100
    prices = price_days(lines, orders, *view_of(orders))
    assert np.exp(prices.log_price[:58, 0]) == pytest.approx(1 / 1.1, abs=1e-6)


def test_an_order_with_several_lines_of_a_category_counts_once():
    orders, lines = baskets()
    twice = pd.concat([lines, lines.assign(line=2)])
    assert price_days(twice, orders, *view_of(orders)).orders.sum() == len(orders)


def test_without_categories_products_are_looked_at():
    orders, lines = baskets()
    bare = price_days(lines.drop(columns="category"), orders.drop(columns="category"), *view_of(orders))
    assert bare.by == "product"
    assert set(bare.listed) == {"Cup", "Pot"}


def test_the_members_in_view_are_counted_and_the_price_is_that_of_all():
    orders, lines = baskets()
    orders.loc[orders.index % 2 == 0, "region"] = "South"
    shop, view = view_of(orders)
    south = price_days(lines, orders, shop, replace(view, region=("South",)))
    whole = price_days(lines, orders, shop, view)
    assert south.orders.sum() == (orders["region"] == "South").sum()
    assert south.log_price == pytest.approx(whole.log_price)


def test_a_filter_of_categories_keeps_what_they_are_compared_with():
    orders, lines = baskets()
    lines.loc[lines["product_id"] == "pot", "category"] = "Pots"
    shop, view = view_of(orders)
    prices = price_days(lines, orders, shop, replace(view, category=("Pots",)))
    assert prices.listed == ("Pots",)
    assert set(prices.names) == {"Tea", "Pots"}


def test_no_lines_no_days_and_no_orders_are_said():
    orders, lines = baskets()
    shop, view = view_of(orders)
    with pytest.raises(NotEnoughData, match="lines of orders"):
        price_days(lines.head(0), orders, shop, view)
    with pytest.raises(NotEnoughData, match="60 days on: there are 20"):
        price_days(lines, orders, replace(shop, today=date(2026, 1, 20)), view)
    with pytest.raises(NotEnoughData, match="East"):
        price_days(lines, orders, shop, replace(view, region=("East",)))
    with pytest.raises(ValueError, match="by: expected one of category, product"):
        price_days(lines, orders, shop, view, by="colour")


def test_planted_elasticities_are_found():
    planted = (-3.0, -2.2, -1.4)
    table = elasticities(sold(planted, a_day=200.0), NO_EVENTS).table
    assert table["told"].all()
    assert table["own"].to_numpy() == pytest.approx(planted, abs=0.25)
    assert ((table["own_low"] < planted) & (planted < table["own_high"])).all()


def test_one_group_alone_is_held_against_the_calendar():
    found = elasticities(sold((-2.0,), a_day=200.0), NO_EVENTS)
    assert not found.compared
    assert found.table["own"].iloc[0] == pytest.approx(-2.0, abs=0.35)


def test_prices_that_move_together_are_held_against_the_calendar():
    alone = sold((-2.0,), a_day=200.0)
    both = replace(
        alone, names=("A", "B"), orders=np.repeat(alone.orders, 2, axis=1), listed=("A", "B"),
        log_price=np.repeat(alone.log_price, 2, axis=1), offered=np.repeat(alone.offered, 2, axis=1),
        at_price=np.ones(2), category_of={"A": "A", "B": "B"},
    )  # fmt: skip
    found = elasticities(both, NO_EVENTS)
    assert not found.compared
    assert found.table["own"].to_numpy() == pytest.approx(-2.0, abs=0.35)


def test_a_price_that_never_moved_tells_nothing():
    prices = sold((-2.0, -2.0))
    still = replace(prices, log_price=np.column_stack([prices.log_price[:, 0], np.zeros(len(DAYS))]))
    table = elasticities(still, NO_EVENTS).table.set_index("group")
    assert table.loc["B", "why"] == "the price hardly moved"
    assert table.loc["B", "elasticity"] == PUBLISHED
    assert not table.loc["B", "told"]
    assert table.loc["A", "told"]


def test_few_orders_tell_less_than_what_is_published():
    table = elasticities(sold((-2.0, -2.0), a_day=0.3, spread=0.05), NO_EVENTS).table
    assert not table["told"].any()
    assert set(table["why"]) == {"the price moved too little for so few orders"}


def test_a_shop_of_one_group_is_told_of_that_group_and_not_of_most_of_one():
    found = elasticities(sold((-2.0,), a_day=0.3, spread=0.05), NO_EVENTS)
    why = "the price moved too little for so few orders"
    assert found.sentence == f"Cannot tell what the price of {found.table['group'].iloc[0]} does: {why}."


@pytest.mark.parametrize("a_day", [(0.002, 0.002), (20.0, 0.002)], ids=["none", "one"])
def test_groups_of_which_no_two_have_orders_enough_are_not_compared(a_day):
    prices = sold((-2.0, -2.0), a_day=20.0)
    few = prices.orders * (np.array(a_day) / 20.0) // 1.0
    found = elasticities(replace(prices, orders=few), NO_EVENTS)
    assert not found.compared
    told = found.table.set_index("group")["told"]
    assert told.sum() <= (few.sum(axis=0) > 100).sum()


def test_where_orders_of_one_day_pay_different_prices_there_is_none_to_answer_to():
    prices = replace(sold((-2.0, -2.0)), at_price=np.array([0.5, 1.0]))
    table = elasticities(prices, NO_EVENTS).table
    assert table["why"].iloc[0] == "orders of one day paid different prices"


def test_demand_that_rises_with_the_price_is_not_believed():
    table = elasticities(sold((1.5, -2.0), a_day=200.0), NO_EVENTS).table
    assert "something else moved both" in table["why"].iloc[0]


def test_an_estimate_is_drawn_to_what_is_published_by_how_little_it_tells():
    assert shrunk(-1.0, 0.0)[0] == -1.0
    assert shrunk(-1.0, 1e9)[0] == pytest.approx(PUBLISHED)
    mean, error, weight = shrunk(-1.0, 1.5)
    assert (mean, weight) == (pytest.approx((-1.0 + PUBLISHED) / 2), 0.5)
    assert error < 1.5


def test_the_best_price_is_that_of_the_markup_rule():
    """Without a doubt about the elasticity the price is cost × e / (e + 1): 0.75 × 3.2 / 2.2 = 1.09 of today's."""
    prices = sold((-3.2, -3.2), a_day=40_000.0)
    row = moves_of(prices, Assumptions(Finance(price_band=0.2)), share=0.25).table.iloc[0]
    best = 0.75 * row["elasticity"] / (row["elasticity"] + 1) - 1
    assert row["price_change"] == pytest.approx(best, abs=0.011), "steps of the band are 0.01 apart"
    assert not row["at_edge"]


def test_a_move_gains_nothing_at_its_break_even():
    row = moves_of(sold((-1.5, -1.5), a_day=300.0)).table.iloc[0]
    kept = (1 + row["price_change"]) ** row["break_even"] * (1 + row["price_change"] - 0.6)
    assert kept == pytest.approx(0.4)
    assert row["elasticity"] > row["break_even"]


def test_inelastic_demand_ends_at_the_band_and_says_so():
    row = moves_of(sold((-0.6, -0.7), a_day=300.0)).table.iloc[0]
    assert (row["verdict"], row["price_change"], row["at_edge"]) == (RAISE, pytest.approx(0.1), True)
    assert "by this model no price is too high" in edge_note(row)


def test_demand_that_answers_strongly_is_served_cheaper():
    row = moves_of(sold((-5.0, -5.2), a_day=300.0)).table.iloc[0]
    assert row["verdict"] == LOWER
    assert row["gain"] > row["gain_low"] > 0
    assert row["revenue_change"] > 0
    assert row["orders_change"] > row["revenue_change"]


def test_a_price_that_stands_right_is_kept():
    """At a margin of 40 % the price is right where 0.6 e / (e + 1) = 1, at e = −2.5."""
    moves = moves_of(sold((-2.5, -2.5), a_day=100.0))
    assert set(moves.table["verdict"]) == {KEEP}
    assert moves.total == (0.0, 0.0, 0.0)
    assert "No price is advised to be moved" in moves.sentence


def test_the_gain_is_the_margin_counted_by_hand():
    prices = sold((-1.5, -1.5), a_day=40_000.0)
    row = moves_of(prices).table.iloc[0]
    k, e = row["price_change"], row["elasticity"]
    by_hand = row["revenue"] * ((1 + k) ** e * (1 + k - 0.6) - 0.4)
    assert row["gain"] == pytest.approx(by_hand, rel=0.02)


def test_unit_costs_are_held_against_the_price_of_today():
    prices = sold((-1.5, -1.5), a_day=40.0)
    by_cost = moves_of(prices, source="unit costs").table
    assert set(by_cost["margin_source"]) == {"unit costs"}
    assert by_cost["margin"].to_numpy() == pytest.approx(0.4, abs=1e-9), "a cost of 6 at today's price of 10"
    stated = moves_of(prices, share=0.25, source="stated").table
    assert set(stated["margin"]) == {0.25}


def test_the_margin_of_the_shop_says_less_of_a_group_than_its_own():
    """A margin off by 0.1 moves the gain by a tenth of the revenue of the orders that the move takes away."""
    prices = sold((-1.9, -1.9), a_day=2_000.0)
    prices = replace(prices, sums=prices.sums.assign(cost=0.0, costed=0.0))
    own, whole = (moves_of(prices, source=source) for source in ("stated", "shop's gross margin"))
    first, second = own.table.iloc[0], whole.table.set_index("group").loc[own.table["group"].iloc[0]]
    assert second["gain"] == pytest.approx(first["gain"], rel=0.1)
    wider = 2 * 1.2816 * 0.1 * first["revenue"] * -first["orders_change"]
    spread = np.hypot(first["gain_high"] - first["gain_low"], wider)
    assert second["gain_high"] - second["gain_low"] == pytest.approx(spread, rel=0.1)
    assert second["probability"] < first["probability"]
    (advice, *_) = advised_moves(whole, Assumptions(), a_shop())
    margin = advice.scenario.input("margin")
    assert (margin.low, margin.likely, margin.high) == pytest.approx((0.2718, 0.4, 0.5282), abs=1e-3)
    assert "as the whole shop" in advice.assumption


def test_what_is_refunded_is_earned_by_no_price():
    prices = sold((-1.5, -1.5), a_day=300.0)
    plain = moves_of(prices).table.set_index("group")
    back = moves_of(replace(prices, refunded={"(all orders)": 0.2})).table.set_index("group")
    assert back["gain"].to_numpy() == pytest.approx(0.8 * plain["gain"].to_numpy())
    assert back["revenue"].to_numpy() == pytest.approx(0.8 * plain["revenue"].to_numpy())


def test_refunds_are_deducted_by_their_category_where_they_name_one():
    orders, lines = baskets()
    sales = float(orders["revenue"].sum())
    back = orders.head(2).assign(transaction_id=["r1", "r2"], revenue=[-0.05 * sales, -0.01 * sales])
    back["category"] = ["Tea", None]
    plain, less = (price_days(lines, rows, *view_of(orders)) for rows in (orders, pd.concat([orders, back])))
    assert plain.kept_of("Tea") == 1.0
    assert less.kept_of("Tea") == pytest.approx(0.95)
    assert less.kept_of("a thing of no category") == pytest.approx(0.94)
    pd.testing.assert_frame_equal(plain.sums, less.sums)


def test_a_lower_price_says_that_it_may_win_from_the_shops_own_goods():
    moves = moves_of(sold((-6.0, -6.0), a_day=300.0))
    assert set(moves.advised["verdict"]) == {"Lower"}
    assert all(
        "not taken from the shop's other goods" in a.assumption for a in advised_moves(moves, Assumptions(), a_shop())
    )
    raised = moves_of(sold((-1.4, -1.5), a_day=300.0))
    assert not [a for a in advised_moves(raised, Assumptions(), a_shop()) if "other goods" in a.assumption]


def test_what_loses_money_is_made_dearer():
    row = moves_of(sold((-2.0, -2.0), a_day=300.0), share=-0.05).table.iloc[0]
    assert row["verdict"] == RAISE
    assert row["gain"] > 0


def test_no_room_and_no_margin_give_no_advice():
    prices = sold((-1.5, -1.5), a_day=300.0)
    assert set(moves_of(prices, Assumptions(Finance(price_band=0.0))).table["verdict"]) == {KEEP}
    nothing = prices.sums.assign(cost=0.0, costed=0.0)
    found = price_moves(
        replace(prices, sums=nothing), elasticities(prices, NO_EVENTS), margins_of(prices).head(0), Assumptions(), ALL,
        a_shop(),
    )  # fmt: skip
    assert set(found.table["verdict"]) == {SILENT}
    assert advised_moves(found, Assumptions(), a_shop()) == ()


def test_a_short_period_is_said():
    prices = sold((-1.5, -1.5))
    week = Filters(Period(date(2025, 3, 1), date(2025, 3, 3)))
    with pytest.raises(NotEnoughData, match="7 days on"):
        price_moves(prices, elasticities(prices, NO_EVENTS), margins_of(prices), Assumptions(), week, a_shop())


def test_the_same_question_has_the_same_answer_and_one_group_does_not_move_another():
    prices = sold((-1.5, -1.3, -1.4), a_day=300.0)
    first, second = moves_of(prices).table, moves_of(prices).table
    pd.testing.assert_frame_equal(first, second)
    fewer = moves_of(replace(prices, listed=("A", "B"))).table
    shown = first[first["group"].isin(("A", "B"))].reset_index(drop=True)
    pd.testing.assert_frame_equal(shown, fewer)


def test_an_advice_carries_its_doubts_and_its_plan():
    moves = moves_of(sold((-1.4, -1.5), a_day=300.0))
    first, *_ = advised_moves(moves, Assumptions(), a_shop())
    row = moves.table.iloc[0]
    assert first.net_benefit == pytest.approx(12 * row["gain"])
    assert first.low < first.net_benefit < first.high
    assert first.title == f"Raise prices of {row['group']} by 10 %"
    assert first.scenario.input("price_change").likely == pytest.approx(0.1)
    assert first.scenario.input("elasticity").low < first.scenario.input("elasticity").high
    assert first.members == (("category", row["group"]),)
    assert "elasticity of −" in first.would_change
    assert (first.metric, first.moves) == ("orders", row["orders_change"])


def test_what_is_sold_far_below_cost_is_advised_without_a_break_even_that_demand_cannot_have():
    prices = sold((-1.4, -1.5), a_day=300.0)
    below = prices.sums.assign(cost=2.5 * prices.sums["revenue"])
    moves = moves_of(replace(prices, sums=below), source="unit costs")
    first, *_ = advised_moves(moves, Assumptions(), a_shop())
    assert moves.table["margin"].iloc[0] < -1
    assert moves.table["break_even"].isna().all()
    assert "each order costs more than it brings" in first.would_change
    assert first.scenario.input("margin").likely == pytest.approx(moves.table["margin"].iloc[0])


def test_the_action_board_can_ask_in_one_go():
    orders, lines = baskets()
    shop, view = view_of(orders)
    margins = pd.DataFrame({"category": ["Tea"], "share": [0.4], "source": ["stated"]})
    assert pricing_advice(lines, orders, shop, view, NO_EVENTS, margins, Assumptions()) == ()


def test_scores_tell_what_is_liked_and_whether_dearer_days_are_liked_less():
    prices = sold((-2.0, -2.0), a_day=20.0)
    chance = np.random.default_rng(4)
    place = prices.sums["group"].map(prices.names.index).to_numpy()
    at = (prices.sums["day"] - DAYS[0]).dt.days.to_numpy()
    number = prices.sums["orders"]
    liking = np.where(place == 0, 4.2, 3.8 - 3 * prices.log_price[at, place])
    score = number * liking + np.sqrt(number) * chance.normal(0, 0.9, len(number))
    scores = price_scores(
        replace(prices, sums=prices.sums.assign(scores=number, score=score, delivery_days=3 * number))
    )
    table = scores.table.set_index("group")
    assert table["opinion"].to_dict() == {"A": BEARS, "B": CAREFUL}
    assert table.loc["B", "moved_low"] < -3 * np.log(1.1) < table.loc["B", "moved_high"]
    assert table.loc["A", "moved_low"] < 0 < table.loc["A", "moved_high"]


def test_without_scores_there_is_no_second_opinion():
    with pytest.raises(NotEnoughData, match="100 scored orders"):
        price_scores(sold((-2.0, -2.0)))


def test_others_are_counted_together_but_not_told():
    orders, lines = baskets()
    many = [lines.assign(category=f"C{n:02d}", transaction_id=lines["transaction_id"]) for n in range(32)]
    lines = pd.concat([m.assign(line=n, unit_price=m["unit_price"] + n) for n, m in enumerate(many)])
    prices = price_days(lines, orders, *view_of(orders))
    assert REST in prices.names
    assert REST not in prices.listed
    assert len(prices.listed) == 30
    assert 0 < prices.share_left_out < 0.1
    assert "30 categories with most revenue" in prices.note
