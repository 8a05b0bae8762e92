"""What to change so that more margin is left: prices, and what is offered to whom."""

from ui.move_choices import choose_move
from ui.move_panels import PANELS
from ui.page import open_page, say_demo

say_demo()
filters = open_page("Revenue moves", "What should we change to earn more?")
PANELS[choose_move()](filters)
