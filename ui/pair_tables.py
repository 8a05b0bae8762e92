"""Tables of what goes together and of whom to offer it."""

from functools import partial

import pandas as pd
import streamlit as st

from analytics.formats import MISSING, chance, currency_decimals, currency_symbol, is_missing, money, percent
from analytics.prescriptive.cross_sell import OfferWorth
from analytics.prescriptive.offers_tested import AHEAD_DAYS, OffersTested
from analytics.prescriptive.pairs import Pairs
from analytics.shop import Shop
from ui.figures import figure_table, figure_tiles
from ui.shown import note_markup

SHOWN = 10
LISTED = ("customer_id", "bought", "bought_on", "offer", "chance", "usual", "margin", "expected")


def pairs_table(found: Pairs) -> None:
    """The pairs farthest beyond chance, by support, confidence and lift."""
    st.html(_pairs(found))
    note_markup(partial(_pairs, found))


def worth_tiles(worth: OfferWorth, shop: Shop) -> None:
    """What the offers bring, to how many, at which cost, and how likely."""
    st.html(_tiles(worth, shop))


def offers_table(rows: pd.DataFrame, page: int, shop: Shop) -> None:
    """One page of the list of customers with their best offer."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    symbol, coin = currency_symbol(shop.currency), 10.0 ** -currency_decimals(shop.currency)
    shown = rows[list(LISTED)].assign(chance=rows["chance"] * 100, usual=rows["usual"] * 100)
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        column_config={
            "customer_id": text("Customer", pinned=True, width=90),
            "bought": text("Bought", width=130),
            "bought_on": st.column_config.DateColumn("Last on", width=95),
            "offer": text("Offer", width=130),
            "chance": number(
                "Chance", format="%.1f %%", width=70, help="Of baskets with what was bought, how many hold it"
            ),
            "usual": number("Usual", format="%.1f %%", width=65, help="Of other baskets alike, how many hold it"),
            "margin": number(
                f"Margin ({symbol})", format="localized", step=coin, width=105, help="Of an order of what is offered"
            ),
            "expected": number(
                f"Expected ({symbol})",
                format="localized",
                step=coin,
                width=115,
                help="Of the offer, after what a contact costs",
            ),
        },
        key=f"offers-{page}",
    )


def tested_table(tested: OffersTested) -> None:
    """What customers then bought by themselves, of what would have been offered and of what sells best."""
    st.html(_tested(tested))
    note_markup(partial(_tested, tested))


def _tested(tested: OffersTested) -> str:
    rows = [
        [
            row["what"],
            (
                percent(row["bought"]),
                "" if is_missing(row["low"]) else f"{percent(row['low'])} to {percent(row['high'])}",
            ),
        ]
        for row in tested.table.to_dict("records")
    ]
    return figure_table(("What", f"Bought within {AHEAD_DAYS} days"), rows)


def _tiles(worth: OfferWorth, shop: Shop) -> str:
    low, high = money(worth.low, shop.currency), money(worth.high, shop.currency)
    some = worth.customers > 0
    return figure_tiles(
        [
            (
                "Net margin, expected",
                money(worth.net, shop.currency) if some else MISSING,
                f"{low} to {high}, 80 %" if some else "no offer is expected to pay",
            ),
            ("Customers offered", f"{worth.customers:,}", "each their best offer"),
            ("Contacts cost", money(worth.cost, shop.currency), "in all"),
            ("That it pays", chance(worth.probability) if some else MISSING, "if the assumption holds"),
        ]
    )


def _pairs(found: Pairs) -> str:
    heads = ["If bought", "then", "Together", "Support", "Confidence", "Lift", "Against alike"]
    has_own = found.usual_factor > 1  # else the lift against baskets alike is the lift
    rows = [
        [
            row["first"],
            row["then"],
            f"{row['together']:,}",
            percent(row["support"], 2),
            (percent(row["confidence"]), f"usually {percent(row['usual'])}"),
            (f"{row['lift']:.2f}", f"{row['lift_low']:.2f} to {row['lift_high']:.2f}"),
            (f"{row['alike']:.2f}", f"{row['alike_low']:.2f} to {row['alike_high']:.2f}"),
        ]
        for row in found.beyond.head(SHOWN).to_dict("records")
    ]
    shown = len(heads) if has_own else len(heads) - 1
    return figure_table(heads[:shown], [row[:shown] for row in rows])
