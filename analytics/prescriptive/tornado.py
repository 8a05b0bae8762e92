"""Which figure of a plan matters most: what its worth does when one goes from low to high and the others stay."""

import pandas as pd

from analytics.prescriptive.cash_flows import amounts, benefit_shape, discount_factors
from analytics.prescriptive.scenario import INPUTS, Scenario
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS


def tornado(scenario: Scenario) -> pd.DataFrame:
    """The net present value at both ends of each figure that has a range, the others likely.

    Returns
    -------
    One row per input with a range, the widest swing first: ``input``, ``label``, ``low``, ``high`` (its unit),
    ``npv_at_low``, ``npv_at_high``, ``swing`` (the shop's currency, at least 0).
    """
    shape, factors = benefit_shape(scenario), discount_factors(scenario.discount_rate, scenario.months)
    rows = []
    for name, given in zip(INPUTS[scenario.kind], scenario.inputs, strict=True):
        if given.low == given.high:
            continue
        ends = [
            float(amounts(scenario, {name: value}).present_value(shape, factors)) for value in (given.low, given.high)
        ]
        rows.append((name, KNOWN_INPUTS[name].label, given.low, given.high, *ends, abs(ends[1] - ends[0])))
    columns = ["input", "label", "low", "high", "npv_at_low", "npv_at_high", "swing"]
    return pd.DataFrame(rows, columns=columns).sort_values("swing", ascending=False, kind="stable", ignore_index=True)
