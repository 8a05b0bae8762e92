"""The page about resources: every part draws, follows the address, says what is assumed, and keeps trouble in place."""

import re

import pytest
from screen import charts, headings, plain_words, troubles, unescaped

from analytics.prescriptive.assumptions import Assumptions, Carrier, Lane, Stock
from analytics.prescriptive.staff_demand import WEEKDAYS
from ui import data
from ui.resource_choices import RESOURCES
from warehouse.assumptions import save_assumptions

PAGE = "prescriptive/resources.py"
CARDS = {
    "Stock": {"What to keep of each category", "What a service level costs", "Stock by category",
              "Demand of the next 21 days"},
    "Delivery": {"The present plan and the best", "What a day less costs", "How full the carriers are",
                 "Carriers and lanes"},
    "Staffing": {"Orders and people by weekday", "Who has which days off", "When shifts begin"},
}  # fmt: skip
CHARTS = {
    "Stock": {"stock-bars", "service-curve", "category-demand"},
    "Delivery": {"delivery-course"},
    "Staffing": {"weekday-bars", "hour-bars"},
}


def on_top(opened) -> str:
    """The sentence that answers the page's question."""
    return unescaped(opened.markdown[0].value)


@pytest.mark.parametrize("resource", RESOURCES)
def test_each_part_opens_cold_with_its_cards_and_a_sentence(resource, visit, demo_url):
    opened = visit(PAGE, resource=resource)
    assert not opened.exception
    assert not troubles(opened)
    assert CARDS[resource] <= set(headings(opened))
    assert set(charts(opened)) == CHARTS[resource]
    assert len(on_top(opened)) > 40
    assert not re.search(r"\b(nan|None|inf)\b", plain_words(opened))
    assert "left out" not in "".join(c.value for c in opened.sidebar.caption)


def test_stock_alone_is_shown_unasked(visit, demo_url):
    assert set(charts(visit(PAGE))) == CHARTS["Stock"]


def test_a_higher_service_level_reorders_earlier_and_the_address_carries_it(visit, demo_url):
    def reordered(**asked: str) -> int:
        said = re.search(r"Reorder at ([\d,]+) units", on_top(visit(PAGE, **asked)))
        return int(said[1].replace(",", ""))

    assert reordered(level="99") > reordered() > reordered(level="80")
    assert reordered(lead="30") > reordered()


def test_the_share_that_is_lost_is_that_of_the_settings_unless_the_address_says_another(visit, demo_url, desk):
    assert "if 65 % of what is not there is lost" in plain_words(visit(PAGE))
    save_assumptions(desk, Assumptions(stock=Stock(lost_if_missing=0.4), stated=("stock",)))
    assert "if 40 % of what is not there is lost" in plain_words(visit(PAGE))
    assert "if 90 % of what is not there is lost" in plain_words(visit(PAGE, lost="90"))


def test_figures_that_cannot_be_are_dropped(visit, demo_url):
    for asked in ({"level": "nan"}, {"lead": "-3"}, {"ordered_every": "0"}, {"lost": "many"}, {"resource": "Rockets"}):
        opened = visit(PAGE, **asked)
        assert not opened.exception, asked
        assert "Reorder at" in on_top(opened), asked
        assert "left out" in "".join(c.value for c in opened.sidebar.caption), asked


def test_what_the_address_asks_for_in_figures_is_in_force_and_not_called_unknown(visit, demo_url):
    opened = visit(PAGE, ordered_every="10")
    assert "for the 24 days" in on_top(opened)
    assert "left out" not in "".join(c.value for c in opened.sidebar.caption)


def test_a_single_day_and_a_level_near_all_are_said_as_they_are(visit, demo_url):
    top = on_top(visit(PAGE, lead="0", ordered_every="1", level="99.99"))
    assert "for the 1 day until the next delivery in 99.99 %" in top


def test_a_history_too_short_for_the_days_ahead_says_so(visit, demo_url):
    opened = visit(PAGE, lead="365", ordered_every="365")
    assert not opened.exception
    assert any("are too few to try a plan of 730 days" in unescaped(i.value) for i in opened.info)


def test_demand_is_told_in_units_or_in_orders(visit, demo_url):
    assert "units in all: categories add up" in plain_words(visit(PAGE))
    assert "orders in all: categories add up" in plain_words(visit(PAGE, demand_in="Orders"))


def test_what_nobody_stated_is_said_to_be_assumed_and_leads_to_settings(visit, demo_url):
    for resource, said in (
        ("Stock", "How goods come in is assumed until you state it"),
        ("Delivery", "All of this is assumed until you state it"),
        ("Staffing", "is assumed until you state it in Settings"),
    ):
        opened = visit(PAGE, resource=resource)
        assert said in plain_words(opened)
        assert any("in Settings" in shown.proto.label for shown in opened.get("page_link"))


def test_advice_on_carriers_that_are_assumed_is_not_given(visit, demo_url):
    opened = visit(PAGE, resource="Delivery")
    assert on_top(opened).startswith("With carriers assumed until you state yours")
    assert "Net benefit, expected" not in plain_words(opened)


def test_advice_on_delivery_is_of_a_year_whatever_the_period_in_view(visit, demo_url, desk):
    regions = data.shop().members["region"]
    carriers = (Carrier("Dear"), Carrier("Cheap"))
    lanes = tuple(Lane(c, r, cost, 4.5) for r in regions for c, cost in (("Dear", 90.0), ("Cheap", 60.0)))
    save_assumptions(desk, Assumptions(carriers=carriers, lanes=lanes, stated=("carriers", "lanes")))

    def promised(**asked: str) -> str:
        words = plain_words(visit(PAGE, resource="Delivery", **asked))
        return re.search(r'Net benefit, expected</div><div class="fig">([^<]+)', words)[1]

    assert promised(period="90d") == promised(period="12m") == promised()


def test_a_limit_of_days_is_kept_or_said_not_to_be_had(visit, demo_url):
    assert "cannot be had: the quickest" in unescaped(
        "".join(i.value for i in visit(PAGE, resource="Delivery", most_days="0.5").info)
    )
    opened = visit(PAGE, resource="Delivery", most_days="4.2", regions_go="One carrier each")
    assert not opened.exception
    assert "delivery-course" in charts(opened)


def edited(opened, key: str, rows: dict):
    """The page after a change in one of its tables."""
    name = next(table.key for table in opened.dataframe if str(table.key).startswith(key))
    opened.session_state[name] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    return opened.run()


def test_capacities_and_costs_are_tried_out_in_the_table(visit, demo_url):
    opened = visit(PAGE, resource="Delivery")
    before = on_top(opened)
    assert on_top(edited(opened, "carriers-", {1: {"Takes a day": 0}})) != before
    short = edited(visit(PAGE, resource="Delivery"), "carriers-", {n: {"Takes a day": 0} for n in range(3)})
    assert not short.exception
    assert any("room for 0" in unescaped(i.value) for i in short.info)


def test_tables_that_cannot_be_meant_say_why(visit, demo_url):
    twice = edited(visit(PAGE, resource="Delivery"), "carriers-", {1: {"Carrier": "Present carrier"}})
    assert not twice.exception
    assert any("Present carrier stands twice" in unescaped(i.value) for i in twice.info)
    gone = edited(visit(PAGE, resource="Delivery"), "carriers-", {1: {"Carrier": "Somebody else"}})
    assert any("none of the carriers" in unescaped(i.value) for i in gone.info)


def test_who_carries_what_now_is_tried_out_in_the_table(visit, demo_url):
    everything = {0: {"Now, %": 0.0}, 4: {"Now, %": 100.0}}
    tried = edited(visit(PAGE, resource="Delivery"), "lanes-", everything)
    assert not tried.exception
    assert "Who carries what now is as stated for" in plain_words(tried)
    part = edited(visit(PAGE, resource="Delivery"), "lanes-", {0: {"Now, %": 60.0}})
    assert any("carry 60.0 % of its orders now: make that 100 %" in unescaped(i.value) for i in part.info)


def test_more_minutes_an_order_need_more_people(visit, demo_url):
    def people(**asked: str) -> int:
        return int(re.match(r"([\d,]+) (people|person)", on_top(visit(PAGE, resource="Staffing", **asked)))[1])

    assert people(minutes="120") > people(minutes="60")
    assert "too few for" in on_top(visit(PAGE, resource="Staffing", minutes="240", most_people="1"))


@pytest.mark.parametrize("weekday", WEEKDAYS[::3])
def test_the_hours_of_a_weekday_follow_the_address(weekday, visit, demo_url):
    opened = visit(PAGE, resource="Staffing", hours_of=weekday)
    assert not opened.exception
    assert opened.session_state["hours_of"] == weekday


@pytest.mark.parametrize("resource", RESOURCES)
def test_filters_stay_and_a_filter_that_matches_nothing_says_so(resource, visit, demo_url):
    opened = visit(PAGE, resource=resource, region=["North"])
    assert not opened.exception
    opened.switch_page("../pages/descriptive/kpis.py").run()
    assert opened.session_state["region"] == ["North"]
    nothing = {"region": ["East"], "segment": ["Premium"], "age_group": ["55+"], "category": ["Sports"],
               "channel": ["Social"], "payment_method": ["Wallet"]}  # fmt: skip
    opened = visit(PAGE, resource=resource, **nothing)
    assert not opened.exception
    assert opened.info


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_shop_without_orders_and_one_of_eight_say_what_they_lack(
    resource, visit, empty_database, tiny_database, use_database
):
    for database in (empty_database, tiny_database):
        use_database(database)
        opened = visit(PAGE, resource=resource)
        assert not opened.exception
        assert opened.info or opened.warning


def test_a_shop_without_lines_days_regions_or_times_closes_only_what_needs_them(
    visit, demo_orders, stored, tmp_path, use_database
):
    bare = demo_orders.assign(delivery_days=None, region=None, category=None)
    use_database(stored(bare, tmp_path / "bare.db"))
    stock = plain_words(visit(PAGE))
    assert "Units are not known" in stock
    assert "No margin is known" in stock
    delivery = plain_words(visit(PAGE, resource="Delivery"))
    assert "What a day is worth cannot be told" in delivery
    assert "Everywhere" in delivery
    staffing = visit(PAGE, resource="Staffing")
    assert "no clock times" in plain_words(staffing)
    assert "hour-bars" not in charts(staffing)


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_desk_that_cannot_be_read_is_said_in_place(resource, visit, desk):
    desk.write_bytes(b"no desk at all, " * 200)
    opened = visit(PAGE, resource=resource)
    assert not opened.exception
    assert "is damaged" in " ".join(troubles(opened))
