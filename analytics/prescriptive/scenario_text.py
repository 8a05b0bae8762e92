"""A scenario as a short text that an address can carry, and back: no text can be more than figures and a name."""

import math
import re

from analytics.formats import one_line
from analytics.prescriptive.scenario import INPUTS, LONGEST_NAME, Scenario, Uncertain

VERSION = "1"
"""Raised when a text of before would be read as another plan."""
LONGEST = 600
RANGE = "to"
_BEFORE_INPUTS = ("version", "kind", "months", "discount_rate", "ramp_months", "fade")
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?(e-?\d{1,3})?", re.ASCII)


def scenario_text(scenario: Scenario) -> str:
    """A scenario on one line, its figures to six digits: more would be noise, and a longer address.

    Version, kind, months, discount rate, ramp, fade, the inputs in their order (a range as ``low to likely to high``
    without blanks), and at last the name, which alone may have anything in it.

    >>> from analytics.prescriptive.scenario import scenario_of
    >>> scenario_text(scenario_of("own", "New boxes", affected_a_month=100, lift=(0.01, 0.02, 0.04), margin_each=12))
    '1_own_12_0.1_0_0_100_0.01to0.02to0.04_12_0_0_0_New boxes'
    """
    figures = (scenario.discount_rate, scenario.ramp_months, scenario.fade)
    inputs = (_input_text(each) for each in scenario.inputs)
    head = (VERSION, scenario.kind, str(scenario.months), *map(_number_text, figures), *inputs)
    return "_".join((*head, scenario.name))


def scenario_from(text: str) -> Scenario:
    """The scenario of a text.

    Raises
    ------
    ValueError : it is none, of another version, or cannot be meant; the message says what is wrong.
    """
    if len(text) > LONGEST:
        raise ValueError(f"expected at most {LONGEST} characters, got {len(text):,}")
    version, _, rest = text.partition("_")
    kind = rest.partition("_")[0]
    if version != VERSION:
        raise ValueError("it is of another version of this program, or no scenario")
    if kind not in INPUTS:
        raise ValueError(f"kind: expected one of {', '.join(INPUTS)}")
    count = len(_BEFORE_INPUTS) + len(INPUTS[kind])
    parts = text.split("_", count)
    if len(parts) <= count:
        raise ValueError(f"expected {count} figures and a name, got {len(parts)} parts")
    months, rate, ramp, fade = (
        _number(name, part) for name, part in zip(_BEFORE_INPUTS[2:], parts[2 : len(_BEFORE_INPUTS)], strict=True)
    )
    inputs = (_input(name, part) for name, part in zip(INPUTS[kind], parts[len(_BEFORE_INPUTS) : count], strict=True))
    name = one_line(parts[count])[:LONGEST_NAME].strip()
    return Scenario(kind, name, tuple(inputs), _whole("months", months), rate, _whole("ramp_months", ramp), fade)


def rounded(scenario: Scenario) -> Scenario:
    """The same as its text has it."""
    return scenario_from(scenario_text(scenario))


def _input_text(each: Uncertain) -> str:
    low, likely, high = (_number_text(value) for value in (each.low, each.likely, each.high))
    return low if low == high else RANGE.join((low, likely, high))


def _number_text(value: float) -> str:
    """Without a plus, which addresses read as a blank."""
    return f"{value + 0.0:.6g}".replace("e+", "e")


def _input(name: str, text: str) -> Uncertain:
    values = [_number(name, part) for part in text.split(RANGE)]
    if len(values) == 1:
        return Uncertain.known(values[0])
    if len(values) != 3:
        raise ValueError(f"{name}: expected a number or a range of low, likely and high")
    try:
        return Uncertain(*values)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _number(name: str, text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name}: expected a number")
    return value


def _whole(name: str, value: float) -> int:
    if value != int(value) or abs(value) > 1e6:
        raise ValueError(f"{name}: expected a whole number, got {value:g}")
    return int(value)
