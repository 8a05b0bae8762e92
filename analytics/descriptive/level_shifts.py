"""When a deviation has lasted for so long that it is a new level, and when it has turned back to the one before.

The models of ``usual`` learn from cut-off surprises, so that an incident is not the new usual at once. A level that has
moved for good would then be learnt over weeks. So days in a row on one side are counted: when there are enough of them,
the level is moved by as far as they lay away on average.
Source: automatic monitoring and intervention in dynamic linear models (West & Harrison 1997, chapter 11), with runs of
days in the place of their Bayes factors; how many days make a new level is our own choice.
"""

import numpy as np

LASTING_DAYS = 5
"""Days in a row on one side that make a new level: longer than most incidents."""
LASTING_ERRORS = 1.7
"""Standard errors that they must deviate on average: by chance once in some seventy years."""
BACK_DAYS, BACK_WITHIN = 2, 60
"""Days in a row that make a return instead, within so many days of a new level: what it was before is known well."""
ONE_SIDE = 1.0
"""Standard errors beyond which a day lies on one side."""
MOST_ERRORS = 2.5
"""How many standard errors of one day count at most, so that a single one does not speak for all."""


class Spells:
    """Days in a row on which each series lay on one side of the usual; days without a deviation are passed over.

    ``run`` has how many they are, their errors and their deviations added up, by series.
    """

    def __init__(self, series: int) -> None:
        self.side, self.run = np.zeros(series), np.zeros((3, series))
        self.moved, self.since = np.zeros(series), np.zeros(series)

    def shifts(self, away: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Take a day in: how far the level of each series is now known to have moved; missing where it has not.

        Parameters
        ----------
        away : by how much the day lay above the usual, by series; missing where it tells nothing.
        spread : standard deviation of the day around the usual.
        """
        self._count(away, away / spread)
        self.since += 1
        days, errors, total = self.run
        clear = ~np.isnan(away) & (days >= BACK_DAYS) & (errors >= LASTING_ERRORS * days)
        if not clear.any():  # on nearly all days
            return np.full(len(away), np.nan)
        far = total / np.maximum(days, 1)
        turned = (self.side * self.moved < 0) & (np.abs(far) > np.abs(self.moved) / 2) & (self.since <= BACK_WITHIN)
        found = clear & (days >= np.where(turned, BACK_DAYS, LASTING_DAYS))
        self.moved = np.where(found, np.where(turned, 0.0, far), self.moved)
        for counted in (self.side, self.since, *self.run):
            counted[found] = 0
        return np.where(found, far, np.nan)

    def _count(self, away: np.ndarray, errors: np.ndarray) -> None:
        seen = ~np.isnan(errors)
        side = np.where(np.abs(errors) > ONE_SIDE, np.sign(errors), 0.0)
        goes_on = (side == self.side) & (side != 0)
        today = np.array([np.abs(side), np.minimum(np.abs(errors), MOST_ERRORS), away])
        self.run = np.where(seen, np.where(goes_on, self.run, 0.0) + today, self.run)
        self.side = np.where(seen, side, self.side)
