"""What many charts draw beside their own: a shaded range, a level across, an upright, a name that is short enough."""

from collections.abc import Sequence

from ui.charts.look import current_look

SHADE = 0.16
"""How strongly a range is coloured where one alone is drawn."""


def band(x: Sequence, low: Sequence, high: Sequence, fill: str | None = None, **own: object) -> list[dict]:
    """A range around a line, shaded; it is drawn before the line.

    Where an end is missing, leave the place out: over a gap, what is shaded would fold over.

    Parameters
    ----------
    fill : its colour, the accent over the surface unless told.
    own : what both edges have beside that, their axes for one.
    """
    look = current_look()
    edge = {"type": "scatter", "x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"} | own
    shade = {"fill": "tonexty", "fillcolor": fill or look.faded(look.accent, SHADE)}
    return [edge | {"y": low, "name": "from"}, edge | {"y": high, "name": "to"} | shade]


def see_through(colour: str, strength: float = SHADE) -> str:
    """A colour behind which lines and bars are seen: bars are drawn below lines, whatever their order."""
    return "rgba({}, {}, {}, {})".format(*bytes.fromhex(colour[1:]), strength)


def level(y: float, colour: str, *, width: float = 1.2, dash: str = "dot", layer: str = "below") -> dict:
    """A line across the whole plot."""
    ends = {"x0": 0, "x1": 1, "xref": "paper", "y0": y, "y1": y}
    return {"type": "line", **ends, "line": {"color": colour, "width": width, "dash": dash}, "layer": layer}


def upright(x: float, colour: str, *, width: float = 1.4, dash: str = "dot", layer: str = "below") -> dict:
    """A line from the bottom of the plot to its top."""
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "line", **ends, "line": {"color": colour, "width": width, "dash": dash}, "layer": layer}


def shortened(name: str, longest: int) -> str:
    """A name cut to so many letters.

    >>> shortened("Marketplace", 8), shortened("Web", 8)
    ('Marketp…', 'Web')
    """
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
