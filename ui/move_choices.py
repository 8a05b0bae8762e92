"""The choices of the page of revenue moves, each bound to the URL."""

from collections.abc import Sequence

from analytics.prescriptive.price_days import PRICED
from ui.bound import one_of_few, one_of_many
from ui.budget_choices import known_budget_choices

MOVES = ("Pricing", "Channel budget")
"""The parts of the page, as its address names them."""


def known_move_choices() -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    return {"move": list(MOVES), "priced": list(PRICED.values())} | known_budget_choices()


def choose_move() -> str:
    """Which part of the page is shown; only that one is worked out."""
    return one_of_few("Move", list(MOVES), "move")


def choose_priced() -> str:
    """Whether prices of categories or of single products are looked at."""
    return one_of_few("Prices of", list(PRICED), "priced", PRICED.get)


def choose_group(groups: Sequence[str]) -> str:
    """The category or product that is looked at closely; the first until another is chosen."""
    return one_of_many("Look at", list(groups), "group", width=260)
