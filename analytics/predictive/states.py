"""How the models that were fitted stand: of which data they are, and whether better than the simplest alternative."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from analytics.predictive.cards import asked_for
from analytics.predictive.model import StoredRun

CURRENT, BEHIND, OLDER = "current", "behind", "older"
"""Of the data in view; of earlier data; left by an older edition of the model."""


@dataclass(frozen=True)
class ModelState:
    """A model that was fitted: what it was asked, when and of which data, its headline score beside the baseline's."""

    title: str
    question: Mapping[str, object]
    data_until: date
    fitted_at: datetime
    seconds: float
    kind: str
    score: str
    value: float | None
    baseline: float | None
    is_worse: bool

    @property
    def sentence(self) -> str:
        """How it stands, in words."""
        stands = {
            CURRENT: "Of the data in view",
            BEHIND: "The data have changed since: fitted anew when it is next asked for",
            OLDER: "Fitted by an older version of the model: fitted anew when it is next asked for",
        }[self.kind]
        return f"{stands}; no better than the simplest alternative." if self.is_worse else f"{stands}."


def model_state(title: str, run: StoredRun, edition: int, inputs: str) -> ModelState:
    """How a run stands.

    Parameters
    ----------
    title : the model's name on screen.
    edition : of the model now.
    inputs : version of the data now, as the model would see it.
    """
    kind = OLDER if run.edition != edition else CURRENT if run.inputs == inputs else BEHIND
    score = run.facts.get("headline_score") or {}
    value, baseline = score.get("value"), score.get("baseline")
    worse = None not in (value, baseline) and (
        value >= baseline if score.get("better") == "down" else value <= baseline
    )
    return ModelState(
        title, run.question, run.data_until, run.fitted_at, run.seconds, kind, str(score.get("name", "")), value,
        baseline, worse,
    )  # fmt: skip


def states_table(states: Sequence[ModelState]) -> pd.DataFrame:
    """The same as rows for files."""
    return pd.DataFrame(
        [
            {
                "model": s.title,
                "asked": asked_for(s.question),
                "data_until": s.data_until,
                "fitted_at": s.fitted_at,
                "seconds": s.seconds,
                "score": s.score,
                "value": s.value,
                "baseline": s.baseline,
                "state": s.sentence,
            }  # fmt: skip
            for s in states
        ]
    )


def states_sentence(states: Sequence[ModelState]) -> str:
    """All of them in a sentence."""
    if not states:
        return "No model has been fitted yet: open a page of forecasts, churn or customer value, and it is."
    number = f"{len(states)} fits" if len(states) > 1 else "1 fit"
    behind = sum(s.kind != CURRENT for s in states)
    scored = [s for s in states if None not in (s.value, s.baseline)]
    better = sum(not s.is_worse for s in scored)
    stands = "all of the data in view" if not behind else f"{behind} of them of earlier data"
    return (
        f"{number} {'are' if len(states) > 1 else 'is'} kept, {stands}; {better} of {len(scored)} with a score did "
        "better than the simplest alternative on data they had not seen."
    )
