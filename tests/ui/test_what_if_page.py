"""The what-if page: filled in from the view, moved by its controls, carried by the address, kept at the desk."""

from dataclasses import replace
from datetime import date

import pytest
from screen import charts, headings, links, plain_words, press, said, troubles, unescaped

from analytics.filters import Filters
from analytics.periods import Period, preset_period
from analytics.prescriptive.prefilled import ASSUMED, OBSERVED, STATED
from analytics.prescriptive.scenario import INPUTS, scenario_of
from analytics.prescriptive.scenario_text import scenario_from, scenario_text
from analytics.prescriptive.what_if import what_if
from ui import data
from ui.plan_filling import filled_plan
from ui.plan_sheet import sheet_bytes
from ui.scenario_links import scenario_address
from warehouse.scenarios import saved_scenarios

PAGE = "prescriptive/what_if.py"
CARDS = {
    "The plan",
    "Cash, month by month",
    "How often it loses",
    "What matters most",
    "Where the figures come from",
    "Saved plans",
}
PLAN = scenario_of("own", "New boxes", 12, 0.1, affected_a_month=(900, 1000, 1200), lift=(0.01, 0.02, 0.04),
                   margin_each=300, cost_each=2, investment=20_000)  # fmt: skip
OTHER = scenario_of("price", "Dearer", 24, 0.1, revenue_a_month=1e5, price_change=0.05, elasticity=(-4, -2.6, -1),
                    margin=0.4, investment=500)  # fmt: skip


def asked(page, slot="s1") -> str:
    """What the address of the page holds in a slot."""
    held = page.query_params.get(slot)
    return held[0] if isinstance(held, list) else held


def follow(page, adds: dict[str, str]):
    """The what-if page as a link leads to it that adds this to the address."""
    for name, value in adds.items():
        page.query_params[name] = value
    return page.switch_page(f"../pages/{PAGE}").run()


def whole_shop() -> Filters:
    data.pin_version()
    shop = data.shop()
    return Filters(preset_period("90d", shop.first_day, shop.today))


def test_a_cold_page_fills_a_plan_in_from_the_view(visit, demo_url):
    page = visit(PAGE)
    assert not page.exception
    assert not troubles(page)
    assert set(headings(page)) == CARDS
    assert set(charts(page)) == {"cash", "tornado", "worth"}
    assert "the plan is expected to be worth" in page.markdown[0].value
    assert asked(page) is None, "what was only filled in follows the data, not the address"
    assert "nan" not in plain_words(page).lower().replace("finance", "")


@pytest.mark.parametrize("kind", INPUTS)
def test_every_kind_is_filled_in_and_says_what_it_knows(kind, demo_url):
    filled = filled_plan(whole_shop(), kind)
    assert filled.scenario.kind == kind
    assert set(filled.known) <= set(INPUTS[kind])
    assert {how for how, _ in filled.known.values()} <= {OBSERVED, STATED, ASSUMED}
    assert all(where for _, where in filled.known.values())
    assert any(how == OBSERVED for how, _ in filled.known.values())


def test_figures_of_a_plan_are_those_of_the_orders_in_view(demo_orders, demo_url):
    filters = replace(whole_shop(), region=("North",))
    days = demo_orders["date"].between(str(filters.period.start), str(filters.period.end))
    seen = demo_orders[days & (demo_orders["region"] == "North")]
    months = filters.period.days / (365.25 / 12)
    filled = filled_plan(filters, "price").scenario.input("revenue_a_month")
    assert filled.likely == pytest.approx(seen["revenue"].sum() / months, rel=0.006)
    orders = filled_plan(filters, "delivery").scenario.input("orders_a_month")
    assert orders.likely == pytest.approx((seen["revenue"] >= 0).sum() / months, rel=0.006)


def test_more_spend_brings_what_the_channel_budget_says_of_the_whole_shop(demo_url):
    filters = whole_shop()
    filled = filled_plan(filters, "channel")
    how, where = filled.known["margin_per_spend"]
    assert ("response curves" in where) == (how == OBSERVED)
    assert ("published: 1 % more advertising" in where) == (how == ASSUMED)
    north = filled_plan(replace(filters, region=("North",)), "channel")
    assert north.scenario == filled.scenario
    assert "all members, as spend is not known by them" in north.known["spend_a_month"][1]


def test_the_address_carries_the_whole_plan(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN))
    assert not page.exception
    found = what_if(PLAN, data.shop())
    assert found.sentence in unescaped(page.markdown[0].value)
    flow = next(t for t in charts(page)["cash"]["data"] if t["type"] == "bar")["y"]
    assert flow == pytest.approx(found.cash["flow"].tolist())
    assert page.text_input(key="plan-name").value == "New boxes"


def test_a_slider_changes_the_figures_and_the_address(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN))
    page.slider(key="plan-lift-likely").set_value(3.0).run()
    changed = scenario_from(asked(page))
    assert changed.input("lift").likely == 0.03
    assert changed.input("lift").low == pytest.approx(0.015), "the range goes along, as wide for its size as before"
    assert what_if(changed, data.shop()).sentence in unescaped(page.markdown[0].value)
    page.session_state["plan-time"] = True
    page.run().slider(key="plan-time-months").set_value(6).run()
    assert scenario_from(asked(page)).months == 6
    assert len(next(t for t in charts(page)["cash"]["data"] if t["type"] == "bar")["y"]) == 7


def test_ranges_are_written_as_numbers_and_the_others_give_way(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN), ranges="true")
    page.number_input(key="plan-lift-low-exact").set_value(3.0).run()
    given = scenario_from(asked(page)).input("lift")
    assert (given.low, given.likely, given.high) == (0.03, 0.03, 0.04)


def test_another_kind_begins_with_its_own_figures(visit, demo_url):
    page = visit(PAGE)
    control = next(group for group in page.segmented_control if group.key == "plan-kind")
    control.set_value("delivery").run()
    assert not page.exception
    assert scenario_from(asked(page)).kind == "delivery"
    assert page.slider(key="plan-days_saved-likely").value == 1


def test_plans_stand_side_by_side_and_one_of_them_is_changed(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN), s2=scenario_text(OTHER), plan="2")
    assert "Side by side" in headings(page)
    assert "beside" in charts(page)
    assert page.text_input(key="plan-name").value == "Dearer"
    page.text_input(key="plan-name").set_value("Much dearer").run()
    assert scenario_from(asked(page, "s2")).name == "Much dearer"
    assert asked(page, "s1") == scenario_text(PLAN)
    page = press(page, "Take it away")
    assert asked(page, "s2") is None
    assert page.text_input(key="plan-name").value == "New boxes"


def test_at_most_four_stand_side_by_side(visit, demo_url):
    page = visit(PAGE)
    for _ in range(3):
        page = press(page, "Put one beside it")
        assert not page.exception
    assert {slot for slot in ("s1", "s2", "s3", "s4") if asked(page, slot)} == {"s1", "s2", "s3", "s4"}
    assert len({scenario_from(asked(page, f"s{n}")).kind for n in range(1, 5)}) == 4
    assert next(b for b in page.button if b.label == "Put one beside it").disabled


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0_own_12", "another version"),
        (scenario_text(PLAN).replace("0.04", "1.4"), "lift: expected a number from -1 to 1, got 1.4"),
        (scenario_text(PLAN).replace("0.04", "nan"), "lift: expected a number"),
        ("<script>alert(1)</script>", "another version"),
    ],
)
def test_an_old_or_bad_plan_is_left_out_with_a_note(text, reason, visit, demo_url):
    page = visit(PAGE, s1=text, s2=scenario_text(OTHER))
    assert not page.exception
    notes = [unescaped(w.value) for w in page.warning]
    assert any("The plan s1 of the address was left out" in n and reason in n for n in notes)
    assert page.text_input(key="plan-name").value == "Dearer", "the good one is there"
    assert asked(page, "s1") == scenario_text(OTHER)


def test_what_else_the_address_asks_in_vain_is_said(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN), plan="9", ranges="perhaps")
    assert not page.exception
    noted = unescaped("".join(c.value for c in page.sidebar.caption))
    assert "plan 9" in noted
    assert "ranges perhaps" in noted
    assert page.text_input(key="plan-name").value == "New boxes"


def test_a_hostile_name_is_only_a_name(visit, demo_url):
    plan = replace(PLAN, name="<img src=x onerror=alert(1)> [a](http://b) 1_2")
    page = visit(PAGE, s1=scenario_text(plan), s2=scenario_text(OTHER))
    assert not page.exception
    assert "<img src=x" not in "".join(e.proto.body for e in page.get("html"))
    found = what_if(plan, data.shop())
    sheet = sheet_bytes(found, [(plan.name, found)], None, whole_shop(), data.shop()).decode()
    assert "<img src=x" not in sheet
    assert "&lt;img src=x" in sheet


def test_a_plan_is_saved_opened_deleted_and_brought_back(visit, desk):
    page = press(visit(PAGE, s1=scenario_text(PLAN)), "Save")
    assert said(page) == ["Saved as “New boxes”."]
    assert [s.scenario() for s in saved_scenarios(desk)] == [PLAN]
    other = visit(PAGE)
    other.selectbox(key="plan-saved").set_value("New boxes").run()
    other = press(other, "Open")
    assert not other.exception
    assert asked(other) == scenario_text(PLAN)
    other.selectbox(key="plan-saved").set_value("New boxes").run()
    other = press(other, "Delete")
    assert saved_scenarios(desk) == []
    other = press(other, "Undo")
    assert [s.scenario() for s in saved_scenarios(desk)] == [PLAN]


def test_saving_under_a_taken_name_can_be_undone(visit, desk):
    page = press(visit(PAGE, s1=scenario_text(PLAN)), "Save")
    page.session_state["plan-time"] = True
    page.run().slider(key="plan-time-months").set_value(6).run()
    page = press(page, "Save")
    assert saved_scenarios(desk)[0].scenario().months == 6
    press(page, "Undo")
    assert saved_scenarios(desk)[0].scenario() == PLAN


def test_the_summary_is_one_file_that_asks_the_network_nothing(demo_url):
    filters = whole_shop()
    found = what_if(PLAN, data.shop())
    other = what_if(OTHER, data.shop())
    sheet = sheet_bytes(found, [("New boxes", found), ("Dearer", other)], None, filters, data.shop()).decode()
    assert "default-src 'none'" in sheet
    assert "New boxes" in sheet
    assert "Dearer" in sheet
    assert found.matters.split(":")[0] in sheet
    assert 'class="sheet"' in sheet


def test_a_filter_that_matches_nothing_says_so_and_leaves_plans_of_the_address(visit, demo_url):
    nothing = {"region": ["North"], "segment": ["Premium"], "category": ["Beauty"], "channel": ["Phone"],
               "age_group": ["55+"], "payment_method": ["Wallet"], "period": "7d"}  # fmt: skip
    page = visit(PAGE, **nothing)
    assert not page.exception
    assert not charts(page)
    assert "take one of these filters away" in unescaped(page.info[0].value)
    kept = visit(PAGE, s1=scenario_text(PLAN), **nothing)
    assert not kept.exception
    assert "cash" in charts(kept)


def test_an_empty_shop_says_so(visit, empty_database, use_database):
    use_database(empty_database)
    page = visit(PAGE)
    assert not page.exception
    assert page.info or page.warning


def test_filters_stay_when_the_page_is_left_and_plans_when_one_comes_back(visit, demo_url):
    page = visit(PAGE, region=["North"], s1=scenario_text(PLAN))
    page.switch_page("../pages/predictive/churn.py").run()
    assert page.session_state["region"] == ["North"]
    page.switch_page("../pages/prescriptive/what_if.py").run()
    assert not page.exception
    assert page.text_input(key="plan-name").value == "New boxes"


def test_an_advice_of_another_page_opens_here_with_one_click(visit, demo_url):
    page = visit("prescriptive/revenue_moves.py", period="12m")
    page = follow(page, links(page, "Open as scenario")[0])
    assert not page.exception
    assert page.session_state["_page"] == "what_if"
    assert page.session_state["period"] == "12m"
    assert scenario_from(asked(page)).kind == "price"
    assert "cash" in charts(page)


def test_an_advice_stands_beside_what_is_open_there_and_is_the_one_to_change(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN), s2=scenario_text(OTHER))
    page = page.switch_page("../pages/prescriptive/revenue_moves.py").run()
    adds = links(page, "Open as scenario")[0]
    assert [adds["s1"], adds["s2"], adds["plan"]] == [scenario_text(PLAN), scenario_text(OTHER), "3"]
    page = follow(page, adds)
    assert page.text_input(key="plan-name").value == scenario_from(adds["s3"]).name
    page = page.switch_page("../pages/prescriptive/revenue_moves.py").run()
    again = links(page, "Open as scenario")[0]
    assert again == adds, "the same again is only chosen"


def test_an_advice_beyond_the_fourth_says_whose_place_it_takes(visit, demo_url):
    four = {f"s{n}": scenario_text(replace(PLAN, name=f"Plan {n}")) for n in range(1, 5)}
    page = visit(PAGE, **four)
    page = page.switch_page("../pages/prescriptive/revenue_moves.py").run()
    link = next(e.proto for e in page.get("page_link") if e.proto.label == "Open as scenario")
    assert "takes the place of “Plan 4”" in unescaped(link.help)
    adds = links(page, "Open as scenario")[0]
    assert [adds[slot] for slot in ("s1", "s2", "s3")] == [four[slot] for slot in ("s1", "s2", "s3")]
    assert scenario_from(adds["s4"]).kind == "price"


def test_which_plan_is_changed_follows_the_address_back(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN), s2=scenario_text(OTHER), plan="2")
    assert page.text_input(key="plan-name").value == "Dearer"
    page.query_params["plan"] = "1"
    assert page.run().text_input(key="plan-name").value == "New boxes"


def test_the_summary_marks_its_plan_among_those_beside_it_and_the_page_says_how_to_keep_all(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN), s2=scenario_text(OTHER))
    assert "keeps all that stand side by side" in plain_words(page)
    assert "keeps all that stand side by side" not in plain_words(visit(PAGE, s1=scenario_text(PLAN)))
    first, second = what_if(PLAN, data.shop()), what_if(OTHER, data.shop())
    sheet = sheet_bytes(second, [("New boxes", first), ("Dearer", second)], None, whole_shop(), data.shop()).decode()
    marked = sheet.index('<tr class=own><th scope="row">')
    assert sheet[marked:].startswith('<tr class=own><th scope="row">Dearer')
    assert sheet.count("<tr class=own>") == 1


def test_the_address_of_a_plan_keeps_the_filters():
    filters = Filters(Period(date(2026, 1, 1), date(2026, 1, 31)), region=("North",))
    address = scenario_address(PLAN, filters)
    assert address.startswith("/what_if?")
    assert "region=North" in address
    assert "s1=1_own_12_0.1_0_0_900to1000to1200" in address


def test_the_tables_of_the_cards_leave_as_numbers_with_their_headings(visit, demo_url):
    page = visit(PAGE, s1=scenario_text(PLAN), s2=scenario_text(OTHER))
    found = what_if(PLAN, data.shop())
    shown = {card.heading: card.tables[0].readable(data.shop())[0] for card in page.session_state["_shown"].cards if
             card.tables}  # fmt: skip
    cash = shown["Cash, month by month"]
    assert cash["Net of the month (INR)"].tolist() == pytest.approx(found.cash["flow"].tolist(), abs=0.005)
    assert cash["Cash so far (INR)"].iloc[-1] == pytest.approx(found.net_benefit, abs=0.005)
    assert shown["Side by side"]["Plan"].tolist() == ["New boxes", "Dearer"]
    assert shown["Side by side"]["Net present value, all as likely (INR)"].iloc[0] == pytest.approx(
        found.npv, abs=0.005
    )
    assert shown["What matters most"]["Low"].tolist()[0] == "1 %"
    assert shown["Where the figures come from"]["Unit"].tolist()[1] == "share"
