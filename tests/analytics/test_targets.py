"""Actual against target: what is there, where it will end, how likely that is enough, and what cannot be told."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.standings import STATES, standing_of
from analytics.descriptive.target_entries import Target
from analytics.descriptive.targets import all_standings, standings_in_view, standings_table
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

JANUARY = date(2026, 1, 1)
APRIL = date(2026, 4, 1)


def target(key: str, value: float, start: date = JANUARY, granularity: str = "month", **of: str) -> Target:
    return Target(key, granularity, start, value, **of)


def standing(orders: pd.DataFrame, wanted: Target, **facts: object):
    return all_standings(orders, shop_of(orders, **facts), (wanted,))[0]


@pytest.fixture(scope="module")
def steady():
    """About 20 orders a day from 1 January to 30 April, and the shop as it was on 20 April."""
    orders = random_orders(5, days=120)
    known = orders[orders["date"] <= "2026-04-20"]
    return known, shop_of(known, last_day=date(2026, 4, 20), today=date(2026, 4, 20), known_from=date(2026, 1, 1))


def test_a_period_that_is_over_was_reached_or_missed(hand_orders):
    """330 in the two weeks from 5 to 18 January."""
    facts = {"first_day": JANUARY, "last_day": date(2026, 1, 31), "today": date(2026, 1, 31)}
    reached = standing(hand_orders, target("revenue", 330.0), **facts)
    assert (reached.state, reached.actual, reached.landing) == ("reached", 330.0, 330.0)
    missed = standing(hand_orders, target("revenue", 400.0), **facts)
    assert missed.state == "missed"
    assert missed.sentence == "€ 330 of € 400 (82 %): missed, −€ 70.00 against the target."


def test_a_ratio_is_held_against_its_target_and_low_may_be_good(hand_orders):
    """Scores 5, 4, 3, 4; delivery days 2, 3, 6, 1, 4."""
    facts = {"first_day": JANUARY, "last_day": date(2026, 1, 31), "today": date(2026, 1, 31)}
    score = standing(hand_orders, target("satisfaction", 4.5), **facts)
    assert score.sentence == "4.00, to be at least 4.50: missed, −0.50 against the target."
    days = standing(hand_orders, target("delivery_days", 4.0), **facts)
    assert (days.state, days.actual) == ("reached", pytest.approx(3.2))
    assert "to be at most 4.0" in days.sentence


def test_nothing_to_compute_from_is_said(hand_orders):
    facts = {"first_day": date(2025, 12, 1), "last_day": date(2026, 1, 31), "today": date(2026, 1, 31)}
    found = standing(hand_orders, target("satisfaction", 4.5, date(2025, 12, 1)), **facts)
    assert (found.state, found.sentence) == ("unknown", "Nothing happened that this could be computed from.")


def test_a_running_sum_is_projected_and_what_is_needed_adds_up(steady):
    orders, shop = steady
    found = all_standings(orders, shop, (target("orders", 650.0, APRIL),))[0]
    so_far = (orders["date"] >= "2026-04-01").sum()
    recent = (orders["date"] > "2026-03-23").sum() / 28
    assert found.actual == so_far
    assert found.days_left == 10
    assert found.expected == pytest.approx(recent, rel=0.1)
    assert found.landing == pytest.approx(so_far + 10 * found.expected)
    assert found.actual + 10 * found.needed == pytest.approx(650.0)
    assert found.pace == pytest.approx(650.0 * 2 / 3, rel=0.02)
    assert found.low < found.landing < found.high
    assert "with 10 days left; heading for" in found.sentence
    assert "in 80 of 100 cases" in found.sentence


@pytest.mark.parametrize(("value", "state"), [(100.0, "there"), (520.0, "ahead"), (2_000.0, "behind")])
def test_the_state_follows_the_chance(steady, value, state):
    orders, shop = steady
    found = all_standings(orders, shop, (target("orders", value, APRIL),))[0]
    assert found.state == state
    assert STATES[state]


def test_states_between_sure_and_sure_lie_where_the_chance_does(steady):
    orders, shop = steady
    found = all_standings(orders, shop, (target("revenue", 1.0, APRIL),))[0]
    halfway = ((found.landing + found.low) / 2, found.landing, (found.landing + found.high) / 2)
    states = [all_standings(orders, shop, (target("revenue", value, APRIL),))[0].state for value in halfway]
    assert states == ["likely", "open", "unlikely"]


def test_revenue_that_is_there_may_be_refunded_again_and_is_only_on_course(steady):
    orders, shop = steady
    assert all_standings(orders, shop, (target("revenue", 1.0, APRIL),))[0].state == "ahead"


def test_a_score_that_no_result_can_save_says_so(steady):
    orders, shop = steady
    found = all_standings(orders, shop, (target("satisfaction", 4.9, APRIL),))[0]
    assert found.state == "behind"
    assert found.needed > 5
    assert found.sentence.endswith("No result of the days left could reach it any more.")
    within = all_standings(orders, shop, (target("satisfaction", 3.05, APRIL),))[0]
    assert within.low < within.landing < within.high
    top = orders.loc[orders["date"] >= "2026-04-01", "satisfaction_score"]
    assert within.actual == pytest.approx(top.mean())


def test_different_customers_are_counted_and_not_projected(steady):
    orders, shop = steady
    found = all_standings(orders, shop, (target("customers", 300.0, APRIL), target("repeat_rate", 0.5, APRIL)))
    customers = orders.loc[orders["date"] >= "2026-04-01", "customer_id"].nunique()
    assert {s.state for s in found} == {"running"}
    assert next(s for s in found if s.target.metric == "customers").actual == customers
    assert all(np.isnan(s.landing) and "cannot be added up over days" in s.sentence for s in found)


def test_a_shop_younger_than_four_weeks_is_not_projected(hand_orders):
    found = standing(hand_orders, target("revenue", 500.0), first_day=JANUARY)
    assert found.state == "running"
    assert found.actual == 330.0
    assert "from 28 days of data on" in found.sentence


def test_periods_that_have_not_begun_or_lie_before_the_data(hand_orders):
    assert standing(hand_orders, target("revenue", 5.0, date(2026, 2, 1))).state == "later"
    before = standing(hand_orders, target("revenue", 5.0, date(2025, 1, 1)))
    assert (before.state, before.sentence) == ("unknown", "January 2025 lies before the data begin.")
    partly = standing(hand_orders, target("revenue", 500.0))
    assert partly.state == "unknown"
    assert "The data begin on 5 Jan 2026, so this is only part of it." in partly.sentence


def test_new_customers_of_the_first_months_cannot_be_told(steady):
    orders, shop = steady
    young = replace(shop, known_from=date(2026, 4, 15))
    found = all_standings(orders, young, (target("new_customers", 5.0, APRIL),))[0]
    assert found.state == "unknown"
    assert "most customers look new" in found.sentence


def test_a_member_has_its_own_target_and_one_that_is_gone_is_kept(steady):
    orders, shop = steady
    wanted = (
        target("orders", 900.0, APRIL, dimension="region", member="North"),
        target("customers", 900.0, APRIL, dimension="region", member="South"),
        target("orders", 900.0, APRIL, dimension="region", member="Atlantis"),
        target("orders", 900.0, APRIL),
    )
    found = {s.target.member: s for s in all_standings(orders, shop, wanted)}
    april = orders[orders["date"] >= "2026-04-01"]
    assert found["North"].actual == (april["region"] == "North").sum()
    assert found["South"].actual == april.loc[april["region"] == "South", "customer_id"].nunique()
    assert found[""].actual == len(april)
    assert (found["Atlantis"].state, found["Atlantis"].sentence) == (
        "unknown",
        "Region Atlantis is not in this shop's data.",
    )


def test_standings_are_in_order_and_make_a_table(steady):
    orders, shop = steady
    wanted = (
        target("orders", 1.0, APRIL),
        target("revenue", 1.0, APRIL),
        target("revenue", 1.0, JANUARY, "year"),
        target("margin", 1.0, APRIL),
        target("revenue", 1.0, APRIL, dimension="region", member="North"),
    )
    table = standings_table(all_standings(orders, shop, wanted))
    assert table["period"].tolist() == ["2026", *["April 2026"] * 4]
    assert table["metric"].tolist() == ["Revenue", "Revenue", "Orders", "margin", "Revenue, region"]
    assert table["of"].tolist() == [*["Whole shop"] * 4, "North"]


def in_view(steady, *wanted: Target, end: date = date(2026, 4, 20), **members: tuple[str, ...]):
    orders, shop = steady
    filters = Filters(Period(date(2026, 4, 1), end), "none", **members)
    daily = daily_activity(orders, filters.without_period(), shop)
    return standings_in_view(orders, daily, day_dispersions(daily), filters, shop, wanted)


def test_a_view_shows_the_targets_of_what_it_is_filtered_to(steady):
    whole = target("orders", 1.0, APRIL)
    north = target("orders", 1.0, APRIL, dimension="region", member="North")
    assert [s.target for s in in_view(steady, whole, north)] == [whole]
    assert [s.target for s in in_view(steady, whole, north, region=("North",))] == [north]
    same = all_standings(*steady, (north,))[0]
    assert in_view(steady, north, region=("North",))[0] == same


def test_a_view_of_a_past_period_shows_what_came_of_its_target(steady):
    march = target("orders", 1.0, date(2026, 3, 1))
    assert in_view(steady, march, target("orders", 1.0, APRIL), end=date(2026, 4, 1))[0].target.start == APRIL
    orders, shop = steady
    filters = Filters(Period(date(2026, 3, 1), date(2026, 3, 10)), "none")
    daily = daily_activity(orders, filters.without_period(), shop)
    found = standings_in_view(orders, daily, {}, filters, shop, (march,))[0]
    assert found.state == "reached"
    assert found.actual == orders["date"].between("2026-03-01", "2026-03-31").sum()


@pytest.mark.parametrize(
    ("wanted", "members", "why"),
    [
        ((), {}, "No target is set for a month, quarter or year that holds 20 Apr 2026"),
        ((target("orders", 1.0, APRIL),), {"region": ("North", "South")}, "of a single member"),
        ((target("orders", 1.0, APRIL),), {"region": ("North",)}, "No target is set for North on 20 Apr 2026, though"),
        (
            (target("orders", 1.0, APRIL, dimension="region", member="North"),),
            {},
            "No target is set for the whole shop on 20 Apr 2026, though there is one for another",
        ),
    ],
)
def test_a_view_without_a_fitting_target_says_what_would_fit(steady, wanted, members, why):
    with pytest.raises(NotEnoughData, match=why):
        in_view(steady, *wanted, **members)


def test_what_comes_after_the_last_complete_day_is_not_looked_at(steady):
    orders, shop = steady
    wanted = target("orders", 900.0, APRIL)
    later = pd.concat([orders, orders.tail(1).assign(date=pd.Timestamp("2026-04-21"), transaction_id="late")])
    partly = replace(shop, last_day=date(2026, 4, 21))
    daily = daily_activity(later, Filters(Period(APRIL, APRIL)), partly)
    before = daily_activity(orders, Filters(Period(APRIL, APRIL)), shop)
    assert standing_of(wanted, daily, {}, {}, partly) == standing_of(wanted, before, {}, {}, shop)


def test_a_shop_that_sold_nothing_lately_expects_nothing(steady):
    orders, shop = steady
    quiet = replace(shop, last_day=date(2026, 6, 10), today=date(2026, 6, 10))
    found = all_standings(orders, quiet, (target("revenue", 500.0, date(2026, 6, 1)),))[0]
    assert (found.actual, found.landing, found.state) == (0.0, 0.0, "behind")
    ratio = all_standings(orders, quiet, (target("average_order_value", 50.0, date(2026, 6, 1)),))[0]
    assert (ratio.state, ratio.sentence.count("–")) == ("running", 1)


def test_customers_are_there_already_though_where_they_end_is_not_projected(steady):
    orders, shop = steady
    reached = all_standings(orders, shop, (target("customers", 5.0, APRIL),))[0]
    assert reached.state == "there"
    assert "Different customers cannot be added up over days" in reached.sentence
    assert all_standings(orders, shop, (target("customers", 1e6, APRIL),))[0].state == "running"
