"""What each part brought to a change, with what chance alone does."""

from analytics.descriptive.headline import FALSE_DISCOVERIES
from analytics.descriptive.kpi_tree import KpiTree
from analytics.formats import currency_symbol, money, signed
from analytics.metrics import DEFINITIONS
from analytics.shop import Shop
from ui.charts.look import Figure, axis_prefix, current_look, lean_figure
from ui.charts.remembered import remembered

ROW_HEIGHT, FRAME_HEIGHT = 38, 60


@remembered
def contribution_bars(tree: KpiTree, shop: Shop) -> Figure:
    """Bars left and right of zero for the leaves of the tree, each with the range of chance as a whisker.

    What is within chance is grey and marked ≈; what is beyond is coloured, and its sign is written.
    """
    look = current_look()
    leaves = tree.leaves().iloc[::-1]
    names = [DEFINITIONS[key].name for key in leaves.index]
    sure = (leaves["by_chance"] <= FALSE_DISCOVERIES).tolist()
    gains = (leaves["contribution"] > 0).tolist()
    amounts = [signed(money(value, shop.currency)) for value in leaves["contribution"]]
    ranges = [money(value, shop.currency) for value in leaves["noise"]]
    labels = [amount if beyond else f"≈ {amount}" for amount, beyond in zip(amounts, sure, strict=True)]
    bars = {
        "type": "bar",
        "x": leaves["contribution"],
        "y": [f"{name}<br>{label}" for name, label in zip(names, labels, strict=True)],
        "orientation": "h",
        "marker": {
            "color": [
                (look.good if gain else look.bad) if beyond else look.context
                for gain, beyond in zip(gains, sure, strict=True)
            ],
            "cornerradius": 3,
        },
        "error_x": {"type": "data", "array": leaves["noise"], "color": look.text, "thickness": 1.2, "width": 4},
        "hovertext": [
            f"<b>{name}</b><br>{amount} of the change in revenue<br>chance: ± {within}"
            for name, amount, within in zip(names, amounts, ranges, strict=True)
        ],
        "hoverinfo": "text",
    }
    return lean_figure(
        bars,
        height=FRAME_HEIGHT + ROW_HEIGHT * max(2, len(names)),
        bargap=0.45,
        xaxis={"zeroline": True, "zerolinecolor": look.muted, "showgrid": True, "gridcolor": look.grid, "nticks": 5}
        | axis_prefix("money", currency_symbol(shop.currency)),
        yaxis={"type": "category", "showgrid": False, "tickfont": {"color": look.text}, "nticks": len(names) + 1},
    )
