"""A public experiment with offers, as an example of what one shows: three arms by lot, and what they bought then."""

from dataclasses import dataclass

import pandas as pd

from analytics.formats import money, percent
from analytics.prescriptive.experiment import half_width, welch_of

NAME = "Hillstrom's e-mail experiment, 2008"
SOURCE = "https://blog.minethatdata.com/2008/03/minethatdata-e-mail-analytics-and-data.html"
CURRENCY = "USD"
DAYS = 14


@dataclass(frozen=True)
class Arm:
    """Customers drawn by lot: how many, how many bought within two weeks, and what each spent (mean and standard
    deviation, nothing counted as 0)."""

    name: str
    customers: int
    buyers: int
    spent: float
    deviation: float


ALONE = Arm("No e-mail", 21_306, 122, 0.652789, 11.588200)
MAILED = (
    Arm("Men's e-mail", 21_307, 267, 1.422617, 17.754205),
    Arm("Women's e-mail", 21_387, 189, 1.077202, 15.116106),
)
"""Added up from the published file of 64,000 customers."""


def public_lifts() -> pd.DataFrame:
    """What each e-mail brought, against the arm left alone.

    Returns
    -------
    One row per e-mail: ``arm``, ``customers``, ``bought``, ``bought_control`` (shares), ``revenue``,
    ``revenue_control``, ``revenue_lift`` (US dollars a customer) from ``revenue_low`` to ``revenue_high`` (95 %,
    Welch), and ``t``.

    Source: Hillstrom 2008, the MineThatData e-mail analytics and data mining challenge.

    >>> public_lifts()[["arm", "revenue_lift", "t"]].round(2).to_numpy().tolist()
    [["Men's e-mail", 0.77, 5.3], ["Women's e-mail", 0.42, 3.26]]
    """
    rows = []
    for arm in MAILED:
        of_both = ((each.customers, each.spent, each.deviation**2) for each in (arm, ALONE))
        lift, error, freedom = welch_of(*of_both)
        half = half_width(error, freedom)
        rows.append(
            {"arm": arm.name, "customers": arm.customers}
            | {"bought": arm.buyers / arm.customers, "bought_control": ALONE.buyers / ALONE.customers}
            | {"revenue": arm.spent, "revenue_control": ALONE.spent, "revenue_lift": lift}
            | {"revenue_low": lift - half, "revenue_high": lift + half, "t": lift / error}
        )
    return pd.DataFrame(rows)


def public_sentence() -> str:
    """What the experiment teaches about experiments of one's own."""
    rows = public_lifts()
    brought = [
        f"{row.arm.lower()} {money(row.revenue_lift, CURRENCY)} ({money(row.revenue_low, CURRENCY)} to "
        f"{money(row.revenue_high, CURRENCY)}, t = {row.t:.2f})"
        for row in rows.itertuples()
    ]
    most = rows.loc[rows["bought"].idxmax()]
    return (
        f"{NAME}: {ALONE.customers + sum(arm.customers for arm in MAILED):,} customers in three groups by lot. Against "
        f"no e-mail a customer brought more: {' and '.join(brought)}. Yet of {most['arm'].lower()} "
        f"{percent(most['bought'], 2)} bought within {DAYS} days instead of {percent(most['bought_control'], 2)}: what "
        "an offer does is small beside what customers do by themselves, so that groups have to be large."
    )
