"""What the address can ask of the action board."""

from analytics.prescriptive.ranking import CRITERIA

ORDERS = ("By return", "By my criteria")
LARGEST_WEIGHT = 10


def known_board_choices() -> dict[str, list[str]]:
    """By parameter, the order of the list and the weights of the criteria."""
    weights = [str(weight) for weight in range(LARGEST_WEIGHT + 1)]
    return {"ranked_by": list(ORDERS)} | {f"weight-{name}": weights for name in CRITERIA}
