"""Parts of a page that their own controls redraw, while the rest of the page stays as it is."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from ui import data
from ui.charts.look import use_look
from ui.page import said_in_place

P = ParamSpec("P")


def redrawn_alone(draw: Callable[P, None]) -> Callable[P, None]:
    """Let a change of a widget inside a part redraw that part alone: a fifth of the page and of the waiting.

    Such a run begins anew: without the look of the page and the version of its data. Where these are no longer what
    the rest of the page was drawn with, the whole page is drawn: it would be of two colours, or speak of two states of
    the data.
    """

    @st.fragment
    @wraps(draw)
    def part(drawn_with: tuple[str, str], *given: P.args, **named: P.kwargs) -> None:
        with said_in_place():
            if drawn_with != _now():
                st.rerun()
            draw(*given, **named)

    @wraps(draw)
    def placed(*given: P.args, **named: P.kwargs) -> None:
        with said_in_place():
            part(_now(), *given, **named)

    return placed


def _now() -> tuple[str, str]:
    """The look and the data version that this run draws with from here on."""
    return use_look(st.context.theme.type).name, data.pin_version()
