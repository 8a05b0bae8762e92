"""The Drill-down page: down by a click or a choice, up by a button, all of it in the address, filters kept."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from screen import charts, clickable_charts, menus, plain_words, tiles, troubles, words

from analytics.diagnostic.paths import PATHS, path_title
from ui.addresses import known_pages

PAGE = "diagnostic/drill_down.py"
TITLES = {name: path_title(steps) for name, steps in PATHS.items()}


def bars(page) -> dict:
    return charts(page)["level"]["data"][0]


def members(page) -> list[str]:
    return [member for member in bars(page)["customdata"][::-1] if member]


@pytest.mark.parametrize("path", TITLES.values())
def test_every_path_opens_and_its_bars_make_the_revenue_of_the_tile(path, visit, demo_url):
    opened = visit(PAGE, path=path)
    assert not opened.exception
    assert not troubles(opened)
    assert sum(bars(opened)["x"]) == pytest.approx(tiles(opened)["Revenue"], abs=0.01)
    assert "add up to" in plain_words(opened) or "makes all of" in plain_words(opened)


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("place", ["South", "Regular"]),
        ("calendar", ["2026", "Q3 2026", "Sep 2026"]),
        ("range", ["Sports", "Website", "Premium"]),
        ("buyers", ["Premium", "25-34"]),
    ],
)
def test_an_address_leads_to_the_lowest_level_and_its_tiles_are_of_that_place(path, places, visit, demo_url):
    opened = visit(PAGE, path=TITLES[path], **{f"at_{n + 1}": place for n, place in enumerate(places)})
    assert not opened.exception
    assert not troubles(opened)
    crumbs = [b.label for b in opened.button if b.key.startswith("crumb-")]
    assert [c.partition(": ")[2] or c for c in crumbs] == ["All", *places]
    drawn = dict(zip(bars(opened)["customdata"], bars(opened)["x"], strict=True))
    revenue = drawn[places[-1]] if len(places) == len(PATHS[path]) else sum(bars(opened)["x"])
    assert revenue == pytest.approx(tiles(opened)["Revenue"], abs=0.01)


def test_a_choice_goes_down_and_a_button_goes_up_again(visit, demo_url):
    opened = visit(PAGE)
    opened.selectbox(key="at_1").set_value("West").run()
    assert sorted(members(opened)) == ["Budget", "Premium", "Regular"]
    opened.selectbox(key="at_2").set_value("Regular").run()
    assert [b.label for b in opened.button if b.key.startswith("crumb-")] == ["All", "Region: West", "Segment: Regular"]
    opened.button(key="crumb-1").click().run()
    assert opened.session_state["at_1"] == "West"
    assert opened.session_state["at_2"] is None
    opened.button(key="crumb-0").click().run()
    assert sorted(members(opened)) == ["East", "North", "South", "West"]


def test_going_to_another_member_leaves_the_level_below(visit, demo_url):
    opened = visit(PAGE, at_1="West", at_2="Regular")
    opened.selectbox(key="at_1").set_value("East").run()
    assert opened.session_state["at_2"] is None


def test_another_path_begins_at_its_top(visit, demo_url):
    opened = visit(PAGE, at_1="West", at_2="Regular")
    opened.selectbox(key="path").set_value("range").run()
    assert not opened.exception
    assert [b.label for b in opened.button if b.key.startswith("crumb-")] == ["All"]


def test_bars_can_be_clicked_but_for_single_customers(visit, demo_url):
    assert "level" in clickable_charts(visit(PAGE))
    assert "level" not in clickable_charts(visit(PAGE, path=TITLES["buyers"], at_1="Premium", at_2="25-34"))


def test_the_filters_of_the_sidebar_are_kept_on_the_way_down(visit, demo_url, demo_orders):
    opened = visit(PAGE, at_1="West", channel=["Website"], period="30d")
    kept = demo_orders[(demo_orders["region"] == "West") & (demo_orders["channel"] == "Website")]
    kept = kept[kept["date"].between("2026-10-02", "2026-10-31")]
    assert sum(bars(opened)["x"]) == pytest.approx(kept["revenue"].sum())
    assert opened.session_state["region"] == []
    assert opened.session_state["channel"] == ["Website"]


def test_a_place_outside_the_filters_is_left(visit, demo_url):
    opened = visit(PAGE, at_1="West", region=["North"])
    assert not opened.exception
    assert members(opened) == ["North"]


def test_an_unknown_place_is_dropped_with_a_note(visit, demo_url):
    opened = visit(PAGE, at_1="Atlantis", at_2="Regular")
    assert not opened.exception
    assert "at_1 Atlantis" in plain_words(opened)
    assert len(members(opened)) == 4


def test_the_order_of_levels_is_free(visit, demo_url):
    opened = visit(PAGE, path="Own order", levels=["Payment", "Region", "Age group"], at_1="UPI", at_2="North")
    assert not opened.exception
    assert "25-34" in members(opened)
    crumbs = [b.label for b in opened.button if b.key.startswith("crumb-")]
    assert crumbs == ["All", "Payment: UPI", "Region: North"]


def test_without_a_level_the_page_says_what_to_choose(visit, demo_url):
    opened = visit(PAGE, path="Own order")
    opened.multiselect(key="levels").set_value([]).run()
    assert not opened.exception
    assert "This path has no level yet" in "".join(i.value for i in opened.info)


def test_a_dimension_that_the_shop_lacks_closes_its_path(visit, tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders.assign(age_group=None), tmp_path / "ageless.db"))
    opened = visit(PAGE, path=TITLES["buyers"])
    assert not opened.exception
    assert "carry no age group" in "".join(i.value for i in opened.info)
    assert members(visit(PAGE, path=TITLES["place"]))


def test_years_of_a_short_period_offer_all_time(visit, demo_url):
    opened = visit(PAGE, path=TITLES["calendar"])
    assert members(opened) == ["2026"]
    opened.button(key="all-time").click().run()
    assert members(opened) == ["2026", "2025", "2024"][::-1]
    assert "Partial, and compared with the same days alone" in plain_words(opened)


def test_means_say_that_they_do_not_add_up(visit, demo_url):
    assert "Means do not add up" in plain_words(visit(PAGE, metric="Satisfaction"))
    assert "Customers do not add up" in plain_words(visit(PAGE, metric="Customers"))


def test_customers_lead_to_their_own_page_with_the_same_filters(visit, demo_url):
    opened = visit(PAGE, path=TITLES["buyers"], at_1="Premium", at_2="25-34", region=["North"])
    address = next(a for a in re.findall(r'href="([^"]*)"', words(opened)) if "customers" in a)
    asked = parse_qs(urlsplit(html.unescape(address)).query)
    assert (asked["segment"], asked["age_group"], asked["region"]) == (["Premium"], ["25-34"], ["North"])
    assert not visit("descriptive/customers.py", **asked).exception


@pytest.mark.skipif("root_cause" not in known_pages(), reason="there is no Root cause page yet")
def test_a_place_leads_to_its_root_cause(visit, demo_url):
    opened = visit(PAGE, at_1="West", metric="Orders", compare="Previous period")
    address = next(a for a in re.findall(r'href="([^"]*)"', words(opened)) if "root_cause" in a)
    asked = parse_qs(urlsplit(html.unescape(address)).query)
    assert (asked["region"], asked["metric"]) == (["West"], ["Orders"])
    assert asked.get("against", ["Period before"]) == ["Period before"], "shown unasked"
    assert not visit("diagnostic/root_cause.py", **asked).exception


def test_every_menu_opens(visit, demo_url):
    opened = visit(PAGE, at_1="West")
    for menu in menus(opened):
        opened.session_state[menu] = True
    assert not opened.run().exception
    assert "add up to" in plain_words(opened)
