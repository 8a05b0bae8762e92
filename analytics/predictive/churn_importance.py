"""What each feature is worth to the ranking: how much of it is lost where its values are dealt out anew."""

import numpy as np
import pandas as pd

from analytics.predictive.churn_design import Design
from analytics.predictive.churn_models import Calibration, raw_chances
from analytics.predictive.churn_scores import measures

REPEATS = 20
MOST_CUSTOMERS = 4_000
SEED = 3


def permutation_importance(fitted: object, design: Design, line: Calibration, tested: pd.DataFrame) -> pd.DataFrame:
    """The loss of ROC AUC on the tested customers with one feature dealt out anew among them (Breiman 2001).

    Features that say the same stand in for each other, so each may seem to matter little.

    Returns
    -------
    One row per ``feature``, the most important first: ``loss`` with its 95 % range ``low`` and ``high``, over new
    deals and new draws of customers at once.
    """
    chance = np.random.default_rng(SEED)
    if len(tested) > MOST_CUSTOMERS:
        tested = tested.iloc[np.sort(chance.choice(len(tested), MOST_CUSTOMERS, replace=False))]
    matrix, lost = design.matrix(tested), tested["churned"].to_numpy()
    said, rows = line.chances(raw_chances(fitted, matrix)), []
    for feature, columns in design.columns.items():
        losses = []
        for _ in range(REPEATS):
            dealt = matrix.copy()
            dealt[:, columns] = matrix[np.ix_(chance.permutation(len(matrix)), columns)]
            then = line.chances(raw_chances(fitted, dealt))
            weight = chance.multinomial(len(lost), np.full(len(lost), 1 / len(lost)))
            losses.append(measures(said, lost, weight)["auc"] - measures(then, lost, weight)["auc"])
        rows.append((feature, np.mean(losses), *np.quantile(losses, [0.025, 0.975])))
    found = pd.DataFrame(rows, columns=["feature", "loss", "low", "high"])
    return found.sort_values("loss", ascending=False, kind="stable", ignore_index=True)
