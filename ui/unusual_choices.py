"""The choices of the Anomalies page, each bound to the URL."""

from analytics.diagnostic.unusual_days import ALONG, WATCHED, WHOLE, UnusualDays
from analytics.diagnostic.unusual_view import WHERE
from analytics.metrics import METRICS
from analytics.shop import Shop
from ui.bound import one_of_few, one_of_many

TOGETHER = {"days": "Days", "orders": "Orders"}


def known_unusual_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the Anomalies page, by parameter."""
    places = [WHOLE, *(member for dimension in ALONG for member in shop.members.get(dimension, ()))]
    return {
        "unusual": list(WHERE.values()),
        "course": [f"{METRICS[key].name} · {place}" for key in WATCHED for place in places],
        "together": list(TOGETHER.values()),
    }


def choose_where() -> str:
    """Whether days of the shop as a whole are listed, those of its members, or both."""
    return one_of_few("Where", list(WHERE), "unusual", WHERE.get, "all")


def choose_course(found: UnusualDays, first: str | None) -> str:
    """The series whose days are drawn; that of the farthest unusual day is offered ``first``."""
    names = [series.name for series in found.series]
    return one_of_many("Series", names, "course", default=first if first in names else None)


def choose_together() -> str:
    """Whether days or orders are correlated; only the chosen one is computed."""
    return one_of_few("Of", list(TOGETHER), "together", TOGETHER.get, "days")
