"""Charts of whom to contact: policies side by side, what other budgets would leave, what an experiment showed."""

from analytics.formats import currency_symbol, money, percent
from analytics.prescriptive.campaigns import MORE, MeasuredOffer
from analytics.prescriptive.experiment import ALL
from analytics.prescriptive.retention import RetentionPlan
from analytics.prescriptive.retention_words import OURS
from analytics.shop import Shop
from ui.charts.look import Figure, above, axis_prefix, current_look, escaped, lean_figure
from ui.charts.remembered import remembered
from ui.charts.whiskers import Whisker, whisker_figure

AROUND = (0.8, 1.0, 1.2)
"""Budgets that are marked: that of the plan, and a fifth less and more."""
EVERYBODY = "All customers"


@remembered
def policy_whiskers(plan: RetentionPlan, shop: Shop) -> Figure:
    """What each policy is expected to leave, with the range that holds it in four of five cases."""
    rows = [
        Whisker(
            row["name"],
            row["net"],
            row["low"],
            row["high"],
            told=money(row["net"], shop.currency),
            hover=f"<b>{escaped(row['name'])}</b><br>{row['customers']:,} customers"
            + (f", {escaped(row['offer'])}" if row["offer"] else "")
            + f"<br>for {money(row['spend'], shop.currency)}<br>net {money(row['net'], shop.currency)} "
            f"({money(row['low'], shop.currency)} to {money(row['high'], shop.currency)})",
            strong=row["policy"] == OURS,
        )
        for row in plan.policies.to_dict("records")
    ]
    title = {"title": {"text": "net benefit", "font": {"size": 12}}}
    return whisker_figure(rows, axis_prefix("money", currency_symbol(shop.currency)) | title)


@remembered
def budget_curve(plan: RetentionPlan, shop: Shop, height: int = 250) -> Figure:
    """What the best choice would leave at other budgets, with a fifth less and a fifth more marked."""
    look, rows = current_look(), plan.curve
    marked = rows[rows["times"].isin(AROUND)]
    line = {
        "type": "scatter",
        "x": rows["budget"],
        "y": rows["net"],
        "mode": "lines",
        "line": {"color": look.accent, "width": 2.4, "shape": "spline", "smoothing": 0.4},
        "hoverinfo": "skip",
        "name": "net",
    }
    dots = {
        "type": "scatter",
        "x": marked["budget"],
        "y": marked["net"],
        "mode": "markers",
        "marker": {
            "size": [11 if t == 1 else 9 for t in marked["times"]],
            "color": [look.accent if t == 1 else look.surface for t in marked["times"]],
            "line": {"color": look.accent, "width": 2},
        },
        "text": [
            f"<b>{_said(r.times)}</b><br>budget {money(r.budget, shop.currency)}<br>net {money(r.net, shop.currency)}"
            f"<br>{r.customers:,} customers"
            for r in marked.itertuples()
        ],
        "hoverinfo": "text",
        "name": "budgets",
    }
    symbol = currency_symbol(shop.currency)
    said = f'<span style="color:{look.accent}">● this plan   ○ a fifth less, a fifth more</span>'
    return lean_figure(
        line,
        dots,
        height=height,
        top=26,
        right=20,
        hovermode="closest",
        annotations=[above(said)],
        xaxis=axis_prefix("money", symbol) | {"title": {"text": "budget", "font": {"size": 12}}, "nticks": 6,
                                              "rangemode": "tozero"},
        yaxis=axis_prefix("money", symbol) | {"title": {"text": "net benefit", "font": {"size": 12}},
                                              "rangemode": "tozero"},
    )  # fmt: skip


def _said(times: float) -> str:
    return {1.0: "This plan"}.get(times, "A fifth less" if times < 1 else "A fifth more")


@remembered
def lift_whiskers(measured: MeasuredOffer) -> Figure:
    """What an experiment showed, of everybody and by segment (95 %); hollow is what the plan goes by."""
    value = "more" if measured.way == MORE else "kept"
    rows = []
    for row in measured.groups.dropna(subset=[value, f"{value}_error"]).to_dict("records"):
        low, high = (row[value] + side * 1.96 * row[f"{value}_error"] for side in (-1, 1))
        name = EVERYBODY if row["group"] == ALL else row["group"]
        rows.append(
            Whisker(
                name,
                row[value],
                low,
                high,
                hover=f"<b>{escaped(name)}</b><br>{row['customers']:,.0f} with it, {row['controls']:,.0f} without"
                f"<br>measured {percent(row[value])} ({percent(low)} to {percent(high)})"
                + (f"<br>gone by {percent(row['used'])}" if measured.alike else ""),
                strong=low > 0 or high < 0,
                earlier=row["used"] if measured.alike else None,
            )
        )
    title = "more orders with it" if measured.way == MORE else "kept of those lost without it"
    axis = {"title": {"text": title, "font": {"size": 12}}, "tickformat": ".0%"}
    return whisker_figure(rows, axis, earlier="gone by")
