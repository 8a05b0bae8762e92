"""The page about whom to contact: each card draws, limits follow the address, a file runs nothing, trouble in place."""

import csv
import io
import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from screen import charts, headings, links, plain_words, troubles, unescaped

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import NO_BREAK
from analytics.periods import Period
from analytics.predictive.churn import CHURN
from analytics.predictive.customer_value import CUSTOMER_VALUE
from analytics.predictive.model import Run
from analytics.prescriptive import retention_list
from analytics.prescriptive.assumptions import Assumptions, Offer
from analytics.prescriptive.campaigns import Measurements
from analytics.prescriptive.holdout import HOLD_OUT, TREAT, lots
from analytics.prescriptive.retention import retention_plan
from analytics.prescriptive.retention_list import MAILED, mailing_rows, whole_list
from analytics.prescriptive.retention_worth import LaterShare
from ui import data, fits, retention_ground
from ui.advised import runs_of_customers
from ui.exports import csv_bytes
from ui.retention_choices import HELD
from warehouse import store
from warehouse.model_runs import StoredRun

PAGE = "prescriptive/retention.py"
CARDS = {
    "Against simpler policies",
    "If the budget moves",
    "Who gets what",
    "What the plan is made of",
    "What the experiment showed",
    "Offers in force",
}


@pytest.fixture
def fitted(demo_url) -> list[StoredRun]:
    """The runs that the page asks for; fitted for the first test, found again by the others."""
    data.pin_version()
    anywhere, found = Filters(Period(date(2026, 1, 1), date(2026, 1, 2))), []
    for model in (CHURN, CUSTOMER_VALUE):
        asked = fits.wanted(model, anywhere)
        if fits.newest_run(asked) is None:
            job = fits.fit_of(asked)
            assert job.wait(120)
            assert job.fault is None, job.fault
        found.append(fits.newest_run(asked))
    return found


def listed(page) -> pd.DataFrame:
    return page.dataframe[0].value


def test_all_cards_draw_and_a_sentence_stands_on_top(visit, fitted):
    opened = visit(PAGE)
    assert not opened.exception
    assert not troubles(opened)
    assert set(headings(opened)) >= CARDS
    assert {"policies", "budgets", "lifts"} == set(charts(opened))
    assert "contribution margin more than doing nothing" in opened.markdown[0].value
    assert "nan" not in plain_words(opened).lower().replace("finance", "")
    assert "15 % off the next order" in plain_words(opened)
    assert "assumed until you state it in Settings" in plain_words(opened)


def test_a_public_experiment_stands_as_an_example_with_its_ranges_and_its_source(visit, fitted):
    opened = visit(PAGE)
    assert "64,000 customers in three groups by lot" in plain_words(opened)
    assert any("blog.minethatdata.com" in link.proto.url for link in opened.get("link_button"))


def test_limits_that_cannot_be_are_said_to_be_left_out(visit, shop):
    said = unescaped("".join(c.value for c in visit(PAGE, contacts="-5", to_spend="nan").sidebar.caption))
    assert "contacts -5 (at least 0)" in said
    assert "to spend nan (at least 0)" in said


def test_limits_follow_the_address_and_are_kept(visit, fitted):
    opened = visit(PAGE, to_spend="3000", contacts="40", alone="20 %")
    assert not opened.exception
    assert len(listed(opened)) == 15
    said = plain_words(opened)
    assert "Contact 40 of" in said or "Contact 39 of" in said
    assert "Left alone by lot: 20.0 % of the list, about 8 customers" in said
    whole = visit(PAGE)
    assert listed(whole)["net"].iloc[0] >= listed(opened)["net"].iloc[-1]


def test_the_days_in_which_an_effect_is_looked_for_follow_the_address(visit, fitted):
    opened = visit(PAGE, counted="90 days")
    assert not opened.exception
    assert opened.session_state["counted"] == 90
    shown = next(c for c in opened.session_state["_shown"].cards if c.heading == "What the experiment showed")
    assert "in the first 90 days" in shown.how[0]


def test_offers_left_out_are_not_used(visit, fitted):
    opened = visit(PAGE, without=["Reminder"], **{"with": "All offers"})
    assert not opened.exception
    assert "Reminder" not in set(listed(opened)["offer"])


def test_a_budget_of_nothing_and_an_empty_catalogue_are_said_and_the_evidence_stays(visit, fitted):
    for asked, said in (
        ({"to_spend": "0"}, "With a budget of nothing nobody can be contacted"),
        ({"contacts": "0"}, "With a capacity of 0 contacts"),
        (
            {"without": ["15 % off the next order", "Reminder", "10 % voucher", "Personal call"]},
            "There is no offer to choose from",
        ),
    ):
        opened = visit(PAGE, **asked)
        assert not opened.exception
        assert said in unescaped(opened.info[0].value)
        assert {"What the experiment showed", "Offers in force"} <= set(headings(opened))
        assert "Who gets what" not in headings(opened)


def test_the_list_follows_risk_offer_search_and_page(visit, fitted):
    opened = visit(PAGE, tier="High")
    assert set(listed(opened)["tier"]) == {"High"}
    second = visit(PAGE, sheet="2")
    assert listed(second)["net"].max() <= listed(visit(PAGE))["net"].min()
    one = listed(second)["customer_id"].iloc[0]
    assert listed(visit(PAGE, search=one.lower()))["customer_id"].tolist() == [one]
    nobody = visit(PAGE, search="nobody here")
    assert not nobody.exception
    assert any("The list has no customer whose id holds" in unescaped(i.value) for i in nobody.info)


def test_filters_choose_customers_and_one_that_matches_few_says_so(visit, fitted):
    opened = visit(PAGE, region=["North"])
    assert not opened.exception
    assert set(listed(opened)["region"]) == {"North"}
    opened.switch_page("../pages/predictive/churn.py").run()
    assert opened.session_state["region"] == ["North"]
    few = visit(PAGE, region=["West"], segment=["Premium"], age_group=["55+"])
    assert not few.exception


def test_what_the_address_asks_in_vain_is_said(visit, fitted):
    opened = visit(PAGE, alone="half", tier="Doomed", to_spend="lots", contacts="-4")
    assert not opened.exception
    said = unescaped("".join(c.value for c in opened.sidebar.caption))
    assert "alone half" in said
    assert "tier Doomed" in said
    assert opened.session_state["alone"] == next(iter(HELD))


def test_the_advice_leads_on(visit, fitted):
    opened = visit(PAGE)
    assert links(opened, "Open as scenario")
    assert "Put on the action board" in {button.label for button in opened.button}
    assert "What matters most" in plain_words(opened)


def test_rows_of_files_are_made_when_they_are_asked_for(visit, fitted):
    opened = visit(PAGE)
    shown = next(card for card in opened.session_state["_shown"].cards if card.heading == "Who gets what")
    assert callable(shown.tables[0].table)
    rows, _ = shown.tables[0].readable(data.shop())
    assert len(rows) > len(listed(opened))


def test_a_model_that_is_not_fitted_yet_is_fitted_beside_the_page(visit, shop):
    opened = visit(PAGE)
    assert not opened.exception
    assert opened.get("progress")
    assert not charts(opened)
    data.pin_version()
    for model in (CHURN, CUSTOMER_VALUE):
        asked = fits.wanted(model, opened.session_state["_filters"])
        fits.fit_of(asked).cancel()
        assert fits.fit_of(asked).wait(60)


def test_a_shop_of_guests_says_what_to_add(visit, demo_orders, stored, tmp_path, use_database):
    use_database(stored(demo_orders.assign(customer_id=None).head(200), tmp_path / "guests.db"))
    opened = visit(PAGE)
    assert not opened.exception
    assert "No order of this shop names its customer" in unescaped(opened.info[0].value)


def test_a_shop_without_orders_says_so(visit, empty_database, use_database):
    use_database(empty_database)
    opened = visit(PAGE)
    assert not opened.exception
    assert opened.info or opened.warning


def test_the_file_for_the_mailing_tool_holds_both_lots_and_runs_nothing(fitted):
    churn, value = fitted
    hostile = churn.tables["scores"].assign(customer_id=lambda t: "=cmd|'" + t["customer_id"] + "'!A1")
    churn = Run(churn.facts, {**churn.tables, "scores": hostile})
    offer = Offer("@SUM(1)", 1.0, kept=0.2, kept_low=0.1, kept_high=0.3)
    stated = Assumptions(offers=(offer,), stated=frozenset({"offers"}))
    shop = data.shop()
    margins = pd.DataFrame({"category": ["all"], "share": [0.5], "source": ["stated"], "revenue": [1.0]})
    given = (shop, Filters(shop.days), stated, margins, churn, value, Measurements((), ()), LaterShare(0.3, 9, 90, 365))
    plan = retention_plan(*given, held=0.3)
    rows = mailing_rows(whole_list(plan, churn, "+spring"), plan, shop, "+spring")
    written = csv_bytes(rows).decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(written)))
    assert tuple(read[0]) == MAILED
    assert len(read) == plan.contacted
    assert {row["group"] for row in read} == {TREAT, HOLD_OUT}
    assert all(row["customer_id"].startswith("'=cmd") and row["offer"] == "'@SUM(1)" for row in read)
    assert all(row["campaign"] == "'+spring" for row in read)


def test_what_no_fit_can_mend_is_said_before_any(visit, shop):
    store.change_settings(shop, gross_margin=None)
    with store.writing(shop) as connection:
        connection.execute("UPDATE order_lines SET unit_cost = NULL")
    for asked, why in (({}, "What the orders earn is not known"), ({"to_spend": "0"}, "With a budget of nothing")):
        opened = visit(PAGE, **asked)
        assert not opened.exception
        assert [why in unescaped(info.value) for info in opened.info] == [True]
        assert not opened.get("progress")
        data.pin_version()
        for model in (CHURN, CUSTOMER_VALUE):
            assert fits.fit_under_way(fits.wanted(model, opened.session_state["_filters"])) is None
    (link,) = visit(PAGE).get("page_link")[-1:]
    assert link.proto.page == "settings"
    with pytest.raises(NotEnoughData, match="What the orders earn is not known"):
        runs_of_customers()


def test_what_is_asked_of_a_plan_is_made_once_for_each_plan(visit, fitted, monkeypatch):
    made = []
    monkeypatch.setattr(retention_list, "lots", lambda *given: made.append(given) or lots(*given))
    alone = listed(visit(PAGE, alone="50 %"))["group"].tolist()
    assert listed(visit(PAGE, alone="50 %"))["group"].tolist() == alone
    assert len(made) == 1
    assert listed(visit(PAGE, alone="Nobody"))["group"].tolist() != alone
    visit(PAGE, alone="50 %", campaign="Spring")
    assert len(made) == 3


def test_amounts_of_less_than_a_coin_are_told_and_signs_stay_with_their_figures(visit, fitted, monkeypatch):
    offer = Offer("Message", 0.3, kept=0.2, kept_low=0.1, kept_high=0.3)
    stated = Assumptions(offers=(offer,), stated=frozenset({"offers"}))
    monkeypatch.setattr(data, "assumptions", lambda: stated)
    yen = replace(data.shop(), currency="JPY")
    monkeypatch.setattr(data, "_shop", lambda _version: yen)
    opened = visit(PAGE, to_spend="100", alone="Nobody")
    assert not opened.exception
    assert "¥ 0.3" in plain_words(opened)
    assert "for ¥ 0.3" in listed(opened)["reason"].iloc[0]
    assert f"¥{NO_BREAK}" in opened.markdown[0].value
    torn = re.compile(r"¥ \d")
    assert not [c.value for c in (*opened.caption, *opened.markdown) if torn.search(c.value)]


def test_days_of_an_effect_are_chosen_where_an_experiment_shows_one_alone(visit, fitted, monkeypatch):
    assert "Effect counted over" in [choice.label for choice in visit(PAGE).selectbox]
    monkeypatch.setattr(retention_ground, "measured_offers", lambda window_days: Measurements((), ()))
    opened = visit(PAGE)
    assert not opened.exception
    assert "Effect counted over" not in [choice.label for choice in opened.selectbox]
