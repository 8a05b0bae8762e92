"""Charts of what goes together."""

from analytics.formats import percent
from analytics.prescriptive.pairs import Pairs
from ui.charts.look import Figure, escaped
from ui.charts.marks import shortened
from ui.charts.remembered import remembered
from ui.charts.whiskers import Whisker, whisker_figure

SHOWN = 10
LONGEST = 33


@remembered
def pair_whiskers(found: Pairs) -> Figure:
    """The pairs farthest beyond chance: how many times as often as in baskets alike, with the 95 % range."""
    arrow = " → " if found.days else " + "
    rows = []
    for row in found.beyond.head(SHOWN).to_dict("records"):
        name = f"{row['first']}{arrow}{row['then']}"
        hover = (
            f"<b>{escaped(name)}</b><br>together in {row['together']:,} baskets<br>confidence "
            f"{percent(row['confidence'])}, usually {percent(row['usual'])}<br>lift {row['lift']:.2f} "
            f"({row['lift_low']:.2f} to {row['lift_high']:.2f}), against alike {row['alike']:.2f}"
        )
        rows.append(Whisker(_short(row["first"], arrow, row["then"]), row["alike"], row["alike_low"], row["alike_high"],
                            hover=hover))  # fmt: skip
    axis = {"title": {"text": "times as often as in baskets alike", "font": {"size": 12}}}
    return whisker_figure(rows, axis, mark=1.0, longest=LONGEST)


def _short(first: str, arrow: str, then: str) -> str:
    each = (LONGEST - len(arrow)) // 2
    return arrow.join(shortened(name, each) for name in (first, then))
