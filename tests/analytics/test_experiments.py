"""What experiments show: differences with their errors, shrinkage, campaigns of a shop, and what spoils them."""

import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.prescriptive.assumptions import Offer
from analytics.prescriptive.campaigns import KEEPS, MORE, contact_outcomes, measured_offers, offer_of
from analytics.prescriptive.experiment import ALL, arm_lifts, shrunk
from analytics.shop import Shop

HILLSTROM = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[3] / "shared/data")) / "hillstrom.csv"
FIRST, CONTACT, LAST = date(2025, 1, 1), date(2025, 6, 1), date(2025, 12, 31)
SHOP = Shop("", "EUR", "monday", FIRST, LAST, LAST, 10, has=frozenset({"customer_key"}))


@pytest.mark.skipif(not HILLSTROM.exists(), reason="the published experiment is not beside the project")
def test_the_published_experiment_is_found_again():
    rows = pd.read_csv(HILLSTROM).rename(columns={"segment": "arm", "spend": "revenue"})
    told = arm_lifts(rows, "No E-Mail").set_index("arm")
    mens, womens = told.loc["Mens E-Mail"], told.loc["Womens E-Mail"]
    assert [round(mens["revenue"], 4), round(womens["revenue"], 4)] == [1.4226, 1.0772]
    assert round(mens["revenue_control"], 4) == 0.6528
    assert [round(mens["revenue_lift"], 4), round(womens["revenue_lift"], 4)] == [0.7698, 0.4244]
    assert round(mens["t"], 2) == 5.30
    assert round(100 * mens["bought"], 4) == 1.2531
    assert mens["revenue_low"] < mens["revenue_lift"] < mens["revenue_high"]


def test_lifts_and_the_share_kept_are_added_up_by_hand():
    rows = pd.DataFrame({"arm": ["mail"] * 4 + ["none"] * 4, "revenue": [10.0, 10, 10, 0, 10, 0, 0, 0]})
    told = arm_lifts(rows, "none").iloc[0]
    assert (told["group"], told["customers"], told["controls"]) == (ALL, 4, 4)
    assert told["revenue_lift"] == 5.0
    assert told["bought_lift"] == 0.5
    assert told["kept"] == pytest.approx(0.5 / 0.75), "of the three in four who would not have bought"


def test_welch_is_that_of_scipy():
    from scipy.stats import ttest_ind

    chance = np.random.default_rng(3)
    own, other = chance.exponential(3, 80), chance.exponential(2, 200)
    rows = pd.DataFrame({"arm": ["a"] * 80 + ["none"] * 200, "revenue": [*own, *other]})
    told, expected = arm_lifts(rows, "none").iloc[0], ttest_ind(own, other, equal_var=False)
    assert told["t"] == pytest.approx(expected.statistic)
    interval = expected.confidence_interval(0.95)
    assert (told["revenue_low"], told["revenue_high"]) == pytest.approx((interval.low, interval.high))


def test_a_control_that_nobody_is_in_is_refused():
    with pytest.raises(ValueError, match="control: expected an arm with customers"):
        arm_lifts(pd.DataFrame({"arm": ["a", "a"], "revenue": [1.0, 2.0]}), "none")


def test_groups_alike_are_pooled_and_groups_apart_keep_what_they_show():
    alike = shrunk(np.array([0.10, 0.11]), np.array([0.05, 0.05]))
    assert alike.values.tolist() == pytest.approx([0.105, 0.105])
    apart = shrunk(np.array([0.0, 1.0]), np.array([0.05, 0.05]))
    assert apart.values[0] < 0.02 and apart.values[1] > 0.98
    uneven = shrunk(np.array([0.0, 1.0, 0.5]), np.array([0.4, 0.05, 0.05]))
    assert uneven.values[0] > 0.1, "of few customers less is kept"
    with pytest.raises(ValueError, match="errors: expected one above 0"):
        shrunk(np.array([0.1]), np.array([0.0]))


def _experiment(number: int = 600, more: float = 0.0, kept: float = 0.0, seed: int = 0, biased: bool = False):
    """Customers with paces of their own, ordered before a contact and after it, half of them with the offer."""
    chance = np.random.default_rng(seed)
    pace = chance.gamma(1.0, 2.0, number)
    treated = pace > np.median(pace) if biased else chance.random(number) < 0.5
    rows = []
    for n in range(number):
        before = 1 + chance.poisson(1.5 * pace[n])
        after = chance.poisson(pace[n] * (1 + more * treated[n]))
        after += int(treated[n] and after == 0 and chance.random() < kept)
        days = [*(-1 - chance.integers(0, 150, before)), *chance.integers(0, 60, after)]
        rows += [(f"C{n:04}", CONTACT + timedelta(days=int(day))) for day in days]
    orders = pd.DataFrame(rows, columns=["customer_id", "date"]).assign(revenue=20.0, segment="Regular")
    orders["transaction_id"] = [f"T{n:06}" for n in range(len(orders))]
    contacts = pd.DataFrame({
        "campaign": "Spring", "customer_id": [f"C{n:04}" for n in range(number)], "contacted_on": CONTACT,
        "treated": treated.astype(int), "offer": np.where(treated, "15 % off", None),
        "cost": np.where(treated, 2.0, 0.0),
    })  # fmt: skip
    return contacts, orders, contacts[["customer_id"]]


def test_an_offer_that_brings_more_of_those_still_there_is_told_from_one_that_keeps_the_silent():
    more = measured_offers(*_experiment(1500, more=0.4), SHOP, 60, 60).offers[0]
    assert more.way == MORE
    everybody = more.groups.iloc[0]
    assert abs(everybody["more"] - 0.4) < 3 * everybody["more_error"] < 0.4
    keeps = measured_offers(*_experiment(1500, kept=0.5), SHOP, 60, 60).offers[0]
    assert keeps.way == KEEPS
    assert abs(keeps.groups.iloc[0]["kept"] - 0.5) < 3 * keeps.groups.iloc[0]["kept_error"]


def test_outcomes_are_counted_from_the_contact_on_and_nothing_else():
    contacts = pd.DataFrame({
        "campaign": ["S"] * 3, "customer_id": ["a", "b", "c"], "contacted_on": [CONTACT] * 3, "treated": [1, 0, 1],
        "offer": ["o", None, "o"], "cost": [1.0, None, 1.0],
    })  # fmt: skip
    day = [CONTACT + timedelta(days=d) for d in (-1, 0, 59, 60, -400, 5, 7)]
    orders = pd.DataFrame({
        "transaction_id": list("1234567"), "customer_id": ["a", "a", "a", "a", "b", "b", "b"], "date": day,
        "revenue": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, -60.0], "segment": ["x"] * 7,
    })  # fmt: skip
    told = contact_outcomes(contacts, orders, contacts[["customer_id"]], SHOP, 60, 60).set_index("customer_key")
    assert told.loc["a", ["past_orders", "silent_days", "orders", "revenue"]].tolist() == [1, 1, 2, 50.0]
    assert told.loc["b", ["past_orders", "silent_days", "orders", "revenue"]].tolist() == [0, 400, 1, 0.0], "refunded"
    assert told["usable"].tolist() == [True, True, False], "nothing is known of c before the contact"


def test_arms_that_lots_did_not_make_are_said():
    told = measured_offers(*_experiment(600, biased=True), SHOP, 60, 60).offers[0]
    assert not told.alike
    assert "were not alike before the contact" in told.sentence
    assert measured_offers(*_experiment(600), SHOP, 60, 60).offers[0].alike


def test_a_campaign_whose_arms_lots_did_not_make_measures_nothing():
    contacts, orders, customers = _experiment(600, biased=True)
    biased = measured_offers(contacts, orders, customers, SHOP, 60, 60)
    assert biased.gone_by == () and biased.of("15 % off") is None
    assert "no plan goes by it" in biased.offers[0].sentence
    chance = np.random.default_rng(1)
    earlier = contacts.assign(campaign="Winter", contacted_on=CONTACT - timedelta(days=60))
    earlier["treated"] = (chance.random(len(earlier)) < 0.5).astype(int)
    earlier["offer"] = np.where(earlier["treated"] == 1, "15 % off", None)
    both = measured_offers(pd.concat([contacts, earlier]), orders, customers, SHOP, 60, 60)
    assert [one.campaign for one in both.offers] == ["Winter"], "the newest that was by lot"
    assert both.of("15 % OFF").alike


def test_too_few_too_late_and_nothing_are_said():
    contacts, orders, customers = _experiment(60)
    few = measured_offers(contacts, orders, customers, SHOP, 60, 60)
    assert not few.offers
    assert "it takes 50 of each" in few.notes[-1]
    late = measured_offers(contacts, orders, customers, Shop("", "EUR", "monday", FIRST, CONTACT, CONTACT, 1), 60, 60)
    assert not late.offers
    assert "60 days after it are not over" in late.notes[0]
    assert "lifts are assumptions" in measured_offers(contacts.head(0), orders, customers, SHOP, 60, 60).notes[0]


def test_no_effect_is_no_effect():
    told = [measured_offers(*_experiment(400, seed=seed), SHOP, 60, 60).offers[0].groups.iloc[0] for seed in range(12)]
    beyond = [abs(row["more"] / row["more_error"]) > 1.96 for row in told]
    assert sum(beyond) <= 3


def test_a_measured_offer_takes_its_discount_from_its_name_and_its_cost_from_its_contacts():
    offer = offer_of(measured_offers(*_experiment(600, kept=0.3), SHOP, 60, 60).offers[0])
    assert isinstance(offer, Offer)
    assert (offer.name, offer.discount, offer.contact_cost) == ("15 % off", 0.15, 2.0)
    assert offer.kept_low < offer.kept < offer.kept_high
