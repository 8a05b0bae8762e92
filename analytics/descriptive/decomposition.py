"""A change of revenue shared out among what revenue is made of, so that the shares add up to it exactly.

Revenue = customers × orders per customer × order value, + the same of guests' orders, − refunds. A product's change is
shared out by the logarithmic mean of its two values times the logarithm of each factor's ratio: nothing is left over,
and nothing depends on the order of the factors. Customers are new or returning, which adds up as it is.
Source: log-mean Divisia index, LMDI-I (Ang 2005). Where a product is nothing in one of the periods there is no
logarithm; its whole change then goes to the factor that was nothing (Ang & Liu 2007 do the same in the limit).
"""

import math

Parts = dict[str, float]
"""Sums of one period; see ``TREE_PARTS``."""

TREE_PARTS = (
    "customers",
    "new_customers",
    "customer_orders",
    "customer_sales",
    "guest_orders",
    "guest_sales",
    "refunds",
)


def contributions(before: Parts, now: Parts, *, by_new: bool) -> dict[str, float]:
    """What each part of revenue brought to its change, in money.

    Parameters
    ----------
    before, now : the ``TREE_PARTS`` of both periods, none negative.
    by_new : whether customers are told apart into new and returning.

    Returns
    -------
    By key of the metric: ``revenue`` is the sum of ``customer_revenue``, ``guest_revenue`` and ``refunded``; these are
    the sums of their own parts.
    """
    customers, frequency, value = product_effects(
        _factors(before, "customers", "customer_orders", "customer_sales"),
        _factors(now, "customers", "customer_orders", "customer_sales"),
    )
    guests, guest_value = product_effects(
        _factors(before, "guest_orders", "guest_sales"), _factors(now, "guest_orders", "guest_sales")
    )
    found = {
        "revenue": 0.0,
        "customer_revenue": customers + frequency + value,
        "customers": customers,
        "orders_per_customer": frequency,
        "customer_order_value": value,
        "guest_revenue": guests + guest_value,
        "guest_orders": guests,
        "guest_order_value": guest_value,
        "refunded": before["refunds"] - now["refunds"],
    }
    found["revenue"] = found["customer_revenue"] + found["guest_revenue"] + found["refunded"]
    return found | (_by_new(before, now, customers) if by_new else {})


def product_effects(before: list[float], now: list[float]) -> list[float]:
    """The shares of each factor in the change of their product.

    >>> [round(effect, 2) for effect in product_effects([10.0, 2.0], [20.0, 2.0])]
    [20.0, 0.0]
    >>> product_effects([0.0, 0.0], [5.0, 3.0])
    [15.0, 0.0]

    Parameters
    ----------
    before, now : the factors, none negative; a factor that is over nothing is 0.
    """
    was, is_now = math.prod(before), math.prod(now)
    if was > 0 and is_now > 0:
        weight = logarithmic_mean(was, is_now)
        return [weight * math.log(b / a) for a, b in zip(before, now, strict=True)]
    effects = [0.0] * len(now)
    nothing = next((i for i, pair in enumerate(zip(before, now, strict=True)) if not all(pair)), 0)
    effects[nothing] = is_now - was
    return effects


def logarithmic_mean(a: float, b: float) -> float:
    """Between two positive numbers, so that its product with the logarithm of their ratio is their difference."""
    ratio = math.log(b / a)
    return (b - a) / ratio if abs(ratio) > 1e-9 else (a + b) / 2


def _factors(parts: Parts, *chain: str) -> list[float]:
    """The first sum, then each divided by the one before."""
    sums = [parts[name] for name in chain]
    return [sums[0], *(b / a if a else 0.0 for a, b in zip(sums, sums[1:], strict=False))]


def _by_new(before: Parts, now: Parts, effect: float) -> dict[str, float]:
    """The share of the customers in the change, by new and returning ones: each counts as one customer."""
    new = now["new_customers"] - before["new_customers"]
    more = now["customers"] - before["customers"]
    if more:
        each = effect / more
    else:
        sales = [parts["customer_sales"] for parts in (before, now)]
        each = logarithmic_mean(*sales) / now["customers"] if min(sales) > 0 else 0.0
    return {"new_customers": each * new, "returning_customers": each * (more - new)}
