"""Curves of coming back: added up by hand, with their test, on a simulated shop, and where they are refused."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.diagnostic.gaps import CLOCKS, order_gaps
from analytics.diagnostic.survival import MOST_CURVES, offered_factors, return_curves
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from data_generation import SimulationSettings, simulate
from tests.analytics.conftest import random_orders, shop_of


def curves_of(orders: pd.DataFrame, clock: str = "any", factor: str = "channel", **members: tuple):
    shop = shop_of(orders)
    filters = Filters(shop.days, "none", **members)
    return return_curves(orders, order_gaps(orders, filters, shop), filters, shop, clock, factor)


def pairs(channel: str, gaps: list[int | None], start: int) -> list[tuple[str, pd.Timestamp, str]]:
    """Customers who order on 1 January, and again after so many days, or not within the month."""
    first, rows = pd.Timestamp("2026-01-01"), []
    for number, gap in enumerate(gaps):
        rows.append((f"c{start + number}", first, channel))
        if gap:
            rows.append((f"c{start + number}", first + pd.Timedelta(days=gap), channel))
    return rows


def hand_orders() -> pd.DataFrame:
    """Of 40 after Web 30 are back on day 10, of 40 after App 10; then a last day, on which nobody of these orders."""
    rows = pairs("Web", [10] * 30 + [None] * 10, 0) + pairs("App", [10] * 10 + [None] * 30, 100)
    rows.append(("last", pd.Timestamp("2026-01-31"), "Web"))
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "channel"])
    return orders.assign(transaction_id=np.arange(len(orders)).astype(str), revenue=1.0)


def test_shares_are_those_that_can_be_counted_by_hand():
    curves = curves_of(hand_orders(), "first")
    members = curves.members.set_index("member")
    assert curves.horizon == 30
    assert members.loc["Web", ["gaps", "returned"]].tolist() == [40, 30]
    assert members["back"].to_dict() == pytest.approx({"Web": 0.75, "App": 0.25})
    assert members.loc["Web", "half_back_after"] == 10
    assert np.isnan(members.loc["App", "half_back_after"])
    assert "75.0 % (channel Web; " in curves.sentence
    assert "but only 25.0 % (channel App; " in curves.sentence
    assert curves.by_chance < 0.001


def test_how_many_are_looked_at_is_told_for_each_day():
    curves = curves_of(hand_orders(), "first").curves
    web = curves[curves["member"] == "Web"].set_index("days")
    assert web.loc[0, ["away", "at_risk"]].tolist() == [1, 40]
    assert web.loc[10, ["away", "at_risk"]].tolist() == [0.25, 40]
    assert web.loc[11, "at_risk"] == 10


def test_where_groups_are_alike_no_one_is_named():
    curves = curves_of(random_orders(1, days=200), factor="region")
    assert curves.by_chance > 0.05
    assert "chance alone makes them so unlike in" in curves.sentence
    assert "but only" not in curves.sentence


def test_one_test_in_twenty_calls_quiet_groups_unlike_for_each_clock():
    found = {clock: [] for clock in CLOCKS}
    for seed in range(60):
        orders = random_orders(seed, days=120, per_day=8)
        for clock in CLOCKS:
            found[clock].append(curves_of(orders, clock, "region").by_chance <= 0.05)
    assert all(np.mean(alarms) < 0.13 for alarms in found.values()), found


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    orders = simulate(SimulationSettings(orders=8_000, seed=4, lines=False)).transactions.to_pandas()
    categories = [c for c in orders if isinstance(orders[c].dtype, pd.CategoricalDtype)]
    return orders.astype(dict.fromkeys(categories, "str")).assign(date=pd.to_datetime(orders["date"]))


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_planted_reasons_to_leave_come_out_in_their_order(simulated, clock):
    shop = replace(shop_of(simulated), known_from=date(2025, 6, 1))
    filters = Filters(shop.days, "none")
    gaps = order_gaps(simulated, filters, shop)

    def back(factor: str) -> pd.Series:
        members = return_curves(simulated, gaps, filters, shop, clock, factor).members.set_index("member")["back"]
        return members.rename(lambda name: name.partition(" (")[0])

    assert back("segment").sort_values().index.tolist() == ["Budget", "Regular", "Premium"]
    assert back("delivery")["Late"] < back("delivery")["In time"]
    assert back("score")["Low"] < back("score")["High"]


def test_who_is_late_is_looked_at_from_the_day_on_which_it_is_known(simulated):
    shop = shop_of(simulated)
    filters = Filters(shop.days, "none")
    gaps = order_gaps(simulated, filters, shop)
    curves = return_curves(simulated, gaps, filters, shop, "any", "delivery")
    assert curves.from_day == gaps.late_after > 2
    assert curves.curves["days"].min() == gaps.late_after
    assert curves.curves.groupby("member")["away"].first().tolist() == [1, 1, 1]
    assert f"of those not back by day {gaps.late_after}" in curves.sentence


def test_many_members_are_cut_to_the_largest():
    orders = random_orders(3, days=200)
    orders["channel"] = [f"channel {n % 9}" for n in range(len(orders))]
    curves = curves_of(orders)
    assert len(curves.members) == MOST_CURVES
    assert "The 6 with most orders of 9" in curves.notes


def test_the_orders_of_a_handful_of_customers_make_no_curve():
    orders = random_orders(3, days=200)
    theirs = orders.assign(customer_id=[f"d{n % 4}" for n in range(len(orders))], channel="Wholesale")
    theirs["transaction_id"] = "w" + theirs["transaction_id"]
    assert "Wholesale" not in set(curves_of(pd.concat([orders, theirs])).members["member"])


def test_factors_that_cannot_tell_orders_apart_are_not_offered():
    orders = random_orders(3)
    shop = shop_of(orders)
    gaps = order_gaps(orders, Filters(shop.days, "none"), shop)
    assert offered_factors(gaps, "any") == ["region", "channel", "delivery", "score", "order"]
    assert offered_factors(gaps, "first") == ["region", "channel", "delivery", "score"]


def test_what_the_orders_do_not_state_is_refused_in_a_sentence():
    with pytest.raises(NotEnoughData, match="state no age group: import a file"):
        curves_of(random_orders(1), factor="age_group")
    with pytest.raises(NotEnoughData, match="All of these are first orders"):
        curves_of(random_orders(1), "first", "order")
    with pytest.raises(NotEnoughData, match="Only 4 orders with a known channel can be followed"):
        curves_of(random_orders(1).head(4))
    with pytest.raises(ValueError, match="factor: expected one of"):
        curves_of(random_orders(1), factor="weather")


def test_a_period_that_ends_early_sees_nothing_later():
    orders = random_orders(1)
    shop = shop_of(orders)
    filters = Filters(Period(shop.first_day, date(2026, 2, 28)), "none")
    early = return_curves(orders, order_gaps(orders, filters, shop), filters, shop, "any", "region")
    assert early.curves["days"].max() < 59
