"""Charts of a plan: its cash month by month, what matters most, how often it loses, and plans beside each other."""

from collections.abc import Sequence

from analytics.formats import currency_symbol, is_missing, money, percent
from analytics.prescriptive.scenario_words import figure_text, months_text
from analytics.prescriptive.what_if import WhatIf, chance_text
from analytics.shop import Shop
from ui.charts.look import Figure, above, axis_prefix, current_look, escaped, lean_figure, rows_below_each_other
from ui.charts.marks import band, level, see_through, shortened, upright
from ui.charts.remembered import remembered

PALE = 0.5
ROW_HEIGHT, FRAME_HEIGHT = 40, 50
PLAN_HEIGHT = 34
LONGEST_NAME = 24


@remembered
def cash_curve(found: WhatIf, shop: Shop, height: int = 300) -> Figure:
    """Each month's net as bars, the sum so far as a line in the band of four in five cases."""
    look, rows = current_look(), found.cash
    bars = {
        "type": "bar",
        "x": rows["month"],
        "y": rows["flow"],
        "marker": {"color": look.faded(look.context, PALE), "cornerradius": 2},
        "hoverinfo": "skip",
        "name": "month",
    }
    line = {
        "type": "scatter",
        "x": rows["month"],
        "y": rows["so_far"],
        "mode": "lines",
        "line": {"color": look.accent, "width": 2.4},
        "text": [
            f"<b>{'at the beginning' if r.month == 0 else f'month {r.month}'}</b><br>net "
            f"{_amount(r.flow, shop)}<br>so far {_amount(r.so_far, shop)}<br>"
            f"({_amount(r.so_far_low, shop)} to {_amount(r.so_far_high, shop)})"
            for r in rows.itertuples()
        ],
        "hoverinfo": "text",
        "name": "so far",
    }
    shapes = [level(0.0, look.muted, width=1, dash="solid")]
    said = [f'<span style="color:{look.accent}"><b>━ so far</b>  ▒ four in five</span>', "▮ each month"]
    if not is_missing(found.payback) and found.payback > 0:
        shapes.append(upright(found.payback, look.good, layer="above"))
        said.append(f'<span style="color:{look.good}">┊ back</span>')
    return lean_figure(
        bars,
        *band(rows["month"], rows["so_far_low"], rows["so_far_high"], see_through(look.accent)),
        line,
        height=height,
        top=26,
        hovermode="closest",
        bargap=0.35,
        shapes=shapes,
        annotations=[above(*said)],
        xaxis={"title": {"text": "end of month", "font": {"size": 12}}, "nticks": 9, "tickformat": "d",
               "range": [-0.6, found.scenario.months + 0.6]},
        yaxis=axis_prefix("money", currency_symbol(shop.currency)),
    )  # fmt: skip


@remembered
def tornado_bars(found: WhatIf, shop: Shop) -> Figure:
    """For each unsure figure the worth at its low and its high end, the widest swing on top."""
    look, rows = current_look(), found.tornado
    places = list(range(len(rows), 0, -1))
    ends = [("low", look.context), ("high", look.accent)]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "y": places,
            "base": [found.npv] * len(rows),
            "x": (rows[f"npv_at_{end}"] - found.npv).tolist(),
            "marker": {"color": colour, "cornerradius": 2},
            "hovertext": [
                f"<b>{escaped(r['label'])}: {figure_text(r['input'], r[end], shop.currency)}</b><br>worth "
                f"{_amount(r[f'npv_at_{end}'], shop)}"
                for r in rows.to_dict("records")
            ],
            "hoverinfo": "text",
            "name": end,
        }
        for end, colour in ends
    ]
    names = [
        f"{escaped(r['label'])}<br><span style='color:{look.muted}'>"
        f"{' – '.join(figure_text(r['input'], r[end], shop.currency) for end in ('low', 'high'))}</span>"
        for r in rows.to_dict("records")
    ]
    said = (
        f'<span style="color:{look.context}">▮ at low</span>',
        f'<span style="color:{look.accent}">▮ at high</span>',
    )
    return lean_figure(
        *bars,
        height=FRAME_HEIGHT + ROW_HEIGHT * max(len(rows), 2),
        top=26,
        right=24,
        barmode="overlay",
        bargap=0.45,
        hovermode="closest",
        shapes=[
            upright(0.0, look.muted, width=1, dash="solid", layer="above"),
            upright(found.npv, look.text, layer="above"),
        ],
        annotations=[above(*said, f'<span style="color:{look.text}">┊ likely</span>')],
        xaxis={"showgrid": True, "gridcolor": look.grid, "nticks": 5}
        | axis_prefix("money", currency_symbol(shop.currency)),
        yaxis=rows_below_each_other(names),
    )


@remembered
def worth_histogram(found: WhatIf, shop: Shop, height: int = 300) -> Figure:
    """How the worth in today's money is spread over many draws, losses in their own colour."""
    look, rows = current_look(), found.simulated.histogram
    loses = rows["npv_to"] <= 1e-9
    middle = (rows["npv_from"] + rows["npv_to"]) / 2
    bars = {
        "type": "bar",
        "x": middle,
        "y": rows["share"],
        "width": (rows["npv_to"] - rows["npv_from"]).tolist() if len(rows) > 1 else None,
        "marker": {"color": [look.bad if lost else look.accent for lost in loses],
                   "line": {"width": 0.5, "color": look.surface}},
        "hovertext": [
            f"<b>{_amount(r.npv_from, shop)} to {_amount(r.npv_to, shop)}</b><br>"
            f"{percent(r.share)} of cases"
            for r in rows.itertuples()
        ],
        "hoverinfo": "text",
        "name": "cases",
    }  # fmt: skip
    said = (
        f'<span style="color:{look.bad}"><b>loses: {chance_text(found.simulated.loss)}</b></span>',
        f'<span style="color:{look.text}">┊ expected {_amount(found.simulated.mean, shop)}</span>',
    )
    return lean_figure(
        bars,
        height=height,
        top=26,
        bargap=0,
        hovermode="closest",
        shapes=[upright(found.simulated.mean, look.text, layer="above")],
        annotations=[above(*said)],
        xaxis={"nticks": 6} | axis_prefix("money", currency_symbol(shop.currency)),
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
    )


def plans_beside(plans: Sequence[tuple[str, WhatIf]], shop: Shop) -> Figure:
    """The worth of several plans with the ranges of four in five cases, on one axis; plans in their order."""
    look = current_look()
    places = list(range(len(plans), 0, -1))
    found = [each for _, each in plans]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [each.simulated.mean for each in found],
        "y": places,
        "marker": {"color": look.accent, "size": 10},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(each.simulated.high - each.simulated.mean, 0.0) for each in found],
            "arrayminus": [max(each.simulated.mean - each.simulated.low, 0.0) for each in found],
            "color": look.accent,
            "thickness": 2,
            "width": 0,
        },
        "hovertext": [
            f"<b>{escaped(name)}</b><br>{months_text(each.scenario.months)}<br>expected "
            f"{_amount(each.simulated.mean, shop)}<br>({_amount(each.simulated.low, shop)} to "
            f"{_amount(each.simulated.high, shop)})"
            for name, each in plans
        ],
        "hoverinfo": "text",
    }
    names = [escaped(shortened(n, LONGEST_NAME)) for n, _ in plans]
    return lean_figure(
        dots,
        height=FRAME_HEIGHT + PLAN_HEIGHT * len(plans),
        right=24,
        hovermode="closest",
        shapes=[upright(0.0, look.muted, width=1, dash="solid", layer="above")],
        xaxis={"showgrid": True, "gridcolor": look.grid, "nticks": 5, "tickangle": 0}
        | axis_prefix("money", currency_symbol(shop.currency)),
        yaxis=rows_below_each_other(names),
    )


def _amount(value: float, shop: Shop) -> str:
    """Nothing has no sign."""
    return money(value + 0.0, shop.currency)
