"""How orders answer to what is spent on each channel: carry-over, saturation, and how far the data tell them."""

import hashlib
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.prescriptive.media_calendar import Calendar, CalendarFit, fitted_calendar, media_calendar
from analytics.prescriptive.media_checks import follows_odds, season_shares
from analytics.prescriptive.media_data import PRESENT_DAYS, YEAR_DAYS, MediaHistory, media_history
from analytics.prescriptive.media_draws import DRAWS_SEED, Curves, channel_curves, drawn_curves, prior_places
from analytics.shop import Shop
from analytics.summed import Sums

ROUNDS = 2
"""Of fitting the calendar beside the media and the media beside the calendar."""
STEADY_DAYS = 28
"""Spend over so many days is what a channel has been seen to bear at rest."""
SAYS_NOTHING = 0.86
"""Error of the logarithm of an effect, as wide as what is known of effects before any data: the data say nothing."""


@dataclass(frozen=True, eq=False, repr=False)
class MediaResponse:
    """Response curves of channels as draws from what the data and what is known beforehand leave possible.

    At rest, with ``s`` spent a day on channel ``c``, the orders of the series that it acts on are multiplied by
    ``1 + lift × s / (s + half)``; ``base`` is what a series would have a day without any spend, as a mean of the last
    year. ``lift``, ``half`` (the shop's currency a day), ``carry_over`` (share of a day's effect left on the next) and
    ``base`` (orders a day) have a row per draw and a column per channel or series. ``usual`` is the mean spend a day,
    ``present`` that of the last ``PRESENT_DAYS``; ``lowest`` and ``highest`` what was spent a day over ``STEADY_DAYS``.
    ``orders`` a day and ``value`` (revenue of an order, refunds deducted) are those of the last year by series, ``mix``
    its revenue by series and category.

    ``error`` is the standard error of the logarithm of each channel's effect from the data alone, ``season`` how much
    of the moves of its spend the calendar explains (0–1), ``follows`` the odds that spend goes with the orders of the
    week before by chance alone. ``scatter`` is the variance of days over their mean.
    """

    channels: tuple[str, ...]
    series: tuple[str, ...]
    acts_on: np.ndarray
    days: pd.DatetimeIndex
    lift: np.ndarray
    half: np.ndarray
    carry_over: np.ndarray
    base: np.ndarray
    usual: np.ndarray
    present: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    orders: np.ndarray
    value: np.ndarray
    mix: pd.DataFrame
    error: np.ndarray
    season: np.ndarray
    follows: np.ndarray
    scatter: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        told = hashlib.sha256(self.lift.tobytes() + self.half.tobytes() + self.base.tobytes())
        return f"response of {len(self.channels)} channels to {self.days[-1]:%Y-%m-%d}, {told.hexdigest()[:16]}"

    @property
    def told(self) -> np.ndarray:
        """Of which channels the data tell more than was known before, by moves that are not the season's."""
        return self.weight > 0.5

    @property
    def weight(self) -> np.ndarray:
        """How much of what is said of each channel's effect is its own data's, not what was known before (0–1)."""
        error = self.error / np.sqrt(np.maximum(1 - self.season, 1e-9))
        return SAYS_NOTHING**2 / (SAYS_NOTHING**2 + error**2)

    @property
    def one_for_all(self) -> bool:
        """Whether all channels act on the same orders."""
        return len(self.series) == 1

    def factor(self, spend: np.ndarray) -> np.ndarray:
        """By what spend at rest multiplies the orders that a channel acts on: a row per draw, a column per channel."""
        return 1 + self.lift * spend / (spend + self.half)

    def orders_at(self, spend: np.ndarray) -> np.ndarray:
        """Orders a day at rest, a row per draw and a column per series."""
        return self.base * np.exp(np.log(self.factor(spend)) @ self.acts_on)

    def slopes_at(self, spend: np.ndarray, worth: np.ndarray) -> np.ndarray:
        """What one more unit of spend brings, by draw and channel, an order of each series being ``worth`` so much."""
        growth = self.lift * self.half / (spend + self.half) ** 2 / self.factor(spend)
        return growth * ((self.orders_at(spend) * worth) @ self.acts_on.T)

    def elasticity(self) -> np.ndarray:
        """By how many per cent the orders rise that a channel acts on if 1 % more than usual is spent on it."""
        place = self.usual / (self.usual + self.half)
        return self.lift * place * (1 - place) / (1 + self.lift * place)


def media_response(
    orders: ir.Table | pd.DataFrame,
    marketing_spend: ir.Table | pd.DataFrame,
    shop: Shop,
    calendar: pd.DataFrame,
    sums: Sums = (),
) -> MediaResponse:
    """How the whole shop's orders answer to the spend on each channel.

    Each day's spend works on at a share of ``carry_over`` from day to day (adstock, Broadbent 1979) and loses force as
    it grows (Michaelis–Menten, a Hill curve of slope 1, so that curves are concave). They are estimated beside the
    calendar (see ``media_calendar``) by Bayes' rule on a grid, channel by channel in turns (Gibbs sampling), with what
    is published as the prior: 1 % more advertising brings 0.12 % more sales (Sethuraman, Tellis & Briesch 2011, who
    averaged 751 estimates), one more unit of money about as much in one channel as in another (the marginal return as
    the parameter that channels share: Zhang et al. 2024), carry-over and the place on the curve as wide as in Jin et
    al. 2017. How alike the channels are is estimated as well (half-normal prior, Gelman 2006).

    Parameters
    ----------
    marketing_spend : ``date``, ``channel``, ``spend`` (the shop's currency).
    calendar : ``known_events``.
    sums : of the same orders, if there are any.

    Raises
    ------
    NotEnoughData : nothing was spent, or too few days or orders are known beside the spend.

    Source: as above; the spreads of the calendar's effects are our own choice.
    """
    return estimated_response(media_history(orders, marketing_spend, shop, sums), calendar)


def estimated_response(history: MediaHistory, events: pd.DataFrame) -> MediaResponse:
    """The response behind a history; see ``media_response``."""
    calendar = media_calendar(history, events)
    usual = history.spend.mean(axis=1)
    places = prior_places(history, usual)
    curves = [channel_curves(s, u, place) for s, u, place in zip(history.spend, usual, places, strict=True)]
    chance, fit = np.random.default_rng(DRAWS_SEED), None
    expected = np.array([of.logs @ of.prior_share(place) for of, place in zip(curves, places, strict=True)])
    for _ in range(ROUNDS):
        media = history.acts_on.T.astype("float64") @ expected
        fit = fitted_calendar(calendar, history.orders, media, fit)
        drawn, error = drawn_curves(curves, places, history.acts_on, calendar, fit, media, chance)
        last, expected = media, np.array([c.mean_of(d) for c, d in zip(curves, drawn, strict=True)])
    return _response(history, calendar, fit, curves, drawn, error, last)


def _response(
    history: MediaHistory,
    calendar: Calendar,
    fit: CalendarFit,
    curves: list[Curves],
    drawn: list[np.ndarray],
    error: np.ndarray,
    media: np.ndarray,
) -> MediaResponse:
    year = slice(-min(YEAR_DAYS, len(history.days)), None)
    steady = pd.DataFrame(history.spend.T).rolling(min(STEADY_DAYS, len(history.days))).mean().dropna()
    orders, revenue = history.orders[:, year], history.revenue[:, year].sum(axis=1)
    lift, half, carry_over = (np.array([getattr(c, n)[d] for c, d in zip(curves, drawn, strict=True)]).T
                              for n in ("lift", "half", "carry_over"))  # fmt: skip
    return MediaResponse(
        channels=history.channels,
        series=history.series,
        acts_on=history.acts_on,
        days=history.days,
        lift=lift,
        half=half,
        carry_over=carry_over,
        base=_base(history, fit, curves, drawn, year),
        usual=history.spend.mean(axis=1),
        present=history.spend[:, -PRESENT_DAYS:].mean(axis=1),
        lowest=steady.min().to_numpy(),
        highest=steady.max().to_numpy(),
        orders=orders.mean(axis=1),
        value=revenue / np.maximum(orders.sum(axis=1), 1.0),
        mix=history.mix,
        error=error,
        season=season_shares(history, calendar),
        follows=follows_odds(history, fit),
        scatter=fit.scatter,
        notes=history.notes,
    )


def _base(
    history: MediaHistory, fit: CalendarFit, curves: list[Curves], drawn: list[np.ndarray], year: slice
) -> np.ndarray:
    """Orders a day of each series without spend, by draw: what was expected, less what its spend had done."""
    found = []
    for s, expected in enumerate(fit.expected[:, year]):
        acting = [(c.logs[year][:, d]) for c, d, acts in zip(curves, drawn, history.acts_on[:, s], strict=True) if acts]
        media = sum(acting) if acting else np.zeros((len(expected), len(drawn[0])))
        found.append((expected[:, None] / np.exp(media)).mean(axis=0))
    return np.array(found).T
