"""The forecast of revenue or orders: methods tried on the past, the best of them used, with bands and its parts."""

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import percent
from analytics.metrics import METRICS
from analytics.periods import Period, bucket_end, bucket_start, day_label
from analytics.predictive.backtest import Backtest, backtest, origins
from analytics.predictive.bands import band, coverage, days_inside, sum_band, sums_of_days
from analytics.predictive.candidates import MEAN, METHODS, NAIVE, TOGETHER, expected
from analytics.predictive.event_effects import event_effects
from analytics.predictive.forecast_record import standard_error
from analytics.predictive.history import History, daily_history, falls_below
from analytics.predictive.member_forecasts import MemberForecasts, gathered, member_forecasts
from analytics.predictive.model import Model, Run, Tell
from analytics.predictive.noise import noise_floor, order_noise
from analytics.questions import collected_within
from analytics.shop import Shop
from analytics.summed import Sums, added_up, summed

HORIZONS = (7, 14, 28, 60, 90, 180)
CONFIDENCES = (0.80, 0.95)
WORTH_TELLING = 0.05
"""Of coverage, from which a band that holds less, or more, than it promises is told."""
SURE = NORMAL_95
MONTH_DAYS = 28
TRAIN_SHARE = 0.8
ARIMA = "ARIMA(5,1,2)"
SHORTEST = 14
"""Days from which the last week can be told again, where nothing more can be done."""
FEWEST_ORDERS = 30
SPLIT_BY = ("region", "category")
GRANULARITIES = {"day": 1, "week": 7, "month": MONTH_DAYS}
ENDS = tuple(f"{end}_{confidence:.0%}".removesuffix("%") for confidence in CONFIDENCES for end in ("low", "high"))
"""Columns of a band: ``low_80``, ``high_80``, ``low_95``, ``high_95``."""


def forecast_fit(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    calendar: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    tell: Tell,
    sums: Sums = (),
    metric: str = "revenue",
    horizon_days: int = 28,
) -> Run:
    """What comes next: the days after the last complete one, of the members in the filters.

    Parameters
    ----------
    daily : ``daily_activity`` of the filters.
    calendar : ``known_events``; those to come are used as far as they are written down.
    metric : revenue or orders.
    horizon_days : how many days ahead, 7 to 180.

    Returns
    -------
    Tables ``forecast`` (a row per day and scope; for all, what the naive method says, too), ``sums`` (a row per
    scope), ``buckets`` (weeks and months of all), ``history``, ``leaderboard``, ``granularity``, ``split``,
    ``month_ago`` and ``events``; those that the history is too short for are empty.

    Raises
    ------
    ValueError : another metric or horizon.
    NotEnoughData : fewer than two weeks, or hardly any orders.
    """
    if not HORIZONS[0] <= horizon_days <= HORIZONS[-1]:
        raise ValueError(f"horizon_days: expected {HORIZONS[0]} to {HORIZONS[-1]}, got {horizon_days}")
    if filters.members and not daily["orders"].sum():
        raise NotEnoughData(f"There are no orders of {filters.kept()}: take one of these filters away.")
    history = daily_history(daily, shop, metric, SHORTEST)
    known = daily.loc[history.days]
    if known["orders"].sum() < FEWEST_ORDERS:
        raise NotEnoughData(
            f"{known['orders'].sum():,.0f} orders are in view: a forecast rests on at least {FEWEST_ORDERS}."
            + (" Take a filter away." if filters.members else "")
        )
    try:
        tried = backtest(history, calendar, horizon_days, tell=lambda share, doing: tell(0.7 * share, doing))
    except NotEnoughData as short:
        return _untried(history, calendar, horizon_days, str(short))
    tell(0.72, "forecasting with the best method")
    method = tried.best()
    of_all = expected(method, history, calendar, horizon_days)
    noise = order_noise(known, metric)
    rows, total = _scope(history, calendar, of_all, tried.errors[method], tried.expected[method], noise, "", "")
    rows["naive"] = expected(NAIVE, history, calendar, horizon_days)
    scopes, totals, ways = [rows], [total], {}
    for dimension in SPLIT_BY:
        parts = _parts(orders, filters, dimension, history, shop, sums, metric)
        if parts.shape[1] < 2:
            continue
        spread = origins(len(history.values), horizon_days)
        own = member_forecasts(parts, history, calendar, of_all, tried.expected[method], spread, _after(tell, 0.75))
        ways[dimension] = {"way": own.way, "wapes": own.wapes}
        for found in _member_scopes(history, calendar, own, noise, dimension, parts):
            scopes.append(found[0])
            totals.append(found[1])
    tell(0.9, "holding it against what came")
    split, split_scores = _split(history, calendar, method)
    tell(0.95, "asking what a month ago would have been said")
    ago, ago_facts = _month_ago(history, calendar, tried, known, horizon_days)
    facts = _facts(history, calendar, shop, horizon_days, method, tried) | {
        "ways": ways,
        "split": split_scores,
        "ago": ago_facts,
    }
    tables = {
        "forecast": pd.concat(scopes, ignore_index=True),
        "sums": pd.DataFrame(totals),
        "buckets": _buckets(history, of_all, tried.errors[method], tried.expected[method], noise, shop),
        "history": _history(history),
        "leaderboard": _leaderboard(tried, history.below_nothing),
        "granularity": _granularity(tried, method, known, metric),
        "split": split,
        "month_ago": ago,
        "events": event_effects(history, calendar, of_all),
    }
    return Run(facts | _for_the_desk(facts, tables, known), tables)


FORECAST = Model("forecast", "Revenue forecast", 7, forecast_fit, Filters.without_period, kept=("forecast",))
"""The forecast, by filters, metric and horizon."""


def _after(tell: Tell, share: float) -> Tell:
    return lambda own, doing: tell(share + 0.15 * own, doing)


def _untried(history: History, calendar: pd.DataFrame, horizon: int, why: str) -> Run:
    """The simplest thing, without a band, where nothing can be tried on the past."""
    of_all = expected(NAIVE, history, calendar, horizon)
    days = {"dimension": "", "member": "", "day": history.next_days(horizon), "expected": of_all}
    rows = pd.DataFrame(days | {"naive": of_all} | dict.fromkeys(ENDS, np.nan))
    total = _total(history, of_all, "", "", history.values) | dict.fromkeys(ENDS, np.nan)
    facts = _facts(history, calendar, None, horizon, NAIVE, None) | {
        "untried": why,
        "ways": {},
        "split": None,
        "ago": None,
    }
    tables = {"forecast": rows, "sums": pd.DataFrame([total]), "history": _history(history)}
    empty = ("buckets", "leaderboard", "granularity", "split", "month_ago", "events")
    tables |= {name: pd.DataFrame({"day": pd.to_datetime([])}) for name in empty}
    return Run(facts | {"card": None, "headline_score": None}, tables)


def _scope(
    history: History,
    calendar: pd.DataFrame,
    of_all: np.ndarray,
    errors: np.ndarray,
    levels: np.ndarray,
    noise: float,
    dimension: str,
    member: str,
    values: np.ndarray | None = None,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """The days of the shop as a whole, or of a member, with their bands; and their sum with its own."""
    named, days = {"dimension": dimension, "member": member}, history.next_days(len(of_all))
    rows, shut = pd.DataFrame(named | {"day": days, "expected": of_all}), history.shut(days, calendar)
    values = history.values if values is None else values
    total, signed = _total(history, of_all, dimension, member, values), history.below_nothing or falls_below(values)
    for confidence in CONFIDENCES:
        low, high = ENDS[2 * CONFIDENCES.index(confidence) :][:2]
        ends = band(of_all, errors, levels, confidence, signed)
        rows[low], rows[high] = (np.where(shut, 0.0, end) for end in ends)
        of_sum = (float(of_all.sum()), len(of_all), errors, levels, noise, confidence, signed)
        total[low], total[high] = sum_band(*of_sum)
    return rows, total


def _total(history: History, of_all: np.ndarray, dimension: str, member: str, values: np.ndarray) -> dict[str, object]:
    """The sum expected; what as many days before brought, and the same days 52 weeks earlier, where they are there."""
    horizon, n = len(of_all), len(values)
    before = float(values[-horizon:].sum()) if n >= horizon else None
    last_year = float(values[n - 364 : n - 364 + horizon].sum()) if n >= 364 >= horizon else None
    named = {"dimension": dimension, "member": member, "expected": float(of_all.sum())}
    return named | {"before": before, "last_year": last_year}


def _member_scopes(
    history: History,
    calendar: pd.DataFrame,
    own: MemberForecasts,
    noise: float,
    dimension: str,
    parts: pd.DataFrame,
) -> list[tuple[pd.DataFrame, dict[str, object]]]:
    found = []
    for place, member in enumerate(own.members):
        errors, levels = own.errors[:, :, place], own.levels[:, :, place]
        values = parts[member].to_numpy()
        of_member = own.expected[:, place]
        found.append(_scope(history, calendar, of_member, errors, levels, noise, dimension, str(member), values))
    return found


def _parts(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    dimension: str,
    history: History,
    shop: Shop,
    sums: Sums,
    metric: str,
) -> pd.DataFrame:
    """A row per day of the history, a column per member, the largest first; none where the shop has no such members."""
    if dimension not in shop.members:
        return pd.DataFrame(index=history.days)
    rows = summed(orders, sums, {dimension, *filters.members})
    asked = {"dimension": dimension, "part": METRICS[metric].numerator}
    counted = collected_within(_by_day_and_member, rows, filters, {}, **asked)
    counted["date"] = pd.to_datetime(counted["date"])
    wide = counted.pivot_table(index="date", columns="member", values="value", aggfunc="sum", fill_value=0.0)
    return gathered(wide.reindex(history.days, fill_value=0.0).astype("float64"))


def _by_day_and_member(rows: ir.Table, periods: dict[str, Period], dimension: str, part: str) -> ir.Table:
    by = rows.group_by(rows.date, member=rows[dimension].cast("string"))
    return by.agg(value=added_up(rows, part).cast("float64"))


def _buckets(
    history: History, of_all: np.ndarray, errors: np.ndarray, levels: np.ndarray, noise: float, shop: Shop
) -> pd.DataFrame:
    """Weeks and months that hold days ahead: what is known of them, what is expected, and the band of both."""
    ahead, found = history.next_days(len(of_all)), []
    for granularity in ("week", "month"):
        starts = np.array([bucket_start(day.date(), granularity, shop.week_start) for day in ahead])
        for start in dict.fromkeys(starts):
            inside = starts == start
            known = (history.days >= pd.Timestamp(start)) & (history.days < ahead[0])
            rest, so_far = float(of_all[inside].sum()), float(history.values[known].sum())
            end = bucket_end(start, granularity)
            row = {"granularity": granularity, "start": pd.Timestamp(start), "end": pd.Timestamp(end)}
            row |= {"so_far": so_far, "expected": so_far + rest, "days_ahead": int(inside.sum())}
            row["complete"] = pd.Timestamp(end) <= ahead[-1] and pd.Timestamp(start) >= history.days[0]
            for confidence in CONFIDENCES:
                signed = history.below_nothing
                low, high = sum_band(rest, int(inside.sum()), errors, levels, noise, confidence, signed)
                ends = ENDS[2 * CONFIDENCES.index(confidence) :][:2]
                row |= dict(zip(ends, (so_far + low, so_far + high), strict=True))
            found.append(row)
    return pd.DataFrame(found)


def _history(history: History) -> pd.DataFrame:
    calmed = history.calmed().values
    moved = (calmed != history.values) & ~history.idle
    return pd.DataFrame({"day": history.days, "value": history.values, "far_out": moved, "idle": history.idle})


def _leaderboard(tried: Backtest, signed: bool) -> pd.DataFrame:
    """The scores, the best first, with how many of the past days lay inside the band of each method."""
    scores = tried.scores().reset_index()
    for confidence in CONFIDENCES:
        held = [coverage(tried.errors[m], tried.expected[m], confidence, signed) for m in scores["method"]]
        scores[f"coverage_{confidence:.0%}".removesuffix("%")] = held
    return scores


def _granularity(tried: Backtest, method: str, known: pd.DataFrame, key: str) -> pd.DataFrame:
    """The error of days, weeks and four weeks, beside the naive one's and what chance alone makes."""
    horizon, rows = tried.actual.shape[1], []
    spans = [known.loc[first + pd.Timedelta(days=1) :].iloc[:horizon] for first in tried.origins]
    for granularity, days in GRANULARITIES.items():
        if days > horizon:
            continue
        size = np.abs(sums_of_days(tried.actual, days)).sum()
        wapes = [np.abs(sums_of_days(tried.errors[m], days)).sum() / size if size else np.nan for m in (method, NAIVE)]
        whole = [span.iloc[: horizon // days * days] for span in spans]
        row = {"granularity": granularity, "days": days, "wape": wapes[0], "naive": wapes[1]}
        row |= {"floor": noise_floor(pd.concat(whole), key, days), "tried": int(sums_of_days(tried.actual, days).size)}
        rows.append(row)
    return pd.DataFrame(rows)


def _split(history: History, calendar: pd.DataFrame, method: str) -> tuple[pd.DataFrame, dict[str, object]]:
    """ARIMA(5,1,2) of the first four fifths of the days, against the last, beside the naive and the chosen method."""
    train = int(TRAIN_SHARE * len(history.values))
    past, actual = history.up_to(train), history.values[train:]
    names = dict.fromkeys((ARIMA, NAIVE, method))
    told = {n: METHODS[n](past, calendar, len(actual)) for n in (ARIMA, NAIVE)}
    told |= {n: expected(n, past, calendar, len(actual)) for n in names if n not in told}
    size = float(np.abs(actual).sum())
    scale = float(np.mean(np.abs(past.values[7:] - past.values[:-7])))
    scores = []
    for name in names:
        off = np.abs(actual - told[name])
        wape = float(off.sum()) / size if size else None
        score = {"method": name, "mae": float(off.mean()), "rmse": float(np.sqrt(np.mean(off**2))), "wape": wape}
        score |= {"mase": float(off.mean()) / scale if scale else None, "accuracy": None if wape is None else 1 - wape}
        scores.append(score)
    rows = pd.DataFrame({"day": history.days[train:], "actual": actual} | {n: told[n] for n in names})
    return rows, {"train": train, "test": len(actual), "scores": scores}


def _month_ago(
    history: History, calendar: pd.DataFrame, tried: Backtest, known: pd.DataFrame, horizon: int
) -> tuple[pd.DataFrame, dict[str, object] | None]:
    """What the same choice of method would have said four weeks ago, by what was known then, and what came."""
    then = history.up_to(len(history.values) - MONTH_DAYS)
    past, days = tried.until(then.days[-1]), min(horizon, MONTH_DAYS)
    if len(past.origins) < 3:
        return pd.DataFrame({"day": pd.to_datetime([])}), None
    method = past.best()
    of_all = expected(method, then, calendar, days)
    errors, levels = past.errors[method][:, :days], past.expected[method][:, :days]
    noise = order_noise(known.loc[: then.days[-1]], history.key)
    rows, total = _scope(then, calendar, of_all, errors, levels, noise, "", "")
    actual = history.values[len(then.values) :][:days]
    facts = {"method": method, "made_on": then.days[-1].date().isoformat(), "days": days, "actual": float(actual.sum())}
    facts |= {name: total[name] for name in ("expected", *ENDS)}
    facts["inside_80"] = int(((actual >= rows["low_80"]) & (actual <= rows["high_80"])).sum())
    return rows.assign(actual=actual), facts


def _facts(
    history: History, calendar: pd.DataFrame, shop: Shop | None, horizon: int, method: str, tried: Backtest | None
) -> dict[str, object]:
    ahead = history.next_days(horizon)
    shut = history.shut(ahead, calendar) & ~history.closed[ahead.dayofweek]
    found = {
        "metric": history.key,
        "horizon_days": horizon,
        "method": method,
        "naive": NAIVE,
        "days": len(history.values),
        "first_day": history.days[0].date().isoformat(),
        "last_day": history.days[-1].date().isoformat(),
        "closed_weekdays": np.flatnonzero(history.closed).tolist(),
        "far_out": [day.date().isoformat() for day in history.far_out],
        "idle_days": int(history.idle.sum()),
        "shut_ahead": [day.date().isoformat() for day in ahead[shut]],
        "partial_day": shop.last_day.isoformat() if shop and shop.last_day > shop.today else None,
        "untried": "",
        "origins": 0,
    }
    if tried is not None:
        scores = tried.scores()
        found |= {"origins": len(tried.origins), "first_origin": tried.origins[0].date().isoformat()}
        found["criterion"] = tried.criterion
        found["held_80"] = _held(tried.errors[method], tried.expected[method], history.below_nothing)
        found |= {"wape": _number(scores.at[method, "wape"]), "naive_wape": _number(scores.at[NAIVE, "wape"])}
        second = next((name for name in scores.index if name not in (method, NAIVE)), None)
        found |= {"second": second, "second_wape": _number(scores.at[second, "wape"]) if second else None}
    return found


def _held(errors: np.ndarray, levels: np.ndarray, signed: bool) -> dict[str, object]:
    """How many past days lay inside the 80 % band, and whether that is farther from it than chance explains.

    Days that follow each other are not independent, and neither are those of one origin.
    """
    inside = days_inside(errors, levels, CONFIDENCES[0], signed).astype("float64")
    by_chance = np.sqrt(CONFIDENCES[0] * (1 - CONFIDENCES[0]) / inside.size)
    by_origin = float(inside.mean(axis=1).std(ddof=1)) / np.sqrt(len(inside))
    apart = abs(inside.mean() - CONFIDENCES[0])
    surely = apart > max(WORTH_TELLING, SURE * max(by_chance, by_origin, standard_error(inside.ravel())))
    return {"share": float(inside.mean()), "days": inside.size, "off": bool(surely)}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def band_said(facts: dict) -> str:
    """That the 80 % band did not hold what it promises, where that is no chance."""
    held = facts.get("held_80")
    if not held or not held["off"]:
        return ""
    how = "less" if held["share"] < CONFIDENCES[0] else "more"
    return (
        f"The 80 % band holds {how} than it promises: {percent(held['share'], 0)} of the {held['days']:,} past days "
        "tried lay inside it, which chance does not explain."
    )


def _for_the_desk(facts: dict, tables: dict[str, pd.DataFrame], known: pd.DataFrame) -> dict[str, object]:
    """What a model card tells, and the score by which the model is watched."""
    board = tables["leaderboard"].set_index("method").loc[facts["method"]]
    name = METRICS[facts["metric"]].name.lower()
    scores = [
        {"name": f"WAPE by {row['granularity']}", "value": _number(row["wape"]), "low": None, "high": None}
        | {"baseline": _number(row["naive"]), "unit": "share"}
        for row in tables["granularity"].to_dict("records")
    ]
    span = f"{day_label(pd.Timestamp(facts['first_day']))} to {day_label(pd.Timestamp(facts['last_day']))}"
    parts = ", ".join(TOGETHER.get(facts["method"], ()))
    card = {
        "data": f"{facts['days']:,} days from {span} with {known['orders'].sum():,.0f} orders.",
        "target": f"The shop's {name} on each of the next {facts['horizon_days']} days.",
        "features": ["level", "weekday", "season of the year", "holidays and promotions, known beforehand"],
        "split": (
            f"By time: {facts['origins']} days in the past from {day_label(pd.Timestamp(facts['first_origin']))} on, "
            f"each with what was known then, {facts['horizon_days']} days ahead."
        ),
        "scores": scores,
        "calibration": (
            f"{board['coverage_80']:.0%} of past days lay inside the 80 % band and {board['coverage_95']:.0%} inside "
            "the 95 % band that the other days in the past give."
        ),
        "limits": [
            f"Method: {facts['method']}{f' ({parts})' if facts['method'] == MEAN and parts else ''}.",
            "What nobody knows beforehand (an outage, a price or budget yet to be changed) is in the band alone.",
            "A season of the year rests on no more years than there are.",
            *filter(None, [band_said(facts)]),
        ],
    }
    score = {"name": "WAPE by day", "value": facts["wape"], "baseline": facts["naive_wape"], "better": "down"}
    return {"card": card, "headline_score": score}
