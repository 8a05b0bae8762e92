"""What a page shows, noted while it is drawn: the same headings, sentences, tables and charts can leave as a file.

Nothing is computed or copied for it: tables are the answers that the cards already have, charts the same drawings.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from analytics.filters import Filters
from analytics.metrics import Metric
from analytics.periods import day_label
from analytics.shop import Shop
from ui.charts.look import Figure
from ui.exports import readable_table


def made(table: pd.DataFrame | Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The table itself, where a function stands for it."""
    return table() if callable(table) else table


@dataclass(frozen=True)
class ShownTable:
    """A table of a card, in the unit of its metric; ``row_metrics`` where each row's ``value`` is of another one.

    A long table is given as the function that makes it, so that it is not held while nobody reads it.
    """

    table: pd.DataFrame | Callable[[], pd.DataFrame]
    metric: Metric | None = None
    row_metrics: tuple[Metric, ...] = ()

    def readable(self, shop: Shop) -> tuple[pd.DataFrame, list[list[str | None]]]:
        """The table for people (see ``readable_table``), and the unit of each cell, row by row."""
        table = made(self.table)
        if self.row_metrics:
            table = table.set_axis(pd.Index([m.name for m in self.row_metrics], name="key_figure"))
            table = table[["value", *table.columns.drop("value")]]
        written, units = readable_table(table, shop, self.metric)
        by_column = [units.get(heading) for heading in written.columns]
        if self.row_metrics:
            return written, [[None, *[m.unit] * (len(by_column) - 1)] for m in self.row_metrics]
        return written, [by_column] * len(written)


@dataclass
class ShownCard:
    """A card: its sentences in their order, ``how`` it is computed, and a text for each chart."""

    heading: str
    sentences: list[str] = field(default_factory=list)
    how: list[str] = field(default_factory=list)
    tables: list[ShownTable] = field(default_factory=list)
    figures: list[tuple[Figure, str]] = field(default_factory=list)
    markup: Callable[[], str] | None = None
    """Draws what the card shows as HTML of its own anew, in the look of whoever calls it."""

    def texts(self) -> list[str]:
        """All that the card says, each sentence once: what is shown, then how it is computed."""
        return list(dict.fromkeys([*self.sentences, *self.how]))


@dataclass
class ShownPage:
    """A page: whose it is, what is looked at, and its cards in their order."""

    title: str
    question: str
    filters: Filters
    shop: Shop
    headline: list[str] = field(default_factory=list)
    cards: list[ShownCard] = field(default_factory=list)
    is_drawn: bool = False
    """Whether it has been drawn to its end."""

    def facts(self) -> dict[str, str]:
        """What every file of the page says about itself, by name."""
        shop, filters = self.shop, self.filters
        compared = [period.label() for period in filters.comparisons_in(shop.days, shop.today).values()]
        return {
            "Page": self.title,
            "Shop": f"{shop.name} (demo data, simulated)" if shop.is_demo else shop.name,
            "Filters": replace(filters, compare="none").sentence(shop.days, shop.members),
            "Compared with": " and ".join(compared) or "nothing",
            "Data to": day_label(shop.last_day),
            "Currency": shop.currency,
            "Produced at": f"{datetime.now(ZoneInfo(shop.time_zone)):%Y-%m-%d %H:%M} ({shop.time_zone})",
        }

    def filled_cards(self) -> list[ShownCard]:
        """The cards that show something by now: one may wait for a choice."""
        return [card for card in self.cards if card.texts() or card.tables or card.figures or card.markup]

    def card(self, heading: str) -> ShownCard:
        """A new card; in place of one with that heading, as when a part of the page is drawn again."""
        new = ShownCard(heading)
        for place, card in enumerate(self.cards):
            if card.heading == heading:
                self.cards[place] = new
                return new
        self.cards.append(new)
        return new


LONGEST_DRAWING_SECONDS = 60.0
"""Whoever asked for a file of a page waits so long for its end; threads that wait are few."""


class Drawing:
    """How far a visit's page is: files are asked for in other threads, at any time.

    A run may end early because the visitor changed something: another run begins then, with a page of its own.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._page: ShownPage | None = None
        self._goes_on = False

    def begin(self, page: ShownPage | None = None) -> None:
        """A run has begun, and by now it draws this page."""
        with self._changed:
            self._page, self._goes_on = page, True

    def end(self) -> None:
        """All is drawn."""
        with self._changed:
            self._goes_on = False
            if self._page is not None:
                self._page.is_drawn = True
            self._changed.notify_all()

    def give_up(self) -> None:
        """What is being drawn broke."""
        with self._changed:
            self._goes_on = False
            self._changed.notify_all()

    def whole(self, page: ShownPage) -> ShownPage:
        """The page as soon as all of it is drawn; where its run ended early, as the next one drew it.

        Raises
        ------
        TimeoutError : it was not drawn to its end: it broke, was left, or takes too long.
        """
        with self._changed:
            self._changed.wait_for(lambda: page.is_drawn or not self._goes_on, LONGEST_DRAWING_SECONDS)
            for drawn in (page, self._page):
                if drawn is not None and drawn.is_drawn and drawn.title == page.title:
                    return drawn
        raise TimeoutError(f"{page.title} was not drawn to its end")


_KEY, _DRAWING = "_shown", "_drawing"
_card: ContextVar[ShownCard | None] = ContextVar("card being drawn", default=None)


def begin_page(title: str, question: str, filters: Filters, shop: Shop) -> ShownPage:
    """Note what follows in this run as this page's."""
    page = st.session_state[_KEY] = ShownPage(title, question, filters, shop)
    _drawing().begin(page)
    return page


def forget_page() -> None:
    """Note nothing until a page begins."""
    st.session_state.pop(_KEY, None)
    _drawing().begin()
    _card.set(None)


@contextmanager
def drawn_to_its_end() -> Iterator[None]:
    """Around all that a run draws. One that makes way for the next does not come to its end, nor one that breaks."""
    drawing = _drawing()
    try:
        yield
    except StopException:  # a page that has said all it can; the session would stop whoever asks it anything now
        drawing.end()
        raise
    drawing.end()


def give_up_page() -> None:
    """What was begun broke: no file of it is waited for."""
    _drawing().give_up()


def file_of(page: ShownPage, make: Callable[[ShownPage], bytes]) -> Callable[[], bytes]:
    """Makes a file of the page, in whatever thread: of all of it, even where it is asked for while it is drawn."""
    drawing = _drawing()
    return lambda: make(drawing.whole(page))


def _drawing() -> Drawing:
    return st.session_state.setdefault(_DRAWING, Drawing())


def shown_page() -> ShownPage | None:
    """The page of this session as it was drawn last; None where it is none with filters and cards."""
    return st.session_state.get(_KEY)


def begin_card(heading: str) -> ShownCard | None:
    """Note what follows as this card's, until ``end_card`` is given what this returns: the card around it."""
    around, page = _card.get(), shown_page()
    _card.set(page.card(heading) if page else None)
    return around


def end_card(around: ShownCard | None) -> None:
    """What follows belongs to the card around, or to none."""
    _card.set(around)


def note_sentence(sentence: str) -> None:
    """A sentence of the card being drawn; outside of cards only what is noted as the headline is the page's."""
    if card := _card.get():
        card.sentences.append(sentence)


def note_headline(sentence: str) -> None:
    """The sentence on top of the page, or why there is none."""
    if page := shown_page():
        page.headline.append(sentence)


def note_trouble(sentence: str) -> None:
    """Why something is not shown: in the card being drawn, else on top."""
    (note_sentence if _card.get() else note_headline)(sentence)


def note_figure(figure: Figure, sentence: str) -> None:
    """A chart of the card being drawn, with its text alternative."""
    if card := _card.get():
        card.figures.append((figure, sentence))


def note_table(how: str, table: ShownTable) -> None:
    """A table of the card being drawn, and how it is computed."""
    if card := _card.get():
        card.how.append(how)
        card.tables.append(table)


def note_markup(markup: Callable[[], str]) -> None:
    """A table or drawing in HTML of the card being drawn: called for a file, where nothing leads to other pages."""
    if card := _card.get():
        card.markup = markup


def note_key_figures(heading: str, table: ShownTable, markup: Callable[[], str]) -> None:
    """Key figures: of the card being drawn; where they stand in none, they are one of their own in a file."""
    page = shown_page()
    card = _card.get() or (page.card(heading) if page else None)
    if card:
        card.tables.append(table)
        card.markup = markup
