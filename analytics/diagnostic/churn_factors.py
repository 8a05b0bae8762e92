"""What makes customers come back or stay away: hazard ratios of Cox's model, all factors beside each other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import FALSE_DISCOVERIES, NORMAL_95, odds_among_many, odds_in_words, odds_of_chi_square
from analytics.descriptive.headline import Headline
from analytics.diagnostic.cox import Fit, Gathered, fitted, proportionality
from analytics.diagnostic.gaps import FACTORS, OUTCOMES, POSITION, UNTOLD, Gaps
from analytics.diagnostic.survival import in_words, too_few
from analytics.errors import NotEnoughData
from analytics.shop import DIMENSIONS

MOST_LEVELS = 8
OTHERS = "All others"
FEWEST_ENDS = 10
"""Returns per level, and per coefficient of the model, below which ratios are noise (Peduzzi et al. 1995)."""
FEWEST_CUSTOMERS = 20
"""Customers of a level below which their orders, however many, tell of these people alone."""
NAMED = 3


@dataclass(frozen=True)
class ChurnFactors:
    """How much more or less readily customers come back, by factor of the order before, all else alike.

    ``levels`` has one row per level of every factor, in the order of ``FACTORS``, the reference first: ``factor``,
    ``level``, ``reference`` (whether it is the one compared with), ``gaps``, ``returned``, ``ratio`` (hazard ratio; 1
    for references) with ``ratio_low`` and ``ratio_high`` (95 %), ``by_chance`` (adjusted for looking at all levels),
    ``beyond_chance``, and the ratio up to ``split_day`` and after it, each with its range (``early``, ``early_low``,
    ``early_high``, ``late``, ``late_low``, ``late_high``; missing where they cannot be told). ``checks`` has one row
    per factor: ``factor``, ``statistic``, ``degrees``, ``by_chance`` (how often chance makes ratios drift so) and
    ``holds`` (whether they may be the same on all days).
    """

    clock: str
    levels: pd.DataFrame
    checks: pd.DataFrame
    split_day: int
    gaps: int
    customers: int
    sentence: str
    check_sentence: str
    notes: str

    @property
    def headline(self) -> Headline:
        """The sentence on top of the page."""
        return Headline(formats.plain(self.sentence), "")

    def table(self) -> pd.DataFrame:
        """The levels for people and files, with their factors' names and checks."""
        checks = self.checks.set_index("factor")["by_chance"]
        named = self.levels.assign(factor=self.levels["factor"].map(FACTORS))
        return named.assign(drifts_by_chance=self.levels["factor"].map(checks)).rename(columns=self._headings)

    def checks_table(self) -> pd.DataFrame:
        """One row per factor: the check, and the level whose ratio moves most from the early days to the late ones."""
        rows = [self._checked(check) for check in self.checks.to_dict("records")]
        return pd.DataFrame(rows)

    def _checked(self, check: dict) -> dict[str, object]:
        own = self.levels[(self.levels["factor"] == check["factor"]) & ~self.levels["reference"]]
        moved = (np.log(own["late"]) - np.log(own["early"])).abs()
        row = own.loc[moved.idxmax() if moved.notna().any() else own.index[0]]
        told = {"factor": FACTORS[check["factor"]], "by_chance": check["by_chance"], "holds": check["holds"]}
        return told | {"level": row["level"]} | {name: row[name] for name in ("early", "late")}

    @property
    def _headings(self) -> dict[str, str]:
        parts = {"early": f"ratio_to_day_{self.split_day}", "late": f"ratio_after_day_{self.split_day}"}
        return {f"{old}{end}": f"{new}{end}" for old, new in parts.items() for end in ("", "_low", "_high")}

    @property
    def explained(self) -> str:
        """How the figures come about."""
        return (
            "Cox's model of the day on which a customer comes back (ties: Breslow), all factors at once. A hazard "
            "ratio of 0.8 means that on any day a fifth fewer of those still away come back than at the reference "
            "level. Open gaps are censored. Only what is known when the clock starts is in the model; delivery and "
            "score count from the day on which they are known. Ranges: 95 %, customers as independent units (Lin & Wei "
            "1989). By chance: adjusted for looking at all levels (Benjamini–Hochberg). Check of proportional hazards: "
            "Schoenfeld's residuals against time (Grambsch & Therneau 1994)."
        )


def churn_factors(gaps: Gaps, clock: str = "any") -> ChurnFactors:
    """Hazard ratios of coming back for every factor of the orders, with the check that they hold on all days.

    Parameters
    ----------
    gaps : ``order_gaps``.
    clock : one of ``CLOCKS``.

    Raises
    ------
    ValueError : unknown clock.
    NotEnoughData : the orders differ in nothing, or too few customers came back.
    """
    own = _followed(gaps, clock)
    levels, design = _levels(own, clock)
    if levels.empty:
        raise NotEnoughData("The orders in view differ in nothing that could be a factor: take a filter away.")
    kept = _independent(design)
    dropped = levels[~levels["reference"]].iloc[np.flatnonzero(~kept)]
    design = design[:, kept]
    if own.returned.sum() < FEWEST_ENDS * design.shape[1]:
        raise NotEnoughData(
            f"{int(own.returned.sum()):,} returns are too few for {design.shape[1]} levels beside each other: "
            f"{FEWEST_ENDS} for each are needed. Take a filter away, choose a later period or import a longer history."
        )
    rows = Gathered(own.days, own.returned, _entry(own), design, own.customer)
    fit = fitted(rows)
    if fit is None:
        raise NotEnoughData("The model finds no ratios: some level comes back always or never. Take a filter away.")
    levels = levels.drop(index=dropped.index).reset_index(drop=True)
    factors = list(dict.fromkeys(levels["factor"]))
    owner = levels.loc[~levels["reference"], "factor"].to_numpy()
    factors = [f for f in factors if (owner == f).any()]
    levels = levels[levels["factor"].isin(factors)].reset_index(drop=True)
    split = int(np.median(own.days[own.returned]))
    levels = _with_ratios(levels, fit, rows, split)
    checks = _checks(rows, fit, factors, owner)
    notes = _notes(own, dropped, clock)
    sentences = (_sentence(levels, clock), _check_sentence(levels, checks, split))
    return ChurnFactors(clock, levels, checks, split, len(own.days), len(np.unique(own.customer)), *sentences, notes)


def _followed(gaps: Gaps, clock: str) -> Gaps:
    """The gaps of the clock that are still open when all of their factors are known."""
    own = gaps.of(clock)
    if clock == "any":
        own = own.kept(own.codes[POSITION] != own.members[POSITION].index(UNTOLD))
    own = own.kept(own.days > _entry(own))
    if own.returned.sum() < FEWEST_ENDS:
        raise NotEnoughData(too_few(len(own.days), clock, gaps))
    return own


def _entry(gaps: Gaps) -> np.ndarray:
    return gaps.entry(*(factor for factor in OUTCOMES if factor in gaps.codes))


def _levels(gaps: Gaps, clock: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The levels of all factors with their counts, and the design: a column for each that is no reference."""
    rows, columns = [], []
    for factor in FACTORS:
        if factor not in gaps.codes or (factor == POSITION and clock == "first"):
            continue
        found = _gathered_levels(gaps, factor)
        if len(found) < 2:
            continue
        for position, (level, which) in enumerate(found):
            ends = int(gaps.returned[which].sum())
            rows.append((factor, level, position == 0, int(which.sum()), ends))
            columns += [which.astype("float64")] if position else []
    levels = pd.DataFrame(rows, columns=["factor", "level", "reference", "gaps", "returned"])
    return levels, np.column_stack(columns) if columns else np.empty((len(gaps.days), 0))


def _gathered_levels(gaps: Gaps, factor: str) -> list[tuple[str, np.ndarray]]:
    """Levels by falling size; those too rare or too many to be told apart are gathered in one."""
    code, names = gaps.codes[factor], gaps.members[factor]
    sizes, ends = np.bincount(code, minlength=len(names)), np.bincount(code, gaps.returned, len(names))
    people = np.bincount(np.unique(np.column_stack([code, gaps.customer]), axis=0)[:, 0], minlength=len(names))
    enough = (ends >= FEWEST_ENDS) & (people >= FEWEST_CUSTOMERS)
    told = [n for n in np.argsort(-sizes, kind="stable") if enough[n]]
    told = told if len(told) <= MOST_LEVELS else told[: MOST_LEVELS - 1]
    found = [(names[n], code == n) for n in told]
    others = ~np.isin(code, told)
    if gaps.returned[others].sum() >= FEWEST_ENDS:
        found.append((OTHERS, others))
    elif others.any() and found:
        found[0] = (found[0][0], found[0][1] | others)  # a handful of orders, too few for a level of their own
    return found


def _independent(design: np.ndarray) -> np.ndarray:
    """Which columns say something that those before them do not say together."""
    centred = design - design.mean(axis=0)
    squares = centred.T @ centred
    kept: list[int] = []
    for column in range(len(squares)):
        own = squares[column, column]
        if kept:
            with_kept = squares[kept, column]
            own = own - with_kept @ np.linalg.solve(squares[np.ix_(kept, kept)], with_kept)
        if own > 1e-8 * max(squares[column, column], 1.0):
            kept.append(column)
    return np.isin(np.arange(len(squares)), kept)


def _with_ratios(levels: pd.DataFrame, fit: Fit, rows: Gathered, split: int) -> pd.DataFrame:
    compared = ~levels["reference"].to_numpy()
    parts = {"ratio": fit, "early": _part(rows.until(split), fit), "late": _part(rows.after(split), fit)}
    for name, part in parts.items():
        told = np.full((len(levels), 3), np.nan)
        told[~compared] = (1.0, np.nan, np.nan)
        if part is not None:
            spread = NORMAL_95 * part.errors
            ends = (part.coefficients, part.coefficients - spread, part.coefficients + spread)
            told[compared] = np.exp(np.column_stack(ends))
        levels = levels.assign(**{name: told[:, 0], f"{name}_low": told[:, 1], f"{name}_high": told[:, 2]})
    odds = np.ones(len(levels))
    odds[compared] = odds_among_many(fit.coefficients / fit.errors)
    return levels.assign(by_chance=np.where(compared, odds, np.nan), beyond_chance=odds <= FALSE_DISCOVERIES)


def _part(rows: Gathered, fit: Fit) -> Fit | None:
    """The same model of a part of the time; None where a level has too few ends there."""
    if not len(rows.days) or np.min(rows.design[rows.ended].sum(axis=0), initial=np.inf) < 2:
        return None
    return fitted(rows, fit.coefficients)


def _checks(rows: Gathered, fit: Fit, factors: list[str], owner: np.ndarray) -> pd.DataFrame:
    blocks = [np.flatnonzero(owner == factor) for factor in factors]
    statistics = proportionality(rows, fit, blocks)
    checks = pd.DataFrame({"factor": factors, "statistic": statistics, "degrees": [len(block) for block in blocks]})
    odds = [odds_of_chi_square(s, d) for s, d in zip(statistics, checks["degrees"], strict=True)]
    return checks.assign(by_chance=odds, holds=np.array(odds) > FALSE_DISCOVERIES)


def _sentence(levels: pd.DataFrame, clock: str) -> str:
    """The levels that matter most, in words."""
    sure = levels[levels["beyond_chance"]]
    after = "a first order" if clock == "first" else "an order"
    if sure.empty:
        return f"None of the factors makes customers come back more or less readily after {after} beyond chance."
    order = np.log(sure["ratio"]).abs().sort_values(ascending=False, kind="stable").index[:NAMED]
    references = levels[levels["reference"]].set_index("factor")["level"]
    said = "; ".join(_said(row, references[row["factor"]]) for row in sure.loc[order].to_dict("records"))
    return f"On any day of silence, all else alike, a return is {said}."


def _said(row: dict, reference: str) -> str:
    change = row["ratio"] - 1
    more = f"{formats.percent(abs(change), 0)} {'more' if change > 0 else 'less'} likely"
    more = f"{row['ratio']:.1f} times as likely" if change > 1 else more
    between = f"hazard ratio {row['ratio']:.2f}, {row['ratio_low']:.2f} to {row['ratio_high']:.2f}"
    than = reference if row["factor"] in DIMENSIONS else f"after {in_words(row['factor'], reference)}"
    joined = "as" if change > 1 else "than"
    return f"{more} after {in_words(row['factor'], row['level'])} {joined} {than} ({between})"


def _check_sentence(levels: pd.DataFrame, checks: pd.DataFrame, split: int) -> str:
    """For which factors a single ratio is not the whole truth, and what to go by instead."""
    failed = checks[~checks["holds"]]
    if failed.empty:
        return (
            "Proportional hazards: nothing speaks against ratios being the same on all days "
            f"(smallest probability by chance {odds_in_words(checks['by_chance'].min())})."
        )
    names = ", ".join(FACTORS[f].lower() for f in failed["factor"])
    said = (
        f"The ratio changes with time for {names} (proportional hazards do not hold): there it is an average over the "
        f"gaps seen. Go by the curves, and by the ratios up to day {split} and after it in the card's table"
    )
    rows = levels[levels["factor"].isin(failed["factor"]) & ~levels["reference"] & levels["late"].notna()]
    if rows.empty:
        return f"{said}."
    moved = (np.log(rows["late"]) - np.log(rows["early"])).abs().idxmax()
    row = rows.loc[moved]
    what = in_words(row["factor"], row["level"])
    return f"{said}; most for {what}: {row['early']:.2f} up to day {split}, {row['late']:.2f} after."


def _notes(gaps: Gaps, dropped: pd.DataFrame, clock: str) -> str:
    said = [f"{len(gaps.days):,} gaps of {len(np.unique(gaps.customer)):,} customers"]
    if gaps.every > 1:
        said.append(f"a sample of one customer in {gaps.every}")
    entry = _entry(gaps)
    if entry.max(initial=0):
        said.append(f"looked at from day {gaps.late_after} on, when late deliveries are known")
    notes = f"{', '.join(said)}."
    if len(dropped):
        names = ", ".join(in_words(row.factor, row.level) for row in dropped.itertuples())
        notes += f" Left out, as other levels say the same: {names}."
    return notes
