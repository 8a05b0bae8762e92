"""Numbers as a reader sees them: compact in headlines, exact in tables; percentages and points kept apart."""

import math
import re
from functools import lru_cache

from babel.numbers import get_currency_symbol

MISSING = "–"
MINUS = "−"
_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


@lru_cache(maxsize=64)
def currency_symbol(code: str) -> str:
    """The symbol of an ISO 4217 code, or the code itself where it has none.

    >>> currency_symbol("INR"), currency_symbol("GBP"), currency_symbol("SEK")
    ('₹', '£', 'SEK')
    """
    return get_currency_symbol(code, locale="en")


def compact(value: float, decimals: int = 2) -> str:
    """Three or so significant figures with a unit of thousands.

    >>> compact(1_243_000), compact(5_214), compact(-73_400), compact(0.126)
    ('1.24 M', '5,214', '−73.4 k', '0.13')
    """
    if is_missing(value):
        return MISSING
    size = abs(value)
    sign = MINUS if value < 0 else ""
    for step, unit in _STEPS:
        if size >= step * 0.9995 and size >= 9_999.5:
            scaled = size / step
            places = max(0, decimals - (scaled >= 9.995) - (scaled >= 99.95))
            return f"{sign}{scaled:,.{places}f} {unit}"
    return sign + (f"{size:,.0f}" if size >= 99.5 or float(size).is_integer() else f"{size:,.{decimals}f}")


def money(value: float, currency: str, *, exact: bool = False) -> str:
    """An amount with its currency.

    >>> money(3_981_200, "INR"), money(762.6, "INR"), money(-12.5, "GBP", exact=True)
    ('₹ 3.98 M', '₹ 763', '−£ 12.50')
    """
    if is_missing(value):
        return MISSING
    sign, size = (MINUS if value < 0 else ""), abs(value)
    return f"{sign}{currency_symbol(currency)} {f'{size:,.2f}' if exact else compact(size)}"


def percent(share: float, decimals: int = 1) -> str:
    """A share of 0–1 as a percentage.

    >>> percent(0.0743), percent(float("nan"))
    ('7.4 %', '–')
    """
    return MISSING if is_missing(share) else f"{share * 100:,.{decimals}f} %".replace("-", MINUS)


def signed(text: str) -> str:
    """A plus where there is no minus.

    >>> signed("7.4 %"), signed("−2")
    ('+7.4 %', '−2')
    """
    return text if text.startswith(MINUS) or text == MISSING else f"+{text}"


def plain(text: str) -> str:
    """A name from the data, written so that Markdown shows it as it is: no link, image or markup comes of it.

    >>> plain("![x](http://a.b)")
    '\\\\!\\\\[x\\\\]\\\\(http\\\\:\\\\/\\\\/a\\\\.b\\\\)'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def is_missing(value: float | None) -> bool:
    """Whether there is no number to show."""
    return value is None or math.isnan(value)
