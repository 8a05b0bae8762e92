"""A plan as figures: what it is worth over its months, how sure that is, and what it hangs on."""

from ui.page import open_page, say_demo
from ui.plan_panel import draw_plans

say_demo()
filters = open_page("ROI what-if", "What is the plan worth, and how sure is that?")
draw_plans(filters)
