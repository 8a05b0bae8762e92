"""What customers will be worth: what each is expected to bring over the next months, and how far that may be off."""

import math
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.collect import collected
from analytics.descriptive.needs import need_customers
from analytics.errors import NotEnoughData
from analytics.formats import percent
from analytics.orders import customer_ids
from analytics.periods import day_label
from analytics.predictive.bg_nbd import NAMES as COUNT_NAMES
from analytics.predictive.churn_features import guests_at
from analytics.predictive.customer_histories import FIRST, LATEST
from analytics.predictive.gamma_gamma import NAMES as AMOUNT_NAMES
from analytics.predictive.model import Model, Run, Tell, whole_shop
from analytics.predictive.value_cut_offs import Past, Span, earlier_spans, months_label, past_of, spans
from analytics.predictive.value_methods import (
    FOREST,
    METHODS,
    OVERALL,
    OWN_RATE,
    PURCHASE_METHODS,
    Known,
    PurchaseModels,
    customers_label,
    expected_value,
    guests_left_out,
    methods_for,
    not_foreseen_said,
    purchase_models,
)
from analytics.predictive.value_scores import Noise, noise_of, value_deciles, value_scores
from analytics.shop import Shop

SHOWN_POINTS = 800
"""Customers drawn in the scatter at most, every so many by what was expected."""
WORTHLESS = 1.0
"""By how much a total may be off, relative to what was brought, before a method with no R² either is no forecast."""


def customer_value_fit(
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    tell: Tell,
    horizon_months: int | None = None,
) -> Run:
    """What every customer is expected to bring in the months after the last complete day.

    Each method is fitted to what was known before a cut-off, so many months before the data end, and held against what
    customers brought after it. The one with the smallest error (see ``value_scores``) is then fitted to all that is
    known and speaks of the months to come. Where even that one foresaw nothing (R² below zero and a total more than
    ``WORTHLESS`` off), the own past rate is used as the simplest, and the fact ``not_foreseen`` says so.

    Parameters
    ----------
    horizon_months : one of ``HORIZONS``; by itself the longest of which as long a past lies before the cut-off.

    Returns
    -------
    Tables ``values`` (one row per customer: ``customer_key``, ``customer_id``, ``first_on``, ``last_on``,
    ``purchases``, ``brought`` so far, ``expected_purchases``, ``expected_order_value``, ``expected``, ``alive`` and
    ``buys`` (probabilities), the members of ``LATEST`` and ``FIRST``, ``from_day`` and ``horizon_days``),
    ``leaderboard`` (one row per method, best first, see ``value_scores``), ``deciles`` (see ``value_deciles``),
    ``points`` (some customers at the cut-off: ``expected``, ``actual``), ``cut_offs`` (totals at earlier ones) and
    ``parameters`` (of the models of purchases). Amounts are in the shop's currency, refunds deducted.

    Raises
    ------
    ValueError : a horizon that is not offered.
    NotEnoughData : the history is too short, too few customers came back, or nobody has bought lately where the own
        past rate is all that there is to go by.
    """
    need_customers(shop)
    ahead, behind = spans(shop, horizon_months)
    past = past_of(orders, shop)
    tell(0.02, f"Reading what was known on {day_label(behind.seen_to)}")
    then = past.known(behind)
    actual = then.histories["then_brought"].to_numpy()
    _need_outcome(then, behind, actual)
    tell(0.15, "Fitting every method to what was known before the cut-off")
    tried = _tried(then, behind, tell)
    used = _used(tried, behind)
    chosen = str(used["method"])
    tell(0.5, "Holding earlier cut-offs against what followed")
    told = _cut_offs(past, shop, behind, chosen, used["told"], actual, tell)
    noise = noise_of(used["told"], actual, [])
    noise = noise_of(used["told"], actual, [_level(row, noise) for row in told])
    tell(0.75, f"Fitting to all that is known on {day_label(shop.today)}")
    now = past.known(ahead, outcome=False, lesson=chosen == FOREST)
    models = purchase_models(now, _purchase_method(tried))
    values = _values(now, ahead, models, chosen, customers)
    _need_something(values, ahead, used)
    tell(0.97, "Writing down")
    whose = {"named_orders": int(now.histories["orders"].sum())} | guests_at(orders, ahead.seen_to, ahead.known)
    cut_offs = pd.DataFrame([{name: part for name, part in row.items() if name != "told"} for row in told])
    tables = {
        "values": values,
        "leaderboard": pd.DataFrame([{n: v for n, v in row.items() if n != "told"} for row in tried]),
        "deciles": value_deciles(used["told"], actual),
        "points": _points(used["told"], actual),
        "cut_offs": cut_offs,
        "parameters": _parameters(models),
    }
    return Run(_facts(shop, ahead, behind, then, used, tried, noise, models, tables, whose), tables)


CUSTOMER_VALUE = Model("customer_value", "Customer value", 4, customer_value_fit, whole_shop, kept=("values",))
"""See ``customer_value_fit``; its setting is ``horizon_months``."""


def _need_outcome(then: Known, behind: Span, actual: np.ndarray) -> None:
    if len(actual) and actual.sum() > 0:
        return
    raise NotEnoughData(
        f"The {customers_label(len(actual))} known on {day_label(behind.seen_to)} brought nothing in the "
        f"{months_label(behind.months)} after: there is nothing to hold a forecast of their value against."
    )


def _tried(then: Known, behind: Span, tell: Tell) -> list[dict]:
    """Every method with its scores after the cut-off, the best first."""
    actual, found = then.histories["then_brought"].to_numpy(), []
    methods = methods_for(then)
    for number, method in enumerate(methods):
        tell(0.2 + 0.3 * number / len(methods), f"Trying: {METHODS[method]}")
        told = expected_value(method, then, behind.days)
        if np.isfinite(told).all() and (told.sum() > 0 or method == OWN_RATE):
            found.append({"method": method, "name": METHODS[method], "told": told} | value_scores(told, actual))
    if not any(row["method"] in PURCHASE_METHODS for row in found):
        raise NotEnoughData(
            f"What customers had bought by {day_label(then.seen_to)} does not tell how often they buy: a longer "
            "history or a shorter horizon would help."
        )
    return sorted(found, key=lambda row: (not row["told"].any(), row["error"]))


def _used(tried: list[dict], behind: Span) -> dict:
    """The best method; the own past rate where not even the best foresaw anything."""
    best, simple = tried[0], next(row for row in tried if row["method"] == OWN_RATE)
    if not _foresaw_nothing(best) and (best is simple or best["error"] < simple["error"]):
        return best
    if simple["told"].any():
        return simple
    over = months_label(behind.months)
    raise NotEnoughData(
        f"No method foresaw what customers brought in the {over} after {day_label(behind.seen_to)}, and in the {over} "
        "before nobody bought, so that there is no past rate to go by either: a longer history would help."
    )


def _foresaw_nothing(row: dict) -> bool:
    return bool(row["r2"] < 0 and abs(row["total_error"]) > WORTHLESS)


def _need_something(values: pd.DataFrame, ahead: Span, used: dict) -> None:
    if values["expected"].sum() > 0:
        return
    raise NotEnoughData(
        f"By the method that did best, {used['name'].lower()}, nothing is to be expected: nobody has bought in the "
        f"{months_label(ahead.months)} to {day_label(ahead.seen_to)}. There is no value to tell customers apart by."
    )


def _purchase_method(tried: list[dict]) -> str:
    """The best of those that say how often customers buy."""
    return next((str(row["method"]) for row in tried if row["method"] in PURCHASE_METHODS), OVERALL)


def _cut_offs(
    past: Past, shop: Shop, behind: Span, chosen: str, told: np.ndarray, actual: np.ndarray, tell: Tell
) -> list[dict]:
    """The chosen method's totals at the last cut-off and at earlier ones, newest first."""
    rows = [_total(behind.seen_to, told, actual)]
    earlier = earlier_spans(shop, behind)
    for number, span in enumerate(earlier):
        tell(0.5 + 0.25 * number / len(earlier), f"As it would have been told on {day_label(span.seen_to)}")
        known = past.known(span, lesson=chosen == FOREST, every=past.every)
        try:
            expected = expected_value(chosen, known, span.days)
        except NotEnoughData:
            break
        brought = known.histories["then_brought"].to_numpy()
        if brought.sum() > 0 and expected.sum() > 0:
            rows.append(_total(span.seen_to, expected, brought))
    return rows


def _total(day: date, expected: np.ndarray, actual: np.ndarray) -> dict:
    sums = {"expected": float(expected.sum()), "actual": float(actual.sum())}
    return {"cut_off": pd.Timestamp(day), "customers": len(actual)} | sums | {"told": expected}


def _level(row: dict, noise: Noise) -> tuple[float, float]:
    """How far a total was off, as a logarithm, and how much of its variance the scatter of customers explains."""
    own = noise.of_customers(row["told"]) / row["expected"]
    return math.log(row["actual"] / row["expected"]), own**2


def _values(
    now: Known, ahead: Span, models: PurchaseModels, chosen: str, customers: ir.Table | pd.DataFrame
) -> pd.DataFrame:
    told = models.expected(now, ahead.days)
    known = now.histories
    values = known[["customer_key", "first_on", "last_on", "purchases", "brought"]].assign(
        expected_purchases=told["purchases"],
        expected_order_value=told["order_value"],
        expected=_expected(chosen, now, ahead, told),
        alive=told["alive"],
        buys=told["buys"],
        **{d: known[d].astype("str") for d in (*LATEST, *FIRST)},
        from_day=pd.Timestamp(ahead.seen_to),
        horizon_days=ahead.days,
    )
    return values.merge(collected(customer_ids(customers)), "left", "customer_key")


def _expected(chosen: str, now: Known, ahead: Span, told: pd.DataFrame) -> np.ndarray:
    """Of the chosen method; what the models of purchases say is not worked out twice."""
    if chosen in PURCHASE_METHODS:
        return (told["purchases"] * told["order_value"]).to_numpy()
    return np.maximum(expected_value(chosen, now, ahead.days), 0.0)


def _points(expected: np.ndarray, actual: np.ndarray) -> pd.DataFrame:
    """Customers evenly spread over what was expected of them."""
    order = np.argsort(expected, kind="stable")
    some = order[np.unique(np.linspace(0, len(order) - 1, min(SHOWN_POINTS, len(order))).astype(int))]
    return pd.DataFrame({"expected": expected[some], "actual": actual[some]})


def _parameters(models: PurchaseModels) -> pd.DataFrame:
    """One row per group of customers and parameter, with its standard error."""
    groups = {"All customers": (models.count, models.amount)} | models.by_segment
    rows = []
    for group, (count, amount) in groups.items():
        told = [*zip(COUNT_NAMES, count.parameters, count.errors, strict=True)]
        told += [*zip(AMOUNT_NAMES, (amount.p, amount.q, amount.v), amount.errors, strict=True)]
        rows += [(group, "BG/NBD" if n in COUNT_NAMES else "Gamma-gamma", n, v, e, count.customers) for n, v, e in told]
    return pd.DataFrame(rows, columns=["group", "model", "parameter", "value", "error", "customers"])


def _facts(
    shop: Shop,
    ahead: Span,
    behind: Span,
    then: Known,
    best: dict,
    tried: list[dict],
    noise: Noise,
    models: PurchaseModels,
    tables: dict[str, pd.DataFrame],
    whose: dict[str, float | None],
) -> dict[str, object]:
    baseline = next(row for row in tried if row["method"] == OWN_RATE)
    total = tables["values"]["expected"].to_numpy()
    low, high = noise.range_of_sum(total)
    return {
        "method": best["method"],
        "method_name": best["name"],
        "horizon_months": ahead.months,
        "horizon_days": ahead.days,
        "until": ahead.until.isoformat(),
        "seen_to": ahead.seen_to.isoformat(),
        "cut_off": behind.seen_to.isoformat(),
        "known_days": behind.known,
        "customers": len(total),
        "judged_customers": len(then.histories),
        "lesson_days": behind.lesson_days,
        "mean_actual": float(then.histories["then_brought"].mean()),
        "total": float(total.sum()),
        "total_low": low,
        "total_high": high,
        "noise": {"size": noise.size, "power": noise.power, "level": noise.level, "cut_offs": noise.cut_offs},
        "together": _or_none(models.amount.together),
        "log_likelihood": models.count.log_likelihood,
        "scores": {name: _or_none(value) for name, value in best.items() if isinstance(value, float)},
        "baseline_scores": {name: _or_none(value) for name, value in baseline.items() if isinstance(value, float)},
        "not_foreseen": _not_foreseen(tried[0]),
        "headline_score": {
            "name": "Error of a customer and of a tenth together, relative to what a customer brings",
            "value": best["error"],
            "baseline": baseline["error"],
            "better": "down",
        },
        "card": _card(shop, ahead, behind, then, best, tried, noise, tables, whose),
        **whose,
    }


def _not_foreseen(best: dict) -> dict[str, object] | None:
    """The best method with how wrong it was, where that was no forecast."""
    if not _foresaw_nothing(best):
        return None
    return {"name": best["name"], "r2": best["r2"], "total_error": best["total_error"]}


def _card(
    shop: Shop,
    ahead: Span,
    behind: Span,
    then: Known,
    best: dict,
    tried: list[dict],
    noise: Noise,
    tables: dict[str, pd.DataFrame],
    whose: dict[str, float | None],
) -> dict[str, object]:
    """What a model card says of this fit."""
    baseline = next(row for row in tried if row["method"] == OWN_RATE)
    actual = then.histories["then_brought"].to_numpy()
    over = months_label(ahead.months)
    tenths = tables["deciles"]
    inside = tenths["expected"].between(tenths["actual_low"], tenths["actual_high"]).sum()
    return {
        "data": f"{whose['named_orders']:,} orders of {customers_label(len(tables['values']))}, "
        f"{day_label(shop.first_day)} to {day_label(shop.today)}. {guests_left_out(whose)}".strip(),
        "target": f"What a customer brings in the {over} after a day, in {shop.currency}, refunds deducted.",
        "features": [
            "BG/NBD and gamma-gamma: days with purchases, first and last of them, mean amount; the segment where each "
            "has parameters of its own",
            "Random forest: order count, mean satisfaction, average order value, segment, region, age group",
            f"Own past rate: what the customer brought in the {over} before",
        ],
        "split": f"By time: fitted to what was known on {day_label(behind.seen_to)} ({behind.known} days), held "
        f"against the {behind.days} days after it; the forecast is fitted anew on {day_label(ahead.seen_to)}.",
        "scores": [
            _error_score(best, baseline, actual, shop),
            _score("Decile error, relative to the mean", "decile_error", best, baseline, ""),
            _score("Total, expected over actual", "total_error", best, baseline, ""),
            _score("Rank correlation", "rank_correlation", best, baseline, ""),
            _score("R²", "r2", best, baseline, ""),
        ],
        "calibration": f"In {inside} of {len(tenths)} tenths by expected value, what was expected lies inside the "
        "range of chance of what was brought.",
        "limits": [
            *_warned(tried[0], behind),
            f"A single customer's value is off by {percent(best['customer_error'], 0)} of the mean on average: use it "
            "for groups, not as a promise about one person.",
            f"A total is taken to be off by {percent(noise.level)} (one standard error) beyond what the scatter of "
            f"single customers explains: so far it was at {_cut_offs_label(noise)}, with 10 % counted as two more.",
            "Customers yet to come are not in it, nor is what the shop will do otherwise than so far.",
            "The method was chosen by the same months that its scores are of.",
        ],
    }


def _warned(best: dict, behind: Span) -> list[str]:
    if (told := _not_foreseen(best)) is None:
        return []
    return [f"{not_foreseen_said(told, behind.seen_to)} The own past rate is used as the simplest, not as a good one."]


def _cut_offs_label(noise: Noise) -> str:
    return "one earlier cut-off" if noise.cut_offs == 1 else f"{noise.cut_offs} cut-offs, whose times overlap"


def _error_score(best: dict, baseline: dict, actual: np.ndarray, shop: Shop) -> dict[str, object]:
    off = np.abs(best["told"] - actual)
    half = NORMAL_95 * float(off.std()) / math.sqrt(len(off))
    told = _score("Mean absolute error per customer", "mae", best, baseline, shop.currency)
    return told | {"low": best["mae"] - half, "high": best["mae"] + half}


def _score(name: str, key: str, best: dict, baseline: dict, unit: str) -> dict[str, object]:
    told = {"name": name, "value": _or_none(best[key]), "low": None, "high": None}
    return told | {"baseline": _or_none(baseline[key]), "unit": unit}


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
