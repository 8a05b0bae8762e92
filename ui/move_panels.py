"""The parts of the page of revenue moves, by the name that its address gives them."""

from ui.budget_panel import budget_panel
from ui.cross_sell_panel import cross_sell_panel
from ui.pricing_panel import pricing_panel

PANELS = {"Pricing": pricing_panel, "Channel budget": budget_panel, "Cross-sell": cross_sell_panel}
