"""What a question about customers needs of a shop's data, and the sentence for when it is not there."""

from analytics.errors import NotEnoughData
from analytics.shop import DIMENSIONS, Shop


def need_customers(shop: Shop) -> None:
    """Say what to add where no order names its customer.

    Raises
    ------
    NotEnoughData : all orders are guests'.
    """
    if "customer_key" not in shop.has:
        raise NotEnoughData(
            "No order of this shop names its customer, so nothing can be said about who comes back: import a file "
            "with a customer id or e-mail address and map the column (it is stored as a keyed hash)."
        )


def need_dimension(dimension: str, shop: Shop) -> None:
    """Say what to add where the shop's orders do not carry a dimension.

    Raises
    ------
    ValueError : it is no dimension.
    NotEnoughData : no order states it.
    """
    if dimension not in DIMENSIONS:
        raise ValueError(f"dimension: expected one of {', '.join(DIMENSIONS)}, got {dimension!r}")
    if dimension not in shop.members:
        raise NotEnoughData(
            f"This shop's orders carry no {DIMENSIONS[dimension].lower()}: "
            "import a file that has it and map the column."
        )
