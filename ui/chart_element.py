"""The element that draws charts: one Plotly drawing per place on the page, changed in place from run to run.

Streamlit's own element takes down a chart whose figure changed, builds it again, and then draws it a second time; its
bundle holds all of Plotly (4.7 MB). Ours keeps the drawing, draws once, begins with what is in view, and needs a third
of the bundle: the part of Plotly that draws in Cartesian axes, of the same version as the Python package's.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import streamlit as st

from ui.charts.look import Figure
from ui.early_files import BUNDLE, BUNDLE_ID

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_element = st.components.v2.component(
    "chart",
    js=_SCRIPT.replace("{bundle}", BUNDLE).replace("{bundle_id}", BUNDLE_ID),
    isolate_styles=False,  # Plotly keeps its styles in the page's head
)


def draw(
    figure: Figure, key: str, sentence: str, on_click: Callable[[str], None] | None = None, leads: str = ""
) -> None:
    """Draw a figure.

    Parameters
    ----------
    figure : its layout has a ``height`` in pixels; the width is that of the place.
    key : names the place on the page.
    sentence : the text alternative.
    on_click : called with the ``customdata`` of a mark that was clicked.
    leads : an own address to which a click on a mark leads; ``first-day`` in it is the mark's day, ``last-day`` the
        day in its ``customdata``, or the same.
    """
    shown = {"figure": figure, "label": sentence, "clickable": on_click is not None, "leads": leads}
    options = {"on_themed_change": _drawn_anew}
    if on_click:
        options["on_clicked_change"] = lambda: on_click(st.session_state[key].clicked)
    _element(key=key, data=encoded(shown), height=figure["layout"]["height"], **options)


def _drawn_anew() -> None:
    """Nothing more than the run that follows: it draws in the colours of the visitor's new theme."""


def encoded(figure: Figure) -> bytes:
    """A figure as JSON: columns and arrays as lists, days as ISO texts, what is missing as null.

    Raises
    ------
    TypeError : the figure holds something else.
    """
    return orjson.dumps(figure, _plain, orjson.OPT_SERIALIZE_NUMPY)


def _plain(value: object) -> object:
    """What the encoder does not know: columns, and days with a time."""
    if isinstance(value, pd.Series | pd.Index | np.ndarray):
        return value.tolist()
    if isinstance(value, date):
        return None if value is pd.NaT else value.isoformat()
    raise TypeError
