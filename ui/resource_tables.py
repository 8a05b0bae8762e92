"""Tables and tiles of the page about resources."""

from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeVar

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import MISSING, level, percent
from analytics.prescriptive.delivery_plan import DeliveryPlan
from analytics.prescriptive.margins import category_margins, mean_margin
from analytics.prescriptive.resource_advice import shares_of
from analytics.prescriptive.staff_plan import StaffPlan
from analytics.prescriptive.stock_plan import Shares, StockPlan
from analytics.shop import Shop
from ui.data import answer
from ui.figures import Cell, figure_table, figure_tiles
from ui.page import PAGES_FOLDER
from ui.shown import ShownTable, note_key_figures, note_markup

SETTINGS = PAGES_FOLDER / "workspace/settings.py"
LEAST_LEFT = 0.5
"""Orders left over in the mean, of which less is not told."""
T = TypeVar("T")


def told_or_none(analysis: Callable[..., T], filters: Filters, **asked: Hashable) -> T | None:
    """What an analysis says; None where the data cannot tell, which then is said by whoever uses it."""
    try:
        return answer(analysis, filters, **asked)
    except NotEnoughData:
        return None


def known_margins(filters: Filters) -> tuple[Shares, float | None]:
    """Margins by category and that of all together; none where nothing is known of what orders earn."""
    margins = told_or_none(category_margins, filters)
    return ((), None) if margins is None else (shares_of(margins), float(mean_margin(margins)))


def lead_to_settings(what: str) -> None:
    """Where what is assumed is stated for good."""
    if SETTINGS.exists():
        st.page_link(SETTINGS, label=f"State {what} in Settings", icon=":material/settings:")


def plan_tiles(tiles: tuple[tuple[str, str, str], ...]) -> None:
    """The key figures of a plan side by side."""
    st.html(figure_tiles(tiles))
    table = pd.DataFrame(tiles, columns=["key_figure", "figure", "beside"])
    note_key_figures("Key figures", ShownTable(table), partial(figure_tiles, tiles))


def stock_table(plan: StockPlan, shop: Shop) -> None:
    """A row per category, and what its stock costs."""
    _draw(partial(_stock, plan, shop))


def _stock(plan: StockPlan, shop: Shop) -> str:
    def amount(value: float) -> str:
        return formats.money(value, shop.currency)

    heads = ["Category", "Safety", "Reorder at", "Order"]
    if plan.has_money:
        heads += ["Holding a year", "Missed a year", "Margin's level", "At that level"]
    rows: list[list[Cell]] = []
    for r in plan.rows.itertuples():
        row: list[Cell] = [r.member, f"{r.safety:,.0f}", f"{r.reorder_at:,.0f}", f"{r.order_quantity:,.0f}"]
        if plan.has_money:
            saves = MISSING if pd.isna(r.saved) else f"saves {amount(max(r.saved, 0.0))}"
            own = MISSING if pd.isna(r.own_reorder_at) else f"{r.own_reorder_at:,.0f}"
            row += [amount(r.holding), amount(r.missed), level(r.own_level), (own, saves)]
        rows.append(row)
    return figure_table(heads, rows)


def lane_table(plan: DeliveryPlan, shop: Shop) -> None:
    """A row per region and carrier: orders a day now and then."""
    _draw(partial(_lanes, plan, shop))


def _lanes(plan: DeliveryPlan, shop: Shop) -> str:
    heads = ("Region, by", "Now", "Best", "Cost", "Days")
    rows: list[list[Cell]] = []
    for r in (plan.rows if plan.has_present else plan.rows[plan.rows["orders_then"] > 0]).itertuples():
        cost = formats.money(r.cost, shop.currency)
        now = _few(r.orders_now) if plan.has_present else MISSING
        rows.append([(r.region, r.carrier), now, _few(r.orders_then), cost, f"{r.days:.2f}"])
    return figure_table(heads, rows)


def carrier_table(plan: DeliveryPlan) -> None:
    """A row per carrier: what it takes, what it would carry, and how often more would come."""
    _draw(partial(_carriers, plan))


def _carriers(plan: DeliveryPlan) -> str:
    heads = ("Carrier", "Takes a day", "Now", "Best", "Used", "Days beyond")
    rows = [
        (
            r.carrier, "any" if pd.isna(r.capacity) else f"{r.capacity:,.0f}",
            _few(r.orders_now) if plan.has_present else MISSING, _few(r.orders_then),
            percent(r.used, 0), percent(r.beyond, 0),
        )
        for r in plan.carriers.itertuples()
    ]  # fmt: skip
    return figure_table(heads, rows)


def weekday_table(plan: StaffPlan) -> None:
    """A row per weekday: who is needed, who is there, and what is left over."""
    _draw(partial(_weekdays, plan))


def _weekdays(plan: StaffPlan) -> str:
    heads = ("Weekday", "Orders", "Needed", "On duty", "Spare", "Same day", "Left over")
    rows = []
    for r in plan.rows.itertuples():
        if not r.needed and not r.on_duty:
            rows.append((r.weekday, _few(r.expected), *["0"] * 2, *[MISSING] * 3))
            continue
        duty: Cell = (f"{r.on_duty:,}", f"{r.short:,} short") if r.short else f"{r.on_duty:,}"
        left: Cell = percent(r.left_over)
        if r.mean_left >= LEAST_LEFT:
            left = (left, f"{_few(r.mean_left)} orders in the mean")
        spare = f"{r.spare:,.0f}".replace("-", formats.MINUS)
        rows.append((r.weekday, _few(r.expected), f"{r.needed:,}", duty, spare, percent(r.covered), left))
    return figure_table(heads, rows)


def pattern_table(plan: StaffPlan) -> None:
    """How many people have which days off."""
    _draw(partial(_patterns, plan))


def _patterns(plan: StaffPlan) -> str:
    rows = [(r.off, r.works, f"{r.people:,}") for r in plan.patterns.itertuples()]
    return figure_table(("Off", "Works", "People"), rows, texts=(1,))


def start_table(plan: StaffPlan) -> None:
    """When the shifts of each weekday begin."""
    _draw(partial(_starts, plan))


def _starts(plan: StaffPlan) -> str:
    wait = ["too little time" if pd.isna(r.wait) else f"{60 * r.wait:.0f} min" for r in plan.starts.itertuples()]
    rows = [
        (r.weekday, r.starts.replace(" × ", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}"), w)
        for r, w in zip(plan.starts.itertuples(), wait, strict=True)
    ]
    return figure_table(("Weekday", "Shifts begin", "Work waits"), rows, texts=(1,))


def _draw(markup: Callable[[], str]) -> None:
    st.html(markup())
    note_markup(markup)


def _few(number: float) -> str:
    return f"{number:,.0f}" if number >= 99.5 or number == 0 else f"{number:,.1f}"
