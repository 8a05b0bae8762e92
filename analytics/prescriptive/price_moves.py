"""Where a price should stand within a guard band, and what moving it brings in contribution margin."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_80
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import DAYS_A_MONTH
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.cash_flows import price_gain
from analytics.prescriptive.elasticity import Elasticities, as_figure
from analytics.prescriptive.margins import OF_THE_SHOP
from analytics.prescriptive.price_days import WHOLE, PriceDays
from analytics.shop import Shop

DRAWS, SEED = 4_000, 6
STEPS = 20
"""Steps from the present price to either edge of the band."""
SURE = 0.8
"""Probability to pay from which a move is advised."""
COSTED = 0.9
"""Share of a group's revenue whose unit cost must be known, for its own costs to stand for it."""
MARGIN_SPREAD = 0.1
"""Standard deviation of what a group earns about the margin of the whole shop, where nothing else is known of it (share
of revenue): our own choice."""
FEWEST_DAYS = 7
RAISE, LOWER, KEEP, SILENT = "Raise", "Lower", "Keep", "Cannot tell"


@dataclass(frozen=True, eq=False, repr=False)
class PriceMoves:
    """``table`` has one row per group, those that gain most first.

    ``group``, ``verdict`` (raise, lower, keep, cannot tell), ``why`` (of the last two), ``price_change`` (share; 0 to
    keep), ``gain``, ``gain_low``, ``gain_high`` (contribution margin a month; the range holds 80 %), ``probability``
    to gain, ``revenue_change``, ``orders_change`` (shares), ``revenue`` (a month at the present price), ``margin``
    (share of it at the present price), ``margin_source``, ``elasticity``, ``elasticity_low``, ``elasticity_high``
    (80 %), ``break_even`` (elasticity beyond which the move does not pay), ``at_edge`` (the band stops it).
    ``curves`` has ``group``, ``price_change``, ``gain``, ``gain_low``, ``gain_high``, ``revenue_change``.
    ``total`` is the gain of all moves advised, with its 80 % range.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    total: tuple[float, float, float]
    probability: float
    band: float
    by: str
    sentence: str
    explained: str

    def __repr__(self) -> str:
        figures = self.table[["price_change", "gain", "margin", "revenue"]].round(6).to_numpy().tolist()
        return f"price moves of {self.table['group'].tolist()}: {figures}"

    @property
    def advised(self) -> pd.DataFrame:
        """The rows whose price is to be moved."""
        return self.table[self.table["verdict"].isin((RAISE, LOWER))]


def price_moves(
    prices: PriceDays,
    answers: Elasticities,
    margins: pd.DataFrame,
    assumptions: Assumptions,
    filters: Filters,
    shop: Shop,
) -> PriceMoves:
    """The price within the band that is expected to bring most contribution margin, for each group that can be told.

    Demand answers with a constant elasticity; each unit costs what it costs now. A price is sought that is best on
    average over what the elasticity may be (drawn with a fixed seed), not at its middle alone, and a move is advised
    only where it pays in four of five of these draws. Where demand answers by less than the price no price is too
    high for that model, so the band is what stops it.

    Parameters
    ----------
    margins : ``category``, ``share`` (0–1), ``source``. Unit costs of a group's own lines go before the shop's gross
        margin, what somebody stated before both.

    Raises
    ------
    NotEnoughData : the period is too short to say what a group sells in a month.
    """
    lines, days = _sold_in(prices, filters, shop)
    band = assumptions.finance.price_band
    steps = np.linspace(-band, band, 2 * STEPS + 1) if band > 0 else np.zeros(1)
    chance, of_margins = (np.random.default_rng(seed) for seed in (SEED, SEED + 1))
    rows, curves, draws = [], [], []
    for row in answers.table.to_dict("records"):
        z = chance.standard_normal(DRAWS)  # drawn for each group, told or not, so that one does not move another
        doubt = of_margins.standard_normal((DRAWS, 1))
        own = _present(prices, row["group"], lines, days, margins, row["elasticity"])
        if not row["told"] or own is None:
            rows.append(_silent(row, own))
            continue
        drawn = np.minimum(row["elasticity"] + row["error"] * z, 0.0)
        earned = np.minimum(own["margin"] + margin_spread(own["margin_source"]) * doubt, 1.0)
        gains = own["revenue"] * price_gain(steps, drawn[:, None], earned)
        curves.append(_curve(row["group"], steps, gains, row["elasticity"]))
        rows.append(_moved(row, own, steps, gains, band, drawn))
        if rows[-1]["verdict"] in (RAISE, LOWER):
            draws.append(gains[:, np.argmin(np.abs(steps - rows[-1]["price_change"]))])
    table = pd.DataFrame(rows)
    by_gain = table.assign(moves=table["verdict"].isin((RAISE, LOWER)), tells=table["verdict"] == KEEP)
    order = by_gain.sort_values(["moves", "tells", "gain"], ascending=False, kind="stable").index
    table = table.loc[order].reset_index(drop=True)
    all_draws = np.sum(draws, axis=0) if draws else np.zeros(1)
    total = tuple(float(v) for v in (all_draws.mean(), *np.quantile(all_draws, (0.1, 0.9))))
    curve = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=_CURVE)
    said = _sentence(table, total, band, shop, prices.by), _explained(band, days, prices)
    return PriceMoves(table, curve, total, float((all_draws > 0).mean()), band, prices.by, *said)


def margin_spread(source: str) -> float:
    """How far off a group's margin may be, as a standard deviation: that of the shop says little of each group's."""
    return MARGIN_SPREAD if source == OF_THE_SHOP else 0.0


_CURVE = ["group", "price_change", "gain", "gain_low", "gain_high", "revenue_change"]


def _sold_in(prices: PriceDays, filters: Filters, shop: Shop) -> tuple[pd.DataFrame, int]:
    first, last = max(filters.period.start, shop.first_day), min(filters.period.end, shop.today)
    days = (last - first).days + 1
    if days < FEWEST_DAYS:
        raise NotEnoughData(f"What is sold in a month is told from {FEWEST_DAYS} days on: choose a longer period.")
    inside = prices.sums["day"].between(pd.Timestamp(first), pd.Timestamp(last))
    return prices.sums[inside], days


def _present(
    prices: PriceDays, group: str, lines: pd.DataFrame, days: int, margins: pd.DataFrame, elasticity: float
) -> dict[str, object] | None:
    """Revenue a month, refunds deducted, and margin at today's price; None where nothing is sold or no margin known."""
    own = lines[lines["group"] == group]
    revenue = float(own["revenue"].sum())
    if revenue <= 0:
        return None
    at = prices.log_price[(own["day"] - prices.days[0]).dt.days, prices.place(group)]
    earlier = revenue / float((own["revenue"] * np.exp(-at)).sum())  # the period's price, today's being 1
    known = margins[margins["category"] == prices.category_of[group]]
    share, source = (known["share"].iloc[0], known["source"].iloc[0]) if len(known) else (np.nan, "")
    if source != "stated" and own["costed"].sum() >= COSTED * revenue:
        cost = own["cost"].sum() / own["costed"].sum()
        share, source = 1 - cost * earlier, "unit costs"
    if not np.isfinite(share):
        return None
    month = prices.kept_of(group) * revenue / days * DAYS_A_MONTH * earlier ** -(1 + elasticity)
    return {"revenue": month, "margin": float(share), "margin_source": str(source)}


def _curve(group: str, steps: np.ndarray, gains: np.ndarray, elasticity: float) -> pd.DataFrame:
    low, high = np.quantile(gains, (0.1, 0.9), axis=0)
    columns = (group, steps, gains.mean(axis=0), low, high, (1 + steps) ** (1 + elasticity) - 1)
    return pd.DataFrame(dict(zip(_CURVE, columns, strict=True)))


def _moved(row: dict, own: dict, steps: np.ndarray, gains: np.ndarray, band: float, drawn: np.ndarray) -> dict:
    best = int(gains.mean(axis=0).argmax())
    change = float(steps[best])
    probability = float((gains[:, best] > 0).mean())
    pays = abs(change) > 1e-9 and probability >= SURE
    low, high = np.quantile(gains[:, best], (0.1, 0.9))
    why = "" if pays else _why_keep(change, probability)
    change, best = (change, best) if pays else (0.0, len(steps) // 2)
    figures = (float(gains[:, best].mean()), low, high, probability) if pays else (0.0, 0.0, 0.0, probability)
    return own | {
        "group": row["group"],
        "verdict": (RAISE if change > 0 else LOWER) if pays else KEEP,
        "why": why,
        "price_change": change,
        **dict(zip(("gain", "gain_low", "gain_high", "probability"), map(float, figures), strict=True)),
        "revenue_change": float(((1 + change) ** (1 + drawn)).mean() - 1),
        "orders_change": float(((1 + change) ** drawn).mean() - 1),
        "elasticity": row["elasticity"],
        "elasticity_low": row["elasticity"] - NORMAL_80 * row["error"],
        "elasticity_high": min(row["elasticity"] + NORMAL_80 * row["error"], 0.0),
        "break_even": _break_even(change, 1 - own["margin"]) if pays else np.nan,
        "at_edge": pays and abs(abs(change) - band) < 1e-9,
    }


def _why_keep(change: float, probability: float) -> str:
    if abs(change) < 1e-9:
        return "the price stands where it should"
    return f"{formats.percent(probability, 0)} likely that a move pays: too little to act on"


def _break_even(change: float, cost: float) -> float:
    """The elasticity at which the move brings nothing; missing where it pays at any that demand may have, up to 0.

    (1 + k)^e (1 + k − c) = 1 − c
    """
    ratio = (1 - cost) / (1 + change - cost) if abs(1 + change - cost) > 1e-12 else -1.0
    value = float(np.log(ratio) / np.log1p(change)) if ratio > 0 else float("nan")
    return value if value <= 0 else float("nan")


def _silent(row: dict, own: dict | None) -> dict:
    why = row["why"] or "nothing was sold in the period, or what it costs is not known"
    missing = dict.fromkeys(
        ("gain", "gain_low", "gain_high", "probability", "revenue_change", "orders_change", "break_even"), np.nan
    )
    missing |= {"elasticity": np.nan, "elasticity_low": np.nan, "elasticity_high": np.nan}
    known = own or {"revenue": np.nan, "margin": np.nan, "margin_source": ""}
    return (
        known | {"group": row["group"], "verdict": SILENT, "why": why, "price_change": 0.0, "at_edge": False} | missing
    )


def _sentence(table: pd.DataFrame, total: tuple, band: float, shop: Shop, by: str) -> str:
    things = {"category": "categories", "product": "products"}[by]
    moved = table[table["verdict"].isin((RAISE, LOWER))]
    if moved.empty:
        kept = int((table["verdict"] == KEEP).sum())
        if kept:
            return (
                f"No price is advised to be moved within ± {formats.percent(band, 0)}: for {kept:,} of {len(table):,} "
                f"{things} no move is likely enough to pay, of the others the data cannot tell."
            )
        return f"No price can be advised: of none of the {len(table):,} {things} the data tell what a price does."
    first = moved.iloc[0]
    amount, low, high = (formats.money(first[c], shop.currency) for c in ("gain", "gain_low", "gain_high"))
    said = (
        f"{price_move(first)}: {amount} more contribution margin a month ({low} to {high}), "
        f"{formats.chance(first['probability'])} likely to pay"
    )
    if len(moved) > 1:
        amount, low, high = (formats.money(v, shop.currency) for v in total)
        all_of_them = "Both moves" if len(moved) == 2 else f"All {len(moved):,} moves"
        said += f". {all_of_them} together: {amount} a month ({low} to {high})"
    return f"{said}."


def price_move(row: pd.Series | dict) -> str:
    """A move in words.

    >>> price_move({"verdict": "Raise", "group": "Beauty", "price_change": 0.045})
    'Raise prices of Beauty by 4.5 %'
    """
    if row["verdict"] not in (RAISE, LOWER):
        return f"{row['verdict']}: {row['group']}"
    size = formats.percent(abs(row["price_change"]), 1).replace(".0 %", " %")
    return f"{row['verdict']} prices of {row['group']} by {size}"


def edge_note(row: pd.Series | dict) -> str:
    """Why a move ends at the band's edge, in a sentence; empty where it does not."""
    if not row["at_edge"]:
        return ""
    if row["elasticity_high"] > -1:
        return (
            f"Demand may answer by less than the price (elasticity up to {as_figure(row['elasticity_high'])}): by this "
            "model no price is too high, so the guard band is what stops the move."
        )
    return "The best price lies beyond the guard band, which stops the move."


def gain_sentence(moves: PriceMoves, group: str, shop: Shop) -> str:
    """What moving the price of a group brings, and what would change that."""
    row = moves.table[moves.table["group"] == group].iloc[0]
    if row["verdict"] == KEEP:
        return f"{group}: keep the price; {row['why']}."
    amount, low, high = (formats.money(row[c], shop.currency) for c in ("gain", "gain_low", "gain_high"))
    said = (
        f"{price_move(row)}: {amount} a month ({low} to {high}), orders {formats.percent(row['orders_change'])}, "
        f"revenue {formats.percent(row['revenue_change'])}. {edge_note(row)}"
    )
    return f"{said} {break_even_note(row)}".replace("  ", " ").strip()


def break_even_note(row: pd.Series | dict) -> str:
    """Up to which elasticity a move pays, in a sentence.

    >>> break_even_note({"break_even": -2.31, "price_change": 0.1})
    'It pays as long as a price 1 % higher takes less than 2.3 % of the orders.'
    """
    if formats.is_missing(row["break_even"]):
        return ""
    side = "less" if row["price_change"] > 0 else "more"
    return f"It pays as long as a price 1 % higher takes {side} than {abs(row['break_even']):.1f} % of the orders."


def _explained(band: float, days: int, prices: PriceDays) -> str:
    share = prices.refunded.get(WHOLE, 0.0)
    refunds = f", less what is refunded ({formats.percent(share)} of all orders in view)" if share else ""
    return (
        f"For prices within ± {formats.percent(band, 0)} of today's (the guard band of Settings), contribution margin "
        "is worked out for 4,000 elasticities drawn from what each may be (fixed seed), and the price with the highest "
        f"mean is taken; a move is advised where it pays in {formats.percent(SURE, 0)} of them. Demand answers with "
        "the same elasticity to any move; units cost what they cost now (where the shop's gross margin stands for that "
        f"of a group, it is drawn, too: ± {formats.percent(MARGIN_SPREAD, 0)} in two of three cases); competitors do "
        "not answer, and what other groups win from a dearer price or lose to a lower one is not counted. "
        f"What is sold in a month is that of the {days:,} days in view, at today's price{refunds}. "
        "Ranges of gains: 80 %."
    )
