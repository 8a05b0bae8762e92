"""Whether two groups of orders differ in a metric: by how much, how surely, and what could have been seen at all."""

import re
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95, odds_in_words
from analytics.descriptive.headline import Headline
from analytics.diagnostic.group_tests import (
    Pulls,
    Verdict,
    mann_whitney,
    permutation,
    standard_error,
    two_proportions,
    welch,
)
from analytics.diagnostic.groups import A, B, Groups, of_members, of_periods
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import DISTINCT, Metric, metric
from analytics.metrics import standard_error as independent_error
from analytics.periods import Period
from analytics.shop import Shop
from analytics.summed import Sums

SURE = 0.05
RANKS = "Mann–Whitney test"
FEW_CUSTOMERS = 30
"""Customers of the smaller group below which the normal law is not leant on."""
LARGEST_SHARE = 0.75
"""Of a group's scatter, made by one customer, from which a mean tells of that customer alone."""
TESTS = {"auto": "By the data", "welch": "Means", "ranks": "Ranks", "deals": "Permutation"}
"""How two groups may be compared: name in the code → name on screen and in the URL."""
TOO_SURE = 1.1
"""How many times as wide the interval must be as that of independent orders to be worth a word."""
SHARED = 0.01
"""Customers in both groups, of those of the smaller one, up to which groups count as apart; these few are left out."""
COHEN = ((0.2, "negligible"), (0.5, "small"), (0.8, "medium"), (np.inf, "large"))
CLIFF = ((0.147, "negligible"), (0.33, "small"), (0.474, "medium"), (np.inf, "large"))
"""Bounds of effect sizes and what they are called (Cohen 1988; Romano et al. 2006)."""


@dataclass(frozen=True)
class GroupComparison:
    """A metric of two groups.

    ``groups`` has one row per group: ``group`` (its name), ``value`` with ``value_low`` and ``value_high`` (95 %),
    ``orders`` and ``customers`` (of a sample: those looked at; a guest's order is one). ``difference`` is the first
    less the second, with the ends of its 95 % interval, how often chance alone does as much (``by_chance``, 0–1), and
    ``detectable``, the smallest true difference that would be seen four times of five. ``effect`` has the effect size
    in words, ``too_sure`` how many times as wide the interval is as that of orders taken as independent.
    """

    key: str
    groups: pd.DataFrame
    difference: float
    low: float
    high: float
    by_chance: float
    detectable: float
    test: str
    why: str
    effect: str
    too_sure: float
    sentence: str
    notes: str

    @property
    def headline(self) -> Headline:
        """The sentence on top of the page."""
        return Headline(formats.plain(self.sentence), "")

    @property
    def beyond_chance(self) -> bool:
        """Whether chance alone does as much in at most five per cent of cases."""
        return self.by_chance <= SURE

    @property
    def explained(self) -> str:
        """How the figures come about."""
        return (
            f"{self.test}: {self.why} Customers are the units, as the orders of one belong together; a guest's order "
            "is one of its own. Interval: 95 %. Detectable: the smallest true difference that this test would call "
            "beyond chance in 80 % of such samples."
        )

    def table(self) -> pd.DataFrame:
        """The two groups and their difference, for people and files."""
        row = {"group": "Difference", "value": self.difference, "value_low": self.low, "value_high": self.high}
        last = pd.DataFrame([row | {"by_chance": self.by_chance, "detectable": self.detectable}])
        return pd.concat([self.groups, last], ignore_index=True)


def compared_members(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    shop: Shop,
    sums: Sums = (),
    key: str = "average_order_value",
    dimension: str = "channel",
    a: tuple[str, ...] = (),
    b: tuple[str, ...] = (),
    test: str = "auto",
) -> GroupComparison:
    """A metric of two groups of members of a dimension, in the period.

    Parameters
    ----------
    a, b : the members of each group; without any in ``b`` it is all others.
    test : one of ``TESTS``.

    Raises
    ------
    ValueError : unknown metric, dimension or member.
    NotEnoughData : a group is empty, both overlap, or nothing can be told of so few.
    """
    measured = metric(key)
    need_metric(measured, shop, filters.period)
    groups = of_members(orders, filters, shop, sums, dimension, a, b, measured)
    return compared(groups, measured, shop, test)


def compared_periods(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    key: str = "average_order_value",
    other: Period | None = None,
    test: str = "auto",
) -> GroupComparison:
    """A metric of the period against another one.

    Parameters
    ----------
    daily : ``daily_activity`` of the same filters.
    other : the second period.
    test : one of ``TESTS``.

    Raises
    ------
    ValueError : unknown metric, or no other period.
    NotEnoughData : a period is empty, both overlap, or nothing can be told of so few.
    """
    if other is None:
        raise ValueError("other: expected a period, got None")
    measured = metric(key)
    for period in (filters.period, other):
        need_metric(measured, shop, period)
    return compared(of_periods(orders, daily, filters, shop, other), measured, shop, test)


def compared(groups: Groups, measured: Metric, shop: Shop, test: str = "auto") -> GroupComparison:
    """The comparison of two groups in a metric, by the test that fits them or that was asked for.

    Raises
    ------
    ValueError : unknown test.
    NotEnoughData : nothing can be told of so few, or not by this test.
    """
    if test not in TESTS:
        raise ValueError(f"test: expected one of {', '.join(TESTS)}, got {test!r}")
    pulls = {group: groups.pulls(measured, group) for group in (A, B) if _told(groups, measured, group)}
    a, b = pulls[A], pulls[B]
    _need_scatter(a, b, groups, measured)
    every = groups.customers.every
    verdict, name, why, effect = _judged(groups, measured, a, b, test)
    if not np.isfinite([verdict.low, verdict.high, verdict.by_chance]).all():
        raise NotEnoughData(
            f"{min(a.customers, b.customers)} customers in the smaller group are too few, or too unlike each other, to "
            f"tell how much {measured.name.lower()} differs by chance: choose a longer period or more members."
        )
    values = pd.DataFrame([_row(groups, measured, group, pulls[group]) for group in (A, B)])
    alone = np.hypot(*(float(independent_error(measured, groups.parts[group])) for group in (A, B)))
    too_sure = standard_error(a, b, every) / alone if alone > 0 else float("nan")
    figures = (verdict.difference, verdict.low, verdict.high, verdict.by_chance, verdict.detectable)
    sentence = _sentence(groups, measured, verdict, name, shop)
    notes = _notes(groups, measured, verdict, name, too_sure, alone, shop)
    return GroupComparison(measured.key, values, *figures, name, why, effect, float(too_sure), sentence, notes)


def need_metric(measured: Metric, shop: Shop, period: Period) -> None:
    """Say why a metric cannot be told of a shop or of so early a period.

    Raises
    ------
    NotEnoughData : it cannot.
    """
    if measured.needs is not None and measured.needs not in shop.has:
        raise NotEnoughData(
            f"This shop's orders cannot tell {measured.name.lower()}: import a file with what it needs."
        )
    if doubt := shop.doubt(measured, period.start):
        raise NotEnoughData(f"{doubt} Choose a period that begins later, or another metric.")


def _told(groups: Groups, measured: Metric, group: str) -> bool:
    """That the metric is there in the group, or a sentence."""
    value, orders = measured.value(groups.parts[group]), groups.parts[group]["orders"]
    if not orders:
        raise NotEnoughData(f"No order of {groups.names[group]} is in view: choose a longer period or other members.")
    if formats.is_missing(float(value)):
        raise NotEnoughData(f"{measured.name} is not known for {groups.names[group]}: no order in view states it.")
    return True


def _need_scatter(a: Pulls, b: Pulls, groups: Groups, measured: Metric) -> None:
    for pulls, group in ((a, A), (b, B)):
        if pulls.customers < 2:
            number = "One customer's orders are" if pulls.customers else "Nothing is"
            raise NotEnoughData(
                f"{number} all that {groups.names[group]} has of {measured.name.lower()}: how much it differs by "
                "chance cannot be told from fewer than two customers. Choose a longer period or more members."
            )
    if standard_error(a, b) == 0:
        raise NotEnoughData(
            f"{measured.name} is the same for all customers of both groups: there is nothing that chance could move."
        )


def _judged(groups: Groups, measured: Metric, a: Pulls, b: Pulls, wanted: str) -> tuple[Verdict, str, str, str]:
    """The verdict, the test and why it was chosen, and the effect size in words."""
    people, every = groups.customers, groups.customers.every
    both, fewest = a.inside & b.inside, min(a.customers, b.customers)
    apart = both.sum() <= SHARED * fewest
    if measured.denominator is None:
        _need_auto(wanted, f"{measured.name} is a total")
        why = "totals add up what each customer brought; their scatter is that of customers coming or not."
        return welch(a, b, every), "z-test of totals", why, _ratio_of(groups, measured)
    if measured.unit == "share":
        _need_auto(wanted, f"{measured.name} is a share")
    if measured.unit == "share" and measured.numerator in DISTINCT and apart:
        done, number = (
            tuple(groups.parts[group][part] for group in (A, B)) for part in (measured.numerator, measured.denominator)
        )
        why = "each customer did it or did not, and is in one group only."
        return two_proportions(done, number), "Two proportions", why, _ratio_of(groups, measured)
    if wanted in ("ranks", "deals") and not apart:
        raise NotEnoughData(
            f"{both.sum() * every:,} customers are in both groups, so neither ranks nor a permutation can tell them "
            "apart: compare means, or groups that share no customers."
        )
    top, bottom = (
        people.part(part, A) * a.inside + people.part(part, B) * b.inside
        for part in (measured.numerator, measured.denominator)
    )
    only = a.inside ^ b.inside
    if wanted == "deals" or (wanted == "auto" and apart and fewest < FEW_CUSTOMERS and every == 1):
        why = "it was chosen: customers are dealt to the groups anew, many times."
        if wanted == "auto":
            why = f"{fewest} customers in the smaller group are too few to lean on the normal law."
        return permutation(top[only], bottom[only], a.inside[only]), "Permutation test", why, _cohen(groups, measured)
    heaviest = max(a.largest_share, b.largest_share)
    heavy = heaviest > LARGEST_SHARE and measured.unit == "money"
    if wanted == "ranks" or (wanted == "auto" and apart and heavy):
        with np.errstate(divide="ignore", invalid="ignore"):  # who is in neither group has no mean
            own = top / bottom
        verdict, delta = mann_whitney(own[only & a.inside], own[only & b.inside])
        why = "it was chosen." if wanted == "ranks" else (
            f"one customer makes {formats.percent(heaviest, 0)} of a group's scatter, so means would tell of that "
            "customer."
        )  # fmt: skip
        why += (
            " Compared by ranks is what each customer has on average: the difference is the median of all differences "
            "between a customer of the one and one of the other group."
        )
        word = _called(abs(delta), CLIFF)
        return verdict, RANKS, why, f"Cliff's delta {formats.signed(_two(delta))} ({word})"
    why = "there are enough customers for means to scatter normally, and groups may scatter differently."
    if wanted == "welch":
        why = "it was chosen: means, whose groups may scatter differently."
    if not apart:
        why += f" {both.sum() * every:,} customers are in both groups, and pull on both sides."
    return welch(a, b, every), "Welch's t-test", why, _cohen(groups, measured)


def _need_auto(wanted: str, what: str) -> None:
    if wanted != "auto":
        raise NotEnoughData(f"{what}, for which there is one test: let the data choose it.")


def _row(groups: Groups, measured: Metric, group: str, pulls: Pulls) -> dict[str, object]:
    from scipy.special import stdtrit

    half = stdtrit(max(pulls.customers - 1, 1), 0.975) * np.sqrt(groups.customers.every * pulls.variance)
    ends = np.array([pulls.value - half, pulls.value + half])
    if measured.unit in ("count", "share"):
        ends = np.maximum(ends, 0.0)
    return {
        "group": groups.names[group],
        "value": pulls.value,
        "value_low": float(ends[0]),
        "value_high": float(ends[1]),
        "orders": int(groups.parts[group]["orders"]),
        "customers": pulls.customers,
    }


def _cohen(groups: Groups, measured: Metric) -> str:
    """The difference in units of the scatter of single orders."""
    if not measured.spread:
        return _ratio_of(groups, measured)
    means, variances, numbers = [], [], []
    for group in (A, B):
        parts = groups.parts[group]
        n = parts[measured.denominator]
        means.append(parts[measured.numerator] / n)
        variances.append(max(parts[measured.spread] / n - means[-1] ** 2, 0.0))
        numbers.append(n)
    pooled = np.sqrt(np.average(variances, weights=numbers))
    if pooled == 0:
        return _ratio_of(groups, measured)
    d = (means[0] - means[1]) / pooled
    return f"Cohen's d {formats.signed(_two(d))} ({_called(abs(d), COHEN)})"


def _ratio_of(groups: Groups, measured: Metric) -> str:
    first, second = (float(measured.value(groups.parts[group])) for group in (A, B))
    if measured.unit == "share":
        return f"risk difference {measured.format_change(first, second)}"
    return f"{formats.percent(abs(first / second - 1))} {'more' if first > second else 'less'}" if second > 0 else ""


def _called(size: float, bounds: tuple[tuple[float, str], ...]) -> str:
    return next(word for bound, word in bounds if size < bound)


def _two(number: float) -> str:
    return f"{number:.2f}".replace("-", formats.MINUS)


def amount(measured: Metric, size: float, shop: Shop) -> str:
    """A difference in the metric's unit: of shares, points.

    >>> from analytics.metrics import METRICS
    >>> amount(METRICS["repeat_rate"], -0.034, None), amount(METRICS["delivery_days"], 0.083, None)
    ('−3.4 pp', '0.08')
    """
    if measured.unit == "share":
        return measured.format_change(size, 0.0).removeprefix("+")
    if measured.unit in ("count", "days", "score"):
        places = 0 if measured.unit == "count" else 2 if abs(size) >= 0.005 or not size else 3
        written = f"{size:,.{places}f}"
        return written.replace("-", formats.MINUS if re.search("[1-9]", written) else "")
    return measured.format(size, shop.currency)


def _sentence(groups: Groups, measured: Metric, verdict: Verdict, test: str, shop: Shop) -> str:
    """Which is higher and by how much, or how large a difference would have been seen."""
    first, second = groups.names[A], groups.names[B]
    low, high = sorted((abs(verdict.low), abs(verdict.high)))
    chance = odds_in_words(verdict.by_chance)
    typical = "typically " if test == RANKS else ""
    if verdict.by_chance <= SURE and verdict.difference:
        word = "higher" if verdict.difference > 0 else "lower"
        size = amount(measured, abs(verdict.difference), shop)
        between = f"{amount(measured, low, shop)} to {amount(measured, high, shop)}"
        return (
            f"{measured.name}: {first} is {typical}{word} than {second} by {size} ({between} in 95 of 100 cases); "
            f"chance alone does as much in {chance} of cases."
        )
    seen = amount(measured, verdict.detectable, shop)
    between = f"{amount(measured, verdict.low, shop)} to {amount(measured, verdict.high, shop)}"
    return (
        f"{measured.name}: {first} and {second} cannot be told apart. The difference of "
        f"{formats.signed(amount(measured, verdict.difference, shop))} ({between}) is one that chance alone makes in "
        f"{chance} of cases; one of less than {seen} would not surely be seen."
    )


def _notes(
    groups: Groups, measured: Metric, verdict: Verdict, test: str, too_sure: float, alone: float, shop: Shop
) -> str:
    said = []
    if verdict.by_chance <= SURE:
        said.append(
            f"Four samples of five would show a true difference of {amount(measured, verdict.detectable, shop)}."
        )
    if too_sure > TOO_SURE and test != RANKS:
        said.append(
            f"Orders taken as independent of each other would claim ± {amount(measured, NORMAL_95 * alone, shop)}, "
            f"{too_sure:.1f} times too sure: the orders of one customer are alike."
        )
    if groups.customers.every > 1:
        said.append(f"Scatter is that of one customer in {groups.customers.every}; values are those of all.")
    return " ".join(said)
