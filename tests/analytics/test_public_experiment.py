"""The public experiment: what is written down of it is what its file says, and its lifts are those published."""

import os
from pathlib import Path

import pandas as pd
import pytest

from analytics.prescriptive.experiment import arm_lifts
from analytics.prescriptive.public_experiment import ALONE, MAILED, public_lifts, public_sentence

FILE = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[3] / "shared/data")) / "hillstrom.csv"
NAMES = {"Mens E-Mail": "Men's e-mail", "Womens E-Mail": "Women's e-mail", "No E-Mail": "No e-mail"}


def test_its_lifts_are_the_published_ones():
    told = public_lifts().set_index("arm")
    assert told["revenue_lift"].tolist() == pytest.approx([0.7698, 0.4244], abs=5e-5)
    assert told.loc["Men's e-mail", "t"] == pytest.approx(5.30, abs=0.005)
    assert (100 * told["bought"]).tolist() == pytest.approx([1.2531, 0.8837], abs=5e-5)


@pytest.mark.skipif(not FILE.exists(), reason=f"the experiment is not at {FILE}; SHOP_DATA_DIR may name its folder")
def test_what_is_written_down_of_it_is_what_its_file_adds_up_to():
    rows = pd.read_csv(FILE).rename(columns={"segment": "arm", "spend": "revenue"}).replace({"arm": NAMES})
    spent = rows.groupby("arm")["revenue"]
    for arm in (ALONE, *MAILED):
        own = spent.get_group(arm.name)
        assert (arm.customers, arm.buyers) == (len(own), int((own > 0).sum()))
        assert (arm.spent, arm.deviation) == pytest.approx((own.mean(), own.std()), abs=1e-6)
    by_rows = arm_lifts(rows, "No e-mail").set_index("arm")
    told = public_lifts().set_index("arm")
    for column in ("revenue_lift", "revenue_low", "revenue_high", "t", "bought"):
        assert told[column].to_dict() == pytest.approx(by_rows.loc[told.index, column].to_dict(), abs=1e-5)


def test_it_is_told_in_a_sentence_with_its_ranges():
    said = public_sentence()
    assert "64,000 customers in three groups by lot" in said
    assert "men's e-mail $ 0.77 ($ 0.49 to $ 1.05, t = 5.30)" in said.replace("\u00a0", " ")
    assert "1.25 % bought within 14 days instead of 0.57 %" in said.replace("\u00a0", " ")
