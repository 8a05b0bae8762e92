"""The frame of every page: its title, the filters in force, and cards that keep their own trouble to themselves."""

import html
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from analytics.descriptive.headline import Headline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import plain, unbroken, unmarked
from analytics.metrics import Metric
from analytics.periods import day_label
from ui import chart_element, data
from ui.charts.look import Figure, use_look
from ui.exports import column_formats, csv_bytes, excel_bytes, file_name, readable_table
from ui.page_menu import draw_page_menu
from ui.shown import (
    ShownTable,
    begin_card,
    begin_page,
    end_card,
    forget_page,
    give_up_page,
    made,
    note_figure,
    note_headline,
    note_sentence,
    note_table,
    note_trouble,
)
from ui.sidebar import filter_to, filters_in_force
from warehouse.errors import StoreError

PAGES_AT_ONCE = 3
_turns = threading.Semaphore(PAGES_AT_ONCE)

PAGES_FOLDER = Path(__file__).resolve().parent.parent / "pages"


def open_page(title: str, question: str) -> Filters:
    """Title, question and the filters as a sentence; returns the filters in force."""
    filters = st.session_state["_filters"]
    shop = data.shop()
    shown = begin_page(title, question, filters, shop)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(question, anchor=False)
        draw_page_menu(shown)
    say(f"{title} · {filters.sentence(shop.days, shop.members, shop.today)}")
    return filters


def draw_filters(page: str) -> bool:
    """Called by the shell above all pages: filters in the sidebar, kept for ``open_page``.

    Parameters
    ----------
    page : what the address of the page has behind its ``/``.

    Returns
    -------
    Whether there are orders to filter; what is wrong otherwise has been said.
    """
    use_look(st.context.theme.type)
    forget_page()
    st.session_state["_page"] = page
    with said_in_place():
        data.pin_version()
        shop = data.shop()
        with st.sidebar:
            st.session_state["_filters"] = filters_in_force(shop)
        return True
    return False


def few_at_once() -> threading.Semaphore:
    """Held while a page is drawn: one interpreter draws fifty pages sooner by turns than all at the same time.

    Their threads would spend half of it on taking it from each other, and a crowd that has once to wait would keep
    waiting.
    """
    return _turns


def say_demo() -> None:
    """The banner that tells demo data from one's own."""
    if data.shop().is_demo:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="demo-banner"):
            st.caption(":material/science: **Demo data**, simulated: no real shop stands behind these figures.")
            st.page_link(f"{PAGES_FOLDER}/workspace/data.py", label="Bring your own orders", icon=":material/upload:")


class Card:
    """A card being drawn; ``explain`` fills its menu."""

    def __init__(self, heading: str, top: st.delta_generator.DeltaGenerator) -> None:
        self._heading = heading
        self._top = top

    def explain(
        self,
        how: str,
        table: pd.DataFrame | Callable[[], pd.DataFrame],
        filters: Filters,
        metric: Metric | None = None,
    ) -> None:
        """What the card's menu shows: how its numbers are computed, and the numbers as a table and as files.

        A long table is given as the function that makes it; it is called where the menu is open or a file is asked for.
        """
        if doubt := _doubt(metric, filters):
            how, table = f"{how} {doubt}", _noted(made(table), doubt)
        note_table(how, ShownTable(table, metric))
        key = f"menu-{self._heading}"
        menu = self._top.popover("", icon=":material/more_horiz:", type="tertiary", key=key, on_change="rerun")
        if not menu.open:
            return
        with menu:
            if metric:
                st.markdown(f"**{metric.name}**: {metric.definition}  \nFormula: {metric.formula}.")
            st.markdown(plain(how))
            shop = data.shop()
            shown, units = readable_table(made(table), shop, metric)
            rows = "1 row" if len(shown) == 1 else f"{len(shown):,} rows"
            looked_at = filters.sentence(shop.days, shop.members, shop.today)
            st.caption(plain(f"{looked_at} · data to {day_label(shop.last_day)} · {rows} in this table"))
            _show_table(shown, units, f"{key}-table")
            left, right = st.columns(2)
            name = file_name(self._heading, filters)
            left.download_button(
                "CSV", lambda: csv_bytes(shown), f"{name}.csv", "text/csv", key=f"{key}-csv", on_click="ignore"
            )
            right.download_button(
                "Excel",
                lambda: excel_bytes(shown, self._heading, filters, shop, units),
                f"{name}.xlsx",
                key=f"{key}-xlsx",
                on_click="ignore",
            )


def _doubt(metric: Metric | None, filters: Filters) -> str:
    """Why a table of the metric tells too little, if it does; see ``Shop.doubt``."""
    return data.shop().doubt(metric, filters.period.start) if metric and metric.looks_back else ""


def _noted(table: pd.DataFrame, doubt: str) -> pd.DataFrame:
    """The table for files with the doubt in each row, unless its rows say already which can be told."""
    return table if "known" in table.columns else table.assign(note=doubt)


def frame(stretched: bool = True) -> st.delta_generator.DeltaGenerator:
    """The border of a card; stretched, it is as high as its neighbours."""
    return st.container(border=True, height="stretch" if stretched else "content")


@contextmanager
def card(heading: str, framed: bool = True, stretched: bool = True) -> Iterator[Card]:
    """A bordered part of the page. What cannot be answered becomes one calm sentence inside it.

    ``framed`` is False where a ``frame`` stands around it already.
    """
    with frame(stretched) if framed else st.container():
        row = {"horizontal": True, "horizontal_alignment": "distribute", "vertical_alignment": "center"}
        top = st.container(**row, gap="small")
        top.html(f'<h2 style="font-size:1.02rem;font-weight:620;margin:0;padding:0">{html.escape(heading)}</h2>')
        around = begin_card(heading)
        try:
            with said_in_place():
                yield Card(heading, top)
        finally:
            end_card(around)


@contextmanager
def said_in_place() -> Iterator[None]:
    """Turn trouble into a sentence where it occurs: nothing else on the page is lost."""
    try:
        yield
    except NotEnoughData as answer:
        note_trouble(str(answer))
        st.info(plain(str(answer)), icon=":material/info:")
        if answer.mended_on:
            lead_to(answer.mended_on)
    except StoreError as error:
        note_trouble(str(error))
        st.error(plain(str(error)), icon=":material/database_off:")


def lead_to(mended_on: str) -> None:
    """A link to the page, as in ``workspace/settings``, where what is missing can be had."""
    page = PAGES_FOLDER / f"{mended_on}.py"
    st.page_link(page, label=f"Open the {page.stem.capitalize()} page", icon=":material/arrow_forward:")


def say_headline(headline: Headline) -> None:
    """The computed sentence on top of a page."""
    said = headline.change + (f" Also beyond chance: {headline.also}." if headline.also else "")
    note_headline(unmarked(said))
    st.markdown(re.sub(r"(?<!\\)\$", r"\\$", unbroken(said)))


def say(sentence: str, hint: str = "") -> None:
    """A caption of plain text: names from the data are shown as they are, whatever they contain.

    A ``hint`` tells what can be done with the page, and so is left out of its files.
    """
    note_sentence(sentence)
    st.caption(plain(f"{sentence} {hint}".strip()))


def show_chart(
    figure: Figure,
    key: str,
    sentence: str,
    clicks_filter: str | None = None,
    on_click: Callable[[str], None] | None = None,
    leads: str = "",
) -> None:
    """A chart with its text alternative; a click on a mark filters ``clicks_filter`` to the mark's member.

    ``on_click`` is called with what a mark carries instead. It comes from the browser: it may be anything. Or a click
    ``leads`` to an own address (see ``chart_element``).
    """
    note_figure(figure, sentence)
    on_click = partial(_filter_to_clicked, clicks_filter) if clicks_filter else on_click
    chart_element.draw(figure, key, sentence, on_click, leads)


def _show_table(table: pd.DataFrame, units: dict[str, str], key: str) -> None:
    st.dataframe(
        table,
        hide_index=True,
        height=min(320, 38 + 35 * max(len(table), 1)),
        column_config={h: st.column_config.NumberColumn(format=f) for h, f in column_formats(units).items()},
        placeholder="",
        key=key,
    )


def _filter_to_clicked(dimension: str, member: object) -> None:
    """What was clicked comes from the browser: it may be anything."""
    if member in data.shop().members.get(dimension, ()):
        filter_to(dimension, [member])


def report_crash(error: Exception) -> bool:
    """What a visitor reads when something broke that should not: one sentence; the log keeps the rest."""
    give_up_page()
    logging.getLogger("shop").exception("A page broke", exc_info=error)
    st.error(
        "This page broke while it was being drawn. Nothing stored is affected: reload, and if it happens again, "
        "send the server's log to whoever runs it.",
        icon=":material/error:",
    )
    return True
