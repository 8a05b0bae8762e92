"""The page about churn: every choice draws, choices come from the address, and trouble is said in place."""

import pytest
from screen import charts, headings, plain_words, troubles, unescaped

from analytics.diagnostic.gaps import CLOCKS, FACTORS
from ui.churn_choices import CHANCES

CHURN = "diagnostic/churn_factors.py"


def test_all_cards_draw_and_a_sentence_stands_on_top(visit, demo_url):
    opened = visit(CHURN)
    assert not opened.exception
    assert not troubles(opened)
    assert len(headings(opened)) == 5
    assert {"hazard-ratios", "return-curves", "lapse"} == set(charts(opened))
    assert "all else alike, a return is" in plain_words(opened)
    assert "hazard ratio" in opened.markdown[0].value
    assert "stops with the customer's next" in plain_words(opened)


@pytest.mark.parametrize("clock", CLOCKS.values())
@pytest.mark.parametrize("factor", FACTORS)
def test_curves_draw_for_every_choice(clock, factor, visit, demo_url):
    opened = visit(CHURN, clock=clock, factor=FACTORS[factor])
    assert not opened.exception
    assert not troubles(opened)
    assert "left out" not in "".join(c.value for c in opened.sidebar.caption)
    assert opened.session_state["clock"] == next(key for key, name in CLOCKS.items() if name == clock)
    assert "return-curves" in charts(opened)


def test_numbers_at_risk_stand_below_the_curves_and_fall(visit, demo_url):
    figure = charts(visit(CHURN, factor="Segment"))["return-curves"]
    below = [t for t in figure["data"] if t.get("mode") == "text"]
    assert len(below) == 3
    for row in below:
        numbers = [int(text.replace(",", "")) for text in row["text"]]
        assert numbers == sorted(numbers, reverse=True)
        assert set(row["x"]) <= set(figure["layout"]["xaxis"]["tickvals"])


def test_curves_fall_from_everybody(visit, demo_url):
    figure = charts(visit(CHURN, factor="Segment"))["return-curves"]
    lines = [t for t in figure["data"] if t.get("line", {}).get("width") == 2.2]
    assert len(lines) == 3
    for line in lines:
        assert line["y"][0] == 1
        assert line["y"] == sorted(line["y"], reverse=True)


@pytest.mark.parametrize("chance", CHANCES.values())
def test_what_is_unlikely_comes_from_the_address(chance, visit, demo_url):
    opened = visit(CHURN, unlikely=chance)
    assert not opened.exception
    share = next(share for share, name in CHANCES.items() if name == chance)
    level = [s for s in charts(opened)["lapse"]["layout"]["shapes"] if s["y0"] == s["y1"]]
    assert [s["y0"] for s in level] == [share]


def test_what_the_address_asks_in_vain_is_said(visit, demo_url):
    opened = visit(CHURN, clock="After lunch", factor="Weather", unlikely="Never")
    assert not opened.exception
    said = unescaped("".join(c.value for c in opened.sidebar.caption))
    assert "clock After lunch" in said
    assert "factor Weather" in said
    assert "unlikely Never" in said


def test_the_setting_in_force_is_beside_the_lapse_point(visit, demo_database, use_database, tmp_path):
    import shutil

    from warehouse import store

    path = shutil.copy(demo_database, tmp_path / "shop.db")
    store.change_settings(path, churn_days=61)
    use_database(path)
    assert "Set as churned: after 61 days" in plain_words(visit(CHURN))


def test_a_shop_of_guests_says_what_to_add(visit, demo_orders, stored, tmp_path, use_database):
    use_database(stored(demo_orders.assign(customer_id=None).head(200), tmp_path / "guests.db"))
    opened = visit(CHURN)
    assert not opened.exception
    assert "No order of this shop names its customer" in unescaped(opened.info[0].value)
    assert not charts(opened)


def test_a_young_shop_says_what_it_lacks_in_each_card(visit, tiny_database, use_database):
    use_database(tiny_database)
    opened = visit(CHURN)
    assert not opened.exception
    assert len(opened.info) >= 3
