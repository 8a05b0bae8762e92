"""Charts of prices: how demand answers, what was seen at each price, what moving a price brings."""

import numpy as np

from analytics.formats import currency_symbol, money, percent
from analytics.periods import Period
from analytics.prescriptive.elasticity import Elasticities, as_figure
from analytics.prescriptive.price_moves import PriceMoves
from analytics.prescriptive.price_scores import NO_VIEW, PriceScores, points
from analytics.shop import Shop
from ui.charts.look import Figure, above, axis_prefix, current_look, escaped, lean_figure
from ui.charts.marks import band, level, upright
from ui.charts.remembered import remembered
from ui.charts.whiskers import Whisker, whisker_figure

POINTS = 41


@remembered
def elasticity_whiskers(answers: Elasticities) -> Figure:
    """The elasticity of each group with its 95 % range, those that answer most on top; grey where it cannot be told."""
    rows = [
        Whisker(
            row["group"],
            row["elasticity"],
            row["low"],
            row["high"],
            hover=f"<b>{escaped(row['group'])}</b><br>elasticity {as_figure(row['elasticity'])} "
            f"({as_figure(row['low'])} to {as_figure(row['high'])})<br>{row['orders']:,} orders, "
            f"{row['price_changes']:,} price changes<br>own data weigh {percent(row['own_weight'], 0)}"
            + ("" if row["told"] else f"<br>cannot tell: {row['why']}"),
            strong=bool(row["told"]),
        )
        for row in answers.table.sort_values(["told", "elasticity"], ascending=[False, True]).to_dict("records")
    ]
    axis = {
        "title": {
            "text": "% of orders for 1 % of price",
            "font": {"size": 12},
        }
    }
    return whisker_figure(rows, axis, mark=-1.0)


@remembered
def price_spells(answers: Elasticities, group: str, height: int = 300) -> Figure:
    """What was ordered at each price that stood for a while, beside the elasticity of the shop's own prices."""
    look = current_look()
    spells = answers.spells[answers.spells["group"] == group]
    row = answers.table[answers.table["group"] == group].iloc[0]
    reach = np.linspace(spells["price"].min(), spells["price"].max(), POINTS)
    line = {
        "type": "scatter",
        "x": reach,
        "y": reach ** row["own"],
        "mode": "lines",
        "line": {"color": look.accent, "width": 2},
        "hoverinfo": "skip",
    }
    size = 6 + 12 * np.sqrt(spells["orders"] / max(spells["orders"].max(), 1))
    dots = {
        "type": "scatter",
        "x": spells["price"],
        "y": spells["at_todays_price"],
        "mode": "markers",
        "marker": {"color": look.context, "size": size},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": spells["at_high"] - spells["at_todays_price"],
            "arrayminus": spells["at_todays_price"] - spells["at_low"],
            "color": look.context,
            "thickness": 1.2,
            "width": 0,
        },
        "hovertext": [
            f"<b>{Period(r.start.date(), r.end.date()).label()}</b><br>price {percent(r.price, 0)} of today's<br>"
            f"{r.orders:,} orders, {percent(r.at_todays_price, 0)} of what today's price would have brought"
            for r in spells.itertuples()
        ],
        "hoverinfo": "text",
    }
    key = f'<span style="color:{look.accent}"><b>━ elasticity {as_figure(row["own"])}</b></span>'
    return lean_figure(
        line,
        dots,
        height=height,
        top=26,
        hovermode="closest",
        annotations=[above(key)],
        xaxis={"title": {"text": "price, today's = 100 %", "font": {"size": 12}}, "tickformat": ".0%", "nticks": 7},
        yaxis={"title": {"text": "orders, as at today's price = 100 %", "font": {"size": 12}}, "tickformat": ".0%"},
    )


@remembered
def gain_line(moves: PriceMoves, group: str, shop: Shop, height: int = 300) -> Figure:
    """What each price within the band brings a month, with its 80 % band, and the price advised."""
    look = current_look()
    curve = moves.curves[moves.curves["group"] == group]
    row = moves.table[moves.table["group"] == group].iloc[0]
    line = {
        "type": "scatter",
        "x": curve["price_change"],
        "y": curve["gain"],
        "mode": "lines",
        "line": {"color": look.accent, "width": 2.2},
        "hovertext": [
            f"<b>price {percent(r.price_change)}</b><br>{money(r.gain, shop.currency)} a month "
            f"({money(r.gain_low, shop.currency)} to {money(r.gain_high, shop.currency)})<br>"
            f"revenue {percent(r.revenue_change)}"
            for r in curve.itertuples()
        ],
        "hoverinfo": "text",
    }
    said = "┈ advised" if row["price_change"] else "┈ today's price, kept"
    return lean_figure(
        *band(curve["price_change"], curve["gain_low"], curve["gain_high"]),
        line,
        height=height,
        top=26,
        hovermode="x",
        shapes=[
            upright(row["price_change"], look.text, width=1.2, layer="above"),
            level(0.0, look.muted, width=1, dash="solid"),
        ],
        annotations=[above(f'<span style="color:{look.text}">{said}</span>')],
        xaxis={"title": {"text": "change of the price", "font": {"size": 12}}, "tickformat": ".0%", "nticks": 7},
        yaxis=axis_prefix("money", currency_symbol(shop.currency)),
    )


@remembered
def score_whiskers(scores: PriceScores) -> Figure:
    """How well each group is liked, beside the mean of all orders."""
    rows = [
        Whisker(
            row["group"],
            row["score"],
            row["score_low"],
            row["score_high"],
            hover=f"<b>{escaped(row['group'])}</b><br>mean score {row['score']:.2f} ({row['score_low']:.2f} to "
            f"{row['score_high']:.2f}), {row['scores']:,} scores<br>a price 10 % higher: {points(row['moved'])} points "
            f"({points(row['moved_low'])} to {points(row['moved_high'])})<br>{row['opinion'].lower()}",
            strong=row["opinion"] != NO_VIEW,
        )
        for row in scores.table.to_dict("records")
    ]
    axis = {"title": {"text": "mean score (line: all orders)", "font": {"size": 12}}}
    return whisker_figure(rows, axis, mark=scores.mean)
