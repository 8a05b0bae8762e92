"""The choices of the page about churn, each bound to the URL."""

from analytics.diagnostic.gaps import CLOCKS, FACTORS, OUTCOMES, POSITION
from analytics.diagnostic.lapse import UNLIKELY
from analytics.formats import percent
from analytics.shop import Shop
from ui.bound import one_of_few, one_of_many

NEEDED = {"delivery": "delivery_days", "score": "satisfaction_score"}
"""The column that a factor needs."""
CHANCES = {share: f"Less than {percent(share, 0)}" for share in UNLIKELY}
FIRST_CHANCE = 0.25


def known_churn_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    return {
        "clock": list(CLOCKS.values()),
        "factor": [FACTORS[factor] for factor in _factors(shop, "any")],
        "unlikely": list(CHANCES.values()),
    }


def choose_clock() -> str:
    """Which orders start a clock."""
    return one_of_few("Clock", list(CLOCKS), "clock", CLOCKS.get, "any")


def choose_factor(shop: Shop, clock: str) -> str:
    """The factor whose members have a curve each."""
    offered = _factors(shop, clock)
    default = next((factor for factor in (*OUTCOMES, POSITION, *offered) if factor in offered), POSITION)
    if not offered:
        return default
    return one_of_many("By", offered, "factor", FACTORS.get, default=default, width=200)


def choose_unlikely() -> float:
    """The chance to come back below which a return is called unlikely."""
    return one_of_few("A return is unlikely", list(CHANCES), "unlikely", CHANCES.get, FIRST_CHANCE)


def _factors(shop: Shop, clock: str) -> list[str]:
    found = [factor for factor in FACTORS if factor in shop.members or NEEDED.get(factor) in shop.has]
    return found + ([POSITION] if clock == "any" else [])
