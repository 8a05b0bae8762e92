"""Who is worth keeping: what a customer brings if he comes back, against how likely he does not, and who they are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import money, percent
from analytics.predictive.model import Run
from analytics.predictive.value_cut_offs import months_label
from analytics.predictive.value_view import for_people, money_factor, values_in_view
from analytics.shop import Shop

KEEP, WIN_BACK, DEVELOP, LET_GO = "Keep", "Win back", "Develop", "Let go"
QUADRANTS = {
    KEEP: "worth much, likely to come back",
    WIN_BACK: "worth much, unlikely to come back",
    DEVELOP: "worth less, likely to come back",
    LET_GO: "worth less, unlikely to come back",
}
UNLIKELY = 0.5
"""The risk from which somebody is unlikely to come back."""
SHOWN_POINTS = 500
PAGE_ROWS = 25
LONGEST_SEARCH = 100
COLUMNS = {
    "expected": "Expected",
    "likely_lost": "Likely lost",
    "if_back": "If coming back",
    "lifetime": "Lifetime value",
    "realised": "Realised so far",
    "risk": "Risk",
    "purchases": "Purchases",
    "last_on": "Last purchase",
    "customer_id": "Customer",
}
"""What the list can be sorted by, with the names on screen."""


@dataclass(frozen=True)
class ValueQuadrants:
    """Customers by worth and risk.

    ``cells`` has one row per quadrant in the order of ``QUADRANTS``: ``customers``, ``share`` of them, ``expected`` and
    ``likely_lost`` (what they would bring if they came back, times how likely they do not). ``points`` are some of the
    customers: ``customer_id``, ``risk``, ``if_back``, ``expected``, ``quadrant``. From ``worth_line`` on one is worth
    much.
    """

    cells: pd.DataFrame
    points: pd.DataFrame
    worth_line: float
    money: str
    risk_name: str
    sentence: str
    notes: str

    def table(self) -> pd.DataFrame:
        """The quadrants for people and files."""
        return for_people(self.cells)


@dataclass(frozen=True)
class ValuePage:
    """One page of the list of customers: ``rows`` with the columns of ``COLUMNS`` and more, ``first`` from 1."""

    rows: pd.DataFrame
    first: int
    total: int
    sentence: str

    def table(self) -> pd.DataFrame:
        """The rows for people and files."""
        left_out = ["customer_key", "brought", "expected_order_value", "category", "payment_method", "from_day"]
        shown = self.rows.drop(columns=[c for c in left_out if c in self.rows])
        return for_people(shown[["customer_id", *shown.columns.drop("customer_id")]])


def value_quadrants(
    run: Run, filters: Filters, shop: Shop, money_kind: str = "revenue", churn: Run | None = None
) -> ValueQuadrants:
    """How many customers are worth much and likely to stay away, and what hangs on them.

    Parameters
    ----------
    churn : a run whose table ``scores`` says how likely each customer is not to come back; without one the model of
        purchases says it.

    Raises
    ------
    NotEnoughData : the filters leave no customer.
    """
    known = told_values(run, filters, shop, money_kind, churn)
    line = worth_line(known)
    grouped = known.groupby("quadrant").agg(
        customers=("expected", "size"), expected=("expected", "sum"), likely_lost=("likely_lost", "sum")
    )
    cells = grouped.reindex(list(QUADRANTS), fill_value=0.0).rename_axis("quadrant").reset_index()
    cells["customers"] = cells["customers"].astype("int64")
    cells["share"] = cells["customers"] / len(known)
    ordered = known.sort_values(["if_back", "customer_key"], kind="stable")
    some = np.unique(np.linspace(0, len(ordered) - 1, min(SHOWN_POINTS, len(ordered))).astype(int))
    points = ordered.iloc[some][["customer_id", "risk", "if_back", "expected", "quadrant"]].reset_index(drop=True)
    name = risk_name(run, churn)
    notes = _notes(line, name, shop)
    if run.facts.get("not_foreseen") is not None:
        notes += " As no method foresaw what followed the cut-off, read whose is more, not how much."
    return ValueQuadrants(cells, points, line, money_kind, name, _sentence(cells, shop), notes)


def value_page(
    run: Run,
    filters: Filters,
    shop: Shop,
    money_kind: str = "revenue",
    churn: Run | None = None,
    quadrant: str = "",
    search: str = "",
    sort: str = "expected",
    descending: bool = True,
    page: int = 1,
) -> ValuePage:
    """One page of the customers in view, searched and sorted.

    Raises
    ------
    ValueError : no such column or quadrant.
    NotEnoughData : nobody is left.
    """
    known = listed_values(run, filters, shop, money_kind, churn, quadrant, search)
    if sort not in COLUMNS:
        raise ValueError(f"sort: expected one of {', '.join(COLUMNS)}, got {sort!r}")
    ordered = known.sort_values([sort, "customer_key"], ascending=[not descending, True], kind="stable")
    pages = max(1, -(-len(ordered) // PAGE_ROWS))
    first = (min(max(page, 1), pages) - 1) * PAGE_ROWS
    rows = ordered.iloc[first : first + PAGE_ROWS].reset_index(drop=True)
    order = "falling" if descending else "rising"
    which = f"Customers {first + 1:,} to {first + len(rows):,}" if len(rows) > 1 else f"Customer {first + 1:,}"
    said = f"{which} of {len(known):,}, by {order} {COLUMNS[sort].lower()}."
    return ValuePage(rows, first + 1, len(known), said)


def value_count(
    run: Run, filters: Filters, shop: Shop, churn: Run | None = None, quadrant: str = "", search: str = ""
) -> int:
    """How many customers the list has.

    Raises
    ------
    NotEnoughData : none.
    """
    return len(listed_values(run, filters, shop, "revenue", churn, quadrant, search))


def listed_values(
    run: Run, filters: Filters, shop: Shop, money_kind: str, churn: Run | None, quadrant: str, search: str
) -> pd.DataFrame:
    """The customers in view of a quadrant (all of them without one) whose id holds what is searched for.

    Raises
    ------
    ValueError : no such quadrant.
    NotEnoughData : nobody is left.
    """
    if quadrant and quadrant not in QUADRANTS:
        raise ValueError(f"quadrant: expected one of {', '.join(QUADRANTS)}, got {quadrant!r}")
    known = told_values(run, filters, shop, money_kind, churn)
    if quadrant:
        known = known[known["quadrant"] == quadrant]
    if wanted := search.strip().lower()[:LONGEST_SEARCH]:
        known = known[known["customer_id"].astype("str").str.lower().str.contains(wanted, regex=False)]
    if known.empty:
        raise NotEnoughData("No customer in view is so: shorten what is searched for, or look at all quadrants.")
    return known


def told_values(run: Run, filters: Filters, shop: Shop, money_kind: str, churn: Run | None = None) -> pd.DataFrame:
    """The customers in view with what is said of each of them, amounts in revenue or margin.

    What is likely lost is of the same months as the value, whatever the risk is of: a chance of 90 days times a value
    of twelve months would be of neither.
    """
    values, factor = values_in_view(run, filters), money_factor(shop, money_kind)
    risk = _risk(values, churn.tables["scores"] if churn is not None else None)
    worth = values["expected_purchases"] * values["expected_order_value"]
    if_back = factor * (worth / values["buys"].where(values["buys"] > 0)).fillna(0.0)
    known = values.assign(
        expected=factor * values["expected"],
        realised=factor * values["brought"],
        lifetime=factor * (values["brought"] + values["expected"]),
        if_back=if_back,
        risk=risk,
        likely_lost=if_back * (1.0 - values["buys"]),
    )
    high, far = known["if_back"] >= worth_line(known), known["risk"] >= UNLIKELY
    named = np.select([high & ~far, high & far, ~high & ~far], [KEEP, WIN_BACK, DEVELOP], LET_GO)
    return known.assign(quadrant=named)


def worth_line(known: pd.DataFrame) -> float:
    """From what on a customer is worth much: the mean of those in view."""
    return float(known["if_back"].mean())


def risk_name(run: Run, churn: Run | None) -> str:
    """What the risk is of."""
    if churn is None:
        return f"No purchase within {months_label(int(run.facts['horizon_months']))}"
    days = churn.facts.get("horizon_days")
    return f"No purchase within {days} days, by the model of churn" if days else "Churn, by the model of churn"


def _risk(values: pd.DataFrame, scores: pd.DataFrame | None) -> pd.Series:
    """How likely each is not to come back: as the model of churn says of whom it knows, else that of purchases."""
    own = 1.0 - values["buys"]
    if scores is None:
        return own
    told = values["customer_key"].map(scores.drop_duplicates("customer_key").set_index("customer_key")["probability"])
    return told.astype("float64").fillna(own)


def _sentence(cells: pd.DataFrame, shop: Shop) -> str:
    by = cells.set_index("quadrant")
    back, all_likely_lost = by.loc[WIN_BACK], cells["likely_lost"].sum()
    if not back["customers"]:
        return "Nobody who is worth much is unlikely to come back."
    who = f"{back['customers']:,.0f} customers are" if back["customers"] > 1 else "One customer is"
    share = (
        f", {percent(back['likely_lost'] / all_likely_lost, 0)} of all that is likely lost"
        if all_likely_lost > 0
        else ""
    )
    return (
        f"{who} worth much and unlikely to come back: {money(back['likely_lost'], shop.currency)} are likely lost with "
        f"them{share}. "
        f"{_are(int(by.loc[KEEP, 'customers']))} worth much and likely to come back."
    )


def _are(number: int) -> str:
    return "One is" if number == 1 else f"{number:,} are" if number else "Nobody is"


def _notes(line: float, name: str, shop: Shop) -> str:
    return (
        f"Worth much: at least the mean of those in view, {money(line, shop.currency)} if coming back. Risk: "
        f"{name[0].lower()}{name[1:]}; from {percent(UNLIKELY, 0)} on a return is unlikely. Likely lost: what a "
        "customer would bring if coming back, times the risk of the same months. It says where most is to lose, not "
        "whom an offer keeps."
    )
