"""The parts of the page of resources, by the name that its address gives them."""

from ui.delivery_panel import delivery_panel
from ui.resource_choices import DELIVERY, STAFFING, STOCK
from ui.staffing_panel import staffing_panel
from ui.stock_panel import stock_panel

PANELS = {STOCK: stock_panel, DELIVERY: delivery_panel, STAFFING: staffing_panel}
