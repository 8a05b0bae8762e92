"""Figures and tables of the panel about the marketing budget."""

from functools import partial

import pandas as pd
import streamlit as st

from analytics.formats import chance, money, percent, signed
from analytics.prescriptive.budget import BudgetPlan
from analytics.prescriptive.budget_next import NextExperiment
from analytics.prescriptive.budget_text import returned
from analytics.shop import Shop
from ui.addresses import PAGES_FOLDER
from ui.figures import Cell, figure_table, figure_tiles
from ui.shown import ShownTable, note_key_figures, note_markup

BINDS = {"least": "at its least", "most": "at its most", "held": "left as now", "": ""}
"""Why an amount stands where it does, as its row says it."""
IN_FILES = {
    "present": "spend_at_present",
    "proposed": "spend_proposed",
    "least": "least_spend",
    "most": "most_spend",
    "stated": "bounds_stated",
    "told": "effect_told",
    "return_present": "one_more_brings_now",
    "return_present_low": "one_more_brings_now_low",
    "return_present_high": "one_more_brings_now_high",
    "return_proposed": "one_more_brings_then",
    "return_proposed_low": "one_more_brings_then_low",
    "return_proposed_high": "one_more_brings_then_high",
    "brings": "margin_brought",
    "margin": "margin_brought",
    "low": "margin_brought_low",
    "high": "margin_brought_high",
    "seen": "spent_so_far",
    "net": "net_margin",
    "below": "below_the_proposed",
    "weight": "told_by_its_data",
    "doubt": "hangs_on_the_doubt",
    "change": "up_and_down_by",
    "up": "spend_up",
    "down": "spend_down",
    "contrast": "orders_differ_by",
    "cost": "cost_of_the_test",
}
"""Columns of the tables as files name them: there no heading says what an amount is of."""


def in_files(table: pd.DataFrame) -> pd.DataFrame:
    """A table of the plan with columns that say what they hold."""
    return table.rename(columns=IN_FILES)


def lead_to_bounds() -> None:
    """Where bounds of channels are stated."""
    page = PAGES_FOLDER / "workspace/settings.py"
    st.page_link(page, label="State what may be spent on each channel", icon=":material/tune:")


def plan_tiles(plan: BudgetPlan, shop: Shop) -> None:
    """What is spent now brings, what the proposed split brings, how sure the difference is, what one more unit does."""
    tiles = _tiles(plan, shop)
    st.html(figure_tiles(tiles))
    table = pd.DataFrame(tiles, columns=["figure", "value", "beside"])
    note_key_figures("Key figures", ShownTable(table), partial(figure_tiles, tiles))


def split_table(plan: BudgetPlan, shop: Shop) -> None:
    """Every channel, at present and as proposed."""
    st.html(_split(plan, shop))
    note_markup(partial(_split, plan, shop))


def rules_table(plan: BudgetPlan, shop: Shop) -> None:
    """The proposed split beside simple ones."""
    st.html(_rules(plan, shop))
    note_markup(partial(_rules, plan, shop))


def tests_table(proposed: NextExperiment, shop: Shop) -> None:
    """What a test of each channel would take."""
    st.html(_tests(proposed, shop))
    note_markup(partial(_tests, proposed, shop))


def _tiles(plan: BudgetPlan, shop: Shop) -> list[tuple[str, str, str]]:
    def said(amount: float) -> str:
        return money(amount, shop.currency)

    return [
        ("Net margin a month, at present", said(plan.present_net), f"of {said(plan.present_total)} spent"),
        ("As proposed", said(plan.net), f"{said(plan.net_low)} to {said(plan.net_high)}, 80 %"),
        ("Change", signed(said(plan.change)), f"{said(plan.low)} to {said(plan.high)}, 80 %"),
        ("Better than now", chance(plan.probability), "chance, by these data"),
        (
            f"{returned(1, shop.currency)} more of the budget",
            returned(plan.price, shop.currency),
            "would bring, in margin",
        ),
    ]


def _split(plan: BudgetPlan, shop: Shop) -> str:
    unit = f"{returned(1, shop.currency).removesuffix('.00')} more brings"
    heads = ("Channel", "At present", "Proposed", "Bounds", f"{unit}, now", f"{unit}, then", "Brings a month")
    rows = []
    for row in plan.table.to_dict("records"):
        amounts = [money(row[key], shop.currency) for key in ("present", "proposed", "least", "most", "brings")]
        returns = [_with_range(row, f"return_{key}", shop) for key in ("present", "proposed")]
        change = row["proposed"] / row["present"] - 1 if row["present"] else float("nan")
        moved = signed(percent(change, 0)) if row["present"] else "new"
        bounds = (f"{amounts[2]} to {amounts[3]}", "stated" if row["stated"] else "assumed")
        name = (row["channel"], BINDS[row["binds"]]) if row["binds"] else row["channel"]
        rows.append((name, amounts[0], (amounts[1], moved), bounds, *returns, amounts[4]))
    total = [money(plan.table[key].sum(), shop.currency) for key in ("present", "proposed")]
    rows.append(("All channels", total[0], total[1], "", "", "", ""))
    return figure_table(heads, rows, [False] * len(plan.table) + [True])


def _with_range(row: dict, key: str, shop: Shop) -> Cell:
    low, high = (returned(row[f"{key}_{end}"], shop.currency) for end in ("low", "high"))
    return returned(row[key], shop.currency), f"{low} to {high}"


def _rules(plan: BudgetPlan, shop: Shop) -> str:
    rows = [(r.rule, money(r.net, shop.currency), money(r.below, shop.currency)) for r in plan.rules.itertuples()]
    return figure_table(
        ("The same total, within the same bounds", "Net margin a month", "Below the proposed"),
        rows,
        [True] + [False] * (len(rows) - 1),
    )


def _tests(proposed: NextExperiment, shop: Shop) -> str:
    heads = (
        "Channel",
        "Told by its data",
        "Hangs on the doubt",
        "Up and down by",
        "Orders differ by",
        "Weeks",
        "Costs",
    )
    rows = []
    for row in proposed.table.to_dict("records"):
        feasible = row["weeks"] == row["weeks"]
        weeks, cost = (f"{row['weeks']:.0f}", money(row["cost"], shop.currency)) if feasible else ("over 52", "–")
        doubt = f"{money(row['doubt'], shop.currency)} a month"
        weight = percent(row["weight"], 0)
        rows.append((row["channel"], weight, doubt, percent(row["change"], 0), percent(row["contrast"]), weeks, cost))
    return figure_table(heads, rows, [True] + [False] * (len(rows) - 1))
