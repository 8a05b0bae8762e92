"""A plan on one page: what it is worth, what matters most, what that rests on; opens anywhere, prints on a sheet."""

import re
from collections.abc import Sequence
from functools import partial

from analytics.filters import Filters
from analytics.prescriptive.prefilled import Prefilled
from analytics.prescriptive.what_if import WhatIf
from analytics.shop import Shop
from ui import charts
from ui import plan_tables as tables
from ui.document import html_bytes
from ui.figures import figure_tiles
from ui.shown import ShownCard, ShownPage

HEIGHT = 150
"""Of a chart on the sheet, in pixels."""


def sheet_bytes(
    found: WhatIf, plans: Sequence[tuple[str, WhatIf]], filled: Prefilled | None, filters: Filters, shop: Shop
) -> bytes:
    """The page as a file of HTML, with charts and without anything that would be asked of a network."""
    page = ShownPage("ROI what-if", found.scenario.name, filters, shop, headline=[found.sentence])
    page.cards = [
        ShownCard("What it is worth", markup=lambda: figure_tiles(tables.worth_tiles(found, shop))),
        ShownCard("Cash, month by month", figures=[(charts.cash_curve(found, shop, HEIGHT), found.sentence)]),
        ShownCard("How often it loses", figures=[(charts.worth_histogram(found, shop, HEIGHT), found.sentence)]),
        _matters(found, shop),
        ShownCard("What it rests on", markup=partial(tables.inputs_table, found, filled, shop)),
        ShownCard("How it is computed", [found.explained]),
    ]
    if len(plans) > 1:
        said = tables.side_by_side_sentence(plans, shop)
        place = next((place for place, (_, each) in enumerate(plans) if each is found), -1)
        beside = ShownCard("Side by side", [said], markup=partial(tables.side_by_side_table, plans, place, shop))
        page.cards.insert(1, beside)
    return html_bytes(page, one_sheet=True)


def sheet_name(found: WhatIf) -> str:
    """A name for the file, of letters that every file may have."""
    kept = re.sub(r"[^a-z0-9]+", "-", found.scenario.name.lower()).strip("-")
    return f"what-if-{kept or found.scenario.kind}"


def _matters(found: WhatIf, shop: Shop) -> ShownCard:
    figures = [(charts.tornado_bars(found, shop), found.matters)] if len(found.tornado) else []
    return ShownCard("What matters most", [found.matters, *found.warnings], figures=figures)
