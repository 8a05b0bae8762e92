"""The incidents planted in the demo shop."""

from datetime import date, timedelta

from simulation.settings import Incident, SimulationSettings

# Days before the last day, so that any shop that reaches far enough back has them.
_PLANTED = (
    ("Hub flooded in the East", 474, 447, {"region": "East"}, "delivery", 5.0, None),
    ("App outage", 343, 341, {"channel": "Mobile app"}, "demand", -0.85, "outage"),
    ("Electronics price rise", 257, 202, {"category": "Electronics"}, "price", 0.18, "price change"),
    ("Wholesale group left", 166, 166, {"region": "West", "segment": "Premium"}, "departure", 0.60, None),
    ("UPI payments failed in the South", 131, 120, {"region": "South", "payment_method": "UPI"}, "demand", -0.65, None),
    ("Rival's fashion launch in the North", 80, 53, {"region": "North", "category": "Fashion"}, "demand", -0.50, None),
)


def demo_incidents(settings: SimulationSettings) -> tuple[Incident, ...]:
    """The incidents asked for, or those of the demo that fall into the simulated days."""
    if settings.incidents is not None:
        return settings.incidents
    planted = (_incident(settings.end, *row) for row in _PLANTED)
    return tuple(incident for incident in planted if incident.start >= settings.start)


def _incident(end: date, name: str, first: int, last: int, *rest) -> Incident:
    return Incident(name, end - timedelta(days=first), end - timedelta(days=last), *rest)
