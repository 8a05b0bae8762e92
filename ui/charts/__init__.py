"""Tidy frames and records in, Plotly figures out. No Streamlit here: a notebook can draw the same charts."""

from ui.charts.alerts import rule_days
from ui.charts.bars import count_bars, member_bars
from ui.charts.budget import response_panels
from ui.charts.churn import (
    importance_whiskers,
    lift_bars,
    net_line,
    reason_steps,
    reliability_dots,
)
from ui.charts.contributions import contribution_bars
from ui.charts.customers import cohort_lines, concentration_curve, kind_bars, rfm_bars, timeline_stems
from ui.charts.delivery import again_dots, on_time_line, on_time_whiskers, spread_bars
from ui.charts.forecast import (
    error_bars,
    event_whiskers,
    forecast_lines,
    member_whiskers,
    month_ago_lines,
    split_lines,
)
from ui.charts.groups import group_dots, member_differences
from ui.charts.heatmaps import weekday_month_heatmap
from ui.charts.levels import level_bars
from ui.charts.lines import trend_lines
from ui.charts.members import member_lines, member_panels
from ui.charts.moments import moment_lines
from ui.charts.pairs import pair_whiskers
from ui.charts.prices import elasticity_whiskers, gain_line, price_spells, score_whiskers
from ui.charts.records import record_lines, said_and_seen
from ui.charts.resources import delivery_course, demand_whiskers, hour_bars, service_curve, stock_bars, weekday_bars
from ui.charts.retention import budget_curve, lift_whiskers, policy_whiskers
from ui.charts.satisfaction import (
    correlation_whiskers,
    day_cost_whiskers,
    dose_lines,
    effect_whiskers,
    limit_whiskers,
)
from ui.charts.survival import hazard_ratio_dots, lapse_line, return_lines
from ui.charts.unusual import correlation_matrix, unusual_course
from ui.charts.value import quadrant_map, value_decile_bars, value_group_bars, value_scatter
from ui.charts.waterfall import waterfall
from ui.charts.what_if import cash_curve, plans_beside, tornado_bars, worth_histogram

__all__ = [
    "again_dots",
    "cash_curve",
    "budget_curve",
    "cohort_lines",
    "concentration_curve",
    "contribution_bars",
    "correlation_matrix",
    "correlation_whiskers",
    "count_bars",
    "day_cost_whiskers",
    "delivery_course",
    "demand_whiskers",
    "dose_lines",
    "effect_whiskers",
    "elasticity_whiskers",
    "error_bars",
    "event_whiskers",
    "forecast_lines",
    "gain_line",
    "group_dots",
    "hazard_ratio_dots",
    "hour_bars",
    "importance_whiskers",
    "kind_bars",
    "lapse_line",
    "level_bars",
    "lift_bars",
    "lift_whiskers",
    "limit_whiskers",
    "member_bars",
    "member_differences",
    "member_lines",
    "member_panels",
    "member_whiskers",
    "moment_lines",
    "month_ago_lines",
    "net_line",
    "on_time_line",
    "on_time_whiskers",
    "pair_whiskers",
    "price_spells",
    "plans_beside",
    "policy_whiskers",
    "quadrant_map",
    "reason_steps",
    "record_lines",
    "response_panels",
    "reliability_dots",
    "return_lines",
    "rfm_bars",
    "rule_days",
    "said_and_seen",
    "score_whiskers",
    "service_curve",
    "split_lines",
    "spread_bars",
    "stock_bars",
    "timeline_stems",
    "tornado_bars",
    "trend_lines",
    "unusual_course",
    "value_decile_bars",
    "value_group_bars",
    "value_scatter",
    "waterfall",
    "weekday_bars",
    "weekday_month_heatmap",
    "worth_histogram",
]
