"""The intensity at which orders come, laid out for look-up: what is the same for all customers."""

from dataclasses import dataclass

import numpy as np

from simulation import market
from simulation.population import Mix
from simulation.seasons import Calendar, active_days
from simulation.settings import Incident, SimulationSettings

CAMPAIGN_DAYS = 45
CAMPAIGN_AT = 0.62
"""The campaign starts after this share of the simulated days."""


@dataclass(frozen=True)
class Process:
    """A prepared simulation.

    ``intensity`` and ``passed`` (its running sum from 0) are by curve (region, segment, age group) and day: within a
    curve the orders of a customer are a Poisson process whose clock is ``passed``. ``bound`` is the factor by which
    intensity was raised above the calendar's so that incidents that add orders can be had by thinning, too.
    """

    settings: SimulationSettings
    calendar: Calendar
    incidents: tuple[Incident, ...]
    mix: Mix
    intensity: np.ndarray
    passed: np.ndarray
    bound: np.ndarray
    category_shares: np.ndarray
    channel_shares: np.ndarray

    @property
    def days(self) -> int:
        """How many days are simulated."""
        return self.intensity.shape[1]

    @property
    def campaign_days(self) -> tuple[int, int]:
        """First day of the campaign's effect, and the first after it."""
        first = round(CAMPAIGN_AT * self.days)
        return first, min(first + CAMPAIGN_DAYS, self.days)

    def of(self, mechanism: str) -> list[tuple[Incident, slice]]:
        """The incidents of one mechanism, with their days."""
        start = self.settings.start
        return [(i, active_days(i, start, self.days)) for i in self.incidents if i.mechanism == mechanism]


def prepared_process(settings, calendar: Calendar, incidents: tuple[Incident, ...], mix: Mix) -> Process:
    """Intensities and shares of a shop; shares are laid out as rows by (segment or age group, day)."""
    days = settings.day_count
    bound = np.ones(days)
    for incident in incidents:
        if incident.mechanism == "demand" and incident.size > 0:
            bound[active_days(incident, settings.start, days)] *= 1 + incident.size
    categories = market.CATEGORY_SHARE[:, :, None] * calendar.category
    channels = market.CHANNEL_SHARE[:, :, None] * calendar.media
    intensity = (
        (calendar.common * bound)
        * calendar.regional[:, None, None, :]
        * categories.sum(axis=1)[None, :, None, :]
        * channels.sum(axis=1)[None, None, :, :]
    ).reshape(-1, days)
    passed = np.concatenate([np.zeros((len(intensity), 1)), np.cumsum(intensity, axis=1)], axis=1)
    shares = [(t / t.sum(axis=1, keepdims=True)).transpose(0, 2, 1) for t in (categories, channels)]
    return Process(settings, calendar, incidents, mix, intensity, passed, bound, *shares)


class Choice:
    """Draws members from rows of shares by one sorted look-up over all rows."""

    def __init__(self, shares: np.ndarray) -> None:
        self.members = shares.shape[-1]
        running = np.cumsum(shares.reshape(-1, self.members), axis=1)
        running /= running[:, -1:]
        self.edges = (running + np.arange(len(running))[:, None]).ravel()

    def drawn(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A member for each row asked for."""
        found = np.searchsorted(self.edges, rows + rng.random(len(rows)), side="right") - rows * self.members
        # Adding the row number to a share may round up to the next row's edge.
        return np.minimum(found, self.members - 1).astype(np.int8)


class Clock:
    """Turns clock readings of a curve into a day and the share of that day's intensity that has passed."""

    def __init__(self, process: Process) -> None:
        self.intensity = process.intensity
        self.passed = process.passed
        self.gap = process.passed[:, -1].max() + 1
        self.edges = (process.passed + np.arange(len(process.passed))[:, None] * self.gap).ravel()

    def read(self, curve: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Day and share passed of each reading."""
        found = np.searchsorted(self.edges, curve * self.gap + at, side="right") - 1
        day = np.clip(found - curve * self.passed.shape[1], 0, self.intensity.shape[1] - 1)
        share = (at - self.passed[curve, day]) / self.intensity[curve, day]
        return day, np.clip(share, 0.0, 1 - 1e-9)
