"""Scores of customers that were kept, held against what the customers did: who came back, and what they brought."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics import formats
from analytics.periods import day_label
from analytics.predictive.score_record import DRIFTED, MOVED, ScoreRecord, population_stability, score_record
from analytics.shop import Shop


@dataclass(frozen=True)
class Told:
    """What a run said of customers on ``made_on`` about the days up to ``until``: a row per ``customer_id``."""

    made_on: date
    until: date
    rows: pd.DataFrame
    baseline: float | None = None


def churn_record(told: Told, bought: pd.DataFrame) -> ScoreRecord:
    """Hold chances not to come back against who did not.

    Parameters
    ----------
    told : rows with ``probability``; its ``baseline`` is the share that was expected for everybody alike.
    bought : ``bought_between`` of the days in question.
    """
    back = bought.loc[bought["orders"] > 0, "customer_id"]
    lost = ~told.rows["customer_id"].isin(back).to_numpy()
    probability = told.rows["probability"].to_numpy(dtype="float64")
    return score_record(probability, lost, probability.mean() if told.baseline is None else told.baseline)


def value_record(told: Told, bought: pd.DataFrame) -> dict[str, float]:
    """Hold expected values against what customers brought.

    Returns
    -------
    ``customers``, ``expected`` and ``actual`` (totals, the shop's currency), ``off`` (expected over actual, less 1),
    ``error`` (mean absolute error per customer, relative to what one brought) and ``ranks`` (rank correlation).
    """
    brought = told.rows["customer_id"].map(bought.set_index("customer_id")["brought"]).fillna(0.0).to_numpy()
    expected = told.rows["expected"].to_numpy(dtype="float64")
    total = brought.sum()
    ranks = (
        np.corrcoef(pd.Series(expected).rank(), pd.Series(brought).rank())[0, 1] if _vary(expected, brought) else np.nan
    )
    return {
        "customers": len(brought),
        "expected": float(expected.sum()),
        "actual": float(total),
        "off": float(expected.sum() / total - 1) if total else np.nan,
        "error": float(np.abs(expected - brought).mean() / brought.mean()) if total else np.nan,
        "ranks": float(ranks),
    }


def _vary(*columns: np.ndarray) -> bool:
    return all(np.ptp(column) > 0 for column in columns)


@dataclass(frozen=True)
class ChurnHistory:
    """What came of the chances that were kept, newest first.

    ``over`` has, of each run whose days are over, its days and its record, ``rows`` one row for each: ``made_on``,
    ``until`` and the figures. ``next_until`` is when the next can be judged. ``first`` and ``last`` are what the oldest
    and the newest run said, or None where there are not two.
    """

    over: tuple[tuple[tuple[date, date], ScoreRecord], ...]
    rows: pd.DataFrame
    next_until: date | None
    first: Told | None
    last: Told | None


def churn_history(runs: Iterable[tuple[Told, pd.DataFrame | None]]) -> ChurnHistory:
    """Hold runs against what happened.

    Parameters
    ----------
    runs : what each said, newest first, and who bought in the days it speaks of; None where these are not over.
    """
    over, waiting, first, last = [], [], None, None
    for told, bought in runs:
        first, last = told, last or told
        if bought is None:
            waiting.append(told.until)
        else:
            over.append(((told.made_on, told.until), churn_record(told, bought)))
    names = ("customers", "expected", "actual", "brier", "baseline_brier", "auc")
    rows = [{"made_on": m, "until": u} | {n: getattr(r, n) for n in names} for (m, u), r in over]
    table = pd.DataFrame(rows, columns=["made_on", "until", *names])
    ends = (None, None) if first is last else (first, last)
    return ChurnHistory(tuple(over), table, min(waiting, default=None), *ends)


@dataclass(frozen=True)
class ValueHistory:
    """What came of the values that were kept: ``rows``, newest first, of those whose months are over.

    Each has ``made_on``, ``until`` and the figures of ``value_record``. ``next_until`` is when the next can be judged.
    """

    rows: pd.DataFrame
    next_until: date | None


def value_history(runs: Iterable[tuple[Told, pd.DataFrame | None]]) -> ValueHistory:
    """Hold runs against what happened; parameters as of ``churn_history``."""
    rows, waiting = [], []
    for told, bought in runs:
        if bought is None:
            waiting.append(told.until)
        else:
            rows.append({"made_on": told.made_on, "until": told.until} | value_record(told, bought))
    return ValueHistory(pd.DataFrame(rows), min(waiting, default=None))


def churn_sentence(rows: pd.DataFrame, next_until: date | None) -> str:
    """The newest record in words, or when there will be one."""
    if rows.empty:
        return _none_yet("chances not to come back", next_until)
    new = rows.iloc[0]
    better = "closer than" if new["brier"] < new["baseline_brier"] else "no closer than"
    return (
        f"Of {new['customers']:,.0f} customers scored on {day_label(new['made_on'])}, "
        f"{formats.percent(new['actual'])} did not come back by {day_label(new['until'])}, where "
        f"{formats.percent(new['expected'])} were expected; chances were {better} one and the same for everybody "
        f"(Brier score {new['brier']:.3f} against {new['baseline_brier']:.3f})."
    )


def value_sentence(rows: pd.DataFrame, next_until: date | None, shop: Shop) -> str:
    """The newest record in words, or when there will be one."""
    if rows.empty:
        return _none_yet("customer values", next_until)
    new = rows.iloc[0]
    return (
        f"The {new['customers']:,.0f} customers of {day_label(new['made_on'])} were expected to bring "
        f"{formats.money(new['expected'], shop.currency)} by {day_label(new['until'])} and brought "
        f"{formats.money(new['actual'], shop.currency)}: {_off(new['off'])}."
    )


def _off(share: float) -> str:
    if formats.is_missing(share):
        return "they brought nothing"
    return f"{formats.percent(abs(share))} too {'much' if share > 0 else 'little'} was said"


def _none_yet(what: str, next_until: date | None) -> str:
    if next_until is None:
        return f"No {what} have been kept yet."
    return f"The first {what} that were kept can be judged after {day_label(next_until)}, the last day they speak of."


def drift_rows(before: pd.DataFrame, now: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """How far customers have moved between two runs.

    Parameters
    ----------
    before, now : a row per customer that was scored.
    columns : numbers that both have.

    Returns
    -------
    One row per column, the farthest moved first: ``column``, ``before`` and ``now`` (means), ``stability`` (see
    ``population_stability``) and ``verdict``.
    """
    rows = []
    for column in columns:
        if column in before.columns and column in now.columns:
            moved = population_stability(before[column].to_numpy(), now[column].to_numpy())
            verdict = "as before" if moved < MOVED else "moved somewhat" if moved < DRIFTED else "moved much"
            rows.append((column, before[column].mean(), now[column].mean(), moved, verdict))
    found = pd.DataFrame(rows, columns=["column", "before", "now", "stability", "verdict"])
    return found.sort_values("stability", ascending=False, ignore_index=True)


def drift_sentence(rows: pd.DataFrame, before: date, now: date) -> str:
    """Whether customers are those that the model knows, in words."""
    much = rows.loc[rows["stability"] >= DRIFTED, "column"]
    span = f"between {day_label(before)} and {day_label(now)}"
    if much.empty:
        return f"Customers who are scored did not change much {span}: nothing speaks against what the model learnt."
    names = ", ".join(name.replace("_", " ") for name in much)
    return (
        f"Customers who are scored changed much {span} ({names}): look at the scores above before you trust the next."
    )
