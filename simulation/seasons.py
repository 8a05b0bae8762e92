"""The shop's days: trend, week, year, festivals, sales, prices and spend, as factors that multiply demand."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulation import market
from simulation.settings import Incident, SimulationSettings

TREND_A_YEAR = 0.10
YEARLY_AMPLITUDE = 0.10
YEARLY_PEAK = 325
"""Day of the year at which the common yearly wave peaks."""

# Festivals that follow the moon, by year; years outside are simulated without them.
DIWALI = {
    2015: "11-11", 2016: "10-30", 2017: "10-19", 2018: "11-07", 2019: "10-27", 2020: "11-14", 2021: "11-04",
    2022: "10-24", 2023: "11-12", 2024: "11-01", 2025: "10-20", 2026: "11-08", 2027: "10-29", 2028: "10-17",
    2029: "11-05", 2030: "10-26", 2031: "11-14", 2032: "11-02",
}  # fmt: skip
HOLI = {
    2015: "03-06", 2016: "03-24", 2017: "03-13", 2018: "03-02", 2019: "03-21", 2020: "03-10", 2021: "03-29",
    2022: "03-18", 2023: "03-08", 2024: "03-25", 2025: "03-14", 2026: "03-04", 2027: "03-22", 2028: "03-11",
    2029: "03-01", 2030: "03-20", 2031: "03-09", 2032: "03-27",
}  # fmt: skip
DIWALI_RISE = np.exp(-0.5 * ((np.arange(-18, 4) + 3.5) / 4.5) ** 2) * 0.85
DIWALI_RISE[-4:] = (0.10, -0.25, -0.20, -0.10)  # the day itself and the three after it
FIXED_HOLIDAYS = (
    ("New Year", (12, 30), (0.10, 0.15, -0.10)),
    ("Republic Day", (1, 26), (-0.12,)),
    ("Independence Day", (8, 15), (-0.10,)),
    ("Christmas", (12, 21), (0.12, 0.18, 0.22, 0.20, -0.15)),
)
"""Label, month and day of the first effect, and the effect of each day."""
REGIONAL_HOLIDAYS = (("Pongal", (1, 11), 4, "South", 0.30), ("Bihu", (4, 11), 4, "East", 0.25))
FIXED_SALES = (
    ("Republic Day sale", (1, 20), 5, 0.28),
    ("Summer sale", (5, 6), 6, 0.25),
    ("Monsoon sale", (7, 17), 5, 0.22),
    ("Year-end sale", (12, 26), 4, 0.24),
)
FESTIVE_SALE = (30, 6, 0.35)
"""Days before Diwali, length and effect."""


@dataclass(frozen=True)
class Calendar:
    """Every factor by day (the last axis), 1 where it changes nothing; ``events`` is what the shop knows of."""

    start: date
    trend: np.ndarray
    weekly: np.ndarray
    yearly: np.ndarray
    holiday: np.ndarray
    promotion: np.ndarray
    regional: np.ndarray
    category_season: np.ndarray
    price_index: np.ndarray
    price_answer: np.ndarray
    spend: np.ndarray
    media: np.ndarray
    delivery_mean: np.ndarray
    events: tuple[tuple[date, date, str, str], ...]

    @property
    def common(self) -> np.ndarray:
        """What multiplies all demand alike."""
        return self.trend * self.weekly * self.yearly * self.holiday * self.promotion

    @property
    def category(self) -> np.ndarray:
        """What multiplies the demand of each category: its season and the answer to its price."""
        return self.category_season * self.price_answer


def shop_calendar(settings: SimulationSettings, incidents: tuple[Incident, ...], rng: np.random.Generator) -> Calendar:
    """All factors of a shop; each part that is switched off is 1 on every day."""
    days = [settings.start + timedelta(days=d) for d in range(settings.day_count)]
    ones, day_of_year = np.ones(len(days)), np.array([day.timetuple().tm_yday for day in days])
    yearly = _yearly_wave(day_of_year, YEARLY_AMPLITUDE, YEARLY_PEAK) if settings.seasons else ones
    holiday, regional, holidays = _holidays(days) if settings.holidays else (ones, np.ones((4, len(days))), [])
    promotion, sales = _sales(days) if settings.promotions else (ones, [])
    price_index = _prices(settings, incidents, rng)
    spend = _spend(settings, rng)
    load = _smooth(yearly * holiday * promotion, 7)
    events = [*holidays, *sales, *_known_incidents(incidents)]
    return Calendar(
        start=settings.start,
        trend=(1 + TREND_A_YEAR) ** (np.arange(len(days)) / 365) if settings.trend else ones,
        weekly=market.WEEKDAY[[day.weekday() for day in days]] if settings.seasons else ones,
        yearly=yearly,
        holiday=holiday,
        promotion=promotion,
        regional=regional,
        category_season=_category_seasons(day_of_year) if settings.seasons else np.ones((6, len(days))),
        price_index=price_index,
        price_answer=price_index ** market.ELASTICITY[:, None],
        spend=spend,
        media=media_answer(spend, settings.orders / settings.day_count) if settings.media else np.ones((5, len(days))),
        delivery_mean=_delivery_mean(settings, day_of_year, load),
        events=tuple(sorted(events)),
    )


def _yearly_wave(day_of_year: np.ndarray, amplitude: float, peak: float) -> np.ndarray:
    return np.exp(amplitude * np.cos(2 * np.pi * (day_of_year - peak) / 365.25))


def _category_seasons(day_of_year: np.ndarray) -> np.ndarray:
    return np.array([_yearly_wave(day_of_year, *market.CATEGORY_SEASON[name]) for name in market.CATEGORIES])


def _add(effects: np.ndarray, first_day: date, start: date, rises) -> None:
    """Add the rise of each day from ``start`` on, as far as the days are simulated."""
    for offset, rise in enumerate(rises, (start - first_day).days):
        if 0 <= offset < len(effects):
            effects[offset] += rise


def _years(days: list[date]) -> range:
    return range(days[0].year - 1, days[-1].year + 2)


def _moon_day(table: dict[int, str], year: int) -> date | None:
    return date.fromisoformat(f"{year}-{table[year]}") if year in table else None


def _holidays(days: list[date]) -> tuple[np.ndarray, np.ndarray, list]:
    rise, regional, events = np.zeros(len(days)), np.zeros((4, len(days))), []
    for year in _years(days):
        diwali, holi = _moon_day(DIWALI, year), _moon_day(HOLI, year)
        if diwali:
            _add(rise, days[0], diwali - timedelta(days=18), DIWALI_RISE)
            events.append((diwali - timedelta(days=14), diwali, "Diwali", "holiday"))
        if holi:
            _add(rise, days[0], holi - timedelta(days=5), (0.06, 0.12, 0.16, 0.12, 0.0, -0.22))
            events.append((holi - timedelta(days=5), holi, "Holi", "holiday"))
        for label, start, rises in FIXED_HOLIDAYS:
            _add(rise, days[0], date(year, *start), rises)
            events.append((date(year, *start), date(year, *start) + timedelta(len(rises) - 1), label, "holiday"))
        for label, start, length, region, effect in REGIONAL_HOLIDAYS:
            _add(regional[market.REGIONS.index(region)], days[0], date(year, *start), [effect] * length)
            events.append((date(year, *start), date(year, *start) + timedelta(length - 1), label, "holiday"))
    return 1 + rise, 1 + regional, _within(events, days)


def _sales(days: list[date]) -> tuple[np.ndarray, list]:
    rise, events = np.zeros(len(days)), []
    for year in _years(days):
        sales = [(label, date(year, *start), length, effect) for label, start, length, effect in FIXED_SALES]
        if diwali := _moon_day(DIWALI, year):
            before, length, effect = FESTIVE_SALE
            sales.append(("Festive sale", diwali - timedelta(days=before), length, effect))
        for label, start, length, effect in sales:
            _add(rise, days[0], start, [effect] * length)
            events.append((start, start + timedelta(length - 1), label, "promotion"))
    return 1 + rise, _within(events, days)


def _within(events: list, days: list[date]) -> list:
    return [event for event in events if event[1] >= days[0] and event[0] <= days[-1]]


def _known_incidents(incidents: tuple[Incident, ...]) -> list:
    return [(i.start, i.end, i.name, i.event) for i in incidents if i.event]


def active_days(incident: Incident, start: date, day_count: int) -> slice:
    """The incident's days as positions among the simulated ones."""
    first, last = (incident.start - start).days, (incident.end - start).days + 1
    return slice(min(max(first, 0), day_count), min(max(last, 0), day_count))


def _prices(settings: SimulationSettings, incidents: tuple[Incident, ...], rng: np.random.Generator) -> np.ndarray:
    """List prices relative to the first day: each category changes its own every four to twelve weeks."""
    index = np.ones((len(market.CATEGORIES), settings.day_count))
    if settings.price_changes:
        index = np.array([_steps(rng, settings.day_count, 28, 84, settings.price_spread) for _ in market.CATEGORIES])
    for incident in incidents:
        if incident.mechanism == "price":
            rows = [i for i, name in enumerate(market.CATEGORIES) if incident.scope.get("category", name) == name]
            index[rows, active_days(incident, settings.start, settings.day_count)] *= 1 + incident.size
    return index


def _steps(rng: np.random.Generator, day_count: int, shortest: int, longest: int, sigma: float) -> np.ndarray:
    """A series that starts at 1 and jumps between levels near 1, each held for a random number of days."""
    lengths = rng.integers(shortest, longest + 1, day_count // shortest + 2)
    levels = np.exp(np.clip(rng.normal(0, sigma, len(lengths)), -2 * sigma, 2 * sigma))
    levels[0] = 1.0
    return np.repeat(levels, lengths)[:day_count]


def _spend(settings: SimulationSettings, rng: np.random.Generator) -> np.ndarray:
    """Spend by channel and day, in steps of one to five weeks that are planned without regard to the season."""
    orders_a_day = settings.orders / settings.day_count
    series = []
    for media in market.MEDIA.values():
        level = _steps(rng, settings.day_count, 7, 35, 0.65) * rng.lognormal(0, 0.10, settings.day_count)
        series.append(np.round(media.spend_per_order * orders_a_day * level, 2))
    return np.array(series)


def media_answer(spend: np.ndarray, orders_a_day: float) -> np.ndarray:
    """The factor on each channel's orders; before the first day its first spend had always been spent."""
    answer = np.empty_like(spend)
    for row, media in enumerate(market.MEDIA.values()):
        half = media.half_at * media.spend_per_order * orders_a_day / (1 - media.carry_over)
        stock = spend[row, 0] / (1 - media.carry_over)
        for day, spent in enumerate(spend[row]):
            stock = spent + media.carry_over * stock if day else stock
            answer[row, day] = 1 + media.largest_lift * stock / (stock + half)
    return answer


def _delivery_mean(settings: SimulationSettings, day_of_year: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Mean of the Poisson part of the delivery days by region: longer in the monsoon and under load."""
    monsoon = np.exp(-0.5 * ((day_of_year - 212) / 22) ** 2) if settings.seasons else np.zeros(len(load))
    busy = market.LOAD_DELIVERY * np.maximum(load / load.mean() - 1, -0.3)
    return market.REGION_DELIVERY[:, None] + market.MONSOON_DELIVERY[:, None] * monsoon + busy


def _smooth(series: np.ndarray, days: int) -> np.ndarray:
    """Mean of the day and those before it, so that load follows what has come in."""
    sums = np.cumsum(np.concatenate([np.repeat(series[:1], days), series]))
    return (sums[days:] - sums[:-days])[: len(series)] / days
