"""The trend card: every way of looking draws, keeps to the address, adds up, and says what it cannot show."""

import pytest
from screen import charts, charts_alternative, headings, plain_words, tiles, troubles, words

from analytics.descriptive.trends import metric_trend
from analytics.metrics import METRICS
from analytics.shop import DIMENSIONS
from ui.choices import TREND_VIEWS

KPIS = "descriptive/kpis.py"


def looked_at(opened, **choices):
    for key, value in choices.items():
        opened.session_state[key] = value
    return charts(opened.run())["trend"]


def says(opened) -> str:
    return plain_words(opened)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_dimension_draws_in_every_view(dimension, visit, demo_url):
    opened = visit(KPIS)
    for number, view in enumerate(TREND_VIEWS):
        figure = looked_at(opened, split=dimension, drawn=view, by=["day", "week", "month"][number])
        assert not opened.exception
        assert not troubles(opened)
        assert len(figure["data"]) >= 2
        assert len(charts_alternative(opened)["trend"]) > 15


@pytest.mark.parametrize("key", [key for key, m in METRICS.items() if m.needs != "refunds"])
def test_every_metric_draws_as_lines_and_panels_and_as_shares_where_it_adds_up(key, visit, demo_url):
    opened = visit(KPIS)
    for view in ("lines", "panels"):
        assert looked_at(opened, metric=key, split="channel", drawn=view)["data"]
    opened.session_state["drawn"] = "shares"
    drawn = charts(opened.run())
    assert not opened.exception
    assert ("trend" in drawn) == METRICS[key].adds_up
    if not METRICS[key].adds_up:
        assert "does not add up to a total" in "".join(i.value for i in opened.info)
        assert "members" in drawn, "the other cards stay"


def test_the_lines_of_members_sum_to_the_tile(visit, demo_url):
    opened = visit(KPIS, split="By channel", mean="No mean", by="Day")
    lines = charts(opened)["trend"]["data"]
    assert sum(sum(line["y"]) for line in lines) == pytest.approx(tiles(opened)["Revenue"], abs=0.0051)


def test_shares_sum_to_one(visit, demo_url):
    lines = charts(visit(KPIS, split="By region", drawn="Shares", by="Month", period="Last quarter"))["trend"]["data"]
    for of_one_month in zip(*(line["y"] for line in lines), strict=True):
        assert sum(of_one_month) == pytest.approx(1)


def test_a_link_opens_the_very_view(visit, demo_url):
    asked = {"split": "By category", "drawn": "Panels", "mean": "28-day mean", "overlay": "", "ranked": "Change"}
    opened = visit(KPIS, **asked)
    assert not opened.exception
    figure = charts(opened)["trend"]
    assert {trace["name"] for trace in figure["data"]} == {"28-day mean"}
    assert len(figure["data"]) == 6
    assert "left out:" not in says(opened)


def test_what_a_link_asks_for_in_vain_is_dropped_with_a_note(visit, demo_url):
    opened = visit(KPIS, split="By colour", drawn="Cake", mean="9-day mean", overlay="Dreams", ranked="Luck")
    assert not opened.exception
    assert {trace["name"] for trace in charts(opened)["trend"]["data"]} == {"last year", "day", "7-day mean"}
    for dropped in ("split By colour", "drawn Cake", "mean 9-day mean", "overlay Dreams", "ranked Luck"):
        assert dropped in says(opened)


def test_the_comparison_and_the_mean_can_be_taken_away(visit, demo_url):
    opened = visit(KPIS)
    names = {trace["name"] for trace in looked_at(opened, mean=0, overlay=[])["data"]}
    assert names == {"day"}
    assert "Dotted" not in says(opened)
    names = {trace["name"] for trace in looked_at(opened, mean=28, overlay=["Comparison"])["data"]}
    assert names == {"last year", "day", "28-day mean"}
    assert "Dotted: last year, the same weekdays (52 weeks earlier)." in says(opened)


def test_of_weeks_there_is_no_moving_mean_and_that_is_said(visit, demo_url):
    opened = visit(KPIS)
    looked_at(opened, by="week")
    assert "A moving mean applies to days alone." in says(opened)
    assert next(box for box in opened.selectbox if box.key == "mean").disabled


def test_of_customers_there_is_no_moving_mean_and_that_is_said(visit, demo_url):
    opened = visit(KPIS, metric="Customers", by="Day")
    assert "Customers cannot be added up over days: no moving mean." in says(opened)


def test_the_default_view_asks_what_the_first_page_asked(visit, demo_url, monkeypatch):
    """One answer for both pages, got ready while a fresh server's first page loads."""
    from ui import trend_card

    asked = []
    monkeypatch.setattr(trend_card, "answer", lambda *what, **how: asked.append((what, how)) or real(*what, **how))
    real = __import__("ui.data", fromlist=["answer"]).answer
    visit(KPIS)
    ((_, how),) = [call for call in asked if call[0][0] is metric_trend]
    assert how == {"key": "revenue", "granularity": "day"}


def test_a_filter_that_leaves_one_member_has_nothing_to_tell_apart(visit, demo_url):
    opened = visit(KPIS, split="By region", region=["North"])
    assert "Only North is in view: there is nothing to tell apart." in says(opened)
    assert len(charts(opened)["trend"]["data"]) == 1


def test_a_member_keeps_its_colour_when_others_are_filtered_away(visit, demo_url):
    def colour(**filters):
        lines = charts(visit(KPIS, split="By category", **filters))["trend"]["data"]
        return next(line["line"]["color"] for line in lines if line["name"] == "Sports")

    assert colour() == colour(category=["Sports"]) == colour(region=["North"], category=["Sports", "Beauty"])


def test_thirty_eight_members_draw_eight_and_name_the_rest(visit, demo_orders, stored, tmp_path, use_database):
    orders = demo_orders.assign(region=[f"Land {i % 38:02}" for i in range(len(demo_orders))])
    use_database(stored(orders, tmp_path / "many.db"))
    for view in ("Lines", "Panels", "Shares"):
        opened = visit(KPIS, split="By region", drawn=view, overlay="", by="Month", period="Last quarter")
        assert not opened.exception
        assert len(charts(opened)["trend"]["data"]) == 8
        assert "Not drawn, being smaller: Land" in says(opened)
        assert "and 26 more." in says(opened)


@pytest.mark.parametrize("view", ["Lines", "Panels", "Shares"])
def test_a_shop_of_one_day_draws(view, visit, tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders[tiny_orders["date"] == "2026-10-31"], tmp_path / "day.db"))
    opened = visit(KPIS, split="By channel", drawn=view)
    assert not opened.exception
    assert not troubles(opened)
    assert charts(opened)["trend"]["data"]


def test_a_shop_without_dimensions_scores_and_customers_still_has_its_trend(
    visit, tiny_orders, stored, tmp_path, use_database
):
    bare = tiny_orders.assign(
        **dict.fromkeys((*DIMENSIONS, "customer_id", "satisfaction_score", "delivery_days")),
    )
    use_database(stored(bare, tmp_path / "bare.db"))
    opened = visit(KPIS, split="By channel")
    assert not opened.exception
    assert "split By channel" in says(opened), "it is noted, and the whole shop is drawn"
    assert "Revenue over time" in headings(opened)
    assert charts(opened)["trend"]["data"]


def test_a_filter_that_matches_nothing_is_said_in_the_card(visit, demo_url):
    opened = visit(KPIS, split="By channel", period="7d", region=["North"], segment=["Premium"], category=["Sports"],
                   channel=["Store"], payment_method=["Cash on delivery"], age_group=["55+"])  # fmt: skip
    assert not opened.exception
    assert "take one of these filters away" in says(opened)


def test_bars_by_change_have_the_largest_change_on_top(visit, demo_url):
    by_value = charts(visit(KPIS, per="Category"))["members"]["data"][0]
    by_change = charts(visit(KPIS, per="Category", ranked="Change"))["members"]["data"][0]
    assert sorted(by_value["y"]) == sorted(by_change["y"])
    assert by_value["x"] == sorted(by_value["x"])
    assert by_change["y"] != by_value["y"]


def test_a_month_cut_by_the_period_is_marked_in_the_table_of_weekdays(visit, demo_url):
    opened = visit(KPIS, period="Custom", days=["2026-06-01", "2026-08-20"])
    assert charts(opened)["heat"]["layout"]["xaxis"]["ticktext"][-1] == "Aug 26*"
    assert "* In part: 1 Aug – 20 Aug 2026." in says(opened)
    whole = visit(KPIS, period="Custom", days=["2026-06-01", "2026-08-31"])
    assert not [t for t in charts(whole)["heat"]["layout"]["xaxis"]["ticktext"] if "*" in t]


def test_the_movers_show_the_change_and_what_of_it_is_the_members_own(visit, demo_url):
    page = words(visit())
    assert "Beyond the shop’s" in page
    assert "the shop as a whole (" in plain_words(visit())
