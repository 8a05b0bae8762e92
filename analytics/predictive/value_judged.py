"""How good the forecast of customers' value was after the cut-off, as the page tells it, and what the models say."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.formats import money, percent
from analytics.periods import day_label
from analytics.predictive.model import Run
from analytics.predictive.value_cut_offs import months_label
from analytics.predictive.value_methods import (
    FOREST,
    METHODS,
    OVERALL,
    OWN_RATE,
    PURCHASE_METHODS,
    SHOP_TIME,
    customers_label,
    not_foreseen_said,
)
from analytics.predictive.value_scores import COUNTS_AS, USUAL_LEVEL
from analytics.predictive.value_view import for_people
from analytics.shop import Shop

EXPLAINED = (
    "Each method is fitted to what was known on the cut-off and held against what the same customers brought in the "
    "months after it, refunds deducted; nobody's later orders were seen. Customer: mean absolute error of a customer "
    "relative to the mean that customers brought. Tenth: the same of the means of ten groups by expected value. The "
    "method with the smallest sum of both is used: the first says how well customers are told apart, the second "
    "whether sums of them hold; by the first alone, saying nothing of everybody would often win. BG/NBD (Fader, Hardie "
    "& Lee 2005) tells how often customers buy who may leave without a word, gamma-gamma (Fader & Hardie 2013) for how "
    "much; by segment, each has parameters of its own, held near those of all. In shop time, a week of high season "
    "counts for more than one in which the shop sells little. Random forest: order count, mean satisfaction, average "
    "order value, segment, region, age group. Own past rate: what the customer brought lately goes on."
)
NEXT_TO_NOTHING = 0.02
"""By how much an error may be smaller without being better to speak of."""


@dataclass(frozen=True)
class ValueJudged:
    """What was expected at the cut-off beside what was brought after it, of all customers known then.

    ``leaderboard``, ``deciles``, ``points`` and ``cut_offs`` are those of the run (see ``customer_value_fit``).
    """

    leaderboard: pd.DataFrame
    deciles: pd.DataFrame
    points: pd.DataFrame
    cut_offs: pd.DataFrame
    cut_off: date
    months: int
    customers: int
    mean_actual: float
    method: str
    sentence: str
    deciles_sentence: str
    board_sentence: str
    total_sentence: str

    def table(self) -> pd.DataFrame:
        """The leaderboard for people and files."""
        named = self.leaderboard.drop(columns=["method", "error"])
        return for_people(named.rename(columns={"name": "method"}))

    def deciles_table(self) -> pd.DataFrame:
        """The tenths for people and files."""
        return for_people(self.deciles)

    def points_table(self) -> pd.DataFrame:
        """The customers drawn, for people and files."""
        return for_people(self.points)


@dataclass(frozen=True)
class ValueModels:
    """What the models of purchases say of this shop's customers: in words, and their ``parameters`` in figures."""

    parameters: pd.DataFrame
    sentences: tuple[str, ...]
    explained: str


def value_judged(run: Run, shop: Shop) -> ValueJudged:
    """How the forecast did that could have been made at the cut-off; of the whole shop, whatever the filters."""
    facts, tables = run.facts, run.tables
    board = tables["leaderboard"]
    cut_off = date.fromisoformat(str(facts["cut_off"]))
    return ValueJudged(
        leaderboard=board,
        deciles=tables["deciles"],
        points=tables["points"],
        cut_offs=tables["cut_offs"],
        cut_off=cut_off,
        months=int(facts["horizon_months"]),
        customers=int(facts["judged_customers"]),
        mean_actual=float(facts["mean_actual"]),
        method=str(facts["method"]),
        sentence=_sentence(facts, cut_off, shop),
        deciles_sentence=_deciles_sentence(facts, tables["deciles"]),
        board_sentence=_board_sentence(facts, board),
        total_sentence=_total_sentence(tables["cut_offs"]),
    )


def value_models(run: Run, shop: Shop) -> ValueModels:
    """The parameters of the models of purchases, and what they mean."""
    table, facts = run.tables["parameters"], run.facts
    values = table[table["group"] == table["group"].iloc[0]].set_index("parameter")["value"]
    rate, leaves = values["r"] / values["alpha"], values["a"] / (values["a"] + values["b"])
    spread = 1 / values["r"] ** 0.5
    mean = values["p"] * values["v"] / (values["q"] - 1)
    gone = run.tables["values"]["alive"]
    said = [
        f"A customer who is there buys about {_often(rate)}; rates differ between customers by "
        f"{percent(spread, 0)} of their mean.",
        f"After a purchase about {percent(leaves)} leave for good without a word; of {len(gone):,} customers about "
        f"{(1 - gone).sum():,.0f} are taken to have left. Who bought once is taken to be still there, but to buy ever "
        "less likely the longer nothing comes: read the risk, not this, for whom to lose.",
        f"A purchase is expected to bring {money(mean, shop.currency)} of somebody of whom nothing is known; of a "
        f"customer with {_half_known(values)} purchases half of what is expected is their own mean.",
    ]
    if (together := facts["together"]) is not None:
        said.append(_together(float(together)))
    time = "the shop's own time" if _in_shop_time(facts, run) else "calendar time"
    explained = (
        f"Parameters with standard errors, in weeks of {time} and {shop.currency}: r and alpha of the gamma "
        "distribution of buying rates, a and b of the beta distribution of chances to leave after a purchase; p, q and "
        "v of the gamma-gamma model of amounts. Purchases are days with orders; their amounts are after refunds."
    )
    return ValueModels(table, tuple(said), explained)


def _in_shop_time(facts: dict, run: Run) -> bool:
    board = run.tables["leaderboard"]
    used = board[board["method"].isin(PURCHASE_METHODS)]["method"]
    return (used.iloc[0] if len(used) else OVERALL) == SHOP_TIME


def _sentence(facts: dict, cut_off: date, shop: Shop) -> str:
    scores, simple = facts["scores"], facts["baseline_scores"]
    over, off = months_label(int(facts["horizon_months"])), money(scores["mae"], shop.currency)
    each, simply = (percent(told["customer_error"], 0) for told in (scores, simple))
    return (
        f"Of {customers_label(facts['judged_customers'])} known on {day_label(cut_off)}, each was off by {off} on "
        f"average over the {over} after, {each} of the mean ({simply} by the own past rate); the rank correlation is "
        f"{_number(scores['rank_correlation'])}, R² {_number(scores['r2'])}."
    )


def _deciles_sentence(facts: dict, tenths: pd.DataFrame) -> str:
    inside = int(tenths["expected"].between(tenths["actual_low"], tenths["actual_high"]).sum())
    return (
        f"Tenths were off by {percent(facts['scores']['decile_error'])} of the mean; {inside} of {len(tenths)} lie "
        "inside the range of chance of what was brought."
    )


def _board_sentence(facts: dict, board: pd.DataFrame) -> str:
    best, method = board.iloc[0], facts["method"]
    if (told := facts.get("not_foreseen")) is not None:
        said = not_foreseen_said(told, date.fromisoformat(str(facts["cut_off"])))
        return f"{said} The own past rate is used as the simplest, not as a good one."
    if method == OWN_RATE:
        return "No model was better than the own past rate: it is what this page uses."
    simple = board[board["method"] == OWN_RATE].iloc[0]
    less = 1 - best["error"] / simple["error"]
    said = f"{best['name']} is used: its error is {percent(less, 0)} smaller than that of the own past rate."
    if less < NEXT_TO_NOTHING:
        said = f"{best['name']} is used, though the own past rate is as good: this shop's customers go on as they did."
    if FOREST in set(board["method"]) and method != FOREST:
        forest = board[board["method"] == FOREST].iloc[0]
        said += f" {METHODS[FOREST]}, without knowing when somebody last bought: {forest['error']:.2f}."
    return said


def _total_sentence(cut_offs: pd.DataFrame) -> str:
    off = [
        f"{percent(abs(row.expected / row.actual - 1))} too {'high' if row.expected > row.actual else 'low'} on "
        f"{day_label(row.cut_off.date())}"
        for row in cut_offs.itertuples()
    ]
    return (
        f"The range of the total rests on {len(off)} forecasts as they would have been made then ({', '.join(off)}), "
        f"on an assumed {percent(USUAL_LEVEL, 0)} that counts as {COUNTS_AS} more, and on how widely single customers "
        "scattered. "
        "The total itself is not moved by what earlier ones were off by."
    )


def _half_known(values: pd.Series) -> str:
    """After how many purchases the own mean weighs as much as that of all."""
    number = (values["q"] - 1) / values["p"]
    return f"{number:.1f}" if number < 10 else f"{number:.0f}"


def _often(rate_a_week: float) -> str:
    if rate_a_week <= 0:
        return "never"
    weeks = 1 / rate_a_week
    return f"every {weeks:.1f} weeks" if weeks < 20 else f"every {weeks / 4.348:.1f} months"


def _together(correlation: float) -> str:
    strength = "nearly unrelated, as the model supposes"
    if abs(correlation) >= 0.2:
        more = "more" if correlation > 0 else "less"
        strength = f"related: frequent buyers spend {more} each time, which the model does not know"
    return f"How often and for how much customers buy is {strength} (correlation {_number(correlation)})."


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.2f}".replace("-", "−")
