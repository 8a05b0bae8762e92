"""Orders counted by what they have in common: members, delivery days and score. All that satisfaction is explained by.

The engine counts; there are as many rows as combinations that occur, whatever the shop's size.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.kpis import nothing_matches
from analytics.diagnostic.proportional_odds import Clusters
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop

CONTROLS = ("category", "channel", "region", "segment")
"""What orders are told apart by, beside delivery: the dimensions that a shop can do something about."""
OTHERS = "All others"
MOST_LEVELS = 12
MOST_COMBINATIONS = 5_000
"""Members told apart in a dimension, and combinations of them over all: the rest are gathered."""
FEWEST_SCORED = 100
"""Scored orders below which nothing is said of what moves the score."""
FEWEST_OF_A_LEVEL = 30
FEWEST_GATHERED = 10
"""Orders of a member, and of all small members together, from which they are a level of their own."""
FAR_OUT = 6.0
"""Widths of the middle half of delivery days, above it, from which a few orders are taken for oddities."""
SAMPLED_ORDERS = 150_000
"""Of more orders, so many are looked at one by one to learn how those of one customer belong together."""

NO_SCORES = "This shop's orders carry no scores: import a file that has them (1 to 5) and map the column."
NO_DAYS = "This shop's orders carry no delivery days: import a file that has them and map the column."


def no_days_among(orders: float) -> NotEnoughData:
    """What to say where none of so many orders in view has delivery days."""
    return NotEnoughData(
        f"None of the {orders:,.0f} orders in view has delivery days: choose a longer period or fewer filters."
    )


@dataclass(frozen=True)
class OrderCells:
    """Orders in view by members, delivery days and score.

    ``members`` has the names of each dimension, ``codes`` each cell's position among them; ``days`` and ``score`` are
    missing where the orders of a cell have none. All arrays have one entry per cell.
    """

    members: dict[str, pd.Index]
    codes: dict[str, np.ndarray]
    days: np.ndarray
    score: np.ndarray
    orders: np.ndarray


@dataclass(frozen=True)
class ScoredOrders:
    """Scored orders by combination of delivery days and members.

    ``days`` is None where delivery plays no part (``without_days`` says why). ``levels`` has the members told apart in
    each dimension, most orders first, so that the first is the one others are held against; ``codes`` each
    combination's. ``counts`` has a row per combination and a column per score of ``scores``. ``left_out`` says which
    scored orders are not among them, as parts of a sentence.
    """

    days: np.ndarray | None
    levels: dict[str, tuple[str, ...]]
    codes: dict[str, np.ndarray]
    scores: np.ndarray
    counts: np.ndarray
    clusters: Clusters
    without_days: str
    left_out: tuple[str, ...]

    @property
    def orders(self) -> np.ndarray:
        """How many there are of each combination."""
        return self.counts.sum(axis=1)


def order_cells(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> OrderCells:
    """Orders in view by members, delivery days and score; refunds are no orders.

    Parameters
    ----------
    orders : rows of the shop.

    Raises
    ------
    NotEnoughData : no order matches the filters.
    """
    counted = collected_within(_orders_alike, orders, filters, {"value": filters.period}, **told_apart(shop))
    if counted.empty:
        raise NotEnoughData(nothing_matches(filters))
    members, codes = {}, {}
    for dimension in _controls(shop):
        named = counted[dimension].astype("category")
        members[dimension], codes[dimension] = named.cat.categories.astype("str"), named.cat.codes.to_numpy(np.intp)
    days, score = (counted[c].to_numpy(dtype="float64", na_value=np.nan) for c in ("days", "score"))
    return OrderCells(members, codes, days, score, counted["orders"].to_numpy(dtype="int64"))


def scored_orders(
    orders: ir.Table | pd.DataFrame, order_cells: OrderCells, filters: Filters, shop: Shop
) -> ScoredOrders:
    """Scored orders by combination, with those that are too few to be told apart gathered, and whose they are.

    Parameters
    ----------
    orders : rows of the shop.
    order_cells : of the same filters.

    Raises
    ------
    NotEnoughData : the shop has no scores, too few orders in view have one, or all are alike.
    """
    _need_scores(order_cells, shop)
    cells, scored = order_cells, ~np.isnan(order_cells.score)
    without_days = _why_without_days(cells, scored, shop)
    kept = scored if without_days else scored & ~np.isnan(cells.days)
    left_out = [] if without_days else _without_days_left_out(cells, scored, kept)
    scores = np.unique(cells.score[kept])
    levels, places = {}, {}
    for dimension in cells.members:
        levels[dimension], places[dimension] = _levels(cells, dimension, kept)
    codes = {d: places[d][cells.codes[d]] for d in levels}
    told = kept & np.all([code >= 0 for code in codes.values()], axis=0) if codes else kept
    if cells.orders[told].sum() < FEWEST_SCORED:
        raise NotEnoughData(
            f"Only {cells.orders[told].sum():,} scored orders in view are of members that can be told apart: at least "
            f"{FEWEST_SCORED} are needed. Choose a longer period or fewer filters."
        )
    if (few := int(cells.orders[kept & ~told].sum())) > 0:
        left_out.append(f"{few:,} of members too small to be told apart, or all of one score")
    if not without_days and (odd := told & (cells.days > (longest := _longest(cells, told)))).any():
        left_out.append(f"{cells.orders[odd].sum():,} that took more than {longest:.0f} days")
        told = told & ~odd
    days = None if without_days else np.unique(cells.days[told])
    key = _keys(days, cells.days, codes, levels)
    keys, row = np.unique(key[told], return_inverse=True)
    answer = np.searchsorted(scores, cells.score[told])
    counts = np.zeros((len(keys), len(scores)))
    np.add.at(counts, (row, answer), cells.orders[told])
    first = np.zeros(len(keys), dtype=np.intp)
    first[row] = np.flatnonzero(told)
    if (seen := counts.sum(axis=0) > 0).sum() < 2:
        raise NotEnoughData(_all_alike(int(counts.sum()), scores[seen][0]))
    single = _single(orders, filters, shop, int(counts.sum()))
    own = {d: _codes_of(single[d], cells.members[d], places[d]) for d in levels}
    return ScoredOrders(
        days=None if without_days else cells.days[first],
        levels=levels,
        codes={d: code[first] for d, code in codes.items()},
        scores=scores[seen],
        counts=counts[:, seen],
        clusters=_clusters(single, _keys(days, _numbers(single, "days"), own, levels), own, keys, scores[seen]),
        without_days=without_days,
        left_out=tuple(left_out),
    )


def told_apart(shop: Shop) -> dict[str, tuple[str, ...] | int]:
    """The dimensions to count by, those that have too many members for it, and how many of them are told apart."""
    dimensions = _controls(shop)
    sizes = [len(shop.members[d]) for d in dimensions]
    most = max(n for n in range(2, MOST_LEVELS + 1) if n == 2 or _product(sizes, n) <= MOST_COMBINATIONS)
    gathered = tuple(d for d in dimensions if len(shop.members[d]) > most)
    return {"dimensions": dimensions, "gathered": gathered, "most": most}


def named_members(
    rows: ir.Table, dimensions: tuple[str, ...], gathered: tuple[str, ...], most: int
) -> dict[str, ir.StringValue]:
    """The member of each dimension; of some only those with most orders, all others together."""
    named = {}
    for dimension in dimensions:
        named[dimension] = rows[dimension].cast("string")
        if dimension in gathered:
            sizes = rows.group_by(rows[dimension]).agg(size=rows.count())
            largest = sizes.order_by([ibis.desc("size"), dimension]).limit(most)
            is_large = rows[dimension].isin(largest[dimension])
            named[dimension] = ibis.ifelse(is_large, named[dimension], OTHERS)
    return named


def _controls(shop: Shop) -> tuple[str, ...]:
    return tuple(d for d in CONTROLS if d in shop.members)


def _product(sizes: list[int], most: int) -> int:
    return int(np.prod([min(size, most) for size in sizes], dtype="int64")) if sizes else 1


def _orders_alike(
    rows: ir.Table, periods: dict[str, Period], dimensions: tuple[str, ...], gathered: tuple[str, ...], most: int
) -> ir.Table:
    placed = rows.filter(rows.revenue >= 0)
    named = named_members(placed, dimensions, gathered, most)
    return placed.group_by(days=placed.delivery_days, score=placed.satisfaction_score, **named).agg(
        orders=placed.count()
    )


def _single_orders(
    rows: ir.Table,
    periods: dict[str, Period],
    dimensions: tuple[str, ...],
    gathered: tuple[str, ...],
    most: int,
    every: int,
    has_keys: bool,
) -> ir.Table:
    """Scored orders one by one, of all customers or of one in so many; a guest's order is a customer of its own."""
    placed = rows.filter(rows.revenue >= 0)
    named = named_members(placed, dimensions, gathered, most)
    if has_keys:
        unit = ibis.coalesce(placed.customer_key, -placed.transaction_key - 1)
        chosen = placed.satisfaction_score.notnull() & (unit.abs() % every == 0)
    else:
        unit = ibis.coalesce(placed.customer_key.cast("string"), "guest " + placed.transaction_id.cast("string"))
        chosen = placed.satisfaction_score.notnull()
    kept = placed.mutate(unit=unit, **named).filter(chosen)
    return kept.select("unit", *dimensions, days=kept.delivery_days, score=kept.satisfaction_score)


def _single(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, number: int) -> pd.DataFrame:
    every = max(1, number // SAMPLED_ORDERS) if shop.customer_keys else 1
    asked = told_apart(shop) | {"every": every, "has_keys": bool(shop.customer_keys)}
    found = collected_within(_single_orders, orders, filters, {"value": filters.period}, **asked)
    found.attrs["every"] = every
    return found


def _clusters(
    single: pd.DataFrame, key: np.ndarray, own: dict[str, np.ndarray], keys: np.ndarray, scores: np.ndarray
) -> Clusters:
    """The single orders that are counted, and where."""
    score = _numbers(single, "score")
    row = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    told = (keys[row] == key) & np.isin(score, scores)
    for code in own.values():
        told &= code >= 0
    unit = pd.factorize(single["unit"].to_numpy()[told])[0]
    return Clusters(unit, row[told], np.searchsorted(scores, score[told]), single.attrs["every"])


def _longest(cells: OrderCells, told: np.ndarray) -> float:
    """The days beyond which an order is an oddity: one parcel that took a year would decide the slope of all.

    Beyond lie fewer orders than a level needs, and all of them far out: so many times the middle half's width above
    it. Source: fences of Tukey (1977), set far enough that a tail of any usual shape stays inside.
    """
    days, place = np.unique(cells.days[told], return_inverse=True)
    size = np.bincount(place, cells.orders[told])
    reached = size.cumsum() / size.sum()
    quarter, three_quarters = (days[np.searchsorted(reached, share)] for share in (0.25, 0.75))
    fence = three_quarters + FAR_OUT * max(three_quarters - quarter, 1.0)
    beyond = size[::-1].cumsum()[::-1]
    return float(max(fence, days[beyond >= min(FEWEST_OF_A_LEVEL, beyond[0])].max()))


def _keys(
    days: np.ndarray | None, of: np.ndarray, codes: dict[str, np.ndarray], levels: dict[str, tuple[str, ...]]
) -> np.ndarray:
    """One number per combination, the same for the same: −1 for days that do not occur among those counted."""
    key = np.zeros(len(of), dtype="int64")
    for dimension, code in codes.items():
        key = key * (len(levels[dimension]) + 1) + code
    if days is None:
        return key
    place = np.minimum(np.searchsorted(days, np.nan_to_num(of, nan=-1.0)), len(days) - 1)
    return np.where(days[place] == of, key * len(days) + place, -1)


def _codes_of(named: pd.Series, members: pd.Index, places: np.ndarray) -> np.ndarray:
    """The levels of members by name."""
    named = named.astype("category")
    found = members.get_indexer(named.cat.categories.astype("str"))
    return np.where(found >= 0, places[found], -1)[named.cat.codes.to_numpy(np.intp)]


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray:
    return frame[column].to_numpy(dtype="float64", na_value=np.nan)


def _levels(cells: OrderCells, dimension: str, kept: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """The levels of a dimension, most orders first, and each member's: those with too few orders are gathered.

    So is a member whose orders all gave the same score: there is no telling how much more or less they would like.
    Where those gathered are too few themselves they have no level (−1).
    """
    names, code = cells.members[dimension], cells.codes[dimension]
    size = np.bincount(code[kept], cells.orders[kept], len(names))
    lowest, highest = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(lowest, code[kept], cells.score[kept])
    np.maximum.at(highest, code[kept], cells.score[kept])
    stands = (size >= FEWEST_OF_A_LEVEL) & (lowest < highest) & (names != OTHERS)
    order = np.flatnonzero(stands)[np.argsort(-size[stands], kind="stable")]
    places = np.full(len(names), -1)
    places[order] = np.arange(len(order))
    rest = ~stands & (size > 0)
    levels = tuple(names[order])
    if size[rest].sum() >= FEWEST_GATHERED and lowest[rest].min() < highest[rest].max():
        places[rest] = len(levels)
        levels += (OTHERS,)
    return levels, places


def _need_scores(cells: OrderCells, shop: Shop) -> None:
    if "satisfaction_score" not in shop.has:
        raise NotEnoughData(NO_SCORES)
    scored = ~np.isnan(cells.score)
    number = int(cells.orders[scored].sum())
    if not number:
        raise NotEnoughData(
            f"None of the {cells.orders.sum():,} orders in view was scored: choose a longer period or fewer filters."
        )
    if number < FEWEST_SCORED:
        raise NotEnoughData(
            f"Only {number:,} order{'s' if number > 1 else ''} in view {'were' if number > 1 else 'was'} scored: at "
            f"least {FEWEST_SCORED} are needed to tell what moves the score. Choose a longer period or fewer filters."
        )
    if len(alike := np.unique(cells.score[scored])) == 1:
        raise NotEnoughData(_all_alike(number, alike[0]))


def _all_alike(number: int, score: float) -> str:
    return (
        f"All {number:,} scored orders in view gave {score:.0f}: where all are alike there is nothing to explain. "
        "Choose a longer period or fewer filters."
    )


def _why_without_days(cells: OrderCells, scored: np.ndarray, shop: Shop) -> str:
    """Why delivery days play no part, in a sentence; empty where they do."""
    if "delivery_days" not in shop.has:
        return NO_DAYS
    both = scored & ~np.isnan(cells.days)
    number = int(cells.orders[both].sum())
    if number < FEWEST_SCORED:
        return (
            f"Only {number:,} scored orders in view have delivery days: at least {FEWEST_SCORED} are needed to tell "
            "what a day does. Choose a longer period or fewer filters."
        )
    if len(np.unique(cells.score[both])) == 1:
        return _all_alike(number, cells.score[both][0])
    if len(alike := np.unique(cells.days[both])) == 1:
        return (
            f"All {number:,} scored orders with delivery days arrived on day {alike[0]:.0f}: what another day would "
            "do cannot be told."
        )
    return ""


def _without_days_left_out(cells: OrderCells, scored: np.ndarray, kept: np.ndarray) -> list[str]:
    """How many scored orders have no delivery days, and whose they all are."""
    number = int(cells.orders[scored & ~kept].sum())
    if not number:
        return []
    whose = []
    for dimension, names in cells.members.items():
        size, told = (np.bincount(cells.codes[dimension][w], cells.orders[w], len(names)) for w in (scored, kept))
        whose += [names[n] for n in np.flatnonzero((size > 0) & (told == 0))]
    of_all = f" (all of {', '.join(whose)} among them)" if 0 < len(whose) <= 3 else ""
    return [f"{number:,} without delivery days{of_all}"]
