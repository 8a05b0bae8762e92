"""Tables of the what-if page: key figures of a plan, what it is made of, and plans side by side."""

from collections.abc import Sequence

import pandas as pd

from analytics import formats
from analytics.prescriptive.prefilled import Prefilled
from analytics.prescriptive.scenario import INPUTS
from analytics.prescriptive.scenario_inputs import KINDS, KNOWN_INPUTS
from analytics.prescriptive.scenario_words import figure_text, months_text, payback_text, phrase, rate_text
from analytics.prescriptive.what_if import WhatIf, chance_text
from analytics.shop import Shop
from ui.figures import Cell, Tile, figure_table


def worth_tiles(found: WhatIf, shop: Shop) -> list[Tile]:
    """What the plan is worth: a name, the figure, and what it is to be held against."""
    simulated, lever = found.simulated, found.break_even
    over = months_text(found.scenario.months)
    likely = figure_text(lever.lever, found.scenario.input(lever.lever).likely, shop.currency)
    discounted = payback_text(found.payback_discounted)
    return [
        ("Worth today, expected (NPV)", _money(simulated.mean, shop), _beside(found, shop)),
        ("Chance of a loss", chance_text(simulated.loss), "that it is worth less than nothing"),
        ("Net benefit", _money(found.net_benefit, shop), f"over {over}, as likely, not discounted"),
        ("Return on what is paid (ROI)", rate_text(found.roi), "net benefit over all that is paid"),
        ("Money is back", payback_text(found.payback).capitalize(), f"discounted: {discounted}"),
        (
            "Rate of return a year (IRR)",
            rate_text(found.irr),
            f"against {formats.percent(found.scenario.discount_rate)}",
        ),
        ("Paid in all", _money(found.outlay, shop), f"over {over}"),
        (
            f"Break-even, {phrase(lever.lever)}",
            figure_text(lever.lever, lever.value, shop.currency),
            f"likely {likely}",
        ),
    ]


def cash_frame(found: WhatIf) -> pd.DataFrame:
    """Each month's net and the sum so far, the beginning as month 0."""
    names = {"flow": "net_of_month"} | {c: f"cash_{c}" for c in found.cash if c.startswith("so_far")}
    return found.cash.rename(columns=names)


def tornado_frame(found: WhatIf, shop: Shop) -> pd.DataFrame:
    """What each figure does to the worth, its ends in their own units."""
    rows = found.tornado
    ends = {
        end: [figure_text(name, value, shop.currency) for name, value in zip(rows["input"], rows[end], strict=True)]
        for end in ("low", "high")
    }
    return rows.assign(**ends).drop(columns="input").rename(columns={"label": "figure"})


def inputs_table(found: WhatIf, filled: Prefilled | None, shop: Shop) -> str:
    """Each figure of the plan, its range, and how it is known, as markup."""
    rows: list[Sequence[Cell]] = []
    for row in inputs_frame(found, filled).to_dict("records"):
        texts = [figure_text(row["input"], row[end], shop.currency) for end in ("likely", "low", "high")]
        likely = texts[0] if row["low"] == row["high"] else (texts[0], f"{texts[1]} to {texts[2]}")
        how, _, where = row["source"].partition(": ")
        rows.append((row["figure"], likely, (how, where)))
    rows += [(name, said, "chosen here") for name, said in _time(found)]
    return figure_table(("Figure", "Likely, four in five", "From"), rows, texts=(2,))


def _time(found: WhatIf) -> list[tuple[str, str]]:
    plan = found.scenario
    said = [("Months", f"{plan.months}"), ("Discount rate a year", formats.percent(plan.discount_rate))]
    if plan.ramp_months > 1:
        said.append(("Months until the benefit is full", f"{plan.ramp_months}"))
    return said + ([("Benefit lost each month after", formats.percent(plan.fade))] if plan.fade else [])


def inputs_frame(found: WhatIf, filled: Prefilled | None) -> pd.DataFrame:
    """The same as rows of ``input``, ``figure``, ``unit``, ``low``, ``likely``, ``high`` and ``source``."""
    plan = found.scenario
    rows = []
    for name in INPUTS[plan.kind]:
        given = plan.input(name)
        known, source = KNOWN_INPUTS[name], _source(found, name, filled)
        rows.append((name, known.label, known.unit, given.low, given.likely, given.high, source))
    return pd.DataFrame(rows, columns=["input", "figure", "unit", "low", "likely", "high", "source"])


def inputs_file(found: WhatIf, filled: Prefilled | None, shop: Shop) -> pd.DataFrame:
    """The same for files: what the unit of each row is called."""
    rows = inputs_frame(found, filled).drop(columns="input")
    return rows.assign(unit=rows["unit"].replace({"money": shop.currency, "count": "number"}))


def side_by_side_table(plans: Sequence[tuple[str, WhatIf]], chosen: int, shop: Shop) -> str:
    """A row for each plan, the one being changed in bold, as markup."""
    heads = ("Plan", "Worth, expected", "Loss", "Net benefit", "ROI", "Back", "IRR", "Break-even")
    rows = []
    for name, found in plans:
        lever = found.break_even
        kind = f"{KINDS[found.scenario.kind]}, {months_text(found.scenario.months)}"
        rows.append((
            (name, kind),
            (_money(found.simulated.mean, shop), _range(found, shop)),
            chance_text(found.simulated.loss),
            _money(found.net_benefit, shop),
            rate_text(found.roi),
            payback_text(found.payback),
            rate_text(found.irr),
            (figure_text(lever.lever, lever.value, shop.currency), phrase(lever.lever)),
        ))  # fmt: skip
    return figure_table(heads, rows, [place == chosen for place in range(len(plans))])


def side_by_side_frame(plans: Sequence[tuple[str, WhatIf]], shop: Shop) -> pd.DataFrame:
    """The same as numbers."""
    return pd.DataFrame([
        {
            "plan": name, "kind": KINDS[found.scenario.kind], "months": found.scenario.months,
            "npv_expected": found.simulated.mean, "npv_low": found.simulated.low, "npv_high": found.simulated.high,
            "chance_of_a_loss": found.simulated.loss, "npv_likely": found.npv, "net_benefit": found.net_benefit,
            "paid": found.outlay, "roi": found.roi, "payback_month": found.payback, "irr": found.irr,
            "break_even": figure_text(found.break_even.lever, found.break_even.value, shop.currency),
            "break_even_of": KNOWN_INPUTS[found.break_even.lever].label,
        }
        for name, found in plans
    ])  # fmt: skip


def told_apart(names: Sequence[str]) -> list[str]:
    """The same names, numbered where two are alike.

    >>> told_apart(["A", "B", "A"])
    ['A', 'B', 'A (2)']
    """
    told: list[str] = []
    for name in names:
        number, unlike = 2, name
        while unlike in told:
            unlike, number = f"{name} ({number})", number + 1
        told.append(unlike)
    return told


def side_by_side_sentence(plans: Sequence[tuple[str, WhatIf]], shop: Shop) -> str:
    """Which is worth most, and which loses most seldom."""
    best, worth = max(plans, key=lambda each: each[1].simulated.mean)
    safest, safe = min(plans, key=lambda each: each[1].simulated.loss)
    if worth.simulated.mean <= 0:
        return "None of them is expected to be worth more than doing nothing."
    said = f"“{best}” is expected to be worth most, {_money(worth.simulated.mean, shop)} in today's money"
    if best == safest or worth.simulated.loss <= safe.simulated.loss:
        return f"{said}, and no other loses money less often ({chance_text(worth.simulated.loss)})."
    return (
        f"{said}; “{safest}” loses money least often ({chance_text(safe.simulated.loss)} against "
        f"{chance_text(worth.simulated.loss)})."
    )


def _source(found: WhatIf, name: str, filled: Prefilled | None) -> str:
    """How a figure is known that stands as it was filled in; any other is stated."""
    given = found.scenario.input(name)
    if filled is None or filled.scenario.kind != found.scenario.kind:
        return "as stated here"
    if name not in filled.known:
        return "as stated here" if given.high or given.low else "none"
    how, where = filled.known[name]
    if given == filled.scenario.input(name):
        return f"{how}: {where}"
    return "as stated here"


def _beside(found: WhatIf, shop: Shop) -> str:
    if found.simulated.low == found.simulated.high:
        return "no figure of it has a range"
    return f"{_range(found, shop)} in 4 of 5 cases"


def _range(found: WhatIf, shop: Shop) -> str:
    return f"{_money(found.simulated.low, shop)} to {_money(found.simulated.high, shop)}"


def _money(value: float, shop: Shop) -> str:
    return formats.money(value + 0.0, shop.currency)
