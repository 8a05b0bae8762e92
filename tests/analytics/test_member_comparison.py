"""Every member against all others: whoever differs is named, chance names hardly anyone."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.diagnostic.member_comparison import FEWEST_CUSTOMERS, MemberComparison, compared_with_others
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

QUARTER = Filters(Period(date(2026, 1, 1), date(2026, 3, 31)), "none")


def each(orders: pd.DataFrame, key: str = "average_order_value", dimension: str = "channel") -> MemberComparison:
    return compared_with_others(orders, QUARTER, shop_of(orders), key=key, dimension=dimension)


def channels(seed: int, raised: float = 1.0) -> pd.DataFrame:
    """Eight channels alike, but for the values of the first."""
    orders = random_orders(seed, days=90)
    orders["channel"] = [f"C{n}" for n in np.random.default_rng(seed).integers(0, 8, len(orders))]
    orders["revenue"] *= np.where(orders["channel"] == "C0", raised, 1.0)
    return orders


def test_who_differs_is_named_with_the_difference():
    found = each(channels(1, 2.0))
    assert found.members.set_index("member").loc["C0", "beyond_chance"]
    assert found.sentence.startswith("Average order value against all others, beyond chance though 8 channels")
    assert "C0 higher by € " in found.sentence


def test_values_are_those_of_each_member_and_of_all_others():
    orders = channels(1)
    found = each(orders).members.set_index("member").loc["C3"]
    own = orders["channel"] == "C3"
    assert found["value"] == pytest.approx(orders.loc[own, "revenue"].mean())
    assert found["others"] == pytest.approx(orders.loc[~own, "revenue"].mean())
    assert found["difference"] == pytest.approx(found["value"] - found["others"])


def test_where_all_are_alike_hardly_a_shop_in_ten_names_anyone():
    named = [each(channels(seed)).members["beyond_chance"].any() for seed in range(60)]
    assert np.mean(named) <= 0.12
    quiet = each(channels(int(np.argmin(named))))
    assert "none of 8 channels differs from all others" in quiet.sentence


def test_shares_of_customers_are_compared_by_distinct_customers():
    orders = channels(3)
    found = each(orders, "repeat_rate").members.set_index("member").loc["C0"]
    placed = orders.sort_values(["date", "transaction_id"])
    repeats = placed[placed.duplicated("customer_id")]
    own = placed["channel"] == "C0"
    wanted = repeats[repeats["channel"] == "C0"]["customer_id"].nunique() / placed[own]["customer_id"].nunique()
    assert found["value"] == pytest.approx(wanted)


def test_members_of_a_handful_of_customers_are_left_out():
    orders = channels(4)
    few = orders.head(FEWEST_CUSTOMERS - 2).assign(channel="Rare")
    few["transaction_id"] = "r" + few["transaction_id"]
    found = each(pd.concat([orders, few]))
    assert "Rare" not in set(found.members["member"])
    assert "8 of 9: those with most orders" in found.notes


def test_what_cannot_be_compared_is_refused_in_a_sentence():
    orders = channels(5)
    with pytest.raises(NotEnoughData, match="Revenue is a total"):
        each(orders, "revenue")
    with pytest.raises(NotEnoughData, match="All orders in view are of Web: there are no others"):
        each(orders.assign(channel="Web"))
    with pytest.raises(NotEnoughData, match="No channel has 10 customers"):
        each(orders.head(12))
    with pytest.raises(NotEnoughData, match="carry no segment"):
        each(orders, dimension="segment")
    with pytest.raises(NotEnoughData, match="choose a longer period"):
        compared_with_others(orders, Filters(Period(date(2026, 5, 1), date(2026, 5, 3)), "none"), shop_of(orders))
