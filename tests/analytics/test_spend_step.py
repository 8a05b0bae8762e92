"""What a little more spend brings: by hand on curves that are known, and refused where the data do not tell it."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.errors import NotEnoughData
from analytics.periods import DAYS_A_MONTH
from analytics.prescriptive.budget import budget_plan
from analytics.prescriptive.spend_step import spend_step
from tests.analytics.test_budget import MARGINS, NONE, SHOP, TWO, response

MONTH = 120 * DAYS_A_MONTH
"""Of both channels together at present."""


def test_each_unit_brings_what_the_curves_rise_by_over_the_step():
    """A: 100 × (1 + s / (s + 50)) orders at 3.5 of margin each, from 60 to 66; B: 25 of the same."""
    found = spend_step(TWO, MARGINS, MONTH, 0.1)
    brought = 3.5 * (100 + 25) * (66 / 116 - 60 / 110)
    assert found.likely == pytest.approx(brought / 12)
    assert (found.low, found.high) == (found.likely, found.likely)
    assert (found.told, found.untold) == (("A", "B"), ())


def test_a_small_step_brings_the_marginal_return_that_the_budget_shows():
    table = budget_plan(TWO, MARGINS, NONE, SHOP).table.set_index("channel")
    for channel in "AB":
        found = spend_step(TWO, MARGINS, MONTH / 2, 1e-6, (channel,))
        assert found.likely == pytest.approx(table.loc[channel, "return_present"], rel=1e-4)
    assert spend_step(TWO, MARGINS, 2 * MONTH, 0.1).likely < spend_step(TWO, MARGINS, MONTH, 0.1).likely


def test_the_range_is_that_of_the_curves_that_are_possible():
    many = response(np.linspace(0.2, 1.8, 101)[:, None], [50.0], [100.0], [60.0])
    found = spend_step(many, MARGINS, 60 * DAYS_A_MONTH, 0.1)
    each = 3.5 * 100 * (66 / 116 - 60 / 110) / 6
    assert (found.low, found.likely, found.high) == pytest.approx((0.36 * each, each, 1.64 * each))


def test_what_the_data_do_not_tell_of_most_of_the_spend_is_refused_and_of_a_part_named():
    in_part = replace(TWO, error=np.array([0.3, 9.0]))
    assert spend_step(in_part, MARGINS, MONTH, 0.1).untold == ("B",)
    with pytest.raises(NotEnoughData, match="do not tell what most of this spend does"):
        spend_step(in_part, MARGINS, MONTH, 0.1, ("B",))
    with pytest.raises(NotEnoughData, match="nothing was spent on these channels"):
        spend_step(TWO, MARGINS, MONTH, 0.1, ("C",))
