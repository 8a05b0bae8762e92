"""The sentence on top: how satisfied customers were, what moves it most, and what a day less is worth."""

import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import FALSE_DISCOVERIES
from analytics.descriptive.headline import Headline
from analytics.descriptive.kpis import Kpis
from analytics.diagnostic.drivers import Drivers, one_day, points, ranged, score_drivers
from analytics.diagnostic.score_model import SATISFIED, ScoreModel
from analytics.diagnostic.scored_orders import NO_SCORES
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import metric
from analytics.periods import by_calendar
from analytics.shop import Shop


def need_scores_or_days(shop: Shop) -> None:
    """Say what to add where a shop knows neither how satisfied customers are nor how long delivery takes.

    Raises
    ------
    NotEnoughData : no order has a score or delivery days.
    """
    if not {"satisfaction_score", "delivery_days"} & shop.has:
        raise NotEnoughData(
            "This shop's orders carry neither scores nor delivery days, so nothing can be said of either: import a "
            "file that has a score (1 to 5) or the days from order to delivery, and map the columns on the Data page."
        )


def satisfaction_level(kpis: Kpis, filters: Filters) -> Headline:
    """What satisfaction was, and how it moved against the comparison.

    Parameters
    ----------
    kpis : of the same filters.

    Raises
    ------
    NotEnoughData : no order of the shop, or none in view, has a score.
    """
    if "satisfaction" not in kpis.figures.index:
        raise NotEnoughData(NO_SCORES)
    if np.isnan(kpis.figures.at["satisfaction", "value"]):
        raise NotEnoughData(
            f"None of the {kpis.rows:,} orders in view was scored: choose a longer period or fewer filters."
        )
    return Headline(f"{_level(kpis, filters)}.", "")


def satisfaction_driver(score_model: ScoreModel) -> Headline:
    """What moves satisfaction most, and what one day less would be worth.

    Parameters
    ----------
    score_model : of the filters in force.
    """
    return Headline(f"{_driver(score_model)}{_day_less(score_model)}", "")


def _level(kpis: Kpis, filters: Filters) -> str:
    row, measured = kpis.figures.loc["satisfaction"], metric("satisfaction")
    said = f"Satisfaction was **{measured.format(row['value'], '')}** of 5"
    told = [n for n in ("previous", "last_year") if n in kpis.periods and not np.isnan(row["value"] - row[n])]
    if not told:
        return said
    change, noise = row["value"] - row[told[0]], row[f"noise_{told[0]}"]
    moved = f"{points(change)} on {_against(told[0], filters)}"
    chance = f"chance: ± {noise:.2f}"
    if abs(change) > noise:
        return f"{said}, **{moved}** ({chance})"
    return f"{said}, {moved}, which chance alone does ({chance})"


def _against(name: str, filters: Filters) -> str:
    days = filters.period.days
    if name == "previous":
        return "the day before" if days == 1 else f"the {days} days before"
    return "the same dates last year" if by_calendar(filters.period) else "the same weekdays 52 weeks earlier"


def _driver(model: ScoreModel) -> str:
    drivers = score_drivers(model)
    strongest = drivers.factors.iloc[0]
    if strongest["by_chance"] > FALSE_DISCOVERIES:
        return "Nothing recorded here moves it beyond chance."
    row = _largest(drivers, strongest["factor"])
    told = ranged(row["score"], row["score_low"], row["score_high"], " points")
    if row["level"] == "one day later":
        return f"What moves it most is **delivery**: each day later {told}."
    level, reference = formats.plain(row["level"]), formats.plain(row["reference"])
    return f"What moves it most is **{strongest['factor'].lower()}**: {level} against {reference} {told}."


def _largest(drivers: Drivers, factor: str) -> pd.Series:
    rows = drivers.effects[drivers.effects["factor"] == factor]
    return rows.loc[rows["score"].abs().idxmax()]


def _day_less(model: ScoreModel) -> str:
    told = one_day(model, "score", -1.0)
    if told is None:
        return ""
    said = f" One day less on every order would go with {ranged(*told, ' points')}"
    good = one_day(model, "good", -1.0)
    if good is not None:
        said += f" and {ranged(*(100 * value for value in good), ' pp', 1)} in the share of {SATISFIED}"
    return f"{said}."
