"""Tables of the page of revenue moves."""

from functools import partial

import streamlit as st

from analytics.formats import MISSING, chance, is_missing, money, percent, signed
from analytics.prescriptive.elasticity import as_figure
from analytics.prescriptive.price_moves import KEEP, SILENT, PriceMoves
from analytics.prescriptive.price_scores import agreement
from analytics.shop import Shop
from ui.figures import Cell, figure_table, figure_tiles
from ui.shown import note_markup

MOST_ROWS = 15


def moves_table(moves: PriceMoves, opinions: dict[str, str], shop: Shop) -> None:
    """Every group with what to do with its price, those to be moved in bold."""
    st.html(_moves(moves, opinions, shop))
    note_markup(partial(_moves, moves, opinions, shop))


def moves_note(moves: PriceMoves, left_out: str) -> str:
    """What the table does not show; empty where it shows all."""
    more = len(moves.table) - MOST_ROWS
    return f"{left_out} {f'{more:,} more are in the file.' if more > 0 else ''}".strip()


def moves_tiles(moves: PriceMoves, shop: Shop) -> None:
    """What all moves bring together, how likely, and of how much nothing can be told."""
    st.html(_tiles(moves, shop))


def _tiles(moves: PriceMoves, shop: Shop) -> str:
    gain, low, high = (money(v, shop.currency) for v in moves.total)
    verdicts = moves.table["verdict"]
    silent = int((verdicts == SILENT).sum())
    some = len(moves.advised) > 0
    pays = f"{chance(moves.probability)} likely to pay" if some else "no move is advised"
    return figure_tiles(
        [
            ("Margin gained a month", gain if some else MISSING, f"{low} to {high}, 80 %" if some else ""),
            ("Prices to move", f"{len(moves.advised):,}", pays),
            ("Prices to keep", f"{int((verdicts == KEEP).sum()):,}", f"within ± {percent(moves.band, 0)}"),
            ("Cannot tell", f"{silent:,}", f"of {len(verdicts):,}"),
        ]
    )


def _moves(moves: PriceMoves, opinions: dict[str, str], shop: Shop) -> str:
    things = {"category": "Category", "product": "Product"}[moves.by]
    heads = (
        things,
        "Price",
        "Margin a month",
        "Likely to pay",
        "Orders",
        "Revenue",
        "Elasticity",
        "Margin now",
        "Scores say",
    )
    shown = moves.table.head(MOST_ROWS)
    rows = [[*_row(row, shop), _opinion(row, opinions)] for row in shown.to_dict("records")]
    return figure_table(heads, rows, shown["price_change"].ne(0).tolist())


def _opinion(row: dict, opinions: dict[str, str]) -> Cell:
    opinion = opinions.get(row["group"], MISSING)
    agrees = agreement(row["verdict"], opinion)
    return (opinion.lower(), agrees) if agrees else opinion.lower()


def _row(row: dict, shop: Shop) -> list[Cell]:
    margin = (percent(row["margin"], 0), row["margin_source"]) if not is_missing(row["margin"]) else MISSING
    named = (row["group"], row["why"]) if row["why"] else row["group"]
    if row["verdict"] == SILENT:
        return [named, "cannot tell", *[MISSING] * 5, margin]
    elasticity = (
        as_figure(row["elasticity"]),
        f"{as_figure(row['elasticity_low'])} to {as_figure(row['elasticity_high'])}",
    )
    if row["verdict"] == KEEP:
        return [named, "keep", *[MISSING] * 4, elasticity, margin]
    gain = (
        signed(money(row["gain"], shop.currency)),
        f"{money(row['gain_low'], shop.currency)} to {money(row['gain_high'], shop.currency)}",
    )
    edge = "the band stops it" if row["at_edge"] else "within the band"
    changes = [signed(percent(row[c])) for c in ("orders_change", "revenue_change")]
    return [
        named, (signed(percent(row["price_change"])), edge), gain, chance(row["probability"]), *changes,
        elasticity, margin,
    ]  # fmt: skip
