"""Whose chances a page looks at: customers in the filters, all of them or those who have not lapsed yet."""

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import percent
from analytics.periods import day_label
from analytics.predictive.churn_card import guests_sentence
from analytics.predictive.churn_features import WHOSE
from analytics.predictive.model import Run
from analytics.shop import DIMENSIONS

WHOM = {"active": "Not yet lapsed", "all": "Lapsed ones too"}
"""Name in the code → name on screen and in the URL; how far back the last order may lie sentences say."""
FEWEST = 20


def people(run: Run, table: str, filters: Filters, whom: str, fewest: int = 1) -> pd.DataFrame:
    """Those rows of a run's ``scores`` or ``tested`` whose customers are meant.

    Of the filters count those that are a customer's own: region, segment and age group, as of the last order.

    Raises
    ------
    ValueError : unknown ``whom``.
    NotEnoughData : fewer are left than it takes.
    """
    if whom not in WHOM:
        raise ValueError(f"whom: expected one of {', '.join(WHOM)}, got {whom!r}")
    rows = run.tables[table]
    kept = np.ones(len(rows), dtype=bool) if whom == "all" else ~rows["lapsed"].to_numpy(dtype=bool)
    for dimension in WHOSE:
        if members := filters.members.get(dimension):
            kept &= rows[dimension].isin(members).to_numpy()
    found = rows[kept].reset_index(drop=True)
    if len(found) < fewest:
        raise NotEnoughData(_too_few(len(found), table, filters, whom, fewest))
    return found


def whom_in_words(run: Run, whom: str) -> str:
    """Who is looked at, as a part of a sentence."""
    if whom == "active":
        return f"customers silent for at most {run.facts['churn_days']} days"
    return f"customers with an order in the last {run.facts['lookback_days']} days"


def scope_note(run: Run, filters: Filters) -> str:
    """What the filters do on the page, and what they do not."""
    idle = [DIMENSIONS[d].lower() for d in filters.members if d not in WHOSE]
    said = "The filters' region, segment and age group choose customers by their last order; the period does not matter"
    said += f": scores are of {day_of_scores(run)}."
    said += f" Nor does {' nor '.join(idle)}, which orders have and customers do not." if idle else ""
    return f"{said} {guests_sentence(run.facts)}".strip()


def day_of_scores(run: Run) -> str:
    """The day that the newest scores are of, for people."""
    return day_label(pd.Timestamp(run.facts["today"]).date())


def points(value: float, decimals: int = 1) -> str:
    """A difference of chances in percentage points, with its sign.

    >>> points(0.123), points(-0.004, 0)
    ('+12.3 pp', '0 pp')
    """
    written = percent(value, decimals).removesuffix(" %")
    return f"{'+' if value > 0 and any(c in '123456789' for c in written) else ''}{written} pp"


def _too_few(number: int, table: str, filters: Filters, whom: str, fewest: int) -> str:
    what = "to be scored today" if table == "scores" else "whose days after the test's cut-off are known"
    narrowed = [m for d in WHOSE for m in filters.members.get(d, ())]
    among = f" of {', '.join(narrowed)}" if narrowed else ""
    way = "take one of these filters away" if narrowed else "import a longer history"
    way += f' or look at "{WHOM["all"]}"' if whom == "active" else ""
    count = "no customer" if not number else f"only {number:,} customer{'s' if number > 1 else ''}"
    least = f"; {fewest} are needed" if number else ""
    return f"There {'are' if number > 1 else 'is'} {count}{among} {what}{least}: {way}."
