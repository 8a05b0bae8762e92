"""The card that shows how a metric went: the whole shop, or the members of a dimension beside each other."""

import pandas as pd
import streamlit as st

from analytics.descriptive.buckets import overlay_sentence
from analytics.descriptive.events import backward_events_sentence, events_in_view
from analytics.descriptive.member_trends import (
    MemberTrends,
    left_out_sentence,
    metric_trend_by_member,
    need_shares,
)
from analytics.descriptive.trends import MEAN_DAYS, metric_trend
from analytics.filters import Filters
from analytics.metrics import Metric, metric
from analytics.periods import Period
from ui import charts
from ui.addresses import why_these_days
from ui.cause_tables import lead_to_why
from ui.charts.members import MOST_LINES
from ui.choices import choose_granularity, choose_mean_and_overlay, choose_split, choose_trend_view
from ui.data import answer, shop
from ui.page import Card, card, frame, say, show_chart
from ui.redrawn import redrawn_alone
from ui.unusual_marks import marks_for

MOST_NAMED = 3
"""Events named under panels, in which their names have no room."""

_HOW = (
    "By day: the moving mean and, thin, single days; by week, month or quarter: the value. Dotted: the corresponding "
    "days of the comparison. Open circles are partial: the period or the data end inside them. "
    "Shaded: events known to the shop. Diamonds: days out of the ordinary for the shop as a whole (see Anomalies)."
)
_HOW_MEMBERS = (
    "Biggest members first; each keeps its colour on every page. By day: the moving mean where one is chosen; by week, "
    "month or quarter: the value. A share is of all members' total, over the days of the mean where there is one. "
    "Open circles are partial: the period or the data end inside them. Shaded: events known to the shop. Beyond "
    "chance: adjusted for looking at every member."
)


def trend_card(filters: Filters, key: str) -> None:
    """A metric over time, with the choices of how to look at it; these redraw this card alone."""
    with frame():  # around what is redrawn: inside, it could not reach down to its neighbour's end
        _trend(filters, key)


@redrawn_alone
def _trend(filters: Filters, key: str) -> None:
    measured = metric(key)
    with card(f"{measured.name} over time", framed=False) as drawn:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            granularity = choose_granularity(filters)
            dimension = choose_split(shop())
            mean_days, overlay = choose_mean_and_overlay(granularity)
            view = choose_trend_view() if dimension else ""
        asked = {"key": key, "granularity": granularity}
        asked |= {"mean_days": mean_days} if mean_days != MEAN_DAYS else {}  # so that the pages share their answers
        asked |= {} if overlay else {"overlay": False}
        if dimension:
            _by_member(drawn, filters, measured, view, asked | {"dimension": dimension})
        else:
            _whole_shop(drawn, filters, measured, asked)
        lead_to_why(filters, measured)


def _whole_shop(drawn: Card, filters: Filters, measured: Metric, asked: dict) -> None:
    trend = answer(metric_trend, filters, **asked)
    events, unusual = answer(events_in_view, filters), marks_for(filters)
    leads = why_these_days(filters, measured.name, asked["granularity"])
    show_chart(charts.trend_lines(trend, shop(), events, unusual), "trend", trend.sentence, leads=leads)
    about = overlay_sentence(trend.reference_name, filters), _about_mean(asked, measured)
    _say(trend.sentence, *about, filters, hint="Click a point to see why.")
    drawn.explain(_HOW, trend.table(), filters, measured)


def _by_member(drawn: Card, filters: Filters, measured: Metric, view: str, asked: dict) -> None:
    if view == "shares":
        need_shares(measured)
    trends, events = answer(metric_trend_by_member, filters, **asked), answer(events_in_view, filters)
    if view == "panels":
        figure = charts.member_panels(trends, shop(), events)
        about = overlay_sentence(trends.reference_name, filters) + _named_events(events)
    else:
        figure = charts.member_lines(trends, shop(), events, int(view == "shares"))
        about = "The comparison is drawn in the panels." if trends.reference_name and view == "lines" else ""
    show_chart(figure, "trend", trends.sentence)
    _say(trends.sentence, left_out_sentence(trends, MOST_LINES), about, _about_mean(asked, measured), filters)
    drawn.explain(_HOW_MEMBERS, _table(trends), filters, measured)


def _say(*sentences: str | Filters, hint: str = "") -> None:
    *said, filters = sentences
    say(" ".join(sentence for sentence in (*said, answer(backward_events_sentence, filters)) if sentence), hint)


def _about_mean(asked: dict, measured: Metric) -> str:
    """Why there is no moving mean where one might be looked for."""
    if asked["granularity"] != "day":
        return "A moving mean applies to days alone."
    return "" if measured.from_daily else f"{measured.name} cannot be added up over days: no moving mean."


def _named_events(events: pd.DataFrame) -> str:
    if events.empty:
        return ""
    shown = events.iloc[-MOST_NAMED:].itertuples()
    named = [f"{e.label} ({Period(e.start_date.date(), e.end_date.date()).label()})" for e in shown]
    before = f"{len(events) - MOST_NAMED} earlier events, " if len(events) > MOST_NAMED else ""
    return f" Shaded: {before}{', '.join(named)}."


def _table(trends: MemberTrends) -> pd.DataFrame:
    return trends.buckets.dropna(axis="columns", how="all")
