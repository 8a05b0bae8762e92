"""The customers by their chance to be lost, each with the reasons, and one customer's chance taken apart."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import day_label
from analytics.predictive.churn import TIERS
from analytics.predictive.churn_design import Design
from analytics.predictive.churn_features import FEATURES, WHOSE
from analytics.predictive.churn_models import Calibration, raw_chances
from analytics.predictive.churn_people import day_of_scores, people, points, whom_in_words
from analytics.predictive.model import Run
from analytics.predictive.shapley import shapley_values
from analytics.shop import NOT_STATED, Shop

PAGE_ROWS = 15
NAMED = 3
LONGEST_SEARCH = 100
ALL_TIERS = "All"
LEAST_NAMED = 0.005
"""Contributions below half a percentage point are no reason."""
EXPORTED = ("customer_id", "probability", "tier", "recency_days", "orders", "revenue", "average_order_value",
            "satisfaction", "delivery_days", "segment", "region", "age_group", "revenue_at_risk")  # fmt: skip


@dataclass(frozen=True)
class ChurnList:
    """How many customers are meant and how many pages they take; who they are tells ``churn_rows``."""

    customers: int
    sentence: str
    explained: str

    @property
    def pages(self) -> int:
        """Pages of the list, at least one."""
        return max(1, -(-self.customers // PAGE_ROWS))


def churn_list(
    run: Run, filters: Filters, shop: Shop, whom: str = "active", tier: str = ALL_TIERS, search: str = ""
) -> ChurnList:
    """What is said of the customers in the filters; the same parameters as ``churn_rows``.

    Raises
    ------
    ValueError, NotEnoughData : as there.
    """
    counts = people(run, "scores", filters, whom)["tier"].value_counts()
    number = len(_meant(run, filters, whom, tier, search))
    tiers = ", ".join(f"{counts.get(name, 0):,} {name.lower()} ({bounds})" for name, bounds in TIERS.items())
    sentence = f"{number:,} {whom_in_words(run, whom)}, the riskiest first. By chance: {tiers}."
    explained = (
        f"Chance not to order in the {run.facts['horizon_days']} days after {day_of_scores(run)}, calibrated. Revenue "
        f"at risk: the chance times what the customer brought in the last {run.facts['lookback_days']} days, per "
        f"{run.facts['horizon_days']} days. Reasons: the features that move the chance most from that of the average "
        "customer (exact Shapley values), in percentage points. The file holds all customers of this list, without the "
        "reasons, which are worked out for the page shown."
    )
    return ChurnList(number, sentence, explained)


def churn_rows(
    run: Run, filters: Filters, shop: Shop, whom: str = "active", tier: str = ALL_TIERS, search: str = ""
) -> pd.DataFrame:
    """All customers in the filters by falling chance: a long table in a large shop, made for whoever takes the file.

    Parameters
    ----------
    tier : one of ``TIERS`` or ``ALL_TIERS``; ``search`` a part of the customer's id, in capitals or not.

    Raises
    ------
    ValueError : unknown tier.
    NotEnoughData : nobody is left.
    """
    rows = _meant(run, filters, whom, tier, search)
    return _with_margin(rows[_told(rows)], shop).reset_index(drop=True)


def _meant(run: Run, filters: Filters, whom: str, tier: str, search: str) -> pd.DataFrame:
    if tier not in (ALL_TIERS, *TIERS):
        raise ValueError(f"tier: expected one of {', '.join((ALL_TIERS, *TIERS))}, got {tier!r}")
    own = people(run, "scores", filters, whom)
    rows = own if tier == ALL_TIERS else own[own["tier"] == tier]
    if wanted := search.strip().lower()[:LONGEST_SEARCH]:
        rows = rows[rows["customer_id"].str.lower().str.contains(wanted, regex=False)]
    if rows.empty:
        found = f"whose id holds {formats.quoted(search)}" if wanted else f"at {tier.lower()} risk"
        raise NotEnoughData(f"There is no customer {found} among the {whom_in_words(run, whom)}: widen the choice.")
    return rows


def _told(rows: pd.DataFrame) -> list[str]:
    """The columns for people; those of which this shop's data say nothing are none."""
    return [c for c in EXPORTED if not (rows[c].isna().all() or (c in WHOSE and (rows[c] == NOT_STATED).all()))]


def _with_margin(rows: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    return rows.assign(margin_at_risk=rows["revenue_at_risk"] * shop.gross_margin) if shop.gross_margin else rows


def churn_list_page(
    run: Run, filters: Filters, shop: Shop, whom: str, tier: str, search: str, page: int = 1
) -> pd.DataFrame:
    """One page of ``churn_rows`` with ``reasons``, in words; it holds on to nothing but its own rows."""
    every = _meant(run, filters, whom, tier, search)
    pages = -(-len(every) // PAGE_ROWS)
    first = (min(max(page, 1), pages) - 1) * PAGE_ROWS
    scores = every.take(np.arange(first, min(first + PAGE_ROWS, len(every))))  # a slice would keep all rows alive
    _, values = explained_chances(run, scores)
    features = run.facts["features"]
    reasons = [_reasons(row, values[n], features, shop) for n, row in enumerate(scores.to_dict("records"))]
    return _with_margin(scores[_told(every)], shop).reset_index(drop=True).assign(reasons=reasons)


def explained_chances(run: Run, scores: pd.DataFrame) -> tuple[float, np.ndarray]:
    """The mean chance of the customers compared with, and what each feature of each row adds to it."""
    design, line = Design.of(run.facts["design"]), Calibration(**run.facts["calibration"])
    model, background = run.estimators["model"], run.tables["background"].to_numpy(dtype="float64")
    return shapley_values(
        lambda matrix: line.chances(raw_chances(model, matrix)), design.matrix(scores), background, design.columns
    )


def _reasons(row: dict, values: np.ndarray, features: list[str], shop: Shop) -> str:
    order = [n for n in np.argsort(-np.abs(values), kind="stable")[:NAMED] if abs(values[n]) >= LEAST_NAMED]
    said = [f"{feature_in_words(features[n], row[features[n]], shop)} {points(values[n], 0)}" for n in order]
    return "; ".join(said) if said else "like the average customer"


def feature_in_words(feature: str, value: object, shop: Shop) -> str:
    """What is known of a customer, as a short phrase.

    >>> from datetime import date
    >>> shop = Shop("", "EUR", "monday", date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 2), 3)
    >>> feature_in_words("orders", 1.0, shop), feature_in_words("recency_days", 41.0, shop)
    ('1 order', 'silent for 41 days')
    """
    if feature in ("segment", "region"):
        return f"{FEATURES[feature].lower()} {value}"
    if formats.is_missing(value):
        return {"satisfaction": "no score given", "delivery_days": "no delivery days"}.get(feature, FEATURES[feature])
    if feature == "orders":
        return f"{value:,.0f} order{'' if value == 1 else 's'}"
    if feature == "recency_days":
        return f"silent for {value:,.0f} day{'' if value == 1 else 's'}"
    if feature == "satisfaction":
        return f"mean score {value:.1f}"
    if feature == "delivery_days":
        return f"delivered in {value:.1f} days"
    amount = formats.money(value, shop.currency)
    return f"{amount} in all" if feature == "revenue" else f"{amount} an order"


@dataclass(frozen=True)
class ChurnReasons:
    """One customer's chance: from ``base``, the mean of all, by ``steps`` to ``chance``; they add up.

    ``steps`` has ``feature``, ``step`` (in words) and ``moves_chance`` (chance, 0–1), the largest first.
    """

    customer_id: str
    base: float
    chance: float
    tier: str
    steps: pd.DataFrame
    sentence: str
    explained: str


def churn_reasons(run: Run, shop: Shop, customer: str) -> ChurnReasons:
    """Why one customer's chance is what it is.

    Raises
    ------
    NotEnoughData : no customer with that id is scored.
    """
    scores = run.tables["scores"]
    one = scores[scores["customer_id"] == customer]
    if one.empty:
        raise NotEnoughData(
            f"No customer {formats.quoted(customer)} ordered in the {run.facts['lookback_days']} days before "
            f"{day_of_scores(run)}: choose one from the list."
        )
    row = one.iloc[0].to_dict()
    base, values = explained_chances(run, one)
    features = run.facts["features"]
    order = np.argsort(-np.abs(values[0]), kind="stable")
    steps = pd.DataFrame(
        [(features[n], feature_in_words(features[n], row[features[n]], shop), values[0][n]) for n in order],
        columns=["feature", "step", "moves_chance"],
    )
    chance, up = float(row["probability"]), steps[steps["moves_chance"] >= LEAST_NAMED]
    down = steps[steps["moves_chance"] <= -LEAST_NAMED]
    named = [f"{word} by {_listed(rows)}" for word, rows in (("raised", up), ("lowered", down)) if len(rows)]
    last = day_label((pd.Timestamp(run.facts["today"]) - pd.Timedelta(days=int(row["recency_days"]))).date())
    sentence = (
        f"{customer}: {formats.percent(chance)} not to order within {run.facts['horizon_days']} days "
        f"({row['tier'].lower()} risk; last order on {last}). From {formats.percent(base)}, the mean of customers, "
        f"{' and '.join(named) if named else 'nothing moves it much'}."
    )
    explained = (
        "Exact Shapley values: a feature's mean effect on the calibrated chance over all orders in which features can "
        f"become known, against {len(run.tables['background'])} customers at equal steps of their chance. They add up "
        "to the customer's chance. They say what the model goes by, not what would keep the customer."
    )
    return ChurnReasons(customer, base, chance, str(row["tier"]), steps, sentence, explained)


def _listed(rows: pd.DataFrame) -> str:
    return ", ".join(f"{r['step']} ({points(r['moves_chance'])})" for r in rows.head(NAMED).to_dict("records"))
