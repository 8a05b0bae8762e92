"""The page about who will not come back: every choice draws, the address is followed, and trouble is said in place."""

from datetime import date

import pytest
from screen import charts, headings, plain_words, troubles, unescaped

from analytics.filters import Filters
from analytics.formats import percent
from analytics.periods import Period
from analytics.predictive.churn import CHURN
from analytics.predictive.churn_people import WHOM
from ui import data, fits
from ui.risk_choices import AHEAD, OFFERED_TIERS
from warehouse.model_runs import StoredRun

PAGE = "predictive/churn.py"
CARDS = {
    "Who is at risk, and why",
    "One customer",
    "Do the chances come true?",
    "Are the riskiest found?",
    "Whom is a contact worth it?",
    "Which model, and against what?",
    "What the model goes by",
    "What counts as lost",
}


@pytest.fixture
def fitted(demo_url) -> StoredRun:
    """The run that the page shows unasked; fitted for the first test, found again by the others."""
    data.pin_version()
    anywhere = Filters(Period(date(2026, 1, 1), date(2026, 1, 2)))
    asked = fits.wanted(CHURN, anywhere)
    if fits.newest_run(asked) is None:
        job = fits.fit_of(asked)
        assert job.wait(120)
        assert job.fault is None, job.fault
    return fits.newest_run(asked)


def listed(page) -> list[str]:
    """The customers on the page of the list."""
    return page.dataframe[0].value["customer_id"].tolist()


def test_all_cards_draw_and_a_sentence_stands_on_top(visit, fitted):
    opened = visit(PAGE)
    assert not opened.exception
    assert not troubles(opened)
    assert set(headings(opened)) == CARDS
    assert {"reliability", "lift", "net", "importance"} == set(charts(opened))
    assert "are expected not to order within 90 days" in opened.markdown[0].value
    assert "nan" not in plain_words(opened).lower().replace("finance", "")


def test_a_model_that_is_not_fitted_yet_is_fitted_beside_the_page(visit, shop):
    opened = visit(PAGE)
    assert not opened.exception
    assert opened.get("progress")
    assert not charts(opened)
    data.pin_version()
    asked = fits.wanted(CHURN, opened.session_state["_filters"])
    fits.fit_of(asked).cancel()
    assert fits.fit_of(asked).wait(60)


def test_the_score_stands_beside_its_baselines(visit, fitted):
    said = plain_words(visit(PAGE, whom=WHOM["all"]))
    board = fitted.tables["leaderboard"].set_index(["model", "measure"])["value"]
    assert f"{board[(fitted.facts['best'], 'auc')]:.3f}" in said
    assert f"recency alone {board[('recency', 'auc')]:.3f}" in said
    majority = board[("majority", "accuracy")]
    assert f"majority {percent(max(majority, 1 - majority))}" in said


@pytest.mark.parametrize("whom", WHOM.values())
@pytest.mark.parametrize("tier", OFFERED_TIERS)
def test_the_list_follows_the_address(whom, tier, visit, fitted):
    opened = visit(PAGE, whom=whom, tier=tier)
    assert not opened.exception
    assert not troubles(opened)
    assert "left out" not in "".join(c.value for c in opened.sidebar.caption)
    scores = fitted.tables["scores"]
    wanted = scores if whom == WHOM["all"] else scores[~scores["lapsed"]]
    wanted = wanted if tier == "All" else wanted[wanted["tier"] == tier]
    if wanted.empty:
        assert "widen the choice" in plain_words(opened)
    else:
        assert listed(opened) == wanted["customer_id"].tolist()[:15]


def test_a_customer_named_by_the_address_is_explained(visit, fitted):
    customer = fitted.tables["scores"]["customer_id"].iloc[3]
    opened = visit(PAGE, customer=customer)
    assert not opened.exception
    steps = next(t for t in charts(opened)["reasons"]["data"] if t["type"] == "bar")
    ends = next(t for t in charts(opened)["reasons"]["data"] if t["type"] == "scatter")["x"]
    assert ends[0] + sum(steps["x"]) == pytest.approx(ends[1])
    assert f"customer={customer}" in plain_words(opened), "the link to all of this customer's orders"
    assert f"{customer}: {percent(fitted.tables['scores']['probability'].iloc[3])} not to order" in plain_words(opened)


def test_a_customer_whom_nobody_knows_is_said(visit, fitted):
    opened = visit(PAGE, customer="<b>nobody</b>")
    assert not opened.exception
    assert "No customer “<b>nobody</b>” ordered in the" in unescaped(opened.info[0].value)


def test_search_and_page_follow_the_address(visit, fitted):
    active = fitted.tables["scores"].query("not lapsed")["customer_id"].tolist()
    assert listed(visit(PAGE, sheet="2")) == active[15:30]
    assert listed(visit(PAGE, search=active[5].lower())) == [active[5]]


def test_the_rows_of_the_files_are_made_when_they_are_asked_for(visit, fitted):
    opened = visit(PAGE, whom=WHOM["all"])
    shown = next(card for card in opened.session_state["_shown"].cards if card.heading == "Who is at risk, and why")
    assert callable(shown.tables[0].table), "a session holds no table of all customers"
    rows, _ = shown.tables[0].readable(data.shop())
    assert len(rows) == fitted.facts["customers"] > len(listed(opened))


def test_sliders_move_the_threshold_and_the_address_carries_them(visit, fitted):
    opened = visit(PAGE, kept="20")
    before = next(s for s in charts(opened)["net"]["layout"]["shapes"] if s["x0"] == s["x1"])["x0"]
    opened.slider[1].set_value(opened.slider[1].max).run()
    after = next(s for s in charts(opened)["net"]["layout"]["shapes"] if s["x0"] == s["x1"])["x0"]
    cost, worth = opened.slider[0].value, opened.slider[1].value
    assert after == pytest.approx(min(1, cost / (worth * 0.2)))
    assert after < before
    assert opened.slider[2].value == 20


def test_filters_of_customers_narrow_the_list_and_others_are_said_not_to(visit, fitted):
    opened = visit(PAGE, region=["North"], channel=["Website"], whom=WHOM["all"])
    assert not opened.exception
    assert set(opened.dataframe[0].value["region"]) == {"North"}
    assert "Nor does channel, which orders have" in plain_words(opened)


def test_a_filter_that_keeps_too_few_says_so_card_by_card(visit, fitted):
    opened = visit(PAGE, region=["West"], segment=["Premium"], age_group=["55+"])
    assert not opened.exception
    assert any("are needed" in unescaped(i.value) or "no customer" in unescaped(i.value) for i in opened.info)
    assert "importance" in charts(opened), "what does not hang on the filters is drawn"


def test_what_the_address_asks_in_vain_is_said(visit, fitted):
    opened = visit(PAGE, ahead="a week", tier="Doomed", whom="Martians")
    assert not opened.exception
    said = unescaped("".join(c.value for c in opened.sidebar.caption))
    assert "ahead a week" in said
    assert "tier Doomed" in said
    assert "whom Martians" in said
    assert opened.session_state["ahead"] == next(h for h in AHEAD if h == 90)


def test_filters_stay_when_the_page_is_left_for_churn_factors(visit, fitted):
    opened = visit(PAGE, region=["North"])
    assert any("Churn factors" in shown.proto.label for shown in opened.get("page_link"))
    opened.switch_page("../pages/diagnostic/churn_factors.py").run()
    assert not opened.exception
    assert opened.session_state["region"] == ["North"]
    assert any("Who will not come back" in shown.proto.label for shown in opened.get("page_link"))


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


def test_a_young_shop_says_what_it_lacks(visit, tiny_database, use_database):
    use_database(tiny_database)
    opened = visit(PAGE)
    for _ in range(40):
        if opened.info:
            break
        opened.run()
    assert not opened.exception
    assert "did not come back and" in unescaped(opened.info[0].value)
