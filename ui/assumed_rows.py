"""What stands for the lists of the settings until they are stated: rows to begin with."""

from analytics.errors import NotEnoughData
from analytics.predictive.churn import CHURN
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.campaigns import measured_offers
from analytics.prescriptive.carried_now import carried_now
from analytics.prescriptive.delivery_network import best_allocation, network_of
from analytics.prescriptive.present_delivery import carriers_and_lanes, present_delivery
from analytics.prescriptive.retention_offers import catalogue
from ui import data
from ui.advised import run_at_hand, whole_shop_lately


def rows_in_force(section: str) -> tuple:
    """The rows of a section: those stated, else those that advice assumes meanwhile, where there are any."""
    stated = data.assumptions()
    if section in stated.stated:
        return getattr(stated, section)
    try:
        if section == "offers":
            measured = data.answer(measured_offers, window_days=run_at_hand(CHURN).facts["horizon_days"])
            return tuple(one.offer for one in data.answer(catalogue, churn=run_at_hand(CHURN), measured=measured))
        if section in ("carriers", "lanes"):
            carriers, lanes = _carriers_and_lanes(stated)
            return carriers if section == "carriers" else lanes
    except NotEnoughData:
        return ()
    return ()


def delivery_as_stated() -> str:
    """Whether the carriers and lanes that are stated can carry the last year's orders, and how these go now.

    Nothing where no lanes are stated.
    """
    stated = data.assumptions()
    if "lanes" not in stated.stated:
        return ""
    try:
        present = data.answer(present_delivery, whole_shop_lately(), lanes=stated.lanes)
        network = network_of(present.regions, present.a_day, stated.carriers, stated.lanes)
        best_allocation(network, 0.0)
    except NotEnoughData as why:
        return str(why)
    return carried_now(network, present, stated.lanes).sentence()


def _carriers_and_lanes(stated: Assumptions) -> tuple[tuple, tuple]:
    present = data.answer(present_delivery, whole_shop_lately(), lanes=stated.lanes)
    carriers, lanes, _ = carriers_and_lanes(present, stated)
    return carriers, lanes
