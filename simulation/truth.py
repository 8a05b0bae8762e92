"""What really was: parameters, expected orders and revenue by day, and the true state of every customer."""

from dataclasses import asdict
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute  # noqa: F401

from simulation import lines, market, orders, population
from simulation.expectation import Expectation, expectation, expected_without_incidents
from simulation.process import Clock
from simulation.seasons import TREND_A_YEAR
from simulation.settings import Incident
from simulation.tables import CAMPAIGN, customer_ids, day_column, named, people_by_number
from simulation.trade import Trade


def truth_customers(trade: Trade, numbers: np.ndarray) -> pa.Table:
    """One row per customer: own buying rate, when they joined and left, and whether the offer reached them.

    ``rate`` is expected orders per day of calendar factor 1 while there. ``joined_on`` is missing for those there
    from before the first day; ``departed_on`` is the day of the order after which the customer never came back.
    """
    came = people_by_number(numbers)
    lives, people, start = trade.lives, trade.people, trade.process.settings.start
    left = np.isin(lives.ending[came], (orders.LEFT, orders.LEFT_WITH_GROUP))
    joined, ended = (_days_at(trade, came, at) for at in (lives.joined, lives.ended))
    why = np.where(left, lives.ending[came] - orders.LEFT, -1).astype(np.int8)
    return pa.table(
        {
            "customer_id": customer_ids(numbers),
            "rate": pa.array(people.rate[came] * trade.scale * trade.kept_share),
            "joined_on": _where(people.joins[came], day_column(joined, start)),
            "departed": pa.array(left),
            "departed_on": _where(left, day_column(ended, start)),
            "departure": named(why, ("after an order", "with its group")),
            "offered": pa.array(lives.lift[came] > 0),
        }
    )


def _days_at(trade: Trade, who: np.ndarray, at: np.ndarray) -> np.ndarray:
    return Clock(trade.process).read(trade.people.curve[who].astype(np.int64), at[who])[0]


def _where(holds: np.ndarray, column: pa.Array) -> pa.Array:
    return pa.compute.if_else(pa.array(holds), column, pa.scalar(None, column.type))


def ground_truth(trade: Trade) -> dict:
    """Everything that an analysis of this shop may be checked against."""
    process, before = trade.process, expected_without_incidents(trade)
    expected = expectation(process, before, process.incidents)
    untouched = expectation(process, before, ())
    return {
        "shop": _shop(trade, expected),
        "settings": _settings(trade),
        "process": _parameters(trade),
        "incidents": [_incident(trade, before, expected, incident) for incident in process.incidents],
        "campaign": _campaign(trade) if process.settings.campaign else None,
        "daily": _daily(trade, expected, untouched),
    }


def _shop(trade: Trade, expected: Expectation) -> dict:
    revenue = expected.by("category", "revenue")
    cost = revenue * market.COST_SHARE[:, None] / trade.process.calendar.price_index
    return {
        "shop_name": "Demo shop",
        "currency": "INR",
        "time_zone": "Asia/Kolkata",
        "week_start": "monday",
        "gross_margin": round(float(1 - cost.sum() / revenue.sum()), 2),
        "churn_days": 90,
    }


def _settings(trade: Trade) -> dict:
    settings = trade.process.settings
    facts = asdict(settings) | {
        "customers": settings.customer_count,
        "start": settings.start,
        "days": trade.process.days,
    }
    del facts["incidents"]
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in facts.items()}


def _parameters(trade: Trade) -> dict:
    process = trade.process
    return {
        "trend_a_year": TREND_A_YEAR if process.settings.trend else 0.0,
        "elasticity": _members("category", market.ELASTICITY),
        "media": {name: asdict(media) for name, media in market.MEDIA.items()} if process.settings.media else None,
        "delivery": {
            "region_mean": _members("region", market.REGION_DELIVERY + 1),
            "monsoon_extra": _members("region", market.MONSOON_DELIVERY),
            "extra_per_load": market.LOAD_DELIVERY,
        },
        "satisfaction": {
            "cuts_from_2": market.SCORE_CUTS.tolist(),
            "log_odds_per_delivery_day": -market.DELIVERY_SLOPE,
            "reference_delivery_days": 4,
            "store_counts_as_days": market.STORE_COUNTS_AS_DAYS,
            "category": _members("category", market.CATEGORY_LIKING),
            "answer_share": market.ANSWER_SHARE,
        },
        "leaving": {
            "hazard_per_order": process.mix.hazard,
            "segment_ratio": _members("segment", market.SEGMENT_HAZARD),
            "first_order_ratio": market.FIRST_ORDER_HAZARD,
            "late_from_days": market.LATE_DELIVERY_DAYS,
            "late_ratio": market.LATE_HAZARD,
            "low_score_up_to": market.LOW_SCORE,
            "low_score_ratio": market.LOW_SCORE_HAZARD,
        },
        "buying_rate": {"gamma_shape": market.RATE_SHAPE, "segment_ratio": _members("segment", market.SEGMENT_RATE)},
        "joiner_share": population.JOINER_SHARE,
        "order_value": {
            "median": _members("category", market.TYPICAL_ORDER),
            "segment_ratio": _members("segment", market.SEGMENT_VALUE),
            "sigma": market.VALUE_SIGMA,
            "mean": {s: _members("category", row) for s, row in _value_rows()},
        },
        "cost_share_of_first_price": _members("category", market.COST_SHARE),
        "kept_share_of_repeat_orders": trade.kept_share,
    }


def _value_rows():
    return zip(market.SEGMENTS, lines.expected_order_values(), strict=True)


def _members(dimension: str, values: np.ndarray) -> dict[str, float]:
    return dict(zip(market.MEMBERS[dimension], np.asarray(values).round(6).tolist(), strict=True))


def _incident(trade: Trade, before: np.ndarray, expected: Expectation, incident: Incident) -> dict:
    facts = {
        key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in asdict(incident).items()
    }
    if incident.mechanism not in ("demand", "order value"):
        return facts
    others = tuple(other for other in trade.process.incidents if other is not incident)
    without = expectation(trade.process, before, others)
    changes = {name: float((getattr(expected, name) - getattr(without, name)).sum()) for name in ("orders", "revenue")}
    return facts | {f"expected_change_of_{name}": round(change, 2) for name, change in changes.items()}


def _campaign(trade: Trade) -> dict:
    """The lift in buying rate, and what it means per customer contacted: orders, and the chance of at least one."""
    process, people, lives = trade.process, trade.people, trade.lives
    first, last = process.campaign_days
    start, end = (process.passed[people.curve, day] for day in (first, last))
    contacted = people.contacted & (lives.first_order_day >= 0) & (lives.first_order_day < first)
    usual = people.rate * trade.scale * trade.kept_share * (end - start) * (lives.ended > start)
    lifted = usual * (1 + market.CAMPAIGN_LIFT[people.segment])
    by_segment = [contacted & (people.segment == code) for code in range(len(market.SEGMENTS))]
    buys = np.exp(-usual) - np.exp(-lifted)
    return {
        "campaign": CAMPAIGN,
        "start": (process.settings.start + timedelta(days=first)).isoformat(),
        "days": last - first,
        "treated_share": population.TREATED_SHARE,
        "lift_of_buying_rate": _members("segment", market.CAMPAIGN_LIFT),
        "lift_of_chance_to_buy": _members("segment", np.array([_mean(buys[who]) for who in by_segment])),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _daily(trade: Trade, expected: Expectation, untouched: Expectation) -> dict:
    """One entry per day. Given who is there, orders of a day are Poisson around the expected ones."""
    calendar = trade.process.calendar
    measures = {}
    for measure in ("orders", "revenue"):
        total = getattr(expected, measure).sum(axis=(0, 1, 2))
        by = {name: _series(name, expected.by(name, measure)) for name in ("region", "category", "segment")}
        measures[f"expected_{measure}"] = {"total": _rounded(total), **by}
    with np.errstate(invalid="ignore"):
        incident = expected.orders.sum(axis=(0, 1, 2)) / untouched.orders.sum(axis=(0, 1, 2))
    factors = {name: getattr(calendar, name) for name in ("trend", "weekly", "yearly", "holiday", "promotion")}
    return {
        "date": [str(day) for day in np.datetime64(calendar.start, "D") + np.arange(trade.process.days)],
        **measures,
        "factors": {name: _rounded(series) for name, series in factors.items()} | {"incident": _rounded(incident)},
        "regional_factor": _series("region", calendar.regional),
        "category_season": _series("category", calendar.category_season),
        "price_index": _series("category", calendar.price_index),
        "media_factor": _series("channel", calendar.media),
        "expected_delivery_days": _series("region", 1 + calendar.delivery_mean),
    }


def _series(dimension: str, rows: np.ndarray) -> dict[str, list[float]]:
    return {member: _rounded(row) for member, row in zip(market.MEMBERS[dimension], rows, strict=True)}


def _rounded(series: np.ndarray) -> list[float]:
    return np.round(series, 5).tolist()
