"""One advice as a card: what it is worth with its range, what it rests on, where the evidence is, what to do next."""

from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.filters import Filters
from analytics.prescriptive.advice import KINDS, RESTS_ON, Advice, advice_within
from analytics.shop import Shop
from ui import data, desk
from ui.entry_panel import note, say_what_was_done
from ui.figures import figure_tiles
from ui.measured import ADVICE, measured
from ui.page import PAGES_FOLDER, card, said_in_place, say
from ui.scenario_links import scenario_link
from ui.shown import note_markup
from warehouse.errors import StoreError

EFFORTS = {1: "a click", 2: "an hour or two", 3: "some days", 4: "some weeks", 5: "a project"}
"""What the effort of an advice means."""


def advice_card(advice: Advice, filters: Filters) -> None:
    """An advice with its figures and its doubts, on the page that it comes from or any other.

    Parameters
    ----------
    filters : those that it was worked out in: of a part of the shop it is said to be, and taken up as such.
    """
    shop, advice = data.shop(), advice_within(advice, filters)
    with card(advice.title) as drawn:
        st.html(figure_tiles(advice_tiles(advice, shop)))
        note_markup(partial(figure_tiles, advice_tiles(advice, shop)))
        say(advice.sentence)
        for name, said in advice_doubts(advice).items():
            say(f"{name}: {said}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _evidence(advice)
            if advice.scenario is not None:
                scenario_link(advice.scenario)
            _take_up(advice)
        say_what_was_done("actions", advice.key)
        drawn.explain(
            "Net benefit is incremental contribution margin after what the action costs, against doing nothing; the "
            "range holds it in four of five cases as far as this program can tell. It is not discounted; opened as a "
            "scenario, the plan is told in today's money as well.",
            partial(advice_table, [advice]),
            filters,
        )


def advice_tiles(advice: Advice, shop: Shop) -> list[tuple[str, str, str]]:
    """Its figures: a name, the figure, and what it is to be held against."""
    low, high = (formats.money(amount, shop.currency) for amount in (advice.low, advice.high))
    months = f"over {months_said(advice.months)}"
    return [
        ("Net benefit, expected", formats.money(advice.net_benefit, shop.currency), f"{low} to {high} {months}"),
        ("Cost", formats.money(advice.cost, shop.currency) if advice.cost else "None", "to be spent for it"),
        ("That it pays", formats.chance(advice.probability), RESTS_ON[advice.rests_on]),
        ("Effort", EFFORTS[advice.effort].capitalize(), f"begins to work {after_days(advice.days)}"),
    ]


def advice_doubts(advice: Advice) -> dict[str, str]:
    """What matters most about it, and what would change it."""
    return {"What matters most": advice.assumption, "What would change it": advice.would_change}


def advice_table(advices: list[Advice]) -> pd.DataFrame:
    """One row per advice, as files have them."""
    rows = [
        {
            "action": a.title, "kind": KINDS[a.kind], "net_benefit": a.net_benefit, "low": a.low, "high": a.high,
            "chance_that_it_pays": a.probability, "cost": a.cost, "months": a.months, "why": a.sentence,
            "what_matters_most": a.assumption, "what_would_change_it": a.would_change,
            "rests_on": RESTS_ON[a.rests_on],
        }
        for a in advices
    ]  # fmt: skip
    return measured(pd.DataFrame(rows), ADVICE, data.shop())


def months_said(months: float) -> str:
    """``a month``, ``12 months``, ``2.5 months``."""
    return "a month" if months == 1 else f"{months:.3g} months"


def after_days(days: int) -> str:
    """``at once``, ``after a day``, ``after 30 days``."""
    if not days:
        return "at once"
    return "after a day" if days == 1 else f"after {days:,} days"


def evidence_page(advice: Advice) -> Path | None:
    """The page that an advice rests on; None where there is none of that name."""
    file = PAGES_FOLDER / f"{advice.page}.py"
    return file if file.exists() else None


def _evidence(advice: Advice) -> None:
    """A link to the evidence, unless this is the page that shows it."""
    file = evidence_page(advice)
    if file is not None and file.stem != st.session_state.get("_page"):
        st.page_link(file, label="The evidence", icon=":material/query_stats:")


def _take_up(advice: Advice) -> None:
    with said_in_place():
        taken = next((a for a in desk.all_actions() if a.advice.key == advice.key and a.status != "done"), None)
        if taken is not None:
            st.caption(f":material/checklist: On the action board, {taken.status}")
            return
        key = f"take-up-{advice.key}"
        st.button(
            "Put on the action board",
            icon=":material/add_task:",
            type="tertiary",
            key=key,
            on_click=take_up,
            args=(advice,),
        )


def take_up(advice: Advice) -> None:
    """Plan an action from today on; what comes of that is said beside the button."""
    try:
        desk.take_up(advice, date.today())
    except (ValueError, StoreError) as error:
        note("actions", advice.key, str(error), fault=True)
    else:
        note("actions", advice.key, "On the action board of the Overview, as planned.")
