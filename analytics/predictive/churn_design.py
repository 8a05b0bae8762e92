"""From customers at a cut-off to the numbers that a classifier takes, and back to the features a person knows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.predictive.churn_features import MEMBERS

LOGGED = ("orders", "revenue", "average_order_value", "recency_days")
"""Features of which twice as much matters as much at any size; trees see no difference."""
MOST_MEMBERS = 8
FEWEST_OF_A_MEMBER = 50
"""Members of a segment or region that are told apart: the largest, where they have so many customers to learn from."""


@dataclass(frozen=True)
class Design:
    """How features become columns, learnt from the customers trained on and from no others.

    ``middles`` is what stands for a missing mean, by feature; that it was missing is a column of its own. ``members``
    are those told apart, by feature; all others are none of them.
    """

    features: tuple[str, ...]
    middles: dict[str, float]
    members: dict[str, tuple[str, ...]]

    @property
    def columns(self) -> dict[str, list[int]]:
        """The columns that come of each feature."""
        found, start = {}, 0
        for feature in self.features:
            size = len(self.members[feature]) if feature in self.members else 1 + (feature in self.middles)
            found[feature] = list(range(start, start + size))
            start += size
        return found

    def matrix(self, customers: pd.DataFrame) -> np.ndarray:
        """One row per customer, the columns as in ``columns``."""
        parts = [part for feature in self.features for part in self._parts(feature, customers[feature])]
        return np.column_stack(parts) if parts else np.empty((len(customers), 0))

    def _parts(self, feature: str, values: pd.Series) -> list[np.ndarray]:
        if feature in self.members:
            texts = values.to_numpy(dtype=object)
            return [(texts == member).astype("float64") for member in self.members[feature]]
        numbers = values.to_numpy(dtype="float64")
        if feature in LOGGED:
            numbers = np.sign(numbers) * np.log1p(np.abs(numbers))
        if feature not in self.middles:
            return [numbers]
        missing = np.isnan(numbers)
        return [np.where(missing, self.middles[feature], numbers), missing.astype("float64")]

    def facts(self) -> dict[str, object]:
        """The same as plain data."""
        members = {feature: list(names) for feature, names in self.members.items()}
        return {"features": list(self.features), "middles": self.middles, "members": members}

    @staticmethod
    def of(facts: dict) -> "Design":
        """What ``facts`` wrote down."""
        members = {feature: tuple(names) for feature, names in facts["members"].items()}
        return Design(tuple(facts["features"]), dict(facts["middles"]), members)


def learnt_design(customers: pd.DataFrame, features: tuple[str, ...]) -> Design:
    """The design that the customers trained on allow; a feature in which they do not differ is left out."""
    kept, middles, members = [], {}, {}
    for feature in features:
        values = customers[feature]
        if feature in MEMBERS:
            sizes = values.value_counts()
            told = sorted(sizes.index[(sizes >= FEWEST_OF_A_MEMBER) & (sizes < len(values))][:MOST_MEMBERS])
            if told:
                kept.append(feature)
                members[feature] = tuple(told)
        elif values.nunique(dropna=False) > 1:
            kept.append(feature)
            if feature in ("satisfaction", "delivery_days"):
                middles[feature] = float(values.median())
    return Design(tuple(kept), middles, members)
