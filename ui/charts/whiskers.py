"""Points with their 95 % range, one below the other: what is beyond chance in the accent colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.charts.look import Figure, current_look, escaped, lean_figure, rows_below_each_other
from ui.charts.marks import shortened, upright

ROW_HEIGHT, FRAME_HEIGHT = 25, 48
LONGEST_NAME = 20


@dataclass(frozen=True)
class Whisker:
    """A row: a point with its range, or, without a value, a heading.

    ``told`` stands behind the name; ``member`` is handed over by a click.
    """

    name: str
    value: float | None = None
    low: float = 0.0
    high: float = 0.0
    told: str = ""
    hover: str = ""
    strong: bool = True
    member: str = ""
    earlier: float | None = None


def whisker_figure(
    rows: Sequence[Whisker], xaxis: dict, mark: float | None = 0.0, earlier: str = "", longest: int = LONGEST_NAME
) -> Figure:
    """The rows from top to bottom.

    Parameters
    ----------
    mark : where a line stands that rows are held against; None for none.
    earlier : what the hollow marks are, where rows have them.
    longest : letters of a name; what is longer is cut.
    """
    look, places = current_look(), list(range(len(rows), 0, -1))
    drawn = [(place, row) for place, row in zip(places, rows, strict=True) if row.value is not None]
    traces = []
    for strong, colour in ((False, look.context), (True, look.accent)):
        own = [(place, row) for place, row in drawn if row.strong == strong]
        if own:
            traces.append(_points(own, colour))
    before = [(place, row.earlier) for place, row in drawn if row.earlier is not None]
    if earlier and before:
        traces.insert(0, _earlier(before, earlier))
    named = [f"<b>{_name(r, longest)}</b>" if r.value is None else _name(r, longest) for r in rows]
    lines = [] if mark is None else [upright(mark, look.muted, width=1, dash="solid")]
    return lean_figure(
        *traces,
        height=FRAME_HEIGHT + ROW_HEIGHT * max(len(rows), 3),
        hovermode="closest",
        shapes=lines,
        xaxis={"showgrid": True, "gridcolor": look.grid, "nticks": 6, "zeroline": False} | xaxis,
        yaxis=rows_below_each_other(named),
    )


def _points(own: list[tuple[int, Whisker]], colour: str) -> dict:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [row.value for _, row in own],
        "y": [place for place, _ in own],
        "marker": {"color": colour, "size": 8},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [row.high - row.value for _, row in own],
            "arrayminus": [row.value - row.low for _, row in own],
            "color": colour,
            "thickness": 1.8,
            "width": 0,
        },
        "hovertext": [row.hover for _, row in own],
        "hoverinfo": "text",
        "customdata": [row.member for _, row in own],
    }


def _earlier(before: list[tuple[int, float]], name: str) -> dict:
    look = current_look()
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [value for _, value in before],
        "y": [place for place, _ in before],
        "marker": {"color": "rgba(0,0,0,0)", "size": 9, "line": {"color": look.context, "width": 1.5}},
        "name": name,
        "hovertemplate": f"{name}: %{{x:.1%}}<extra></extra>",
    }


def _name(row: Whisker, longest: int) -> str:
    name = row.name if row.value is None else shortened(row.name, longest)
    return f"{escaped(name)}  <b>{row.told}</b>" if row.told else escaped(name)
