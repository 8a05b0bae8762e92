"""Numbers as a reader sees them: compact in headlines, exact in tables; percentages and points kept apart."""

import math
import re
import unicodedata
from functools import lru_cache

from babel.numbers import get_currency_precision, get_currency_symbol

MISSING = "–"
MINUS = "−"
JOINER = "\u2060"
"""Takes no room and breaks no line: what stands around it is no longer an address to Markdown."""
NO_BREAK = "\u00a0"
"""A space at which no line ends."""
_FINEST = 4
"""Decimals beyond a currency's own, below which an amount is nothing."""
_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


@lru_cache(maxsize=64)
def currency_symbol(code: str) -> str:
    """The symbol of an ISO 4217 code, or the code itself where it has none.

    >>> currency_symbol("INR"), currency_symbol("GBP"), currency_symbol("SEK")
    ('₹', '£', 'SEK')
    """
    return get_currency_symbol(code, locale="en")


@lru_cache(maxsize=64)
def currency_decimals(code: str) -> int:
    """How many decimals amounts of a currency are written with.

    >>> currency_decimals("GBP"), currency_decimals("JPY"), currency_decimals("KWD")
    (2, 0, 3)
    """
    return get_currency_precision(code)


def compact(value: float, decimals: int = 2) -> str:
    """Three or so significant figures with a unit of thousands.

    >>> compact(1_243_000), compact(5_214), compact(-73_400), compact(0.126)
    ('1.24 M', '5,214', '−73.4 k', '0.13')
    """
    if is_missing(value):
        return MISSING
    size = abs(value)
    for step, unit in _STEPS:
        if size >= step * 0.9995 and size >= 9_999.5:
            scaled = size / step
            places = max(0, decimals - (scaled >= 9.995) - (scaled >= 99.95))
            return _with_sign(value, f"{scaled:,.{places}f} {unit}")
    whole = size >= 99.5 or float(size).is_integer()
    return _with_sign(value, f"{size:,.0f}" if whole else f"{size:,.{decimals}f}")


def money(value: float, currency: str, *, exact: bool = False) -> str:
    """An amount with its currency: to its smallest coin where asked for ``exact`` and below a hundred.

    >>> money(3_981_200, "INR"), money(762.6, "INR"), money(12, "GBP"), money(12, "JPY")
    ('₹ 3.98 M', '₹ 763', '£ 12.00', '¥ 12')
    >>> money(-1234.5, "GBP", exact=True), money(-0.001, "GBP"), money(float("inf"), "GBP")
    ('−£ 1,234.50', '£ 0.00', '–')
    """
    if is_missing(value):
        return MISSING
    size = abs(value)
    to_the_coin = f"{size:,.{currency_decimals(currency)}f}"
    written = to_the_coin if exact or size < 99.995 else compact(size)
    return _with_sign(value, f"{currency_symbol(currency)} {written}")


def unit_money(value: float, currency: str) -> str:
    """An amount for one of something, which may be less than a coin: then its first two figures are told.

    >>> unit_money(0.4, "JPY"), unit_money(1.5, "JPY"), unit_money(12.4, "JPY"), unit_money(-0.004, "GBP")
    ('¥ 0.4', '¥ 1.5', '¥ 12', '−£ 0.004')
    >>> unit_money(0.4, "GBP"), unit_money(0, "JPY"), unit_money(1e-12, "JPY"), unit_money(float("nan"), "JPY")
    ('£ 0.40', '¥ 0', '¥ 0', '–')
    """
    coins = currency_decimals(currency)
    if is_missing(value) or abs(value) < 10.0 ** -(coins + _FINEST):
        return money(value, currency)
    places = 1 - math.floor(math.log10(abs(value)))
    if places <= coins:
        return money(value, currency)
    whole, _, part = f"{abs(value):,.{places}f}".partition(".")
    part = part.rstrip("0").ljust(coins, "0")
    return _with_sign(value, f"{currency_symbol(currency)} {whole}{'.' if part else ''}{part}")


def percent(share: float, decimals: int = 1) -> str:
    """A share of 0–1 as a percentage.

    >>> percent(0.0743), percent(-0.0001), percent(0.4, 0), percent(float("nan"))
    ('7.4 %', '0.0 %', '40 %', '–')
    """
    return MISSING if is_missing(share) else _with_sign(share, f"{abs(share) * 100:,.{decimals}f} %")


def level(share: float) -> str:
    """A level of service, which is stated more exactly the nearer it is to all.

    >>> level(0.95), level(0.9999)
    ('95.0 %', '99.99 %')
    """
    return percent(share, 2 if share > 0.9985 else 1)


def chance(probability: float) -> str:
    """How likely something is that was estimated: nothing of the kind is certain, nor impossible.

    >>> chance(0.934), chance(0.9999), chance(0.002)
    ('93 %', 'over 99 %', 'under 1 %')
    """
    if probability > 0.995:
        return "over 99 %"
    return "under 1 %" if probability < 0.005 else percent(probability, 0)


def signed(text: str) -> str:
    """A plus where there is no minus; nothing has no sign.

    >>> signed("7.4 %"), signed("−2"), signed("-2"), signed("−0.0 pp")
    ('+7.4 %', '−2', '−2', '0.0 pp')
    """
    if text == MISSING:
        return text
    size = text.lstrip(MINUS + "-")
    return _with_sign(-1 if size != text else 1, size, plus="+")


def unbroken(text: str) -> str:
    """A sentence in which no line ends between a currency's sign, its figure and what is counted in.

    >>> unbroken("for ₹ 23.8 k, or SEK 5").replace(NO_BREAK, "~"), unbroken("US$ 1, 7.4 % of 9").replace(NO_BREAK, "~")
    ('for ₹~23.8~k, or SEK~5', 'US$~1, 7.4~% of 9')
    """
    return _TORN.sub(NO_BREAK, text)


def plain(text: str) -> str:
    """A name from the data, written so that Markdown shows it as it is: no link, image or markup comes of it.

    Backslashes keep marks from being read as markup. Addresses, emoji names and arrows are looked for after these
    are gone, so a character that cannot be seen is put inside them as well.

    >>> plain("![x](a)")
    '\\\\!\\\\[x\\\\]\\\\(a\\\\)'
    >>> plain("http://a").replace(JOINER, "~"), plain("www.a").replace(JOINER, "~"), plain("a@b").replace(JOINER, "~")
    ('http\\\\:~\\\\/\\\\/a', 'www~\\\\.a', 'a\\\\@~b')
    """
    apart = _READ_INTO_TEXT.sub(lambda found: found[0] + JOINER, unbroken(text))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", apart)


def unmarked(text: str) -> str:
    """A sentence of ours without its Markdown, names in it as they are: for where text is only text.

    >>> unmarked("**Revenue** fell in " + plain("*North* http://a"))
    'Revenue fell in *North* http://a'
    """
    return re.sub(r"\\([!-/:-@\[-`{-~])|\*\*", lambda found: found[1] or "", text).replace(JOINER, "")


def quoted(text: str) -> str:
    """What someone wrote, as it is repeated to them: cut where it is long.

    >>> quoted(" lots "), quoted("")
    ('“lots”', 'nothing')
    """
    kept = text.strip()
    return f"“{kept if len(kept) <= 40 else kept[:39] + '…'}”" if kept else "nothing"


def one_line(text: str) -> str:
    """What can be seen of a name, on one line; nothing of one in which nothing can be seen.

    Joiners stay: scripts such as Devanagari write other words without them, and a family of three becomes three people.

    >>> one_line("  Summer \\n sale "), one_line("\\u3164 \\u200d")
    ('Summer sale', '')
    """
    line = " ".join("".join(c for c in text if c.isprintable() or c.isspace() or c in _JOINERS).split())
    return line if line.strip(f" {_JOINERS}{_LOOKS_EMPTY}") else ""


def is_missing(value: float | None) -> bool:
    """Whether there is no number to show."""
    return value is None or not math.isfinite(value)


_JOINERS = "\u200c\u200d"
_LOOKS_EMPTY = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs of which nothing is drawn."""


def _with_sign(value: float, size: str, plus: str = "") -> str:
    """The sign in front, unless what is left after rounding is nothing."""
    if not re.search(r"[1-9]", size):
        return size
    return f"{MINUS if value < 0 else plus}{size}"


_SIGNS = "".join(chr(code) for code in range(0x2FFF) if unicodedata.category(chr(code)) == "Sc")
_TORN = re.compile(rf"(?<=[{re.escape(_SIGNS)}]) (?=\d)|(?<=\b[A-Z]{{3}}) (?=\d)|(?<=\d) (?=[kMBT]\b|%)")

_READ_INTO_TEXT = re.compile(r"[:@](?=\S)|www(?=\.)|[-<>=~](?=[-<>=~])", re.IGNORECASE)
"""Where ``https://``, ``www.``, ``a@b``, ``:name:``, ``->`` and ``>=`` can be told from text."""
