"""The page about what comes next: every choice draws, the address is followed, and trouble is said in place."""

import html
import re
from datetime import date

import pandas as pd
import pytest
from screen import charts, headings, plain_words, troubles, unescaped

from analytics.filters import Filters
from analytics.formats import percent
from analytics.metrics import METRICS
from analytics.periods import Period
from analytics.predictive.forecast import FORECAST
from analytics.predictive.forecast_quality import forecast_errors, forecast_month_ago, forecast_split
from analytics.predictive.forecast_view import forecast_course, forecast_members, forecast_summary
from analytics.predictive.model import StoredRun
from ui import data, fits
from ui.forecast_choices import TRUST

PAGE = "predictive/forecast.py"
CARDS = {"The days ahead", "Where it comes from", "What known events do", "How far to trust it"}
NO_EVENTS = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})
ANYWHERE = Filters(Period(date(2026, 1, 1), date(2026, 1, 2)))


def fitted_for(filters: Filters = ANYWHERE, **settings: object) -> StoredRun:
    data.pin_version()
    asked = fits.wanted(FORECAST, filters, **settings)
    if fits.newest_run(asked) is None:
        job = fits.fit_of(asked)
        assert job.wait(120)
        assert job.fault is None, job.fault
    return fits.newest_run(asked)


@pytest.fixture
def fitted(demo_url) -> StoredRun:
    """The run that the page shows unasked; fitted for the first test, found again by the others."""
    return fitted_for()


def test_all_cards_draw_and_a_sentence_stands_on_top(visit, fitted):
    opened = visit(PAGE)
    assert not opened.exception
    assert not troubles(opened)
    assert set(headings(opened)) == CARDS
    assert {"course", "forecast-members", "event-effects", "error-bars"} == set(charts(opened))
    assert re.search(r"The next 28 days \(.*\) will bring about", opened.markdown[0].value)
    assert not re.search(r"\b(nan|None|inf)\b", plain_words(opened))


def test_a_forecast_that_is_not_fitted_yet_is_fitted_beside_the_page(visit, shop):
    opened = visit(PAGE)
    assert not opened.exception
    assert opened.get("progress")
    assert not charts(opened)
    data.pin_version()
    asked = fits.wanted(FORECAST, opened.session_state["_filters"])
    fits.fit_of(asked).cancel()
    assert fits.fit_of(asked).wait(60)


@pytest.mark.parametrize("step", ["Day", "Week", "Month"])
@pytest.mark.parametrize("shared", ["Region", "Category"])
def test_days_weeks_and_months_of_regions_and_categories_follow_the_address(step, shared, visit, fitted):
    opened = visit(PAGE, step=step, shared=shared)
    assert not opened.exception
    assert not troubles(opened)
    assert "left out" not in "".join(c.value for c in opened.sidebar.caption)
    sums = fitted.tables["sums"]
    for member in sums.loc[sums["dimension"] == shared.lower(), "member"]:
        assert html.escape(member) in plain_words(opened)


@pytest.mark.parametrize("trust", TRUST.values())
def test_what_tells_how_far_to_trust_it_follows_the_address(trust, visit, fitted):
    opened = visit(PAGE, trust=trust)
    assert not opened.exception
    assert not troubles(opened)
    words = plain_words(opened)
    if trust == TRUST["methods"]:
        for row in fitted.tables["leaderboard"].itertuples():
            assert row.method in words
            assert percent(row.wape) in words
        assert f"{fitted.facts['method']} is used" in words
    if trust == TRUST["split"]:
        score = fitted.facts["split"]["scores"][0]
        assert score["method"] == "ARIMA(5,1,2)"
        assert percent(score["accuracy"]) in words
        assert "arima-split" in charts(opened)
    if trust == TRUST["month_ago"]:
        assert "As it would have been made on" in words


def test_drawn_days_are_those_of_the_run_and_their_bands_lie_around(visit, fitted):
    drawn = charts(visit(PAGE))["course"]["data"]
    told = next(trace for trace in drawn if trace["name"] == "expected")
    days = fitted.tables["forecast"].query("dimension == ''")
    assert list(told["y"]) == pytest.approx(days["expected"].tolist())
    assert pd.Timestamp(told["x"][0]) == days["day"].iloc[0]
    assert [trace["name"] for trace in drawn if "fill" in trace] == ["95 %", "80 %"]


def test_members_drawn_and_listed_add_up_to_the_headline(fitted):
    shop = data.shop()
    for dimension in ("region", "category"):
        shares = forecast_members(fitted, shop, dimension)
        assert shares.rows["expected"].sum() == pytest.approx(fitted.tables["sums"]["expected"].iloc[0], rel=1e-12)
        assert shares.days.sum(axis=1).to_numpy() == pytest.approx(
            fitted.tables["forecast"].query("dimension == ''")["expected"].to_numpy(), rel=1e-12
        )


def test_sentences_are_computed_from_the_run(fitted):
    shop = data.shop()
    total, unit = fitted.tables["sums"].iloc[0], METRICS["revenue"]
    summary = forecast_summary(fitted, shop, NO_EVENTS)
    assert unit.format(total["expected"], shop.currency) in summary.headline.change
    assert unit.format(total["low_80"], shop.currency) in summary.headline.change
    assert percent(abs(total["expected"] / total["before"] - 1)) in summary.headline.change
    errors = forecast_errors(fitted)
    assert percent(errors.table["floor"].iloc[0]) in errors.sentence
    assert f"{fitted.facts['split']['train']} days" in forecast_split(fitted, shop).sentence
    assert unit.format(fitted.facts["ago"]["actual"], shop.currency) in forecast_month_ago(fitted, shop).sentence


def test_events_of_last_year_that_nobody_wrote_down_yet_are_named(fitted):
    last = pd.Timestamp(fitted.facts["last_day"])
    then = last - pd.Timedelta(days=355)
    fair = pd.DataFrame({"start_date": [then], "end_date": [then], "label": ["Fair"], "kind": ["promotion"]})
    shop = data.shop()
    assert "though last year had them: Fair (see" in forecast_summary(fitted, shop, fair).notes
    again = pd.concat([fair, fair.assign(start_date=last + pd.Timedelta(days=20))], ignore_index=True)
    assert "last year had them" not in forecast_summary(fitted, shop, again).notes


def test_weeks_of_the_past_are_sums_of_their_days_and_a_week_begun_is_ahead(fitted):
    shop = data.shop()
    course = forecast_course(fitted, shop, NO_EVENTS, "week")
    history = fitted.tables["history"].set_index("day")["value"]
    last = course.past.iloc[-1]
    week = history[last["start"] : last["start"] + pd.Timedelta(days=6)]
    assert last["value"] == pytest.approx(week.sum())
    assert course.past["start"].max() < course.ahead["start"].min()
    with pytest.raises(ValueError, match="expected one of day, week, month, got 'year'"):
        forecast_course(fitted, shop, pd.DataFrame(), "year")


def test_orders_and_other_horizons_are_runs_of_their_own(visit, fitted):
    fitted_for(metric="orders", horizon_days=7)
    opened = visit(PAGE, forecast="Orders", next="7 days")
    assert not opened.exception
    assert not troubles(opened)
    assert "The next 7 days" in opened.markdown[0].value
    assert "orders" in opened.markdown[0].value


def test_filters_narrow_what_is_forecast_and_stay(visit, fitted):
    fitted_for(Filters(ANYWHERE.period, region=("North",)))
    opened = visit(PAGE, region=["North"])
    assert not opened.exception
    assert "North" in opened.caption[1].value
    assert not troubles(opened)
    assert "Home &amp; Kitchen" in plain_words(opened), "of one region there is nothing to split: categories are shown"


def test_a_period_of_the_filters_changes_nothing(visit, fitted):
    opened = visit(PAGE, period="7d")
    assert not opened.exception
    assert "course" in charts(opened)


def test_a_filter_that_matches_nothing_says_so(visit, fitted):
    query = {"region": ["West"], "segment": ["Premium"], "age_group": ["55+"], "category": ["Sports"]}
    opened = visit(PAGE, **query, payment_method=["Wallet"], channel=["Social"])
    data.pin_version()
    job = fits.fit_of(fits.wanted(FORECAST, opened.session_state["_filters"]))
    assert job.wait(60)
    opened = opened.run()
    assert not opened.exception
    assert any(re.search(r"orders|complete days", unescaped(i.value)) for i in opened.info)


def test_an_empty_database_says_what_to_do(visit, empty_database, use_database):
    use_database(empty_database)
    opened = visit(PAGE)
    assert not opened.exception
    assert not charts(opened)


def test_odd_choices_in_an_address_fall_back(visit, fitted):
    opened = visit(PAGE, forecast="Satisfaction", next="400 days", step="Year", trust="<b>", shared="Moon")
    assert not opened.exception
    assert not troubles(opened)
    assert "course" in charts(opened)
