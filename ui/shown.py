"""What a page shows, noted while it is drawn: the same headings, sentences, tables and charts can leave as a file.

Nothing is computed or copied for it: tables are the answers that the cards already have, charts the same drawings.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

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


_KEY = "_shown"
_card: ContextVar[ShownCard | None] = ContextVar("card being drawn", default=None)


def begin_page(title: str, question: str, filters: Filters, shop: Shop) -> ShownPage:
    """Note what follows in this run as this page's."""
    st.session_state[_KEY] = ShownPage(title, question, filters, shop)
    return st.session_state[_KEY]


def forget_page() -> None:
    """Note nothing until a page begins."""
    st.session_state.pop(_KEY, None)
    _card.set(None)


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
