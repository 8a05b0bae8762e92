"""What the page says of a run: sums of members and groups, quadrants, the list, and sentences of computed figures."""

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import unmarked
from analytics.periods import Period
from analytics.predictive.model import Run
from analytics.predictive.value_judged import value_judged, value_models
from analytics.predictive.value_quadrants import (
    COLUMNS,
    DEVELOP,
    KEEP,
    LET_GO,
    QUADRANTS,
    WIN_BACK,
    value_count,
    value_page,
    value_quadrants,
)
from analytics.predictive.value_view import GROUPS, offered_groups, value_groups, value_total
from analytics.shop import Shop

EVERYBODY = Filters(Period(date(2026, 1, 1), date(2026, 1, 31)))
MEMBERS = {"region": ("North", "South"), "segment": ("Premium", "Budget"), "channel": ("Web", "Store")}
SHOP = Shop("", "EUR", "monday", date(2024, 1, 1), date(2025, 12, 31), date(2025, 12, 31), 100, gross_margin=0.4,
            members=MEMBERS, has=frozenset({"customer_key"}))  # fmt: skip


def values() -> pd.DataFrame:
    """Four customers: worth 100, 90, 10 and 1 over the year, buying with a chance of 0.9, 0.1, 0.8 and 0.05."""
    rows = pd.DataFrame(
        {
            "customer_key": [1, 2, 3, 4],
            "customer_id": ["anna", "bert", "cleo", "dora"],
            "first_on": pd.to_datetime(["2024-02-01", "2024-05-01", "2025-05-01", "2025-06-01"]),
            "last_on": pd.to_datetime(["2025-12-01", "2024-09-01", "2025-11-01", "2025-06-01"]),
            "purchases": [9.0, 8.0, 2.0, 1.0],
            "brought": [900.0, 1600.0, 20.0, 10.0],
            "expected_purchases": [1.0, 0.09, 1.0, 0.1],
            "expected_order_value": [90.0, 200.0, 8.0, 10.0],
            "expected": [90.0, 18.0, 8.0, 1.0],
            "alive": [0.95, 0.2, 0.9, 1.0],
            "buys": [0.9, 0.1, 0.8, 0.05],
            "segment": ["Premium", "Premium", "Budget", "Budget"],
            "region": ["North", "North", "South", "South"],
            "channel": ["Web", "Store", "Web", "Store"],
        }
    )
    return rows.assign(age_group="Not stated", category="Books", payment_method="Card", horizon_days=365)


@pytest.fixture
def run() -> Run:
    facts = {
        "horizon_months": 12,
        "until": "2026-12-31",
        "noise": {"size": 4.0, "power": 1.0, "level": 0.1, "cut_offs": 3},
        "together": 0.3,
    }
    return Run(facts, {"values": values()})


def test_the_total_is_the_sum_and_its_range_lies_around_it(run):
    told = value_total(run, EVERYBODY, SHOP)
    assert (told.customers, told.expected, told.realised, told.lifetime) == (4, 117.0, 2530.0, 2647.0)
    assert told.buyers == pytest.approx(1.85)
    assert told.low < 117 < told.high
    assert told.top_share == pytest.approx(90 / 117)
    said = unmarked(told.headline.change)
    assert said.startswith(
        "The 4 customers of today will bring € 117 of revenue over the next 12 months, to 31 Dec 2026"
    )
    assert "best tenth" not in said, "of four customers there is no tenth"


def test_margin_is_its_share_of_everything(run):
    revenue, margin = (value_total(run, EVERYBODY, SHOP, kind) for kind in ("revenue", "margin"))
    for part in ("expected", "low", "high", "realised"):
        assert getattr(margin, part) == pytest.approx(0.4 * getattr(revenue, part))
    assert "gross margin" in margin.headline.change
    with pytest.raises(ValueError, match="money_kind: expected one of revenue, got 'margin'"):
        value_total(run, EVERYBODY, replace(SHOP, gross_margin=None), "margin")


def test_filters_keep_customers_by_what_they_are_and_how_they_were_won(run):
    north = value_total(run, Filters(EVERYBODY.period, region=("North",)), SHOP)
    assert (north.customers, north.expected) == (2, 108.0)
    assert "in these filters" in north.headline.change
    assert "by the region of their latest order" in north.notes
    won = value_total(run, Filters(EVERYBODY.period, channel=("Store",)), SHOP)
    assert won.customers == 2
    assert "by the channel of their first order" in won.notes
    with pytest.raises(NotEnoughData, match="No customer is of North · Budget: take one of these filters away"):
        value_total(run, Filters(EVERYBODY.period, region=("North",), segment=("Budget",)), SHOP)


def test_one_is_said_as_one_and_only_filters_that_are_set_are_to_be_taken_away(run):
    alone = Run(run.facts, {"values": values().head(1)})
    assert value_page(alone, EVERYBODY, SHOP).sentence == "Customer 1 of 1, by falling expected."
    assert value_quadrants(run, EVERYBODY, SHOP).sentence.endswith("One is worth much and likely to come back.")
    many = Run(run.facts, {"values": pd.concat([values()] * 3, ignore_index=True).assign(customer_key=range(12))})
    assert "comes from the best tenth, 1 customer." in value_total(many, EVERYBODY, SHOP).headline.change
    with pytest.raises(NotEnoughData, match="No customer is of West: take this filter away"):
        value_total(run, Filters(EVERYBODY.period, region=("West",)), SHOP)
    with pytest.raises(NotEnoughData, match="No customer of this shop has a value to be told"):
        value_total(Run(run.facts, {"values": values().head(0)}), EVERYBODY, SHOP)


@pytest.mark.parametrize("by", ["cohort", "segment", "channel", "region"])
def test_groups_add_up_to_the_total(run, by):
    groups = value_groups(run, EVERYBODY, SHOP, by)
    assert groups.rows["expected"].sum() == pytest.approx(117)
    assert groups.rows["customers"].sum() == 4
    assert groups.rows["share"].sum() == pytest.approx(1)
    assert (groups.rows["low"] < groups.rows["expected"]).all()
    assert groups.rows["each"].tolist() == (groups.rows["expected"] / groups.rows["customers"]).tolist()


def test_cohorts_are_in_the_order_of_time_and_the_oldest_may_be_older(run):
    names = value_groups(run, EVERYBODY, SHOP).rows["group"].tolist()
    assert names == ["2024 Q1 or before", "2024 Q2", "2025 Q2"]


def test_many_groups_are_gathered_and_lose_nothing():
    many = pd.concat([values()] * 20, ignore_index=True)
    many["region"] = [f"R{n:02d}" for n in range(80)]
    many["first_on"] = pd.date_range("2010-01-01", periods=80, freq="QS")
    facts = {"horizon_months": 12, "until": "2026-12-31", "noise": {"size": 1, "power": 1, "level": 0, "cut_offs": 1}}
    for by in ("region", "cohort"):
        rows = value_groups(Run(facts, {"values": many}), EVERYBODY, SHOP, by).rows
        assert len(rows) == 12
        assert rows["expected"].sum() == pytest.approx(20 * 117)


def test_groups_that_there_are_not_are_refused(run):
    with pytest.raises(ValueError, match="by: expected one of"):
        value_groups(run, EVERYBODY, SHOP, "weather")
    with pytest.raises(NotEnoughData, match="carry no age group"):
        value_groups(run, EVERYBODY, SHOP, "age_group")
    assert offered_groups(SHOP) == ["cohort", "segment", "channel", "region"]
    assert set(offered_groups(SHOP)) < set(GROUPS)


def test_everybody_is_in_one_quadrant(run):
    """If coming back they bring 100, 180, 10 and 20: the mean is 77.5."""
    told = value_quadrants(run, EVERYBODY, SHOP)
    assert told.worth_line == pytest.approx(77.5)
    assert told.cells.set_index("quadrant")["customers"].to_dict() == {KEEP: 1, WIN_BACK: 1, DEVELOP: 1, LET_GO: 1}
    lost = told.cells.set_index("quadrant")["likely_lost"]
    assert lost.to_dict() == pytest.approx({KEEP: 10.0, WIN_BACK: 162.0, DEVELOP: 2.0, LET_GO: 19.0})
    assert told.sentence.startswith("One customer is worth much and unlikely to come back: € 162 are likely lost")
    assert "no purchase within 12 months" in told.notes


def test_what_is_expected_and_likely_lost_is_what_would_come_if_all_came_back(run):
    rows = value_page(run, EVERYBODY, SHOP).rows
    assert (rows["expected"] + rows["likely_lost"]).to_numpy() == pytest.approx(rows["if_back"].to_numpy())


def test_a_model_of_churn_gives_the_risk_where_it_knows_the_customer(run):
    scores = pd.DataFrame({"customer_key": [1, 2], "probability": [0.7, 0.3]})
    churn = Run({"horizon_days": 90}, {"scores": scores})
    told = value_quadrants(run, EVERYBODY, SHOP, churn=churn)
    page = value_page(run, EVERYBODY, SHOP, churn=churn).rows.set_index("customer_id")
    assert page["risk"].to_dict() == pytest.approx({"anna": 0.7, "bert": 0.3, "cleo": 0.2, "dora": 0.95})
    assert page.loc["anna", "quadrant"] == WIN_BACK
    assert told.risk_name == "No purchase within 90 days, by the model of churn"


def test_a_chance_of_ninety_days_is_never_multiplied_with_a_value_of_twelve_months(run):
    """Mismatched time units: what is likely lost stays of the months of the value, whatever the risk is of."""
    churn = Run({"horizon_days": 90}, {"scores": pd.DataFrame({"customer_key": [1], "probability": [0.99]})})
    own, by_churn = (value_quadrants(run, EVERYBODY, SHOP, churn=risk) for risk in (None, churn))
    assert by_churn.cells["likely_lost"].sum() == pytest.approx(own.cells["likely_lost"].sum())


def test_the_list_is_searched_sorted_and_cut_into_pages(run):
    rising = value_page(run, EVERYBODY, SHOP, sort="risk", descending=False)
    assert rising.rows["customer_id"].tolist() == ["anna", "cleo", "bert", "dora"]
    assert rising.sentence == "Customers 1 to 4 of 4, by rising risk."
    assert value_page(run, EVERYBODY, SHOP, search="ER").rows["customer_id"].tolist() == ["bert"]
    assert value_count(run, EVERYBODY, SHOP, quadrant=KEEP) == 1
    assert value_page(run, EVERYBODY, SHOP, page=99).first == 1
    for column in COLUMNS:
        assert len(value_page(run, EVERYBODY, SHOP, sort=column).rows) == 4
    with pytest.raises(NotEnoughData, match="No customer in view is so"):
        value_page(run, EVERYBODY, SHOP, search="nobody")
    with pytest.raises(ValueError, match="sort: expected one of"):
        value_page(run, EVERYBODY, SHOP, sort="luck")
    with pytest.raises(ValueError, match="quadrant: expected one of"):
        value_count(run, EVERYBODY, SHOP, quadrant="Nobody")
    assert set(QUADRANTS) == {KEEP, WIN_BACK, DEVELOP, LET_GO}


def test_pages_hold_every_customer_once():
    many = pd.concat([values()] * 20, ignore_index=True).assign(customer_key=range(80))
    many["customer_id"] = [f"c{n:02d}" for n in range(80)]
    told = Run({"horizon_months": 12}, {"values": many})
    seen = [i for n in (1, 2, 3, 4) for i in value_page(told, EVERYBODY, SHOP, page=n).rows["customer_id"]]
    assert sorted(seen) == sorted(many["customer_id"])


def judged_run(method: str, own: float, best: float) -> Run:
    board = pd.DataFrame({"method": ["bg_nbd", "own_rate"], "name": ["BG/NBD", "Own past rate"], "error": [best, own]})
    board = board.assign(mae=5.0, r2=0.5, rank_correlation=0.6, total_error=0.1, customer_error=0.7, decile_error=0.1)
    if method == "own_rate":
        board = board[::-1].reset_index(drop=True)
    scores = {"mae": 5.0, "r2": 0.5, "rank_correlation": 0.6, "customer_error": 0.7, "decile_error": 0.1}
    facts = {"cut_off": "2025-01-31", "horizon_months": 12, "judged_customers": 800, "mean_actual": 7.0,
             "method": method, "scores": scores, "baseline_scores": scores, "together": None}  # fmt: skip
    tenths = pd.DataFrame({"expected": [5.0, 1.0], "actual_low": [4.0, 2.0], "actual_high": [6.0, 3.0]})
    cut_offs = pd.DataFrame({"cut_off": pd.to_datetime(["2025-01-31"]), "expected": [110.0], "actual": [100.0]})
    points = pd.DataFrame({"expected": [1.0], "actual": [2.0]})
    told = {"r": 1, "alpha": 8, "a": 1, "b": 9, "p": 3, "q": 7, "v": 100}
    rows = [("All customers", "any", name, value, 0.1, 4) for name, value in told.items()]
    names = ["group", "model", "parameter", "value", "error", "customers"]
    tables = {"leaderboard": board, "deciles": tenths, "points": points, "cut_offs": cut_offs, "values": values()}
    return Run(facts, tables | {"parameters": pd.DataFrame(rows, columns=names)})


def test_who_wins_is_said_and_by_how_much():
    clear = value_judged(judged_run("bg_nbd", 1.0, 0.8), SHOP)
    assert "BG/NBD is used: its error is 20 % smaller" in clear.board_sentence
    close = value_judged(judged_run("bg_nbd", 1.0, 0.99), SHOP)
    assert "though the own past rate is as good" in close.board_sentence
    simple = value_judged(judged_run("own_rate", 0.8, 1.0), SHOP)
    assert simple.board_sentence == "No model was better than the own past rate: it is what this page uses."


def test_what_the_range_rests_on_is_said():
    judged = value_judged(judged_run("bg_nbd", 1.0, 0.8), SHOP)
    assert "10.0 % too high on 31 Jan 2025" in judged.total_sentence
    assert "1 of 2 lie inside" in judged.deciles_sentence


def test_parameters_are_told_in_plain_words():
    """A rate of 1/8 a week, one in ten leaving after a purchase, a mean of 3 × 100 / 6, a half after 6/3 purchases."""
    said = " ".join(value_models(judged_run("bg_nbd", 1.0, 0.8), SHOP).sentences)
    assert "buys about every 8.0 weeks" in said
    assert "about 10.0 % leave for good" in said
    assert "€ 50.00 of somebody of whom nothing is known; of a customer with 2.0 purchases half" in said
    assert "correlation" not in said
    assert not re.search(r"\b(nan|None|inf)\b", said)
