"""Tidy frames and records in, Plotly figures out. No Streamlit here: a notebook can draw the same charts."""

from ui.charts.alerts import rule_days
from ui.charts.bars import count_bars, member_bars
from ui.charts.contributions import contribution_bars
from ui.charts.customers import cohort_lines, concentration_curve, kind_bars, rfm_bars, timeline_stems
from ui.charts.heatmaps import weekday_month_heatmap
from ui.charts.levels import level_bars
from ui.charts.lines import trend_lines
from ui.charts.members import member_lines, member_panels
from ui.charts.moments import moment_lines
from ui.charts.waterfall import waterfall

__all__ = [
    "cohort_lines",
    "concentration_curve",
    "contribution_bars",
    "count_bars",
    "kind_bars",
    "level_bars",
    "member_bars",
    "member_lines",
    "member_panels",
    "moment_lines",
    "rfm_bars",
    "rule_days",
    "timeline_stems",
    "trend_lines",
    "waterfall",
    "weekday_month_heatmap",
]
