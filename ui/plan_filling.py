"""What a plan begins with: figures of the data in view, the margins that are known, the churn run that is kept."""

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive.churn import CHURN
from analytics.prescriptive.delivery_value import day_value
from analytics.prescriptive.elasticity import elasticities
from analytics.prescriptive.margins import OF_THE_SHOP, STATED, UNIT_COSTS, category_margins, mean_margin
from analytics.prescriptive.media_data import year_in_view
from analytics.prescriptive.prefilled import (
    ASSUMED,
    OBSERVED,
    SPEND_STEP,
    Prefilled,
    mean_elasticity,
    prefilled_plan,
    spend_in_view,
)
from analytics.prescriptive.prefilled import STATED as SAID
from analytics.prescriptive.price_days import price_days
from analytics.prescriptive.spend_step import spend_step
from ui.data import answer, shop
from ui.models import kept_run

_SOURCES = {
    STATED: (SAID, "margins in Settings"),
    UNIT_COSTS: (OBSERVED, "unit costs of order lines"),
    OF_THE_SHOP: (SAID, "the shop's gross margin"),
}


def filled_plan(filters: Filters, kind: str) -> Prefilled:
    """A plan of a kind as the data in view fill it in; see ``prefilled``.

    Raises
    ------
    NotEnoughData : there are no orders in view.
    """
    asked: dict[str, object] = {"kind": kind}
    if kind == "channel" and set(filters.members) - {"channel"}:  # spend is known of channels alone
        filters = Filters(filters.period, filters.compare, channel=filters.channel)
        asked["is_for_all"] = True
    try:
        margins = answer(category_margins, filters)
    except NotEnoughData:
        asked["margin_from"] = (ASSUMED, "")
    else:
        sources = dict.fromkeys(margins["source"])
        known = [_SOURCES[source] for source in sources]
        how = SAID if all(how == SAID for how, _ in known) else OBSERVED
        asked |= {"margin": mean_margin(margins), "margin_from": (how, " and ".join(where for _, where in known))}
    if kind == "price":
        asked["elasticity"] = _elasticity(filters)
    if kind == "delivery":
        asked["day_worth"] = _day_worth(filters)
    if kind == "channel":
        asked |= _spend(filters)
    if kind == "retention" and "customer_key" in shop().has:
        asked["run"] = kept_run(CHURN, filters)
    return answer(prefilled_plan, filters, **asked)


def _spend(filters: Filters) -> dict[str, object]:
    """Spend a month, and what a little more of it brings or why that cannot be told."""
    spend = answer(spend_in_view, filters)
    if spend is None:
        return {}
    try:
        asked = {"spend": spend, "step": SPEND_STEP, "channels": filters.channel}
        return {"spend": spend, "brings": answer(spend_step, year_in_view(shop()), **asked)}
    except NotEnoughData as why:
        return {"spend": spend, "brings": str(why).partition(":")[0].rstrip(".")}


def _elasticity(filters: Filters) -> tuple[float, float, float] | None:
    """What the shop's own prices tell of the view; None where they tell nothing."""
    try:
        return mean_elasticity(answer(elasticities, prices=answer(price_days, filters)).table)
    except NotEnoughData:
        return None


def _day_worth(filters: Filters) -> tuple[float, float] | None:
    """What a delivery a day sooner brings per order, with its error; None where the orders do not tell."""
    try:
        found = answer(day_value, filters)
    except NotEnoughData:
        return None
    return found.revenue, found.unsure
