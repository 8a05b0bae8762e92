"""The present delivery, what a day is worth, and the plan that follows: by hand, planted, refused."""

import numpy as np
import pandas as pd
import pytest
from resource_shops import given, orders_of

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.assumptions import Assumptions, Carrier, Lane
from analytics.prescriptive.delivery_plan import UNTRIED, delivery_plan
from analytics.prescriptive.delivery_value import DayValue, day_value
from analytics.prescriptive.present_delivery import (
    ASSUMED_COST,
    EVERYWHERE,
    MOST_REGIONS,
    OTHERS,
    PRESENT,
    PresentDelivery,
    carriers_and_lanes,
    present_delivery,
    suggested_network,
)
from analytics.prescriptive.resource_advice import delivery_advices
from analytics.shop import Shop

WORTH = DayValue(180, 0.01, 0.002, 10.0, 2.0, 5_000, 900, "A day counts.", "")


def present_of(orders: pd.DataFrame, **asked) -> tuple[PresentDelivery, Shop]:
    shop, filters, *_ = given(orders)
    return present_delivery(orders, filters, shop, **asked), shop


def driven_away(seed: int = 1, per_day: float = 0.04, customers: int = 1_500) -> pd.DataFrame:
    """Customers who order every month or so until one wait of some days drives them away: a day more, ``per_day``."""
    chance, rows = np.random.default_rng(seed), []
    for customer in range(customers):
        day, rate = chance.uniform(0, 300), chance.gamma(2, 0.02) + 0.01
        while True:
            day += chance.exponential(1 / rate)
            if day >= 700:
                break
            days = 1 + chance.poisson(3)
            rows.append((f"c{customer}", int(day), days))
            if chance.random() < 0.02 + per_day * days:
                break
    found = pd.DataFrame(rows, columns=["customer_id", "day", "delivery_days"])
    return found.assign(
        transaction_id=[f"t{n}" for n in range(len(found))],
        date=pd.Timestamp("2024-01-01") + pd.to_timedelta(found["day"], "D"),
        revenue=50.0, region="North", channel="Web",
    )  # fmt: skip


def test_orders_a_day_and_days_are_those_of_the_period():
    orders = orders_of(days=100)
    shop, _, *_ = given(orders)
    period = Period(pd.Timestamp("2026-03-01").date(), pd.Timestamp("2026-03-10").date())
    found = present_delivery(orders, Filters(period), shop)
    inside = orders[orders["date"].between("2026-03-01", "2026-03-10")]
    assert found.total == pytest.approx(len(inside) / 10)
    means = inside.groupby("region")["delivery_days"].mean()
    assert found.days == pytest.approx(means[list(found.regions)].to_numpy())
    assert found.daily.shape == (10, 2)


def test_what_is_picked_up_is_not_delivered():
    orders = orders_of(days=60)
    orders.loc[orders["channel"] == "Store", "delivery_days"] = np.nan
    found, _ = present_of(orders)
    assert found.total == pytest.approx((orders["channel"] != "Store").sum() / 60)


def test_orders_without_a_region_are_left_out_and_told_or_are_everywhere():
    orders = orders_of(days=60)
    some, _ = present_of(orders.assign(region=orders["region"].where(orders["region"] == "North")))
    assert some.regions == ("North",)
    assert some.unplaced == pytest.approx((orders["region"] != "North").sum() / 60)
    none, _ = present_of(orders.assign(region=None))
    assert (none.regions, none.unplaced) == ((EVERYWHERE,), 0.0)


def test_many_regions_stand_together_unless_lanes_name_them():
    orders = orders_of(days=60).assign(region=lambda f: [f"R{n % 20:02d}" for n in range(len(f))])
    found, _ = present_of(orders)
    assert len(found.regions) == MOST_REGIONS + 1
    assert found.regions[-1] == OTHERS
    assert found.total == pytest.approx(len(orders) / 60)
    named, _ = present_of(orders, lanes=(Lane("Post", "R07", 1, 1), Lane("Post", OTHERS, 1, 1)))
    assert named.regions == ("R07", OTHERS)


def test_the_network_to_begin_with_has_the_present_days_and_a_share_of_the_orders_value():
    found, _ = present_of(orders_of(days=60))
    carriers, lanes, stated = carriers_and_lanes(found, Assumptions())
    assert not stated
    own = [lane for lane in lanes if lane.carrier == PRESENT]
    assert [lane.days for lane in own] == pytest.approx(found.days.round(2).tolist())
    assert own[0].cost == pytest.approx(ASSUMED_COST * found.order_value, abs=0.01)
    assert len(carriers) == 3
    said = Assumptions(carriers=(Carrier("Post"),), lanes=(Lane("Post", "North", 1, 1),))
    assert carriers_and_lanes(found, said) == (said.carriers, said.lanes, True)


def test_carriers_that_are_stated_without_lanes_are_alike_until_these_are_stated():
    found, shop = present_of(orders_of(days=60))
    carriers, lanes, stated = carriers_and_lanes(found, Assumptions(carriers=(Carrier("Post", 500), Carrier("Van"))))
    assert (carriers, stated) == ((Carrier("Post", 500), Carrier("Van")), False)
    assert {(lane.carrier, lane.region) for lane in lanes} == {(c, r) for c in ("Post", "Van") for r in found.regions}
    assert delivery_plan(found, carriers, lanes, shop, WORTH, 0.4, stated=False).net == pytest.approx(0.0)


def test_a_region_without_a_lane_is_called_by_its_name():
    found, _ = present_of(orders_of(days=60), lanes=(Lane("Post", "North", 1, 1),))
    assert found.regions == ("North", "South")


def test_without_delivery_days_the_network_rests_on_assumed_ones():
    found, _ = present_of(orders_of(days=60).drop(columns="delivery_days"))
    assert np.isnan(found.days).all()
    assert all(np.isfinite(lane.days) for lane in suggested_network(found)[1])


def test_a_plan_without_delivery_days_is_held_against_nothing():
    present, shop = present_of(orders_of(days=60).drop(columns="delivery_days"))
    plan = delivery_plan(present, *suggested_network(present), shop, None, 0.4)
    assert (plan.net, plan.has_present) == (0.0, False)
    assert "how long delivery takes now is not known" in plan.sentence
    assert "Best plan, a year" not in [name for name, *_ in plan.tiles]


def test_a_period_without_deliveries_is_refused():
    orders = orders_of(days=60)
    shop, *_ = given(orders)
    later = Filters(Period(pd.Timestamp("2027-01-01").date(), pd.Timestamp("2027-02-01").date()))
    with pytest.raises(NotEnoughData, match="No orders of the period in view were delivered"):
        present_delivery(orders, later, shop)


def planned(**asked) -> object:
    present, shop = present_of(orders_of(days=60))
    carriers, lanes = suggested_network(present)
    return delivery_plan(present, carriers, lanes, shop, **({"worth": WORTH, "margin": 0.4, "stated": True} | asked))


def test_the_net_is_days_at_their_worth_less_what_they_cost():
    plan = planned()
    sooner, dearer = plan.present.days - plan.best.days, plan.best.cost - plan.present.cost
    a_year = plan.network.demand.sum() * 365
    assert plan.day_worth == pytest.approx(4.0)
    assert plan.net == pytest.approx(a_year * (4.0 * sooner - dearer))
    assert plan.low < plan.net < plan.high
    off = np.hypot(0.8, UNTRIED * 4.0)
    assert plan.high - plan.net == pytest.approx(1.2816 * a_year * off * abs(sooner), rel=1e-3)


@pytest.mark.parametrize("quicker", [0.5, -0.5])
def test_a_lane_stated_otherwise_than_observed_is_no_gain_where_no_order_moves(quicker):
    present, shop = present_of(orders_of(days=60))
    carriers = (Carrier("Post"),)
    lanes = tuple(
        Lane("Post", r, 5.0, round(d - quicker, 2)) for r, d in zip(present.regions, present.days, strict=True)
    )
    plan = delivery_plan(present, carriers, lanes, shop, WORTH, 0.4)
    assert (plan.best.orders == plan.present.orders).all()
    assert (plan.net, plan.low, plan.high) == (0.0, 0.0, 0.0)
    assert plan.sentence.startswith("No other plan of these carriers is worth more")
    assert "Observed were" in plan.notes
    assert delivery_advices(plan, present, WORTH, 0.4, shop, Assumptions(carriers=carriers, lanes=lanes)) == ()


POST_AND_VAN = (Carrier("Post"), Carrier("Van"))


def lanes_carrying(north: float | None, south: float | None) -> tuple[Lane, ...]:
    """Post and a van to both regions; the post carries these shares now, the van the rest."""
    rest = [None if share is None else 1 - share for share in (north, south)]
    return (
        Lane("Post", "North", 4.0, 3.0, north), Lane("Van", "North", 8.0, 1.0, rest[0]),
        Lane("Post", "South", 4.0, 3.0, south), Lane("Van", "South", 8.0, 1.0, rest[1]),
    )  # fmt: skip


def test_who_carries_what_now_is_as_stated_and_what_is_not_is_taken_from_days():
    present, shop = present_of(orders_of(days=60))
    both = delivery_plan(present, POST_AND_VAN, lanes_carrying(0.25, 0.5), shop, WORTH, 0.4)
    demand = dict(zip(present.regions, present.a_day, strict=True))
    now = both.rows.set_index(["region", "carrier"])["orders_now"]
    assert now["North", "Post"] == pytest.approx(0.25 * demand["North"])
    assert now["South", "Van"] == pytest.approx(0.5 * demand["South"])
    by_hand = demand["North"] * (0.25 * 4 + 0.75 * 8) + demand["South"] * (0.5 * 4 + 0.5 * 8)
    assert both.present.cost == pytest.approx(by_hand / present.total)
    days = demand["North"] * (0.25 * 3 + 0.75 * 1) + demand["South"] * (0.5 * 3 + 0.5 * 1)
    assert both.present.days == pytest.approx(days / present.total)
    assert not both.is_guessed
    assert "Who carries what now is as stated." in both.notes
    assert "nearest to those observed" not in both.notes
    one = delivery_plan(present, POST_AND_VAN, lanes_carrying(0.25, None), shop, WORTH, 0.4)
    assert one.is_guessed
    assert "as stated for North" in one.notes and "South is taken to go now" in one.notes
    none = delivery_plan(present, POST_AND_VAN, lanes_carrying(None, None), shop, WORTH, 0.4)
    assert "each region is taken to go now" in none.notes


def test_thirds_that_are_stated_as_33_per_cent_carry_all_of_a_region():
    present, shop = present_of(orders_of(days=60))
    three = tuple(map(Carrier, ("Post", "Van", "Bike")))
    lanes = tuple(Lane(c.name, region, 4.0, 3.0, 0.33) for c in three for region in present.regions)
    Assumptions(carriers=three, lanes=lanes)
    plan = delivery_plan(present, three, lanes, shop, WORTH, 0.4)
    assert plan.carriers["orders_now"].to_numpy() == pytest.approx(present.total / 3)


def test_a_present_plan_beyond_a_capacity_is_said_to_be():
    present, shop = present_of(orders_of(days=60))
    carriers = (Carrier("Post", int(present.total / 2)), Carrier("Van"))
    plan = delivery_plan(present, carriers, lanes_carrying(1.0, 1.0), shop, WORTH, 0.4)
    beyond = f"Post carries {present.total:,.1f} orders a day now, more than the {int(present.total / 2):,} it takes"
    assert beyond in plan.notes
    assert (plan.carriers["orders_then"] <= plan.carriers["capacity"].fillna(np.inf) + 1e-6).all()


def test_a_stated_present_is_known_where_no_order_says_its_days():
    present, shop = present_of(orders_of(days=60).drop(columns="delivery_days"))
    plan = delivery_plan(present, POST_AND_VAN, lanes_carrying(0.0, 0.0), shop, None, 0.4)
    assert plan.has_present
    assert plan.present.days == pytest.approx(1.0)
    assert plan.net == pytest.approx(4.0 * present.total * 365)
    assert "Observed were" not in plan.notes
    half_known = delivery_plan(present, POST_AND_VAN, lanes_carrying(0.0, None), shop, None, 0.4)
    assert not half_known.has_present


def test_a_carrier_that_is_cheaper_and_as_quick_is_called_so():
    present, shop = present_of(orders_of(days=60))
    lanes = tuple(Lane(c, r, cost, 4.0) for r in present.regions for c, cost in (("Dear", 9.0), ("Cheap", 6.0)))
    for worth, said in (
        (WORTH, "leaves delivery as quick as now for € 3.00 less an order"),
        (None, "as quick as now)"),
    ):
        plan = delivery_plan(present, (Carrier("Dear"), Carrier("Cheap")), lanes, shop, worth, 0.4)
        assert said in plan.sentence
        assert "0.00 days" not in plan.sentence and "longer days" not in plan.sentence


def test_no_carrier_is_beyond_its_capacity_and_all_orders_are_carried():
    plan = planned()
    told = plan.carriers.dropna(subset="capacity")
    assert (told["orders_then"] <= told["capacity"] + 1e-6).all()
    assert plan.carriers["orders_then"].sum() == pytest.approx(plan.network.demand.sum())
    assert plan.rows["orders_now"].sum() == pytest.approx(plan.network.demand.sum())


def test_a_day_worth_nothing_leaves_the_cheapest_plan_and_says_what_is_not_known():
    plan = planned(worth=None)
    assert set(plan.rows.loc[plan.rows["orders_then"] > 0, "carrier"]) == {"Slower carrier"}
    assert "what longer days lose is not known" in plan.sentence
    assert "cannot be told" in plan.notes
    assert "worth" not in plan.sentence
    guess = planned(worth=None, stated=False)
    assert guess.sentence.startswith("No plan can be called better than the present one")
    assert "Best plan, a year" not in [name for name, *_ in guess.tiles]
    assert "No margin is known" in planned(margin=None).notes


def test_a_day_that_seems_to_be_worth_less_than_nothing_counts_as_nothing():
    plan = planned(worth=DayValue(180, -0.01, 0.02, -10.0, 9.0, 500, 100, "A day counts.", ""))
    assert plan.day_worth < 0
    assert plan.best.cost <= plan.present.cost
    assert "No worth of a day is seen" in plan.notes


def test_assumed_carriers_are_said_to_be():
    assert planned(stated=False).sentence.startswith("With carriers assumed until you state yours")
    assert not planned().sentence.startswith("With carriers")


def test_the_course_of_costs_falls_with_the_days():
    course = planned().course.sort_values("days")
    assert (course["cost"].diff().dropna() <= 1e-6).all()


def test_points_of_the_score_are_told_for_the_days_saved():
    plan = planned(points=(0.2, 0.15, 0.25))
    assert "Mean score" in [name for name, *_ in plan.tiles]
    assert "Mean score" not in [name for name, *_ in planned().tiles]


def test_texts_hold_no_missing_numbers():
    for asked in ({}, {"worth": None}, {"margin": None}, {"whole": True}, {"points": (0.2, 0.1, 0.3)}):
        plan = planned(**asked)
        assert "nan" not in f"{plan.sentence} {plan.notes} {plan.explained} {plan.tiles}"


def test_a_planted_worth_of_a_day_lies_in_its_range():
    orders = driven_away()
    shop, filters, *_ = given(orders)
    found = day_value(orders, filters, shop)
    assert found.within == 180
    assert found.come_back == pytest.approx(0.04, abs=3 * found.error)
    assert found.come_back > 2 * found.error
    assert found.revenue > 2 * found.revenue_error
    assert found.unsure > max(found.revenue_error, UNTRIED * found.revenue)


def test_where_nobody_is_driven_away_a_day_is_worth_nothing_beyond_chance():
    orders = driven_away(2, per_day=0.0)
    shop, filters, *_ = given(orders)
    found = day_value(orders, filters, shop)
    assert abs(found.revenue) < 3 * found.revenue_error


def test_what_a_day_is_worth_needs_customers_days_that_differ_and_old_orders():
    orders = driven_away()
    for changed, why in (
        (orders.assign(customer_id=None), "No order of this shop names its customer"),
        (orders.drop(columns="delivery_days"), "delivery days"),
        (orders.assign(delivery_days=3), "took equally long"),
        (orders[orders["date"] > "2025-08-01"], "what a day is worth rests on at least"),
    ):
        shop, filters, *_ = given(changed)
        has = shop.has if changed["customer_id"].notna().any() else shop.has - {"customer_key"}
        shop = Shop(**{**{f: getattr(shop, f) for f in shop.__dataclass_fields__}, "has": has})
        with pytest.raises(NotEnoughData, match=why):
            day_value(changed, filters, shop)
