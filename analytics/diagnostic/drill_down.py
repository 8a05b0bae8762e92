"""From the whole shop down to a part of it, level by level, each beside what it is compared with."""

from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.activity import covered_periods, days_within, distinct_by_period
from analytics.descriptive.breakdowns import FEWEST_ORDERS_TO_NAME, counted_members
from analytics.descriptive.cells import Cells, cells_of
from analytics.descriptive.kpis import Kpis, nothing_matches
from analytics.diagnostic.levels import (
    Level,
    adds_up_sentence,
    gathered,
    leader_sentence,
    level_rows,
    movers_sentence,
    needed_parts,
    whole_of,
    whole_sentence,
)
from analytics.diagnostic.paths import CALENDAR, calendar_spans, need_step, whole_span
from analytics.errors import NotEnoughData
from analytics.filters import COMPARED_WITH, Filters
from analytics.metrics import DISTINCT, Metric, metric
from analytics.periods import Period, bucket_end, day_label
from analytics.shop import DIMENSIONS, Shop


def member_level(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    step: str,
    key: str = "revenue",
) -> Level:
    """A metric by the members of a dimension, for who stands in the filters.

    Parameters
    ----------
    filters : where one stands; see ``paths.standing``.
    cells, kpis : ``revenue_cells`` and ``current_kpis`` of the same filters.
    step : a dimension.

    Raises
    ------
    ValueError : no such dimension or metric.
    NotEnoughData : the shop's orders do not carry the dimension, or no row matches.
    """
    if step not in DIMENSIONS:
        raise ValueError(f"step: expected one of {', '.join(DIMENSIONS)}, got {step!r}")
    measured = metric(key)
    need_step(step, shop)
    whole = whole_of(kpis, measured)
    periods = covered_periods(filters, shop)
    held = cells.holding(step) if cells and measured.from_daily else None
    if held is None:
        distinct = tuple(p for p in measured.parts if p in DISTINCT)
        held = cells_of(orders, filters, (step,), periods, distinct, shop.customer_keys)
    if not held.inside["value"].any():
        raise NotEnoughData(nothing_matches(filters))
    offered = [n for n in COMPARED_WITH if n in periods and (key, n) not in kpis.unavailable]
    counted = held.by(step)
    seen = counted.seen_in("value") | counted.seen_in(next(iter(offered), "value"))
    parts = {name: {p: counted.part(p, name)[seen] for p in needed_parts(measured)} for name in periods}
    there = {name: counted.seen_in(name)[seen] for name in periods}
    names = held.members[step][seen].astype(object).tolist()
    factor = kpis.scatter.get(key, 1.0)
    rows = level_rows(measured, names, parts, there, offered, factor)
    order = np.argsort(-rows["value" if measured.adds_up else "orders"].to_numpy(), kind="stable")
    rows = rows.iloc[order].reset_index(drop=True)
    parts = {name: {p: column[order] for p, column in of.items()} for name, of in parts.items()}
    reference = next(iter(offered), None)
    counted_words = counted_members(len(rows), step)
    many = counted_words.partition(" ")[2]
    doubt = shop.doubt(measured, filters.period.start)
    said = [whole_sentence(measured, whole, reference, shop)]
    if not doubt:
        said.append(leader_sentence(measured, rows, FEWEST_ORDERS_TO_NAME, shop))
        said.append(movers_sentence(measured, rows, many, shop))
    return Level(
        step,
        key,
        reference,
        rows,
        gathered(rows, measured, parts, offered, factor),
        whole,
        adds_up_sentence(measured, rows, whole["value"], counted_words, shop),
        " ".join(sentence for sentence in said if sentence),
        doubt,
    )


def calendar_level(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    step: str,
    key: str = "revenue",
) -> Level:
    """A metric by year, quarter or month of the period, each beside the same days a year earlier, or of the one before.

    A year, quarter or month of which only some days lie in the period, or are over, is compared with the same days.

    Parameters
    ----------
    daily, kpis : ``daily_activity`` and ``current_kpis`` of the same filters.
    step : year, quarter or month.

    Raises
    ------
    ValueError : no such step or metric.
    NotEnoughData : no row matches.
    """
    if step not in CALENDAR:
        raise ValueError(f"step: expected one of {', '.join(CALENDAR)}, got {step!r}")
    measured = metric(key)
    whole = whole_of(kpis, measured)
    spans = calendar_spans(step, filters.period)
    compared = _compared(spans, step, filters, shop, measured)
    periods = {"value": [span for _, span in spans]} | compared
    parts = {name: _parts_of(orders, daily, filters, of, measured, shop) for name, of in periods.items()}
    there = {name: np.ones(len(spans), dtype=bool) for name in periods}
    rows = level_rows(measured, [n for n, _ in spans], parts, there, list(compared), kpis.scatter.get(key, 1.0))
    whole_spans = [whole_span(step, span.start) for _, span in spans]
    rows["first"] = pd.DatetimeIndex([span.start for _, span in spans])
    rows["last"] = pd.DatetimeIndex([span.end for _, span in spans])
    over = [Period(w.start, min(w.end, shop.today)) == w for w in whole_spans]
    rows["complete"] = [(span == w) and o for (_, span), w, o in zip(spans, whole_spans, over, strict=True)]
    reference = next(iter(compared), None)
    many = f"{step}s"
    counted = f"{len(rows)} {step if len(rows) == 1 else many}"
    doubt = shop.doubt(measured, filters.period.start)
    of_whole = next((n for n in compared if not pd.isna(whole[n])), None)
    said = [whole_sentence(measured, whole, of_whole, shop)]
    if not doubt:
        said.append(_extremes(measured, rows, step, shop))
        said.append(movers_sentence(measured, rows, many, shop))
    notes = [_compared_sentence(step, reference), _partial_sentence(rows, many, shop), doubt]
    return Level(
        step,
        key,
        reference,
        rows,
        rows.assign(is_rest=False),
        whole,
        adds_up_sentence(measured, rows, whole["value"], counted, shop),
        " ".join(sentence for sentence in said if sentence),
        " ".join(note for note in notes if note),
    )


def _compared(
    spans: list[tuple[str, Period]], step: str, filters: Filters, shop: Shop, measured: Metric
) -> dict[str, list[Period | None]]:
    """By comparison asked for, the days that each span is held against; None where they are not all in the data.

    Last year first: a month is less like the month before than like itself a year ago.
    """
    asked = {"both": ("last_year", "previous"), "none": ()}.get(filters.compare, (filters.compare,))
    found = {}
    for name in asked:
        if name == "previous" and step == "year" and "last_year" in found:
            continue  # the year before is last year
        held = [_held_against(name, step, span) for _, span in spans]
        told = [
            period if period and _can_be_told(period, span, shop, measured) else None
            for period, (_, span) in zip(held, spans, strict=True)
        ]
        if any(told):
            found[name] = told
    return found


def _held_against(name: str, step: str, span: Period) -> Period | None:
    months = 12 if name == "last_year" or step == "year" else 3 if step == "quarter" else 1
    whole = whole_span(step, _months_before(whole_span(step, span.start).start, months))
    if span == whole_span(step, span.start):
        return whole
    start, end = _months_before(span.start, months), _months_before(span.end, months)
    return Period(start, end)


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or its last day where it is shorter.

    >>> _months_before(date(2026, 3, 31), 1), _months_before(date(2026, 2, 28), 12)
    (datetime.date(2026, 2, 28), datetime.date(2025, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, bucket_end(first, "month").day))


def _can_be_told(period: Period, span: Period, shop: Shop, measured: Metric) -> bool:
    within = shop.days.contains(period) and span.end <= shop.today
    return within and not shop.doubt(measured, period.start)


def _parts_of(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    filters: Filters,
    periods: list[Period | None],
    measured: Metric,
    shop: Shop,
) -> dict[str, np.ndarray]:
    """The parts of the metric in each period; missing where there is none."""
    summed = [p for p in needed_parts(measured) if p not in DISTINCT]
    parts = {
        part: np.array([np.nan if p is None else daily[part].to_numpy()[days_within(daily, p)].sum() for p in periods])
        for part in summed
    }
    if asked := [p for p in measured.parts if p in DISTINCT]:
        named = {f"span{n}": period for n, period in enumerate(periods) if period}
        counted = distinct_by_period(orders, filters, named, shop.customer_keys)
        nothing = dict.fromkeys(asked, np.nan)
        parts |= {p: np.array([counted.get(f"span{n}", nothing)[p] for n in range(len(periods))]) for p in asked}
    return parts


def _extremes(measured: Metric, rows: pd.DataFrame, step: str, shop: Shop) -> str:
    """Highest and lowest; of sums and counts among those that are complete, for a cut one is low because it is cut."""
    whole = rows[rows["value"].notna() & (rows["complete"] | (measured.denominator is not None))]
    if len(whole) < 2 or whole["value"].nunique() == 1:
        return ""
    high, low = whole.loc[whole["value"].idxmax()], whole.loc[whole["value"].idxmin()]
    figures = [measured.format(row["value"], shop.currency) for row in (high, low)]
    return f"Highest {step}: {high['member']} ({figures[0]}); lowest: {low['member']} ({figures[1]})."


def _compared_sentence(step: str, reference: str | None) -> str:
    if reference is None:
        return ""
    earlier = f"the {step} before" if reference == "previous" else "the same dates a year earlier"
    return f"Each is compared with {earlier}."


def _partial_sentence(rows: pd.DataFrame, many: str, shop: Shop) -> str:
    cut = rows[~rows["complete"]]
    if cut.empty:
        return ""
    named = [f"{r.member} ({Period(r.first.date(), r.last.date()).label()})" for r in cut.itertuples()]
    unfinished = f"; {day_label(shop.last_day)} is not over" if rows["last"].iloc[-1].date() > shop.today else ""
    compared = ", and compared with the same days alone" if rows["change"].notna().any() else ""
    return f"Partial{compared}: {', '.join(named)}{unfinished}."
