"""One level of a drill-down: a bar per member, with where it stood before and what is not told by chance."""

import pandas as pd

from analytics.chance import FALSE_DISCOVERIES
from analytics.diagnostic.levels import GONE, NEW, Level
from analytics.formats import is_missing
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.bars import PIXELS_PER_LETTER
from ui.charts.look import Figure, Look, above, current_look, escaped, lean_figure
from ui.charts.marks import shortened
from ui.charts.remembered import remembered

ROW_HEIGHT, FRAME_HEIGHT = 34, 46
LONGEST_NAME = 22
REFERENCE_NAMES = {"previous": "the period before", "last_year": "last year"}


@remembered
def level_bars(level: Level, shop: Shop, chosen: str | None = None) -> Figure:
    """Horizontal bars from zero, each with a tick where it stood before, its value and its change written behind.

    Parameters
    ----------
    chosen : the member that one stands on, where there is no deeper level: it alone is in the accent colour.
    """
    look, measured = current_look(), metric(level.metric)
    rows = level.bars.iloc[::-1].reset_index(drop=True)
    records = rows.to_dict("records")
    names = [f"{place}" for place in range(len(rows))]  # two members may be cut to the same name
    labels = [_label(row, measured, level.reference, shop) for row in records]
    told = level.reference if level.reference and rows[level.reference].notna().any() else None
    ends = rows[["value", *([told] if told else [])]].max(axis="columns").fillna(0).clip(lower=0)
    traces = [_bars(rows, records, names, level, shop, chosen, look), _written(ends, records, names, labels, look)]
    if told:
        traces.append(_ticks(rows[told], names, look))
    low = min(0, rows[["value", *([told] if told else [])]].min().min())
    return lean_figure(
        *traces,
        height=FRAME_HEIGHT + ROW_HEIGHT * max(2, len(rows)),
        top=26,
        right=12 + PIXELS_PER_LETTER * max(map(len, labels), default=0),
        bargap=0.36,
        xaxis={"visible": False, "range": [0 if is_missing(low) else low, ends.max() or 1]},
        yaxis={
            "type": "category",
            "showgrid": False,
            "tickfont": {"color": look.text},
            "ticklabelstandoff": 6,
            "tickvals": names,
            "ticktext": [_short(row) for row in records],
        },
        annotations=[_legend(told, look)] if told else [],
    )


def _bars(
    rows: pd.DataFrame,
    records: list[dict],
    names: list[str],
    level: Level,
    shop: Shop,
    chosen: str | None,
    look: Look,
) -> dict:
    accented = [not row["is_rest"] and chosen in (None, row["member"]) for row in records]
    return {
        "type": "bar",
        "x": rows["value"],
        "y": names,
        "orientation": "h",
        "marker": {"color": [look.accent if a else look.context for a in accented], "cornerradius": 3},
        "customdata": _led_to(records),
        "hovertext": [_hover(row, metric(level.metric), level.reference, shop) for row in records],
        "hoverinfo": "text",
    }


def _written(ends: pd.Series, records: list[dict], names: list[str], labels: list[str], look: Look) -> dict:
    """What is written behind a bar and its tick: neither is to lie on it."""
    return {
        "type": "scatter",
        "x": ends,
        "y": names,
        "mode": "text",
        "text": [f" {label}" for label in labels],
        "textposition": "middle right",
        "textfont": {"color": look.text, "size": 12},
        "cliponaxis": False,
        "customdata": _led_to(records),
        "hoverinfo": "skip",
    }


def _led_to(records: list[dict]) -> list[str | None]:
    """Where a click on each bar leads: all others are no place."""
    return [None if row["is_rest"] else row["member"] for row in records]


def _ticks(reference: pd.Series, names: list[str], look: Look) -> dict:
    marker = {"symbol": "line-ns-open", "size": 15, "color": look.text, "line": {"width": 2, "color": look.text}}
    return {"type": "scatter", "x": reference, "y": names, "mode": "markers", "marker": marker, "hoverinfo": "skip"}


def _legend(reference: str, look: Look) -> dict:
    return above(f'<span style="color:{look.text}">┃</span> {REFERENCE_NAMES[reference]}')


def _label(row: dict, measured: Metric, reference: str | None, shop: Shop) -> str:
    """The value, and how it moved: ≈ where chance may have done it; who is new or gone has no change in per cent."""
    value = measured.format(row["value"], shop.currency)
    if row["status"] == GONE:
        return f"gone (was {measured.format(row[reference], shop.currency)})"
    if row["status"] == NEW:
        return f"{value}  new"
    if reference is None or is_missing(row["change"]):
        return value + _partial(row)
    moved = measured.format_change(row["value"], row[reference])
    within = not is_missing(row["by_chance"]) and row["by_chance"] > FALSE_DISCOVERIES
    return f"{value}  {'≈ ' if within else ''}{moved}{_partial(row)}"


def _partial(row: dict) -> str:
    return "" if row.get("complete", True) else "  partial"


def _hover(row: dict, measured: Metric, reference: str | None, shop: Shop) -> str:
    said = [f"<b>{escaped(str(row['member']))}</b>", measured.format(row["value"], shop.currency, exact=True)]
    said += [f"{row['orders']:,.0f} orders"] * (not is_missing(row["orders"]))
    if reference and not is_missing(row[reference]):
        said.append(f"{REFERENCE_NAMES[reference]}: {measured.format(row[reference], shop.currency, exact=True)}")
    if not is_missing(row["noise"]):
        said.append(f"chance: ± {_amount(measured, row['noise'], shop)}")
    return "<br>".join(said)


def _amount(measured: Metric, size: float, shop: Shop) -> str:
    if measured.unit == "share":
        return measured.format_change(size, 0.0).lstrip("+")
    return measured.format(size, shop.currency)


def _short(row: dict) -> str:
    return escaped(shortened(str(row["member"]), LONGEST_NAME))
