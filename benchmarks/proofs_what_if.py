"""What a plan is worth: equal to a well-known library and to printed figures, its draws true to closed forms."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from scipy.stats import norm

from analytics.chance import NORMAL_80
from analytics.prescriptive.appraisal import internal_rate
from analytics.prescriptive.break_even import break_even
from analytics.prescriptive.cash_flows import MONTHS_A_YEAR, amounts, benefit_shape, discount_factors
from analytics.prescriptive.scenario import INPUTS, Scenario, Uncertain, scenario_of
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS
from analytics.prescriptive.simulated_plan import simulated_plan
from analytics.prescriptive.uncertainty import DRAWS, SEED, drawn
from benchmarks.proofs import Proof, share

FLOWS, QUICK_FLOWS = 4_000, 1_000
PLANS, QUICK_PLANS = 2_000, 200
LONGEST = 120
PRINTED = (
    ((-100.0, 39.0, 59.0, 55.0, 20.0), 0.28095),
    ((-100.0, 0.0, 0.0, 74.0), -0.0955),
    ((-100.0, 100.0, 0.0, 7.0), 0.06206),
)
"""Payments and their rate of return a period, as the manual of numpy-financial prints them."""
WITHIN = 0.9973
"""Of means that are right, as many are off by less than three standard errors."""

EXAMPLES = {
    "retention": {"customers": (180, 200, 230), "contact_cost": (1, 2, 3), "kept": (0.02, 0.08, 0.15),
                  "value_each": (200, 300, 500), "investment": (400, 500, 900)},
    "price": {"revenue_a_month": (9e4, 1e5, 1.1e5), "price_change": 0.05, "elasticity": (-4.0, -2.62, -1.2),
              "margin": (0.3, 0.4, 0.45), "investment": 2000},
    "channel": {"spend_a_month": 1000, "margin_per_spend": (0.5, 1.2, 2.0), "investment": 800},
    "delivery": {"orders_a_month": (900, 1000, 1200), "cost_per_order": (3, 5, 6), "days_saved": (0.5, 1, 1.5),
                 "lift_per_day": (0.005, 0.01, 0.02), "margin_per_order": (300, 400, 500), "investment": 5000},
    "own": {"affected_a_month": (800, 1000, 1300), "lift": (0.0, 0.01, 0.02), "margin_each": (300, 400, 500),
            "cost_each": (1, 2, 3), "investment": 9000, "monthly_cost": 100},
}  # fmt: skip
"""A plan of each kind, drawn with the seed that pages draw with."""


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of the what-if engine."""
    flows, plans = (QUICK_FLOWS, QUICK_PLANS) if quick else (FLOWS, PLANS)
    return [*_rates(flows), *_by_hand(), *_break_evens(plans), *_means(plans, quick), *_chances(plans, quick)]


def _rates(flows: int) -> Iterator[Proof]:
    """Random payments, some months of nothing among them, that change direction once: out, then in."""
    import numpy_financial

    generator = np.random.default_rng(7)
    worth, rates = [], []
    for _ in range(flows):
        months = int(generator.integers(1, LONGEST + 1))
        gains = generator.lognormal(0, 1.5, months) * (generator.random(months) < 0.9)
        gains[-1] += 0.01
        payments = np.array([-gains.sum() * generator.uniform(0.3, 1.5), *gains])
        a_year = generator.uniform(0, 1)
        monthly = (1 + a_year) ** (1 / MONTHS_A_YEAR) - 1
        ours = float(payments @ discount_factors(a_year, months))
        worth.append(abs(ours - numpy_financial.npv(monthly, payments)) / np.abs(payments).sum())
        found = (1 + internal_rate(payments).a_year) ** (1 / MONTHS_A_YEAR) - 1
        rates.append(abs(found - numpy_financial.irr(payments)))
    said = f"{flows:,} random rows of 1 to {LONGEST} months against numpy-financial 1.0"
    yield Proof("what-if: net present value, largest relative difference", max(worth), "<=", 1e-12, "oracle", said)
    yield Proof("what-if: rate of return a month, largest difference", max(rates), "<=", 1e-8, "oracle", said)
    off = []
    for payments, printed in PRINTED:
        found = (1 + internal_rate(np.array(payments)).a_year) ** (1 / MONTHS_A_YEAR) - 1
        off.append(abs(found - printed))
    said = "three rows of payments in the manual of numpy-financial, to five or four digits"
    yield Proof("what-if: rate of return against printed ones", max(off), "<=", 5e-5, "published", said)


def _by_hand() -> Iterator[Proof]:
    """Cases whose answer is a line of arithmetic."""
    own = scenario_of("own", "A", 12, 0.21, affected_a_month=10, lift=0.5, margin_each=20, cost_each=1, monthly_cost=5,
                      investment=500)  # fmt: skip
    monthly = 1.21 ** (-1 / 12)
    annuity = monthly * (1 - monthly**12) / (1 - monthly)
    kept = scenario_of("retention", "A", 6, 0.0, customers=100, contact_cost=3, kept=0.1, value_each=80, investment=20)
    dearer = scenario_of("price", "A", 1, 0.0, revenue_a_month=1000, price_change=0.1, elasticity=-2, margin=0.4)
    spent = scenario_of("channel", "A", 4, 0.0, spend_a_month=100, margin_per_spend=1.3, investment=50)
    sooner = scenario_of("delivery", "A", 2, 0.0, orders_a_month=100, cost_per_order=2, days_saved=1.5,
                         lift_per_day=0.02, margin_per_order=90)  # fmt: skip
    faded = replace(spent, ramp_months=2, fade=0.5)
    cases = (
        (own, -500 + 85 * annuity), (kept, 100 * 0.1 * 80 - 320), (dearer, 1000 * (0.5 / 1.21 - 0.4)),
        (spent, 4 * 30 - 50), (sooner, 2 * (100 * 90 * 0.03 - 200)),
        (faded, 130 * (0.5 + 1 + 0.5 + 0.25) - 400 - 50),
    )  # fmt: skip
    off = [abs(_worth(plan) - by_hand) for plan, by_hand in cases]
    said = f"{len(cases)} plans of all kinds, ramp and fade among them, added up by hand; the shop's currency"
    yield Proof(
        "what-if: worth of plans against sums by hand, largest difference", max(off), "<=", 1e-9, "oracle", said
    )


def _break_evens(plans: int) -> Iterator[Proof]:
    generator = np.random.default_rng(11)
    off, told = [], 0
    for kind in INPUTS:
        for _ in range(plans // len(INPUTS)):
            plan = _random_plan(kind, generator)
            found = break_even(plan)
            if found.why:
                continue
            told += 1
            size = abs(_worth(plan)) + abs(_worth(plan, **{found.lever: 0.0})) + 1.0
            off.append(abs(_worth(plan, **{found.lever: found.value})) / size)
    said = f"{told:,} random plans of all kinds; the worth at the lever's break-even over the plan's own size"
    yield Proof("what-if: worth at break-even", max(off), "<=", 1e-9, "oracle", said)


def _means(plans: int, quick: bool) -> Iterator[Proof]:
    """Means of draws against expectations in closed form: of products of independent figures, and of powers."""
    for kind, inputs in EXAMPLES.items():
        plan = replace(scenario_of(kind, kind, 24, 0.1, **inputs), ramp_months=3, fade=0.02)
        simulated = simulated_plan(plan)
        off = abs(simulated.mean - expected_worth(plan)) / simulated.error
        said = f"{DRAWS:,} draws, seed {SEED}; the expectation in closed form"
        yield Proof(f"what-if: mean of draws off by, in standard errors, {kind}", off, "<=", 3.0, "oracle", said)
    generator = np.random.default_rng(13)
    within = []
    for number in range(plans):
        plan = _random_plan(list(INPUTS)[number % len(INPUTS)], generator)
        simulated = simulated_plan(plan, draws=DRAWS, seed=number)
        within.append(abs(simulated.mean - expected_worth(plan)) < 3 * simulated.error)
    said = f"{plans:,} random plans of all kinds, a seed each"
    yield share("what-if: means within three standard errors of the closed form", [within], ">=", 0.99, WITHIN, said,
                quick=quick)  # fmt: skip


def _chances(plans: int, quick: bool) -> Iterator[Proof]:
    """The chance of a loss where one figure alone is unsure: the tail of its distribution, exactly."""
    generator = np.random.default_rng(17)
    within, inside = [], []
    for number in range(plans):
        low, likely, high = np.sort(generator.uniform(0.001, 0.2, 3))
        plan = scenario_of("own", "A", 12, 0.1, affected_a_month=1000, margin_each=100, lift=(low, likely, high))
        paid = _worth(plan) * generator.uniform(0.5, 1.5)
        plan = scenario_of("own", "A", 12, 0.1, affected_a_month=1000, margin_each=100, lift=(low, likely, high),
                           investment=paid)  # fmt: skip
        lift = break_even(plan).value
        exact = float(norm.cdf((lift - likely) * NORMAL_80 / ((likely - low) if lift < likely else (high - likely))))
        found = simulated_plan(plan, seed=number).loss
        within.append(abs(found - exact) < 3 * math.sqrt(max(exact * (1 - exact), 1e-9) / DRAWS) + 1 / DRAWS)
        draws = drawn(plan, seed=number)["lift"]
        inside.append(((draws >= low) & (draws <= high)).mean())
    said = f"{plans:,} plans in which the lift alone is unsure, {DRAWS:,} draws each"
    yield share("what-if: chances of a loss within three standard errors of the exact ones", [within], ">=", 0.99,
                WITHIN, said, quick=quick)  # fmt: skip
    off = abs(float(np.mean(inside)) - 0.8)
    yield Proof("what-if: draws inside their range, distance from four in five", off, "<=", 0.002, "oracle", said)


def expected_worth(plan: Scenario) -> float:
    """The net present value that is expected, in closed form; the change of prices must be known.

    Figures are independent: of a product the mean is the product of means. Of (1 + c)^e it is that of an exponential
    of two halves of a normal distribution, cut at their bounds.
    """
    mean = {name: _mean(plan.input(name), name) for name in INPUTS[plan.kind]}
    shape, factors = benefit_shape(plan), discount_factors(plan.discount_rate, plan.months)
    if plan.kind != "price":
        return float(amounts(plan, mean).present_value(shape, factors))
    change = plan.input("price_change").likely
    power = _mean_of(plan.input("elasticity"), "elasticity", math.log1p(change))
    gain = mean["revenue_a_month"] * (power * (change + mean["margin"]) - mean["margin"])
    return float(gain * (shape @ factors[1:]) - mean["investment"] - mean["monthly_cost"] * factors[1:].sum())


def _mean(given: Uncertain, name: str) -> float:
    """Of two halves of normal distributions that meet at the likely value, cut at what the figure can be."""
    known = KNOWN_INPUTS[name]
    upper = _half_mean(given.likely, (given.high - given.likely) / NORMAL_80, known.most)
    lower = -_half_mean(-given.likely, (given.likely - given.low) / NORMAL_80, -known.least)
    return 0.5 * (upper + lower)


def _half_mean(likely: float, width: float, most: float) -> float:
    """Mean of min(likely + width × |z|, most)."""
    if width == 0:
        return likely
    cut = (most - likely) / width
    inside = 2 * (norm.cdf(cut) - 0.5)
    return likely * inside + width * 2 * (norm.pdf(0) - norm.pdf(cut)) + most * (1 - inside)


def _mean_of(given: Uncertain, name: str, rate: float) -> float:
    """Mean of exp(rate × figure), of the same distribution."""
    known = KNOWN_INPUTS[name]

    def half(width: float, far: float, sign: float) -> float:
        if width == 0:
            return math.exp(rate * given.likely)
        cut, tilt = abs(far - given.likely) / width, sign * rate * width
        inside = math.exp(rate * given.likely + tilt**2 / 2) * (norm.cdf(cut - tilt) - norm.cdf(-tilt)) * 2
        return inside + math.exp(rate * far) * 2 * norm.sf(cut)

    upper = half((given.high - given.likely) / NORMAL_80, known.most, 1.0)
    lower = half((given.likely - given.low) / NORMAL_80, known.least, -1.0)
    return 0.5 * (upper + lower)


def _random_plan(kind: str, generator: np.random.Generator) -> Scenario:
    """A plan of sizes that a shop may have; the change of prices is known."""
    given: dict[str, object] = {}
    for name in INPUTS[kind]:
        draw = _SIZES.get(name) or _BY_UNIT[KNOWN_INPUTS[name].unit]
        given[name] = tuple(np.sort([draw(generator) for _ in range(3)]).tolist())
    if kind == "price":
        given["price_change"] = float(generator.uniform(-0.2, 0.2))
    months = int(generator.integers(1, LONGEST + 1))
    plan = scenario_of(kind, kind, months, float(generator.uniform(0, 0.4)), **given)
    ramp, fade = int(generator.integers(0, months + 1)), float(generator.uniform(0, 0.1))
    return replace(plan, ramp_months=ramp, fade=fade)


_BY_UNIT: dict[str, Callable[[np.random.Generator], float]] = {
    "money": lambda generator: float(generator.uniform(0, 500)),
    "count": lambda generator: float(generator.uniform(10, 2000)),
    "share": lambda generator: float(generator.uniform(0.01, 0.3)),
    "days": lambda generator: float(generator.uniform(-1, 3)),
    "factor": lambda generator: float(generator.uniform(0.2, 2.5)),
}
_SIZES: dict[str, Callable[[np.random.Generator], float]] = {
    "elasticity": lambda generator: float(generator.uniform(-5, -0.5)),
    "revenue_a_month": lambda generator: float(generator.uniform(1e4, 1e6)),
}


def _worth(plan: Scenario, **values: float) -> float:
    shape, factors = benefit_shape(plan), discount_factors(plan.discount_rate, plan.months)
    return float(amounts(plan, values).present_value(shape, factors))
