"""The choices of the satisfaction page, each bound to the URL."""

import streamlit as st

from analytics.diagnostic.coming_back import WITHIN
from analytics.diagnostic.on_time import LONGEST_PROMISE, usual_promise
from analytics.diagnostic.scored_orders import CONTROLS
from analytics.shop import Shop
from ui.bound import one_of_few, one_of_many
from ui.data import answer

EFFECTS = {"score": "Points", "good": "Share of 4–5", "odds": "Odds", "limits": "Check"}
RESPONSES = {"score": "Mean score", "good": "Share of 4–5"}
ALL_ORDERS = "All orders"
LATER = {days: f"{days} days" for days in WITHIN}


def known_satisfaction_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the satisfaction page, by parameter."""
    return {
        "effect": list(EFFECTS.values()),
        "response": list(RESPONSES.values()),
        "slopes": [ALL_ORDERS, *_dimensions(shop).values()],
        "promise": [str(days) for days in range(LONGEST_PROMISE + 1)],
        "delivered": list(_dimensions(shop).values()),
        "again": list(LATER.values()),
    }


def choose_effect() -> str:
    """The unit of effects, or the check of the model's assumption."""
    return one_of_few("Effects in", list(EFFECTS), "effect", EFFECTS.get)


def choose_response(shop: Shop) -> tuple[str, str]:
    """What is drawn over delivery days, and the dimension to tell apart by (empty: all orders together)."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        response = one_of_few("Response", list(RESPONSES), "response", RESPONSES.get)
        offered = {ALL_ORDERS: ""} | {name: dimension for dimension, name in _dimensions(shop).items()}
        chosen = one_of_many("Told apart by", list(offered), "slopes", width=150)
    return response, offered.get(chosen, "")


def choose_promise(shop: Shop) -> int:
    """Days up to which a delivery is on time; nothing to choose, and none, where no order has delivery days."""
    if "delivery_days" not in shop.has:
        return 0
    promise = answer(usual_promise)
    st.slider(
        "On time within (days)",
        promise.first,
        promise.last,
        promise.usual,
        key="promise",
        bind="query-params",
        help=promise.sentence,
        width=420,
    )
    return promised(shop)


def promised(shop: Shop) -> int:
    """The promise chosen, for those who come after the choice."""
    if "delivery_days" not in shop.has:
        return 0
    return int(st.session_state.get("promise", answer(usual_promise).usual))


def choose_delivered_by(shop: Shop) -> str:
    """The dimension that deliveries are told apart by."""
    if offered := _dimensions(shop):
        one_of_few("Deliveries by", list(offered), "delivered", offered.get)
    return delivered_by(shop)


def delivered_by(shop: Shop) -> str:
    """The dimension chosen; region where there is none to choose."""
    return st.session_state.get("delivered") or next(iter(_dimensions(shop)), "region")


def delivered_name(shop: Shop) -> str:
    """The same in a heading."""
    return _dimensions(shop).get(delivered_by(shop), "member").lower()


def choose_again() -> int:
    """Days within which a customer has to order again."""
    return one_of_few("Again within", list(WITHIN), "again", LATER.get, 90)


def _dimensions(shop: Shop) -> dict[str, str]:
    """Region first: it is what delivery depends on most."""
    offered = shop.dimensions()
    return {d: offered[d] for d in ("region", *CONTROLS) if d in offered}
