"""The CDNOW sample as Fader and Hardie's papers read it: weeks, purchases on different days, calibration to week 39."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.predictive.bg_nbd import Purchases

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(os.environ.get("SHOP_DATA_DIR", ROOT / "../shared/data")) / "cdnow_sample.txt"
CALIBRATION_END = pd.Timestamp("1997-09-30")
HOLD_OUT_DAYS = 39 * 7

needs_sample = pytest.mark.skipif(
    not SAMPLE.exists(), reason=f"the CDNOW sample is not at {SAMPLE}; SHOP_DATA_DIR may name its folder"
)


def cdnow_orders() -> pd.DataFrame:
    """One row per purchase, as orders."""
    names = ["master", "customer_id", "date", "discs", "revenue"]
    rows = pd.read_csv(SAMPLE, sep=r"\s+", header=None, names=names, dtype={"customer_id": "str", "date": "str"})
    numbered = [f"t{n:05d}" for n in range(len(rows))]
    return rows.assign(date=pd.to_datetime(rows["date"], format="%Y%m%d"), transaction_id=numbered)


def cdnow_sample() -> tuple[Purchases, np.ndarray, np.ndarray]:
    """What is known of each customer, the mean of his repeat purchases, and how many followed in weeks 40 to 78."""
    days = cdnow_orders().groupby(["customer_id", "date"], as_index=False)["revenue"].sum()
    known, after = days[days["date"] <= CALIBRATION_END], days[days["date"] > CALIBRATION_END]
    each = known.groupby("customer_id")["date"]
    first, last, repeats = each.min(), each.max(), each.size() - 1
    again = known[known["date"] > known["customer_id"].map(first)]
    means = again.groupby("customer_id")["revenue"].mean().reindex(first.index)
    then = after.groupby("customer_id").size().reindex(first.index, fill_value=0)
    weeks = [(part.dt.days / 7).to_numpy() for part in (last - first, CALIBRATION_END - first)]
    return Purchases(repeats.to_numpy(dtype="float64"), *weeks), means.to_numpy(), then.to_numpy()
