"""The customers of a plan, each with offer, reason and lot, for a page, for people and for the mailing tool."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.formats import percent, quoted, unit_money
from analytics.predictive.churn import TIERS
from analytics.predictive.model import Run
from analytics.prescriptive.campaigns import MORE
from analytics.prescriptive.holdout import HOLD_OUT, TREAT, lots
from analytics.prescriptive.retention import RetentionPlan
from analytics.shop import Shop

PAGE_ROWS = 15
LONGEST_SEARCH = 100
LONGEST_CAMPAIGN = 60
ALL_TIERS, ALL_OFFERS = "All", "All offers"
MAILED = ("customer_id", "offer", "group", "campaign", "tier", "probability", "value_at_risk", "expected_added",
          "expected_spend", "expected_net", "reason")  # fmt: skip
"""Columns of the file for the mailing tool."""


def first_campaign(shop: Shop) -> str:
    """What a campaign is called until it is called otherwise: hold-outs of different months are different lots.

    >>> from datetime import date
    >>> first_campaign(Shop("", "EUR", "monday", date(2026, 1, 1), date(2026, 3, 2), date(2026, 3, 2), 3))
    'Retention 2026-03'
    """
    return f"Retention {shop.today:%Y-%m}"


def whole_list(plan: RetentionPlan, churn: Run, campaign: str) -> pd.DataFrame:
    """The customers on the list, the largest net benefit first.

    Parameters
    ----------
    campaign : decides, with the customer's id, who is left alone.

    Returns
    -------
    The columns of the plan's ``list`` with ``customer_id``, ``probability``, ``silent_days``, ``segment``, ``region``,
    ``roi`` and ``group`` (``TREAT`` or ``HOLD_OUT``).
    """
    told = churn.tables["scores"][["customer_key", "customer_id", "probability", "recency_days", "segment", "region"]]
    rows = plan.list.merge(told.rename(columns={"recency_days": "silent_days"}), "left", "customer_key")
    alone = lots(rows["customer_id"].astype("str"), campaign) < plan.hold_out.share
    with np.errstate(divide="ignore", invalid="ignore"):
        roi = np.where(rows["spend"] > 0, rows["net"] / rows["spend"], np.nan)
    return rows.assign(roi=roi, group=np.where(alone, HOLD_OUT, TREAT))


def those_meant(
    rows: pd.DataFrame, plan: RetentionPlan, tier: str = ALL_TIERS, offer: str = ALL_OFFERS, search: str = ""
) -> pd.DataFrame:
    """The customers of a list that are meant, in its order.

    Parameters
    ----------
    rows : ``whole_list``.
    tier : one of ``TIERS`` or ``ALL_TIERS``; ``offer`` the name of one in the plan or ``ALL_OFFERS``; ``search`` a part
        of the customer's id, in capitals or not.

    Raises
    ------
    ValueError : unknown tier or offer.
    NotEnoughData : nobody on the list is meant.
    """
    offers = plan.by_offer["offer"].tolist()
    if tier not in (ALL_TIERS, *TIERS):
        raise ValueError(f"tier: expected one of {', '.join((ALL_TIERS, *TIERS))}, got {tier!r}")
    if offer not in (ALL_OFFERS, *offers):
        raise ValueError(f"offer: expected one of {', '.join((ALL_OFFERS, *offers))}, got {offer!r}")
    if tier != ALL_TIERS:
        rows = rows[rows["tier"] == tier]
    if offer != ALL_OFFERS:
        rows = rows[rows["offer"] == offer]
    if wanted := search.strip().lower()[:LONGEST_SEARCH]:
        rows = rows[rows["customer_id"].str.lower().str.contains(wanted, regex=False)]
    if rows.empty:
        what = f"whose id holds {quoted(search)}" if wanted else "of that risk and offer"
        raise NotEnoughData(f"The list has no customer {what}: widen the choice.")
    return rows.reset_index(drop=True)


def pages_of(rows: pd.DataFrame) -> int:
    """How many pages a list takes, at least one."""
    return max(1, -(-len(rows) // PAGE_ROWS))


def list_page(rows: pd.DataFrame, plan: RetentionPlan, shop: Shop, page: int = 1) -> pd.DataFrame:
    """One page of the list with ``reason``, in words."""
    first = (min(max(page, 1), pages_of(rows)) - 1) * PAGE_ROWS
    shown = rows.iloc[first : first + PAGE_ROWS]
    return shown.assign(reason=list(reasons(shown, plan, shop))).reset_index(drop=True)


def reasons(rows: pd.DataFrame, plan: RetentionPlan, shop: Shop) -> Iterator[str]:
    """Why each customer gets what he gets, and what is expected of it."""
    ways = {one.offer.name: one.measured.way if one.measured else "" for one in plan.offers}
    for row in rows.to_dict("records"):
        risk = f"{percent(row['probability'], 0)} not to order ({row['tier'].lower()} risk)"
        added, spend, lost = (unit_money(row[name], shop.currency) for name in ("added", "spend", "value_at_risk"))
        if ways[row["offer"]] == MORE:
            said = f"orders often: {row['orders']:.2f} orders more are expected"
        else:
            said = f"{lost} at risk, {percent(row['orders'])} to be kept by it"
        yield f"{risk}; {said}, {added} for {spend}"


def mailing_rows(rows: pd.DataFrame, plan: RetentionPlan, shop: Shop, campaign: str) -> pd.DataFrame:
    """The list as a mailing tool takes it: one row per customer, hold-outs too, so that results can be compared."""
    told = rows.assign(campaign=campaign, reason=list(reasons(rows, plan, shop)))
    named = {"added": "expected_added", "spend": "expected_spend", "net": "expected_net"}
    told = told.rename(columns=named)[list(MAILED)]
    amounts = ["value_at_risk", "expected_added", "expected_spend", "expected_net"]
    return told.assign(probability=told["probability"].round(4), **{a: told[a].round(2) for a in amounts})


def list_sentence(rows: pd.DataFrame, plan: RetentionPlan) -> str:
    """Who is shown, and how many of them are left alone."""
    alone = int((rows["group"] == HOLD_OUT).sum())
    whole = "" if len(rows) == plan.contacted else f" of the {plan.contacted:,} on the list"
    said = f"{len(rows):,} customer{'' if len(rows) == 1 else 's'}{whole}, the largest net benefit first"
    return f"{said}; {alone:,} left alone by lot." if alone else f"{said}; nobody is left alone."
