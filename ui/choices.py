"""The choices that cards share, each bound to the URL."""

from functools import lru_cache

import streamlit as st

from analytics.descriptive.breakdowns import SORTED_BY
from analytics.descriptive.buckets import MEAN_WINDOWS
from analytics.descriptive.trends import MEAN_DAYS
from analytics.filters import COMPARED_WITH, Filters
from analytics.metrics import METRICS
from analytics.periods import GRANULARITIES, fitting_granularity
from analytics.shop import DIMENSIONS, Shop
from ui import budget_choices, resource_choices, retention_choices
from ui.addresses import FIRST_METRIC, first_dimension
from ui.alert_choices import known_alert_choices
from ui.board_choices import known_board_choices
from ui.bound import one_of_few, one_of_many
from ui.cause_choices import known_cause_choices
from ui.churn_choices import known_churn_choices
from ui.customer_choices import known_customer_choices
from ui.drill_choices import known_drill_choices
from ui.forecast_choices import known_forecast_choices
from ui.group_choices import known_group_choices
from ui.move_choices import known_move_choices
from ui.open_scenarios import known_plan_choices
from ui.resource_choices import known_resource_choices
from ui.retention_choices import known_retention_choices
from ui.risk_choices import known_risk_choices
from ui.satisfaction_choices import known_satisfaction_choices
from ui.unusual_choices import known_unusual_choices
from ui.value_choices import known_value_choices

DISTRIBUTIONS = {"Scores": "satisfaction_score", "Delivery": "delivery_days", "Payment": "payment_method"}
"""What can be shown, and the column it needs."""
AUTO = "auto"
WHOLE_SHOP = "Whole shop"
COMPARISON = "Comparison"
TREND_VIEWS = {"lines": "Lines", "panels": "Panels", "shares": "Shares"}
MEANS = {days: f"{days}-day mean" if days else "No mean" for days in MEAN_WINDOWS}
"""Name in the code → name on screen and in the URL."""
SEVERAL_AT_ONCE = ("overlay", "levels", "a", "b")
"""Parameters of which an address may hold several values."""


KNOWN_NUMBERS = budget_choices.KNOWN_NUMBERS | resource_choices.KNOWN_NUMBERS | retention_choices.KNOWN_NUMBERS
"""Between which values (None: without end) the address can ask for a number of a page, by parameter."""


@lru_cache(maxsize=8)
def known_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the cards, by parameter; worked out once for a shop, and not to be changed."""
    return (
        {
            "metric": [m.name for m in shop.metrics()],
            "by": [g.capitalize() for g in (AUTO, *GRANULARITIES)],
            "per": list(shop.dimensions().values()),
            "spread": _distributions(shop),
            "split": [WHOLE_SHOP, *map(_split_name, shop.dimensions())],
            "drawn": list(TREND_VIEWS.values()),
            "mean": list(MEANS.values()),
            "overlay": [COMPARISON, ""],
            "ranked": [order.capitalize() for order in SORTED_BY],
        }
        | known_customer_choices(shop)
        | known_alert_choices(shop)
        | known_cause_choices()
        | known_drill_choices(shop)
        | known_satisfaction_choices(shop)
        | known_churn_choices(shop)
        | known_risk_choices()
        | known_plan_choices()
        | known_resource_choices()
        | known_unusual_choices(shop)
        | known_group_choices(shop)
        | known_forecast_choices(shop)
        | known_value_choices(shop)
        | known_move_choices()
        | known_retention_choices()
        | known_board_choices()
    )


def choose_metric(shop: Shop) -> str:
    """The metric that all charts of the page show."""
    keys = [m.key for m in shop.metrics()]
    chosen = st.pills(
        "Show", keys, default=FIRST_METRIC, format_func=lambda k: METRICS[k].name, key="metric", bind="query-params",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    return chosen or FIRST_METRIC


def choose_split(shop: Shop) -> str | None:
    """The dimension whose members the trend tells apart; None for the shop as a whole."""
    options = [None, *shop.dimensions()]
    return one_of_many("Split by", options, "split", lambda d: WHOLE_SHOP if d is None else _split_name(d), width=150)


def choose_trend_view() -> str:
    """How members are drawn: lines in one plot, a panel for each, or their shares of the total."""
    return one_of_few("Drawn as", list(TREND_VIEWS), "drawn", TREND_VIEWS.get)


def choose_mean_and_overlay(granularity: str) -> tuple[int, bool]:
    """What is drawn besides the values, folded away: seldom changed, and its controls are made once unfolded."""
    with st.popover("", icon=":material/tune:", type="tertiary", help="Moving mean and comparison", key="besides"):
        return choose_mean(granularity), choose_overlay()


def choose_mean(granularity: str) -> int:
    """Days that the moving mean spans, 0 for none; of weeks and longer there is none to choose."""
    is_fixed = granularity != "day"
    chosen = one_of_many("Moving mean", list(MEANS), "mean", MEANS.get, default=MEAN_DAYS, width=140, disabled=is_fixed)
    return chosen if chosen in MEANS else MEAN_DAYS


def choose_overlay() -> bool:
    """Whether the comparison is drawn under the lines."""
    return COMPARISON in st.pills(
        "Overlay",
        [COMPARISON],
        default=[COMPARISON],
        selection_mode="multi",
        key="overlay",
        bind="query-params",
        label_visibility="collapsed",
    )


def choose_sort() -> str:
    """Whether bars stand by value or by the size of their change."""
    return one_of_few("Sort", list(SORTED_BY), "ranked", str.capitalize)


def choose_granularity(filters: Filters) -> str:
    """Day, week, month or quarter; by itself the finest that stays readable over the period."""
    chosen = one_of_few("Granularity", [AUTO, *GRANULARITIES], "by", str.capitalize)
    return fitting_granularity(filters.period) if chosen == AUTO else chosen


def choose_dimension(shop: Shop) -> str:
    """The dimension to break down by."""
    offered = shop.dimensions()
    default = first_dimension(shop)
    if not offered:
        return default
    return one_of_many("Break down by", list(offered), "per", offered.get, default=default, width=128)


def choose_dimension_and_sort(shop: Shop) -> tuple[str, str]:
    """The dimension to break down by, and the order of its members."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        return choose_dimension(shop), choose_sort()


def crossed_dimensions(shop: Shop) -> tuple[str, str]:
    """The two dimensions of the table: region × segment, or what this shop has instead."""
    offered = ["region", "segment", *shop.dimensions()]
    first, second, *_ = dict.fromkeys(d for d in offered if d in shop.members) | dict.fromkeys(("region", "segment"))
    return first, second


def against(reference: str | None) -> str:
    """What a change is held against, in words."""
    return f"against {COMPARED_WITH[reference]}" if reference else "not compared"


def choose_distribution(shop: Shop) -> str:
    """Which distribution the last card shows; only the chosen one is computed and drawn."""
    offered = _distributions(shop)
    if not offered:
        return next(iter(DISTRIBUTIONS))
    return one_of_few("Distribution of", offered, "spread")


def _distributions(shop: Shop) -> list[str]:
    return [name for name, column in DISTRIBUTIONS.items() if column in shop.has or column in shop.members]


def _split_name(dimension: str) -> str:
    return f"By {DIMENSIONS[dimension].lower()}"
