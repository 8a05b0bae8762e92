"""The settings page: every section is stated, refused in words, forgotten, and brought back from its versions."""

import sqlite3
from contextlib import closing

import pytest
from screen import plain_words, press, said, troubles

from analytics.prescriptive.assumptions import Assumptions, Carrier, Finance, Margin, Stock, assumptions_from
from ui import data
from warehouse.assumptions import assumptions_in_force, save_assumptions, saved_versions
from warehouse.desk import desk_path

PAGE = "workspace/settings.py"


def rows(page, section: str, added: list[dict] = (), edited: dict | None = None):
    """Rows typed into a section's table."""
    key = f"{section}-table-{page.session_state[f'_{section}_drawn']}"
    page.session_state[key] = {"edited_rows": edited or {}, "added_rows": list(added), "deleted_rows": []}
    return page


def save(page, section: str):
    return page.button(key=f"{section}-save").click().run()


def test_nothing_is_stated_at_first_and_looking_leaves_no_desk_behind(visit, desk):
    page = visit(PAGE)
    assert not page.exception
    assert "Nothing has been stated yet" in plain_words(page)
    assert not desk.exists()
    assumed = next(e.value for e in page.dataframe if "Orders a day, at most" in e.value)
    assert list(assumed["Carrier or warehouse"]) == ["Present carrier", "Quicker carrier", "Slower carrier"]


def test_a_form_is_saved_and_stands_for_the_section_from_then_on(visit, desk):
    page = visit(PAGE)
    page.number_input(key="finance-discount_rate").set_value(8.0)
    save_button = next(b for b in page.button if b.form_id == "finance-form")
    page = save_button.click().run()
    assert said(page) == ["Saved as version 1."]
    assert assumptions_in_force(desk).finance == Finance(0.08, 0.10)
    assert assumptions_in_force(desk).stated == ("finance",)
    assert "Stated: money and prices" in plain_words(page)


def test_rows_are_added_to_a_list(visit, desk):
    row = {"Offer": "Call", "Cost per contact": 30, "Keeps, %": 10, "At least, %": 5, "At most, %": 20}
    page = save(rows(visit(PAGE), "offers", [row | {"Segments": ["Premium"]}]), "offers")
    assert not page.exception
    (offer,) = assumptions_in_force(desk).offers
    assert (offer.name, offer.kept, offer.kept_low, offer.kept_high) == ("Call", 0.1, 0.05, 0.2)
    assert (offer.segments, offer.discount, offer.most) == (("Premium",), 0.0, None)


@pytest.mark.parametrize(
    ("section", "row", "why"),
    [
        ("offers", {"Offer": "Call", "Cost per contact": 30, "Keeps, %": 120}, "kept: expected a number from 0 to 1"),
        ("offers", {"Cost per contact": 30}, "'name'"),
        ("carriers", {"Carrier or warehouse": "Post", "Orders a day, at most": -1}, "capacity: expected a number"),
        ("channels", {"Channel": "Social", "At least, a month": 9, "At most, a month": 3}, "most: expected at least 9"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_was_typed(section, row, why, visit, desk):
    page = save(rows(visit(PAGE), section, [row]), section)
    assert why in troubles(page)[0]
    assert not desk.exists()


def test_a_refusal_says_how_the_page_calls_what_it_names(visit):
    row = {"Offer": "Call", "Cost per contact": 30, "Keeps, %": 120}
    page = save(rows(visit(PAGE), "offers", [row]), "offers")
    assert "kept is “Keeps, %”, as a share: 1 is 100 %" in troubles(page)[0]


def test_a_list_without_rows_is_not_stated(visit, desk):
    page = save(visit(PAGE), "channels")
    assert "fill in a row first" in troubles(page)[0]
    assert saved_versions(desk) == []
    row = {"Channel": "Social", "At least, a month": 1, "At most, a month": 3}
    page = save(rows(page, "channels", [row]), "channels")
    assert assumptions_in_force(desk).stated == ("channels",)
    key = f"channels-table-{page.session_state['_channels_drawn']}"
    page.session_state[key] = {"edited_rows": {}, "added_rows": [], "deleted_rows": [0]}
    page = save(page, "channels")
    assert assumptions_in_force(desk).stated == ()
    assert not page.exception


def test_lanes_that_are_stated_bring_their_assumed_carriers(visit, desk):
    page = save(rows(visit(PAGE), "lanes", edited={0: {"Days until it is there": 2.5}}), "lanes")
    assert not page.exception
    stated = assumptions_in_force(desk)
    assert stated.lanes[0].days == 2.5
    assert [c.name for c in stated.carriers] == ["Present carrier", "Quicker carrier", "Slower carrier"]


def test_lanes_of_carriers_that_are_stated_begin_with_these(visit, desk):
    save_assumptions(desk, assumptions_from({"carriers": [{"name": "Post"}]}))
    page = visit(PAGE)
    lanes = next(e.value for e in page.dataframe if "Days until it is there" in e.value)
    assert set(lanes["Carrier or warehouse"]) == {"Post"}
    page = save(rows(page, "lanes", edited={0: {"Cost per order": 7.0}}), "lanes")
    assert assumptions_in_force(desk).lanes[0].cost == 7.0


def test_who_carries_a_region_now_is_stated_checked_and_held_against_capacities(visit, desk):
    page = save(rows(visit(PAGE), "lanes", edited={0: {"Carries now, %": 70}}), "lanes")
    assert "to add up to 1, got 0.7. (share_now is “Carries now, %”" in troubles(page)[0]
    assert not desk.exists()
    page = save(rows(visit(PAGE), "lanes", edited={0: {"Carries now, %": 100}}), "lanes")
    assert assumptions_in_force(desk).lanes[0].share_now == 1.0
    assert "Who carries what now is as stated for" in plain_words(page)
    page = save(rows(page, "carriers", edited={n: {"Orders a day, at most": 1} for n in range(3)}), "carriers")
    assert "orders a day and room for 3" in plain_words(page)


def test_a_margin_is_stated_beside_what_is_known_of_it(visit, desk):
    page = visit(PAGE)
    table = next(e.value for e in page.dataframe if "Known, %" in e.value)
    assert set(table["From"]) == {"Unit costs"}
    page = save(rows(page, "margins", edited={0: {"Stated, %": 25.0}}), "margins")
    assert assumptions_in_force(desk).margins == (Margin(table["Category"][0], 0.25),)


def test_what_was_stated_is_forgotten_and_its_lanes_with_the_carriers(visit, desk):
    stated = {"carriers": [{"name": "Post"}], "lanes": [{"carrier": "Post", "region": "North", "cost": 1, "days": 2}]}
    save_assumptions(desk, assumptions_from(stated))
    page = visit(PAGE).button(key="carriers-forget").click().run()
    assert not page.exception
    assert assumptions_in_force(desk) == Assumptions()


def test_an_earlier_version_comes_back_as_a_new_one(visit, desk):
    first = assumptions_from({"carriers": [{"name": "Post"}]})
    save_assumptions(desk, first, "one")
    save_assumptions(desk, assumptions_from({"carriers": [{"name": "Courier"}]}), "two")
    page = press(visit(PAGE), "Put it in force again")
    assert assumptions_in_force(desk).carriers == (Carrier("Post"),)
    assert [v.note for v in saved_versions(desk)] == ["version 1 again", "two", "one"]
    assert not page.exception


def test_a_file_is_looked_at_before_it_is_in_force(visit, desk):
    page = visit(PAGE)
    page.file_uploader[0].upload("a.toml", b"[finance]\ndiscount_rate = 0.2\n", "application/toml").run()
    assert "The file states money and prices" in plain_words(page)
    assert not desk.exists()
    press(page, "Put it in force")
    assert data.assumptions().finance.discount_rate == 0.2


def test_a_file_that_cannot_be_meant_is_refused(visit, desk):
    page = visit(PAGE)
    page.file_uploader[0].upload("a.toml", b"[finance]\ndiscount_rate = nan\n", "application/toml").run()
    assert "a.toml states what cannot be meant" in troubles(page)[0]
    assert not desk.exists()


def test_a_file_of_a_shop_with_another_currency_is_refused(visit, desk):
    page = visit(PAGE)
    page.file_uploader[0].upload("a.toml", b'currency = "EUR"\n[staff]\nwage = 90.0\n', "application/toml").run()
    assert "states amounts in “EUR”, those of this shop are in INR" in troubles(page)[0]
    assert not desk.exists()


def test_what_another_tab_saved_meanwhile_is_not_put_back(visit, desk):
    page = visit(PAGE)
    save_assumptions(desk, Assumptions(finance=Finance(0.08, 0.1), stated=("finance",)))
    page.number_input(key="finance-price_band").set_value(5.0)
    page = next(b for b in page.button if b.form_id == "finance-form").click().run()
    assert "changed elsewhere meanwhile" in troubles(page)[0]
    assert assumptions_in_force(desk).finance == Finance(0.08, 0.1)
    assert page.number_input(key="finance-discount_rate").value == 8.0
    page.number_input(key="finance-price_band").set_value(5.0)
    page = next(b for b in page.button if b.form_id == "finance-form").click().run()
    assert assumptions_in_force(desk).finance == Finance(0.08, 0.05)


def test_rows_that_another_tab_saved_meanwhile_are_kept(visit, desk):
    page = visit(PAGE)
    others = Assumptions(carriers=(Carrier("Post", 100),), stated=("carriers",))
    save_assumptions(desk, others)
    page = save(rows(page, "carriers", [{"Carrier or warehouse": "Courier"}]), "carriers")
    assert "changed elsewhere meanwhile" in troubles(page)[0]
    assert assumptions_in_force(desk) == others


def test_goods_that_cost_more_to_keep_than_they_were_bought_for_can_be_stated(visit, desk):
    save_assumptions(desk, Assumptions(stock=Stock(holding_cost=2.0), stated=("stock",)))
    page = visit(PAGE)
    assert not page.exception
    assert page.number_input(key="stock-holding_cost").value == 200.0


@pytest.mark.parametrize("member", ["n" * 300, "right-to-left\u200f", "two  spaces", "one\nand another"])
def test_members_of_any_name_are_stated_about(member, visit, demo_orders, stored, tmp_path, use_database):
    odd = demo_orders.tail(600).assign(region=member, category=member, channel=member, segment=member)
    path = stored(odd, tmp_path / "odd.db")
    use_database(path)
    page = visit(PAGE)
    assert not page.exception
    page = save(rows(page, "lanes", edited={0: {"Days until it is there": 2.5}}), "lanes")
    page = save(rows(page, "margins", edited={0: {"Stated, %": 25.0}}), "margins")
    page = save(rows(page, "channels", [{"Channel": member, "At least, a month": 1}]), "channels")
    assert not page.exception
    in_force = assumptions_in_force(desk_path(path, is_demo=False))
    assert in_force.margins == (Margin(member, 0.25),)
    assert (in_force.lanes[0].region, in_force.channels[0].channel) == (member, member)


def test_what_others_changed_is_said_calmly_to_whoever_only_looks(visit, desk):
    page = visit(PAGE)
    save_assumptions(desk, Assumptions(finance=Finance(0.08, 0.1), stated=("finance",)))
    page = page.run()
    assert troubles(page) == []
    assert "this is how it is now" in plain_words(page)
    assert page.number_input(key="finance-discount_rate").value == 8.0
    assert "this is how it is now" not in plain_words(page.run())


def test_a_row_that_was_typed_is_not_taken_for_another_one_where_the_data_changed(visit, shop, desk, demo_orders):
    page = rows(visit(PAGE), "margins", edited={0: {"Stated, %": 25.0}})
    with closing(sqlite3.connect(shop)) as opened, opened:
        opened.execute("UPDATE transactions SET category = 'A new one' WHERE category = 'Beauty'")
        opened.execute("UPDATE order_lines SET category = 'A new one' WHERE category = 'Beauty'")
        opened.execute("UPDATE settings SET value = value + 1 WHERE key = 'version'")
    page = save(page, "margins")
    assert "changed elsewhere meanwhile" in troubles(page)[0]
    assert assumptions_in_force(desk).margins == ()


def test_the_shops_own_facts_say_that_they_are_saved(visit, shop):
    page = visit(PAGE)
    next(field for field in page.text_input if field.label == "Shop's name").set_value("Corner shop")
    page = next(b for b in page.button if b.form_id == "settings").click().run()
    assert said(page) == ["Saved."]
    assert next(field for field in page.text_input if field.label == "Shop's name").value == "Corner shop"
