"""Colours and the one lean template of all charts, for light and dark pages."""

from contextvars import ContextVar
from dataclasses import dataclass

Figure = dict[str, object]
"""A Plotly figure as plain data, ``data`` and ``layout``: ``plotly.graph_objects.Figure(figure)`` checks it and gives
it methods. A page needs neither, and they would take four fifths of the time in which a chart is made."""


@dataclass(frozen=True)
class Look:
    """The colours of a page: ``accent`` is *this*, ``context`` is what it is compared with."""

    name: str
    page: str
    surface: str
    text: str
    muted: str
    grid: str
    accent: str
    context: str
    good: str
    bad: str
    members: tuple[str, ...]

    def faded(self, colour: str, strength: float) -> str:
        """A colour as it looks at ``strength`` (0–1) over the surface."""
        return "rgb({}, {}, {})".format(*self.mixed(colour, strength))

    def mixed(self, colour: str, strength: float) -> tuple[int, int, int]:
        """The same as red, green, blue 0–255."""
        over, under = bytes.fromhex(colour[1:]), bytes.fromhex(self.surface[1:])
        return tuple(round(strength * a + (1 - strength) * b) for a, b in zip(over, under, strict=True))

    def legible_on(self, colour: str, strength: float) -> str:
        """Black or white, whichever can be read better on that tint (WCAG relative luminance)."""
        linear = [
            c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in self.mixed(colour, strength)
        ]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


LIGHT = Look(
    name="light",
    page="#F7F8FA",
    surface="#FFFFFF",
    text="#1B2330",
    muted="#5F6B7C",
    grid="#EBEEF3",
    accent="#3257C8",
    context="#7F8999",
    good="#0E7A4B",
    bad="#B3363B",
    members=(
        "#3257C8",
        "#CC832E",
        "#1F9D8B",
        "#C4506B",
        "#9486B4",
        "#4499FB",
        "#A79A2E",
        "#D67BB5",
        "#6E7C8C",
        "#7A4E2D",
    ),
)
DARK = Look(
    name="dark",
    page="#11151C",
    surface="#191F29",
    text="#E7EBF2",
    muted="#98A3B3",
    grid="#242C39",
    accent="#7C9BFF",
    context="#8792A3",
    good="#5BE0A8",
    bad="#FF7B86",
    members=(
        "#7C9BFF",
        "#E0882B",
        "#3AB29C",
        "#CD5767",
        "#7F59DD",
        "#81D9F0",
        "#B9AC3F",
        "#D67BB5",
        "#8792A3",
        "#B07C55",
    ),
)

_current: ContextVar[Look] = ContextVar("look", default=LIGHT)


def current_look() -> Look:
    """The look of the page being drawn."""
    return _current.get()


def use_look(name: str | None) -> Look:
    """Draw what follows in this thread for a ``light`` or ``dark`` page."""
    look = DARK if name == "dark" else LIGHT
    _current.set(look)
    return look


def lean_figure(
    *traces: dict, height: int, xaxis: dict, yaxis: dict, top: int = 8, right: int = 12, **layout: object
) -> Figure:
    """A figure with our own few settings: the stock template is kilobytes a figure.

    Parameters
    ----------
    traces : traces with their ``type``.
    xaxis, yaxis : what differs from the axes of all charts.
    top, right : margins beside the plot, in pixels.
    """
    look = current_look()
    family = "Inter, sans-serif"
    hover = {"color": look.text, "family": family, "size": 12.5}
    return {
        "data": list(traces),
        "layout": {
            "template": {},  # without it a graph object of this figure would carry Plotly's own, 3 kB
            "height": height,
            "margin": {"l": 8, "r": right, "t": top, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": family, "size": 12.5, "color": look.muted},
            "showlegend": False,
            "dragmode": False,
            "hoverlabel": {"bgcolor": look.surface, "bordercolor": look.grid, "font": hover},
            "xaxis": lean_x_axis(xaxis),
            "yaxis": lean_y_axis(yaxis),
            **layout,
        },
    }


def lean_x_axis(own: dict) -> dict:
    """An axis across, with what is its own."""
    return _AXIS | {"showgrid": False, "linecolor": current_look().grid} | own


def lean_y_axis(own: dict) -> dict:
    """An axis up, with what is its own."""
    return _AXIS | {"gridcolor": current_look().grid, "nticks": 5} | own


_THOUSANDS = {"tickformat": "~s", "tickformatstops": [{"dtickrange": [None, 0.999], "value": "~f"}]}
"""Thousands as k, millions as M. Between ticks of less than one there are none, and a half would be “500m”."""
_AXIS = {"automargin": True, "zeroline": False, "ticks": "", "fixedrange": True}


def axis_prefix(unit: str, currency_symbol: str) -> dict:
    """Axis settings that carry the unit: the currency before amounts, per cent behind shares."""
    if unit == "money":
        return {"tickprefix": f"{currency_symbol} "} | _THOUSANDS
    if unit == "share":
        return {"tickformat": ".0%"}
    if unit == "days":
        return {"ticksuffix": " d"}
    return _THOUSANDS if unit == "count" else {"tickformat": ""}


def above(*said: str, x: float = 0.0, anchor: str = "left") -> dict:
    """What each mark is, in its colour, above the plot: nothing to collide with, nothing to look up."""
    place = {"x": x, "y": 1, "xref": "paper", "yref": "paper", "xanchor": anchor, "yanchor": "bottom", "align": "left"}
    return place | {"text": "   ".join(said), "showarrow": False}


def rows_below_each_other(names: list[str]) -> dict:
    """An axis up of rows at the places from ``len(names)`` down to 1, the first on top."""
    return {
        "showgrid": False,
        "range": [0.4, len(names) + 0.6],
        "tickvals": list(range(len(names), 0, -1)),
        "ticktext": names,
        "tickfont": {"color": current_look().text, "size": 12},
        "ticklabelstandoff": 8,
    }


def escaped(member: str) -> str:
    """Plotly reads a few HTML tags in labels: a name from the data is text, whatever it contains."""
    return member.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
