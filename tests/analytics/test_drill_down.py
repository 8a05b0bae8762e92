"""Drill-down: every level makes its parent, who is new or gone is said, the calendar compares the same days."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.cells import revenue_cells
from analytics.diagnostic.drill_customers import GUESTS, MOST_CUSTOMERS, OTHERS, customer_level
from analytics.diagnostic.drill_down import calendar_level, member_level
from analytics.diagnostic.levels import GONE, MOST_BARS, NEW
from analytics.diagnostic.paths import PATHS, calendar_spans, members_of_step, need_path, path_title, standing
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of
from tests.analytics.test_breakdowns import kpis_of

ADDING = [key for key, measured in METRICS.items() if measured.adds_up]
WINTER = Filters(Period(date(2026, 1, 12), date(2026, 1, 18)), compare="previous")


def level_of(orders, filters, shop, step, key="revenue"):
    kpis = kpis_of(orders, filters, shop)
    if step in ("year", "quarter", "month"):
        return calendar_level(orders, daily_activity(orders, filters, shop), kpis, filters, shop, step, key)
    if step == "customers":
        return customer_level(orders, orders, kpis, filters, shop, key)
    return member_level(orders, revenue_cells(orders, filters, shop), kpis, filters, shop, step, key)


def with_segments(orders, seed=0):
    chance = np.random.default_rng(seed)
    return orders.assign(segment=chance.choice(["Premium", "Regular", None], len(orders), p=[0.3, 0.5, 0.2]))


@pytest.mark.parametrize("key", ADDING)
@pytest.mark.parametrize("step", ["region", "segment", "quarter", "month", "customers"])
def test_rows_and_bars_make_the_whole(key, step):
    orders = with_segments(random_orders(5, days=150))
    orders.loc[::6, "customer_id"] = None
    filters = Filters(Period(date(2026, 2, 9), date(2026, 5, 20)), compare="previous")
    level = level_of(orders, filters, shop_of(orders), step, key)
    assert level.rows["value"].sum() == pytest.approx(level.whole["value"])
    assert level.bars["value"].sum() == pytest.approx(level.whole["value"])
    assert "add up to" in level.adds_up or "makes all of" in level.adds_up


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=some.integers(0, 10_000),
    first=some.integers(0, 80),
    days=some.integers(1, 60),
    compare=some.sampled_from(["both", "previous", "last_year", "none"]),
    key=some.sampled_from(ADDING),
    path=some.sampled_from([("region", "channel", "customers"), ("month", "region"), ("channel", "segment", "month")]),
)
def test_each_level_makes_its_parent_all_the_way_down(seed, first, days, compare, key, path):
    orders = with_segments(random_orders(seed % 7, days=90, per_day=3.0), seed)
    chance = np.random.default_rng(seed)
    refunded = chance.random(len(orders)) < 0.2
    orders["revenue"] = np.where(refunded, -orders["revenue"], orders["revenue"])
    orders.loc[chance.random(len(orders)) < 0.3, "customer_id"] = None
    shop = shop_of(orders)
    start = date(2026, 1, 1) + pd.Timedelta(days=first).to_pytimedelta()
    end = min(start + pd.Timedelta(days=days - 1).to_pytimedelta(), shop.today)
    filters, whole = Filters(Period(start, end), compare), None
    for step in path:
        try:
            level = level_of(orders, filters, shop, step, key)
        except NotEnoughData:
            assert orders[orders["date"].between(str(start), str(end))].empty
            return
        assert level.rows["value"].sum() == pytest.approx(level.whole["value"], abs=1e-6)
        assert level.bars["value"].sum() == pytest.approx(level.whole["value"], abs=1e-6)
        if whole is not None:
            assert level.whole["value"] == pytest.approx(whole, abs=1e-6)
        if step == "customers":
            return
        row = level.rows.loc[level.rows["orders"].idxmax()]
        filters, whole = standing(filters, (step,), (row["member"],)), row["value"]
        if not row["orders"]:
            return


def test_the_values_are_those_added_up_by_hand(hand_orders, hand_shop):
    level = level_of(hand_orders, WINTER, hand_shop, "region")
    rows = level.rows.set_index("member")
    assert rows["value"].to_dict() == {"North": 130.0, "South": 0.0}
    assert rows["previous"].to_dict() == {"North": 100.0, "South": 100.0}
    assert rows["change"].to_dict() == {"North": 30.0, "South": -100.0}
    assert level.reference == "previous"
    assert level.adds_up == "2 regions add up to € 130.00."


def test_means_say_why_they_do_not_add_up(hand_orders, hand_shop):
    level = level_of(hand_orders, WINTER, hand_shop, "region", "average_order_value")
    assert level.rows.set_index("member")["value"].to_dict() == {"North": 75.0, "South": 0.0}
    assert level.whole["value"] == 50.0
    assert level.adds_up == (
        "Means do not add up: the whole, € 50.00, is that of all orders together, not the sum of the rows."
    )


def test_customers_of_several_members_count_once_in_the_whole(hand_orders, hand_shop):
    moved = hand_orders.assign(channel=["Web", "Web", "Web", "Web", "Shop", "Shop", "Shop"])
    moved.loc[len(moved)] = ["t8", "a", "2026-01-15", 5.0, "Shop", "North", None, None]
    level = level_of(moved, WINTER, shop_of(moved), "channel", "customers")
    assert level.rows["value"].sum() == 4  # a in both channels, b and c in one
    assert level.whole["value"] == 3
    assert "The rows come to 4, for some are in several." in level.adds_up


def test_who_is_in_one_period_alone_is_new_or_gone_and_has_no_change_in_per_cent(hand_orders, hand_shop):
    there = hand_orders.assign(channel=["Web", "Gone", "Gone", "Web", "New", "Web", "Web"])
    level = level_of(there, WINTER, shop_of(there), "channel")
    assert level.rows.set_index("member")["status"].to_dict() == {"Web": "", "New": NEW, "Gone": GONE}
    assert "New: New." in level.sentence
    assert "Gone: Gone." in level.sentence
    assert level.rows.set_index("member").loc[["New", "Gone"], "by_chance"].isna().all()


def test_who_was_there_last_year_alone_is_no_row():
    orders = random_orders(2, days=500, per_day=4)
    orders.loc[orders["date"] < "2026-06-01", "channel"] = "Fax"
    filters = Filters(Period(date(2027, 3, 1), date(2027, 4, 20)), compare="both")
    level = level_of(orders, filters, shop_of(orders), "channel")
    assert "Fax" not in set(level.rows["member"])
    assert level.rows["value"].sum() == pytest.approx(level.whole["value"])


@pytest.mark.parametrize("key", ["revenue", "satisfaction", "customers"])
def test_of_fifty_thousand_members_the_biggest_are_drawn_and_one_bar_for_all_others(key):
    many = random_orders(1, days=60, per_day=2000)
    many["channel"] = [f"m{n % 50_000:05d}" for n in range(len(many))]
    filters = Filters(Period(date(2026, 1, 1), date(2026, 3, 1)), compare="none")
    level = level_of(many, filters, shop_of(many), "channel", key)
    assert len(level.rows) == 50_000
    assert len(level.bars) == MOST_BARS + 1
    rest = level.bars.iloc[-1]
    assert rest["member"] == f"All {50_000 - MOST_BARS:,} others"
    shown = many["channel"].isin(level.bars["member"])
    assert rest["orders"] == (~shown).sum()
    if key == "revenue":
        assert level.bars["value"].sum() == pytest.approx(many["revenue"].sum())
    elif key == "satisfaction":
        assert rest["value"] == pytest.approx(many.loc[~shown, "satisfaction_score"].mean())
    else:
        assert np.isnan(rest["value"]), "distinct customers of several members cannot be added up"


def test_customers_beyond_the_first_hundred_are_one_row_and_guests_another():
    orders = random_orders(4, days=90)
    orders.loc[::5, "customer_id"] = None
    filters = Filters(Period(date(2026, 2, 1), date(2026, 3, 31)), compare="previous")
    level = level_of(orders, filters, shop_of(orders), "customers")
    inside = orders[orders["date"].between("2026-02-01", "2026-03-31")]
    assert len(level.rows) == MOST_CUSTOMERS + 2
    assert level.rows["member"].tolist()[-2:] == [OTHERS, GUESTS]
    values = level.rows.set_index("member")["value"]
    assert values[GUESTS] == pytest.approx(inside.loc[inside["customer_id"].isna(), "revenue"].sum())
    own = inside.groupby("customer_id")["revenue"].sum()
    listed = level.rows["member"].iloc[:MOST_CUSTOMERS]
    np.testing.assert_allclose(values[listed], own.reindex(listed).fillna(0))
    assert values[OTHERS] == pytest.approx(own.drop(listed, errors="ignore").sum())
    assert "makes all" not in level.adds_up


def test_a_metric_that_counts_customers_is_refused_for_single_ones(hand_orders, hand_shop):
    with pytest.raises(NotEnoughData, match="Customers tells nothing of a single customer"):
        level_of(hand_orders, WINTER, hand_shop, "customers", "customers")


def test_a_partial_month_is_marked_and_compared_with_the_same_days():
    orders = random_orders(3, days=100)
    filters = Filters(Period(date(2026, 2, 1), date(2026, 3, 10)), compare="previous")
    level = level_of(orders, filters, shop_of(orders), "month", "orders")
    rows = level.rows.set_index("member")
    counted = orders.set_index("date")["revenue"]
    assert rows["complete"].to_dict() == {"Feb 2026": True, "Mar 2026": False}
    assert rows.loc["Feb 2026", "previous"] == len(counted["2026-01-01":"2026-01-31"])
    assert rows.loc["Mar 2026", "previous"] == len(counted["2026-02-01":"2026-02-10"])
    assert "Partial, and compared with the same days alone: Mar 2026 (1 Mar – 10 Mar 2026)." in level.notes


def test_a_year_is_compared_with_the_same_dates_of_the_year_before():
    orders = random_orders(3, days=500, per_day=3)
    filters = Filters(Period(date(2026, 1, 1), date(2027, 5, 15)), compare="both")
    level = level_of(orders, filters, shop_of(orders), "year")
    rows, revenue = level.rows.set_index("member"), orders.set_index("date")["revenue"]
    assert np.isnan(rows.loc["2026", "last_year"]), "of 2025 there are no data"
    assert rows.loc["2027", "last_year"] == pytest.approx(revenue["2026-01-01":"2026-05-15"].sum())
    assert level.reference == "last_year"


def test_a_month_whose_last_day_is_not_over_is_not_compared():
    orders = random_orders(3, days=90)
    shop = shop_of(orders, today=date(2026, 3, 30), last_day=date(2026, 3, 31))
    filters = Filters(Period(date(2026, 2, 1), date(2026, 3, 31)), compare="previous")
    rows = level_of(orders, filters, shop, "month").rows.set_index("member")
    assert rows["complete"].tolist() == [True, False]
    assert np.isnan(rows.loc["Mar 2026", "change"])


def test_customers_of_each_month_are_counted_afresh():
    orders = random_orders(3, days=90)
    filters = Filters(Period(date(2026, 1, 1), date(2026, 3, 31)), compare="none")
    rows = level_of(orders, filters, shop_of(orders), "month", "customers").rows.set_index("member")["value"]
    by_month = orders.groupby(orders["date"].dt.strftime("%b %Y"))["customer_id"].nunique()
    assert rows.to_dict() == by_month.to_dict()


def test_what_chance_did_is_not_called_a_move():
    named = 0
    for seed in range(40):
        orders = random_orders(seed, days=120)
        filters = Filters(Period(date(2026, 3, 1), date(2026, 4, 15)), compare="previous")
        named += "Beyond chance" in level_of(orders, filters, shop_of(orders), "channel").sentence
    assert named <= 6, "at most about one comparison of twenty in a shop in which nothing happens"


def test_a_fall_of_one_member_is_named():
    orders = random_orders(8, days=120, per_day=100)
    fallen = (orders["date"] >= "2026-03-01") & (orders["channel"] == "Web") & (orders.index % 2 == 0)
    filters = Filters(Period(date(2026, 3, 1), date(2026, 4, 15)), compare="previous")
    said = level_of(orders[~fallen], filters, shop_of(orders), "channel").sentence
    assert "Web fell most (" in said


def test_the_paths_are_those_asked_for():
    assert [path_title(steps) for steps in PATHS.values()] == [
        "Region → segment",
        "Year → quarter → month",
        "Category → channel → segment",
        "Segment → age group → customers",
    ]


def test_a_level_that_the_shop_lacks_closes_its_path(hand_shop):
    with pytest.raises(NotEnoughData, match="carry no segment: import a file that has it"):
        need_path(("region", "segment"), hand_shop)
    with pytest.raises(NotEnoughData, match="No order of this shop names its customer"):
        need_path(("region", "customers"), replace(hand_shop, has=frozenset()))
    with pytest.raises(NotEnoughData, match="has no level yet"):
        need_path((), hand_shop)


def test_what_is_filtered_is_all_there_is_to_choose(hand_shop):
    filters = replace(WINTER, region=("South",))
    assert members_of_step("region", filters, hand_shop) == ("South",)
    assert members_of_step("channel", filters, hand_shop) == hand_shop.members["channel"]


def test_a_year_that_is_not_in_the_period_cannot_be_stood_in():
    with pytest.raises(ValueError, match="year: expected one of 2026, got '2019'"):
        standing(WINTER, ("year",), ("2019",))


@given(some.dates(date(2020, 1, 1), date(2026, 1, 1)), some.integers(1, 900))
def test_the_spans_of_the_calendar_make_the_period(start, days):
    period = Period(start, start + pd.Timedelta(days=days - 1).to_pytimedelta())
    for step in ("year", "quarter", "month"):
        spans = [span for _, span in calendar_spans(step, period)]
        assert sum(span.days for span in spans) == days
        assert (spans[0].start, spans[-1].end) == (period.start, period.end)
        assert len({name for name, _ in calendar_spans(step, period)}) == len(spans)


def test_a_metric_that_the_data_cannot_give_is_refused(hand_orders):
    scoreless = hand_orders.assign(satisfaction_score=None)
    for step in ("region", "month", "customers"):
        with pytest.raises(NotEnoughData, match="cannot give satisfaction"):
            level_of(scoreless, WINTER, shop_of(scoreless), step, "satisfaction")


def test_an_unknown_step_or_metric_is_refused(hand_orders, hand_shop):
    with pytest.raises(ValueError, match="step: expected one of region"):
        member_level(hand_orders, None, None, WINTER, hand_shop, "colour")
    with pytest.raises(ValueError, match="step: expected one of year"):
        calendar_level(hand_orders, None, None, WINTER, hand_shop, "week")
    with pytest.raises(ValueError, match="metric: expected one of"):
        level_of(hand_orders, WINTER, hand_shop, "region", "profit")
