"""What offers of what goes together are worth, and how sure that is."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_80, NORMAL_95, POWER_80
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.prescriptive.advice import Advice
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.next_offers import NextOffers, next_offers
from analytics.prescriptive.offers_tested import AHEAD_DAYS, OffersTested, offers_tested
from analytics.prescriptive.pairs import pairs
from analytics.prescriptive.scenario import LONGEST_NAME, scenario_of
from analytics.shop import Shop

BROUGHT = 0.2
"""How much of what goes together an offer brings about, until an experiment has told: an assumption of ours."""
DOUBT = 2.0
"""It may be half or twice as much, in four of five cases where it brings about anything."""
NOTHING = 0.15
"""How often an offer brings about nothing at all: an assumption of ours as well."""
TENTH = 0.1
"""Cases beyond either end of a range that holds four in five."""
CONTACT_SHARE = 0.002
"""First guess of what a recommendation costs, as a share of an order's value."""
DRAWS, SEED = 2_000, 6
MONTHS = 3
EFFORT, BEGINS = 2, 3
PAGE = "prescriptive/revenue_moves"


@dataclass(frozen=True)
class OfferDefaults:
    """What the sliders begin with and how far they go: the shop's currency, and whether the cost was stated."""

    cost: float
    most_cost: float
    step: float
    stated: bool

    @property
    def said(self) -> str:
        """What is assumed of the two, in a sentence."""
        if self.stated:
            return "The cost is that of the cheapest stated offer; how much an offer brings about is assumed."
        return "Both what an offer brings about and what a contact costs are assumed until they are stated."


def cross_sell_defaults(offers: NextOffers, assumptions: Assumptions) -> OfferDefaults:
    """A contact costs what the cheapest stated offer's does, else a small share of an order's value."""
    stated = [offer.contact_cost for offer in assumptions.offers] if "offers" in assumptions.stated else []
    cost = min(stated) if stated else _round(offers.order_value * CONTACT_SHARE)
    step = _round(max(cost, offers.order_value * CONTACT_SHARE) / 10)
    return OfferDefaults(cost, max(20 * cost, 20 * step), step, bool(stated))


def _round(amount: float) -> float:
    if not amount > 0:
        return 0.01
    size = 10.0 ** np.floor(np.log10(amount))
    return float(np.round(max(1.0, round(amount / size)) * size, 6))


@dataclass(frozen=True)
class OfferWorth:
    """What it brings to send each worthwhile customer their best offer: expected net margin with its 80 % range."""

    customers: int
    cost: float
    net: float
    low: float
    high: float
    probability: float
    tested: int
    """Customers that each of two groups would need, for a comparison by lot to tell (0 where it cannot)."""
    sentence: str
    explained: str


def offer_worth(
    offers: NextOffers, shop: Shop, share: float, cost: float, tested: OffersTested | None = None
) -> OfferWorth:
    """The net of offering to everybody for whom it is expected to bring more than a contact costs.

    Parameters
    ----------
    share : of what goes together that an offer brings about (0–1), ``cost`` : of a contact (the shop's currency).
    tested : such offers held against the past: what goes together counts by as much as was seen then. Without it all
        that pairs say is counted, and said to be.

    Raises
    ------
    ValueError : a share beyond 0–1 or a cost below 0.
    """
    if not 0 <= share <= 1 or not cost >= 0:
        raise ValueError(f"share, cost: expected a share from 0 to 1 and an amount from 0, got {share}, {cost}")
    came = counted_on(tested)
    rows = _worthwhile(offers, share * came, cost)
    number = int(rows["customers"].sum())
    explained = (
        f"An offer brings about {formats.percent(share, 0)} of the uplift, half to twice that in four of five cases, "
        f"and in {formats.percent(NOTHING, 0)} of cases nothing: assumptions. What goes together is drawn from its "
        f"range{_as_seen(tested)}. Those whose offer is expected to bring less than "
        f"{formats.money(cost, shop.currency)} are left out. Ranges: 80 %."
    )
    if tested is not None and not came:
        sentence = "Such offers were not wanted more by their customers than by others in the past: none is worth it."
        return OfferWorth(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, sentence, explained)
    if not number:
        sentence = (
            f"At {formats.money(cost, shop.currency)} a contact and {formats.percent(share, 0)} brought about, no "
            f"offer is expected to bring more than it costs{'' if tested is None else _of_past(came)}."
        )
        return OfferWorth(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, sentence, explained)
    net = _drawn(rows, share, tested) - cost * number
    low, high = np.quantile(net, (0.1, 0.9))
    probability, needed = float((net > 0).mean()), _needed(rows, share * came)
    amounts = [formats.money(v, shop.currency) for v in (net.mean(), low, high)]
    sentence = (
        f"Sending {number:,} customers their best offer is expected to bring {amounts[0]} of contribution margin after "
        f"contacts ({amounts[1]} to {amounts[2]}), if an offer brings about {formats.percent(share, 0)} of what goes "
        f"together{'' if tested is None else ' by as much as was seen in the past'}. {_test(number, needed)}"
    )
    figures = (float(net.mean()), float(low), float(high), probability, needed)
    return OfferWorth(number, cost * number, *figures, sentence, explained)


def counted_on(tested: OffersTested | None) -> float:
    """Of what pairs say, how much is counted on: as much as came of such offers in the past, all of it untested."""
    return 1.0 if tested is None else max(tested.came, 0.0)


def _as_seen(tested: OffersTested | None) -> str:
    if tested is None:
        return ", all of it, for such offers could not be held against the past"
    seen = formats.percent(max(tested.came, 0.0))
    return f", but only {seen} of it counts: so much more was bought by customers of such offers in the past"


def _of_past(came: float) -> str:
    return f": of what the pairs say {formats.percent(came)} was seen of such offers in the past"


def _drawn(rows: pd.DataFrame, share: float, tested: OffersTested | None) -> np.ndarray:
    """Margin of all offers, by draw of what an offer brings about and of what goes together."""
    chance = np.random.default_rng(SEED)
    brought = np.minimum(share * np.exp(chance.standard_normal(DRAWS) * np.log(DOUBT) / NORMAL_80), 1.0)
    brought *= chance.random(DRAWS) >= NOTHING
    alike = rows["chance"].to_numpy() / rows["usual"].to_numpy()
    drawn = alike * np.exp(rows["error"].to_numpy() * chance.standard_normal((DRAWS, len(rows))))
    uplift = rows["chance"].to_numpy() * (1 - 1 / drawn)
    if tested is not None:
        brought *= tested.came + tested.came_error * chance.standard_normal(DRAWS)
    return brought * (uplift @ (rows["customers"] * rows["margin"]).to_numpy())


def _needed(rows: pd.DataFrame, share: float) -> int:
    """Customers per group for a comparison of two shares to find the mean effect in four of five cases."""
    weight = rows["customers"] / rows["customers"].sum()
    effect, rate = float((weight * rows["uplift"]).sum() * share), float((weight * rows["usual"]).sum())
    return int(np.ceil(2 * (NORMAL_95 + POWER_80) ** 2 * rate * (1 - rate) / effect**2)) if effect > 0 else 0


def _test(number: int, tested: int) -> str:
    if tested and 2 * tested <= number:
        return f"To know, leave {tested:,} of them out by lot and compare: that many are needed to tell."
    return (
        f"A comparison by lot would need {tested:,} customers in each of two groups, more than there are: "
        "collect it over several rounds."
    )


def cross_sell_advice(
    order_lines: ir.Table,
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    filters: Filters,
    margins: pd.DataFrame,
    assumptions: Assumptions,
) -> tuple[Advice, ...]:
    """The list of next offers as an action; none where nothing goes together or no offer pays.

    Raises
    ------
    NotEnoughData : as ``pairs``.
    """
    found = pairs(order_lines, orders, shop, filters)
    if found.beyond.empty or "customer_key" not in shop.has:
        return ()
    try:
        offers = next_offers(found, order_lines, orders, customers, shop, filters, margins)
        tested = offers_tested(order_lines, orders, customers, shop, filters, margins)
    except NotEnoughData:
        return ()
    return advised_offers(offers, assumptions, shop, tested)


def advised_offers(
    offers: NextOffers, assumptions: Assumptions, shop: Shop, tested: OffersTested | None = None
) -> tuple[Advice, ...]:
    """The list as one action: who is worth a contact gets the best offer; none where nobody is.

    Nor where such offers were not bought more than by others in the past, beyond chance.
    """
    if tested is not None and not tested.better:
        return ()
    cost, came = cross_sell_defaults(offers, assumptions).cost, counted_on(tested)
    worth = offer_worth(offers, shop, BROUGHT, cost, tested)
    if worth.net <= 0:
        return ()
    rows = _worthwhile(offers, BROUGHT * came, cost)
    uplift = came * _mean(rows["uplift"], rows["customers"])
    margin = _mean(rows["margin"], rows["customers"] * rows["uplift"])
    least = (
        0.0 if NOTHING >= TENTH else 1 / DOUBT
    )  # a plan has one range: that nothing comes of it stands in its low end
    kept = tuple(float(v) for v in BROUGHT * uplift * np.array([least, 1.0, DOUBT]))
    best = rows.sort_values("customers", ascending=False, kind="stable").iloc[0]
    title = f"Send {worth.customers:,} customers their best next offer"
    advice = Advice(
        key="cross_sell:next offers",
        kind="cross_sell",
        title=title,
        sentence=(
            f"They bought something lately and lack what goes with it, for example {best['then']} with "
            f"{best['first']}. {_shown(best, tested)} An order of what is offered leaves "
            f"{formats.money(margin, shop.currency)} on average."
        ),
        net_benefit=worth.net,
        low=worth.low,
        high=worth.high,
        probability=worth.probability,
        cost=worth.cost,
        months=MONTHS,
        effort=EFFORT,
        days=BEGINS,
        assumption=(
            f"That an offer brings about {formats.percent(BROUGHT, 0)} of what goes together (half to twice that, or "
            "nothing at all): what is bought together was not made to be."
        ),
        would_change=(
            f"If offers brought about less than {formats.percent(min(cost / (uplift * margin), 1.0))} of it, contacts "
            "would cost more than they bring; a comparison by lot tells."
        ),
        rests_on="assumed",
        page=PAGE,
        scenario=scenario_of(
            "own", title[:LONGEST_NAME], MONTHS, assumptions.finance.discount_rate,
            affected_a_month=worth.customers / MONTHS, lift=kept, margin_each=margin, cost_each=cost,
        ),
    )  # fmt: skip
    return (advice,)


def _shown(best: pd.Series, tested: OffersTested | None) -> str:
    """How much the example, or such offers in the past, stand out."""
    if tested is None:
        chance, usual = (formats.percent(best[name]) for name in ("chance", "usual"))
        return f"Of baskets with the one {chance} have the other, of others alike {usual}."
    own, alike = (formats.percent(share) for share in tested.table["bought"].iloc[:2])
    return (
        f"Of customers of such offers {own} bought them by themselves within {AHEAD_DAYS} days, of others who lacked "
        f"the same {alike}."
    )


def _worthwhile(offers: NextOffers, share: float, cost: float) -> pd.DataFrame:
    """The pairs whose offers are expected to bring more than a contact costs."""
    return offers.pairs[share * offers.pairs["uplift"] * offers.pairs["margin"] > cost]


def _mean(values: pd.Series, weights: pd.Series) -> float:
    return float((values * weights).sum() / weights.sum())
