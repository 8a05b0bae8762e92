"""The page about what customers will be worth: opened cold, it fits beside the page; then every choice draws."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from screen import charts, headings, plain_words, troubles, unescaped
from streamlit.testing.v1 import AppTest

from analytics.filters import Filters
from analytics.predictive import value_methods
from analytics.predictive.customer_value import CUSTOMER_VALUE
from analytics.predictive.value_quadrants import COLUMNS, QUADRANTS
from analytics.predictive.value_view import GROUPS
from ui import data, fits
from ui.value_choices import EACH, EVERYBODY

VALUE = "predictive/customer_value.py"
CHARTS = {"value-scatter", "value-deciles", "value-groups", "quadrants"}


@pytest.fixture(autouse=True, scope="module")
def _few_trees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(value_methods, "TREES", 10)
        yield


@pytest.fixture
def fitted(demo_url: str) -> None:
    """The demo, with its model fitted: later tests find the run beside the database."""
    data._pinned.set(None)
    data.pin_version()
    asked = fits.wanted(CUSTOMER_VALUE, Filters(data.shop().days))
    if fits.newest_run(asked) is None:
        job = fits.fit_of(asked)
        assert job.wait(60)
        assert job.fault is None, job.fault


@pytest.fixture
def opened(fitted: None, visit: Callable[..., AppTest]) -> AppTest:
    return visit(VALUE)


def test_opened_cold_it_says_what_it_does_and_waits_for_nobody(shop, visit):
    opened = visit(VALUE)
    assert not opened.exception
    assert "the fit goes on and is kept" in plain_words(opened) or "in 80 of 100 cases" in plain_words(opened)


def test_all_cards_draw_and_a_sentence_stands_on_top(opened):
    assert not opened.exception
    assert not troubles(opened)
    assert len(headings(opened)) == 7
    assert set(charts(opened)) == CHARTS
    said = unescaped(opened.markdown[0].value)
    assert re.search(r"The [\d,]+ customers of today will bring", said)
    assert "in 80 of 100 cases" in said
    assert "comes from the best tenth" in said
    words = plain_words(opened)
    assert "Own past rate" in words
    assert "The range of the total rests on" in words
    assert "The period does not matter" in words
    assert not re.search(r"\b(nan|inf|None|NaT)\b", re.sub(r"<[^>]*>", " ", words))


def test_margin_is_a_share_of_revenue_and_never_called_profit(opened, visit):
    margin = visit(VALUE, money="Margin")
    assert "of gross margin" in unescaped(margin.markdown[0].value)
    assert "profit" not in plain_words(margin).lower()
    whole, part = (_bars(app).get("x") for app in (opened, margin))
    share = data.shop().gross_margin
    assert part == pytest.approx([share * value for value in whole])


def test_a_shop_that_states_no_margin_offers_none(visit, demo_orders, stored, tmp_path, use_database):
    use_database(stored(demo_orders, tmp_path / "plain.db"))
    assert "money" not in {c.key for c in visit(VALUE).get("button_group")}


@pytest.mark.parametrize("by", GROUPS.values())
def test_groups_draw_for_every_choice(by, fitted, visit):
    app = visit(VALUE, joined_by=by, per_customer=EACH["all"])
    assert not app.exception
    assert not troubles(app)
    assert len(_bars(app)["x"]) >= 2
    assert "left out" not in "".join(c.value for c in app.sidebar.caption)


def test_tenths_fall_by_what_was_expected(opened):
    bars, dots = charts(opened)["value-deciles"]["data"]
    assert bars["y"] == sorted(bars["y"], reverse=True)
    assert len(bars["y"]) == len(dots["y"]) == 10


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_a_quadrant_lists_its_own_customers(quadrant, fitted, visit):
    app = visit(VALUE, quadrant=quadrant)
    assert not app.exception
    assert set(app.dataframe[0].value["quadrant"]) == {quadrant}


@pytest.mark.parametrize("column", COLUMNS.values())
def test_the_list_is_sorted_by_every_column(column, fitted, visit):
    app = visit(VALUE, worth_by=column, worth_order="Rising")
    assert not app.exception
    assert f"by rising {column.lower()}" in plain_words(app)


def test_the_list_is_searched_and_leads_to_the_customer(fitted, visit):
    app = visit(VALUE, search="C00012")
    table = app.dataframe[0].value
    assert len(table) == 1
    assert "./customers?" in table["customer_id"].iloc[0]
    assert table["customer_id"].iloc[0].endswith("customer=C00012")
    nobody = visit(VALUE, search="nobody of that name")
    assert any("No customer in view is so" in unescaped(e.value) for e in nobody.info)


def test_filters_keep_the_customers_own_members_and_add_up(fitted, visit, opened):
    regions = data.shop().members["region"]
    counted = [_customers(visit(VALUE, region=[region])) for region in regions]
    assert sum(counted) == _customers(opened)
    narrowed = visit(VALUE, region=[regions[0]])
    assert "by the region of their latest order" in plain_words(narrowed)


def test_a_filter_that_keeps_nobody_says_so_in_place(shop, visit, tmp_path, stored, demo_orders, use_database):
    """Two members that nobody has both of."""
    one = demo_orders.assign(segment=demo_orders["segment"].where(demo_orders["region"] != "North", "Northern"))
    use_database(stored(one, tmp_path / "apart.db"))
    data._pinned.set(None)
    data.pin_version()
    assert fits.fit_of(fits.wanted(CUSTOMER_VALUE, Filters(data.shop().days))).wait(60)
    app = visit(VALUE, region=["South"], segment=["Northern"])
    assert not app.exception
    assert any("No customer is of South · Northern" in unescaped(e.value) for e in app.info)
    assert {"value-scatter", "value-deciles"} <= set(charts(app)), "what is of the whole shop is still there"


def test_what_the_address_asks_in_vain_is_said(fitted, visit):
    app = visit(VALUE, ahead="90 days", money="Profit", joined_by="Weather", quadrant="Nobody", worth_by="Luck")
    assert not app.exception
    said = unescaped("".join(c.value for c in app.sidebar.caption))
    for asked in ("ahead 90 days", "money Profit", "joined_by Weather", "quadrant Nobody", "worth_by Luck"):
        assert asked in said
    assert EVERYBODY not in said


def test_a_click_takes_a_quadrant_and_nothing_else():
    from unittest.mock import patch

    from ui import value_choices

    with patch.object(value_choices.st, "session_state", {}) as state:
        for clicked in ("<script>", None, 7, ["Keep"], {"Keep": 1}):
            value_choices.take_quadrant(clicked)
        assert state == {}
        value_choices.take_quadrant("Win back")
        assert state == {"quadrant": "Win back"}


def test_a_shop_of_guests_says_what_to_add(visit, demo_orders, stored, tmp_path, use_database):
    use_database(stored(demo_orders.assign(customer_id=None).head(200), tmp_path / "guests.db"))
    app = visit(VALUE)
    assert not app.exception
    assert "No order of this shop names its customer" in unescaped(app.info[0].value)
    assert not charts(app)


def test_an_empty_database_says_what_to_do(visit, empty_database: Path, use_database):
    use_database(empty_database)
    app = visit(VALUE)
    assert not app.exception
    assert not charts(app)


def test_too_short_a_history_says_how_long_it_has_to_be(visit, demo_orders, stored, tmp_path, use_database):
    young = demo_orders[demo_orders["date"] > demo_orders["date"].max() - pd.Timedelta(days=21)]
    use_database(stored(young, tmp_path / "young.db"))
    app = visit(VALUE)
    assert not app.exception
    for _ in range(40):
        if app.info:
            break
        app.run()
    assert any("takes 2 months of orders" in unescaped(e.value) for e in app.info)


def _bars(app: AppTest) -> dict:
    return charts(app)["value-groups"]["data"][0]


def _customers(app: AppTest) -> int:
    return int(re.search(r"The ([\d,]+) customers", unescaped(app.markdown[0].value))[1].replace(",", ""))
