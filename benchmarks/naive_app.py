"""The KPI page as one writes it on a first afternoon, to have something to compare with.

The orders are read from SQLite into a cached pandas frame; each rerun filters and groups that frame with
pandas and draws Plotly Express's default figures, under Streamlit's default settings. Same sidebar filters, eight
headline metrics with their small lines, four charts and one table as the platform's page; of its comparisons only the
one that `st.metric` has room for, no sentence, no range of chance, no menus.
"""

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pandas as pd
import plotly.express as px
import streamlit as st

PERIODS = ("7d", "30d", "90d", "12m", "MTD", "YTD", "All")

st.set_page_config(page_title="Naive shop", layout="wide")


@st.cache_data
def all_orders() -> pd.DataFrame:
    path = Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    with sqlite3.connect(path) as connection:
        orders = pd.read_sql("SELECT * FROM transactions", connection)
    orders["date"] = pd.to_datetime(orders["date"])
    return orders


def first_day(period: str, last: pd.Timestamp, first: pd.Timestamp) -> pd.Timestamp:
    starts = {"MTD": last.replace(day=1), "YTD": last.replace(month=1, day=1), "All": first}
    days = {"7d": 7, "30d": 30, "90d": 90, "12m": 365}
    return starts.get(period) or last - timedelta(days=days[period] - 1)


orders = all_orders()
with st.sidebar:
    period = st.pills("Period", PERIODS, default="90d", key="period", bind="query-params", required=True)
    st.selectbox("Compare with", ["Previous period"])
    for name in ("region", "segment"):
        st.multiselect(name.capitalize(), sorted(orders[name].unique()), key=name, bind="query-params")

last = orders["date"].max()
start = first_day(period, last, orders["date"].min())
kept = orders
for name in ("region", "segment"):
    if st.session_state[name]:
        kept = kept[kept[name].isin(st.session_state[name])]
length = last - start + timedelta(days=1)
before = kept[(kept["date"] >= start - length) & (kept["date"] < start)]
kept = kept[kept["date"] >= start]

st.title("KPIs")
tiles = st.columns(8)
figures = {
    "Revenue": lambda rows: rows["revenue"].sum(),
    "Orders": lambda rows: len(rows),
    "Customers": lambda rows: rows["customer_id"].nunique(),
    "Average order value": lambda rows: rows["revenue"].mean(),
    "Satisfaction": lambda rows: rows["satisfaction_score"].mean(),
    "Delivery days": lambda rows: rows["delivery_days"].mean(),
    "Orders a day": lambda rows: len(rows) / length.days,
    "Repeat rate": lambda rows: (rows["customer_id"].value_counts() > 1).mean(),
}
days = kept.groupby("date")
lines = {
    "Revenue": days["revenue"].sum(),
    "Orders": days.size(),
    "Customers": days["customer_id"].nunique(),
    "Average order value": days["revenue"].mean(),
    "Satisfaction": days["satisfaction_score"].mean(),
    "Delivery days": days["delivery_days"].mean(),
    "Orders a day": days.size(),
    "Repeat rate": 1 - days["customer_id"].nunique() / days.size(),
}
for tile, (name, figure) in zip(tiles, figures.items(), strict=True):
    change = figure(kept) - figure(before)
    tile.metric(name, f"{figure(kept):,.2f}", f"{change:,.2f}", chart_data=lines[name])

left, right = st.columns([3, 2])
with left:
    daily = kept.groupby("date", as_index=False)["revenue"].sum()
    st.plotly_chart(px.line(daily, x="date", y="revenue", title="Revenue over time"))
with right:
    channels = kept.groupby("channel", as_index=False)["revenue"].sum()
    st.plotly_chart(px.bar(channels, x="channel", y="revenue", color="channel", title="Revenue by channel"))

first, second, third = st.columns([5, 6, 5])
with first:
    st.dataframe(kept.pivot_table(index="region", columns="segment", values="revenue", aggfunc="sum"))
with second:
    by_day = kept.assign(weekday=kept["date"].dt.day_name(), month=kept["date"].dt.strftime("%Y-%m"))
    grid = by_day.pivot_table(index="weekday", columns="month", values="revenue", aggfunc="sum")
    st.plotly_chart(px.imshow(grid, title="Weekday and month"))
with third:
    st.plotly_chart(px.histogram(kept, x="satisfaction_score", title="Satisfaction"))
