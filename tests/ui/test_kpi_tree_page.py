"""The KPI tree page: what is drawn adds up, every branch has its box, and shops that lack one still open."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from screen import charts, headings, menus, plain_words, tiles, troubles, words

from analytics.metrics import DEFINITIONS, METRICS

PAGE = "descriptive/kpi_tree.py"


def test_the_bars_add_up_to_the_change_that_the_tree_names(visit, demo_url, demo_orders):
    bars = charts(visit(PAGE, compare="Previous period"))["contributions"]["data"][0]
    days = demo_orders["date"]
    now = demo_orders.loc[days > "2026-08-02", "revenue"].sum()
    before = demo_orders.loc[(days > "2026-05-04") & (days <= "2026-08-02"), "revenue"].sum()
    assert sum(bars["x"]) == pytest.approx(now - before, abs=0.01)


def test_values_are_those_of_the_kpi_page(visit, demo_url):
    tree, kpis = tiles(visit(PAGE, region=["North"])), tiles(visit("descriptive/kpis.py", region=["North"]))
    for name in ("Revenue", "Customers", "New customers", "Satisfaction"):
        assert tree[name] == kpis[name]
    assert tree["New customers"] + tree["Returning customers"] == tree["Customers"]


def test_direction_is_not_told_by_colour_alone(visit, demo_url):
    said = words(visit(PAGE))
    for kind, mark in (("good", "▲"), ("bad", "▼"), ("flat", "≈")):
        assert all(m == mark for m in re.findall(rf'<div class="chg {kind}"><b>(.)', said))


def test_names_of_metrics_lead_to_the_kpi_page_with_the_same_filters(visit, demo_url):
    opened = visit(PAGE, region=["North", "East"], period="30d", compare="Previous period")
    links = re.findall(r'<div class="nm"><a href="([^"]*)"[^>]*>(.*?)</a>', words(opened))
    assert [name for _, name in links] == ["Revenue", "Customers", "New customers"]
    for address, name in links:
        place = urlsplit(html.unescape(address))
        asked = parse_qs(place.query)
        assert place.path == "./kpis"
        assert asked.get("metric", ["Revenue"]) == [name], "revenue is shown unasked"
        assert asked["region"] == ["North", "East"]
        assert asked["days"] == ["2026-10-02", "2026-10-31"]
        led = visit("descriptive/kpis.py", **asked)
        assert not led.exception
        assert f"{name}, broken down" in headings(led)
        assert "Not in this shop's data" not in plain_words(led)


def test_a_part_that_no_other_page_shows_leads_nowhere(visit, demo_url):
    assert '<div class="nm">Orders per customer</div>' in words(visit(PAGE))


def test_leading_metrics_are_marked_and_stand_beside_the_tree(visit, demo_url):
    said = words(visit(PAGE))
    assert '<span class="lead" title="today&#x27;s first orders are' in said
    assert {m.name for m in METRICS.values() if m.leads} <= set(tiles(visit(PAGE)))


def test_the_dictionary_holds_every_definition_and_can_be_taken_away(visit, demo_url):
    opened = visit(PAGE)
    shown = opened.dataframe[-1].value
    assert shown["Name"].tolist() == [m.name for m in DEFINITIONS.values()]
    opened.session_state["menu-KPI dictionary"] = True
    opened.run()
    assert {"CSV", "Excel"} <= {b.proto.label for b in opened.get("download_button")}


def test_every_menu_opens(visit, demo_url):
    opened = visit(PAGE)
    for menu in menus(opened):
        opened.session_state[menu] = True
    assert not opened.run().exception


def test_without_a_comparison_the_tree_stands_and_its_change_is_not_drawn(visit, demo_url):
    opened = visit(PAGE, compare="Nothing")
    assert not opened.exception
    assert "not compared" in words(opened)
    assert "the value, not compared with another period." in plain_words(opened)
    assert "choose a comparison" in "".join(i.value for i in opened.info)
    assert "contributions" not in charts(opened)


@pytest.mark.parametrize(
    "changes",
    [
        {"customer_id": None},
        {"customer_id": "C1"},
        {"date": "2026-10-31"},
        {"satisfaction_score": None, "delivery_days": None},
    ],
    ids=["guests only", "one customer", "one day", "no scores, no deliveries"],
)
def test_odd_shops_open(changes, visit, tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders.assign(**changes), tmp_path / "odd.db"))
    opened = visit(PAGE)
    assert not opened.exception
    assert not troubles(opened)
    assert "Revenue and its parts" in headings(opened)
    assert tiles(opened)["Revenue"] == (600 if "date" in changes else 430)


def test_a_shop_of_guests_has_no_customers_in_its_tree(visit, tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders.assign(customer_id=None), tmp_path / "guests.db"))
    shown = tiles(visit(PAGE))
    assert "Customers" not in shown
    assert shown["Number of guests' orders"] == 5
    assert shown["Refunds"] == 50
    assert "Every customer" not in plain_words(visit(PAGE))
