"""Whose orders these are, how good they are, and how to bring your own."""

from ui.page import open_page

open_page("Data", "Which orders are these, and how good are they?")
