"""Unusual days: what is planted is found where it is, quiet days stay quiet, odd shops are answered or refused."""

import warnings
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.diagnostic.unusual_days import FALSE_WEEKS, WHOLE, series_name, unusual_days
from analytics.diagnostic.unusual_view import (
    course_sentence,
    course_table,
    days_marked,
    incidents,
    off_by,
    run_filters,
    unusual_in_view,
)
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

NO_EVENTS = pd.DataFrame(
    {"start_date": pd.DatetimeIndex([]), "end_date": pd.DatetimeIndex([]), "label": [], "kind": []}
).astype({"label": "str", "kind": "str"})
EVERYTHING = Filters(Period(date(2026, 1, 1), date(2026, 12, 31)), compare="none")


def found_in(orders, filters=EVERYTHING, shop=None, **asked):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return unusual_days(orders, NO_EVENTS, filters, shop or shop_of(orders), **asked)


def without(orders, share, first, last, **where):
    """The orders with a share of those of some days, and of some members, taken away."""
    inside = orders["date"].between(first, last)
    for column, member in where.items():
        inside &= orders[column] == member
    lost = np.random.default_rng(0).random(len(orders)) < share
    return orders[~(inside & lost)]


@pytest.fixture(scope="module")
def quiet():
    return random_orders(3, days=200, per_day=120)


def test_a_fall_of_one_member_is_found_on_its_days_and_where_it_was(quiet):
    found = found_in(without(quiet, 0.6, "2026-05-11", "2026-05-13", channel="App"))
    orders = found.runs[found.runs["metric"] == "orders"]
    run = orders[orders["member"] == "App"].iloc[0]
    assert (run["first"], run["last"], run["days"]) == (pd.Timestamp("2026-05-11"), pd.Timestamp("2026-05-13"), 3)
    assert run["dimension"] == "channel"
    assert run["off"] == pytest.approx(-0.6, abs=0.1)
    assert run["errors"] < -4
    assert run["by_chance"] < FALSE_WEEKS
    assert not run["stayed"]
    assert set(orders["member"]) <= {"App", ""}, "the other channels had nothing"


def test_what_the_whole_shop_did_is_not_told_again_of_its_members(quiet):
    runs = found_in(without(quiet, 0.5, "2026-05-12", "2026-05-12")).runs
    assert set(runs.loc[runs["metric"] == "orders", "member"]) == {""}


def test_an_incident_of_two_weeks_is_told_of_all_its_days_and_the_return_is_none(quiet):
    found = found_in(without(quiet, 0.5, "2026-05-04", "2026-05-17"))
    runs = found.runs[(found.runs["metric"] == "orders") & (found.runs["member"] == "")]
    assert len(runs) == 1
    assert (runs["first"].iloc[0], runs["last"].iloc[0]) == (pd.Timestamp("2026-05-04"), pd.Timestamp("2026-05-17"))
    assert runs["days"].iloc[0] == 14


def test_a_level_that_stays_is_told_as_such_and_is_the_usual_soon(quiet):
    found = found_in(without(quiet, 0.4, "2026-05-04", "2026-12-31"))
    runs = found.runs[(found.runs["metric"] == "orders") & (found.runs["member"] == "")]
    assert len(runs) == 1
    assert runs["stayed"].iloc[0]
    assert runs["first"].iloc[0] == pd.Timestamp("2026-05-04")
    assert runs["last"].iloc[0] <= pd.Timestamp("2026-05-12")


def test_a_rise_is_found_as_well(quiet):
    rise = quiet[quiet["date"] == "2026-05-12"].assign(transaction_id=lambda rows: rows["transaction_id"] + "b")
    runs = found_in(pd.concat([quiet, rise])).runs
    run = runs[(runs["metric"] == "orders") & (runs["member"] == "")].iloc[0]
    assert run["off"] == pytest.approx(1.0, abs=0.25)
    assert run["errors"] > 4


def test_slow_deliveries_of_a_region_are_found(quiet):
    late = (quiet["region"] == "South") & quiet["date"].between("2026-04-06", "2026-04-12")
    runs = found_in(quiet.assign(delivery_days=quiet["delivery_days"] + 3 * late)).runs
    run = runs[(runs["metric"] == "delivery_days") & (runs["member"] == "South")].iloc[0]
    assert run["off"] == pytest.approx(0.75, abs=0.2)
    assert (runs["metric"] == "delivery_days").all()


def test_quiet_shops_are_left_alone():
    marked, shops = 0, 8
    for seed in range(shops):
        marked += len(found_in(random_orders(seed, days=160, per_day=60)).runs)
    assert marked <= 4, "in a shop in which nothing happens, mostly none of 12,000 days looked at is called unusual"


def test_to_a_shop_of_many_orders_two_per_cent_are_no_news(quiet):
    many = random_orders(5, days=100, per_day=4000)
    many = without(many, 0.08, "2026-03-10", "2026-03-10")
    found = found_in(many, members=False)
    orders = found.named(series_name("orders", ""))
    day = found.days.get_loc(pd.Timestamp("2026-03-10"))
    assert orders.by_chance[day] < FALSE_WEEKS
    assert not orders.is_unusual[day]
    assert found.runs.empty


def test_closed_weekdays_are_never_judged(quiet):
    open_days = quiet[quiet["date"].dt.day_name() != "Sunday"]
    found = found_in(without(open_days, 0.7, "2026-05-12", "2026-05-12"))
    sundays = found.days.day_name() == "Sunday"
    assert not any(one.is_unusual[sundays].any() for one in found.series)
    assert (found.runs["first"] == "2026-05-12").any()


def test_the_shop_alone_says_the_same_of_the_shop(quiet):
    orders = without(quiet, 0.5, "2026-05-04", "2026-05-06")
    alone, all_of_it = found_in(orders, members=False), found_in(orders)
    assert {one.member for one in alone.series} == {""}
    for one in alone.series:
        np.testing.assert_allclose(one.errors, all_of_it.named(one.name).errors, rtol=1e-5)
        np.testing.assert_array_equal(one.is_unusual, all_of_it.named(one.name).is_unusual)


def test_filters_narrow_what_is_followed(quiet):
    orders = without(quiet, 0.7, "2026-05-11", "2026-05-13", channel="App")
    filters = replace(EVERYTHING, channel=("Web",))
    found = found_in(orders, filters)
    assert not {one.dimension for one in found.series} & {"channel"}
    assert found.orders.sum() == (orders["channel"] == "Web").sum()
    assert found.runs.empty


def test_small_members_are_left_out_and_said(quiet):
    names = np.array([f"c{n:02d}" for n in range(20)])
    many = quiet.assign(channel=names[np.random.default_rng(1).integers(0, 20, len(quiet))])
    found = found_in(many)
    assert sum(one.dimension == "channel" and one.metric == "orders" for one in found.series) == 12
    assert found.left_out == "The smallest members are not followed: 8 by channel."


def test_a_shop_that_never_varies_has_no_unusual_days():
    days = pd.date_range("2026-01-01", periods=120)
    rows = [(f"t{d}{n}", f"c{n}", day, 10.0, "Web", "North", 4, 3) for d, day in enumerate(days) for n in range(8)]
    columns = ["transaction_id", "customer_id", "date", "revenue", "channel", "region"]
    orders = pd.DataFrame(rows, columns=[*columns, "satisfaction_score", "delivery_days"])
    assert found_in(orders).runs.empty


def test_days_with_more_refunds_than_sales_are_followed(quiet):
    refunds = quiet[quiet["date"] == "2026-05-12"].assign(
        transaction_id=lambda rows: "r" + rows["transaction_id"], revenue=lambda rows: -2 * rows["revenue"]
    )
    found = found_in(pd.concat([quiet, refunds]), members=False)
    run = found.runs[found.runs["metric"] == "revenue"].iloc[0]
    assert run["value"] < 0
    assert run["off"] < -1
    assert off_by(run.to_dict()).endswith("below the usual")


def test_a_metric_that_the_shop_lacks_is_not_followed(quiet):
    found = found_in(quiet.assign(satisfaction_score=None))
    assert "satisfaction" not in {one.metric for one in found.series}


def test_a_metric_that_is_missing_for_weeks_is_followed_again_after_them(quiet):
    gap = quiet["date"].between("2026-04-01", "2026-05-01")
    found = found_in(quiet.assign(satisfaction_score=quiet["satisfaction_score"].astype(float).mask(gap)))
    scores = found.named(series_name("satisfaction", ""))
    inside = (found.days >= "2026-04-01") & (found.days <= "2026-05-01")
    assert np.isnan(scores.value[inside]).all()
    assert not scores.is_unusual[inside].any()


def test_too_few_days_are_refused(quiet):
    with pytest.raises(NotEnoughData, match="learnt from 28 days, and there are 20"):
        found_in(quiet[quiet["date"] < "2026-01-21"])


def test_a_known_holiday_is_expected():
    orders = pd.concat(
        [without(random_orders(s, days=200, per_day=120), 0.5, "2026-03-10", "2026-03-10") for s in (3,)]
    )
    holiday = pd.DataFrame(
        {
            "start_date": pd.to_datetime(["2026-03-10"]),
            "end_date": pd.to_datetime(["2026-03-10"]),
            "label": ["Feast"],
            "kind": ["holiday"],
        }
    )
    known = unusual_days(orders, holiday, EVERYTHING, shop_of(orders), members=False)
    unknown = found_in(orders, members=False)
    day = unknown.days.get_loc(pd.Timestamp("2026-03-10"))
    one = series_name("orders", "")
    assert abs(known.named(one).errors[day]) < abs(unknown.named(one).errors[day]) / 1.5


def viewed(found, first, last, orders, where="all"):
    return unusual_in_view(found, Filters(Period(first, last)), shop_of(orders), where)


def test_the_period_shows_the_runs_that_touch_it_alone(quiet):
    orders = without(quiet, 0.6, "2026-05-11", "2026-05-13")
    found = found_in(orders)
    assert len(viewed(found, date(2026, 5, 13), date(2026, 5, 13), orders).incidents) >= 1
    none = viewed(found, date(2026, 6, 1), date(2026, 6, 10), orders)
    assert none.incidents.empty
    assert none.sentence.startswith("No day was out of the ordinary, by more than chance is among so many")
    said = viewed(found, date(2026, 5, 1), date(2026, 5, 31), orders).sentence
    assert "Farthest: " in said
    assert "11 May – 13 May 2026" in said


def test_what_is_seen_in_several_places_is_one_incident(quiet):
    found = found_in(without(quiet, 0.9, "2026-05-11", "2026-05-13", channel="Web"))
    runs = found.runs[found.runs["metric"] == "orders"]
    assert len(runs) >= 2, "in the shop as a whole, too"
    folded = incidents(runs)
    assert len(folded) == 1
    assert folded["member"].iloc[0] == "Web"
    assert WHOLE in folded["also"].iloc[0]


def test_the_list_can_be_of_the_shop_or_of_its_members(quiet):
    orders = without(quiet, 0.9, "2026-05-11", "2026-05-13", channel="Web")
    found = found_in(orders)
    asked = (found, date(2026, 5, 1), date(2026, 5, 31), orders)
    assert set(viewed(*asked, "shop").runs["member"]) == {""}
    assert "" not in set(viewed(*asked, "members").runs["member"])
    with pytest.raises(ValueError, match="where: expected one of all, shop, members, got 'nowhere'"):
        viewed(*asked, "nowhere")


def test_a_period_without_orders_or_judged_days_is_refused(quiet):
    open_days = quiet[~quiet["date"].between("2026-05-10", "2026-05-16")]
    found = found_in(open_days)
    with pytest.raises(NotEnoughData, match="No orders in 11 May – 12 May 2026"):
        viewed(found, date(2026, 5, 11), date(2026, 5, 12), open_days)
    with pytest.raises(NotEnoughData, match="No day of this period can be judged"):
        viewed(found, date(2026, 1, 2), date(2026, 1, 9), open_days)


def test_a_run_leads_to_its_days_and_its_member():
    run = {
        "dimension": "region",
        "member": "West",
        "first": pd.Timestamp("2026-05-11"),
        "last": pd.Timestamp("2026-05-13"),
    }
    filters = run_filters(run, Filters(EVERYTHING.period, "previous", channel=("Web",)))
    assert filters == Filters(Period(date(2026, 5, 11), date(2026, 5, 13)), "previous", ("West",), channel=("Web",))


def test_the_chart_of_a_single_day_shows_the_weeks_before(quiet):
    found = found_in(quiet, members=False)
    filters = Filters(Period(date(2026, 5, 12), date(2026, 5, 12)))
    one = found.series[0]
    table = course_table(one, found, filters)
    assert len(table) == 56
    assert table["date"].iloc[-1] == pd.Timestamp("2026-05-12")
    assert "no day out of the ordinary" in course_sentence(one, found, filters, shop_of(quiet))


def test_the_marks_of_a_trend_are_those_days_of_the_shop(quiet):
    found = found_in(without(quiet, 0.6, "2026-05-11", "2026-05-13"), members=False)
    marks = days_marked(found, "orders", date(2026, 5, 1), date(2026, 5, 12))
    assert marks["day"].tolist() == [pd.Timestamp("2026-05-11"), pd.Timestamp("2026-05-12")]
    assert days_marked(found, "repeat_rate", date(2026, 5, 1), date(2026, 5, 12)).empty
