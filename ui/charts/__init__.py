"""Tidy frames and records in, Plotly figures out. No Streamlit here: a notebook can draw the same charts."""

from ui.charts.bars import count_bars, member_bars
from ui.charts.contributions import contribution_bars
from ui.charts.heatmaps import weekday_month_heatmap
from ui.charts.lines import trend_lines

__all__ = ["contribution_bars", "count_bars", "member_bars", "trend_lines", "weekday_month_heatmap"]
