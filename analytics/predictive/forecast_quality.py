"""How far a forecast can be trusted: its rivals, its error beside chance, the fixed split, a month ago, and events."""

from dataclasses import dataclass, field

import pandas as pd

from analytics.errors import NotEnoughData
from analytics.formats import percent, signed
from analytics.periods import Period, day_label
from analytics.predictive.candidates import TOGETHER
from analytics.predictive.forecast import ARIMA
from analytics.predictive.forecast_view import amount
from analytics.predictive.model import Run
from analytics.shop import Shop

GOOD_ACCURACY = 0.8
NO_BETTER = 0.98
"""Times the error of the last week again from which a method is called no better."""
FAR_BELOW = 0.8
"""Times the floor below which an error shows that orders do not come as the floor takes them to."""
BY_CHANCE = 1.02
"""Times the floor up to which an error is called as small as can be."""
CALLED = {"day": "single days", "week": "weeks", "month": "four weeks"}


@dataclass(frozen=True)
class Told:
    """Rows of a card, its sentence and how the rows come about; ``facts`` for whoever draws them."""

    key: str
    table: pd.DataFrame
    sentence: str
    explained: str
    facts: dict[str, object] = field(default_factory=dict, hash=False)


def forecast_leaderboard(run: Run) -> Told:
    """All methods tried on the past, the best first, and why the one in use is used.

    Raises
    ------
    NotEnoughData : nothing could be tried.
    """
    facts = _tried(run)
    table = run.tables["leaderboard"].assign(used=run.tables["leaderboard"]["method"] == facts["method"])
    parts = TOGETHER.get(facts["method"])
    naive_too = facts["method"] == facts["naive"]
    second = f" ({facts['second']}: {percent(facts['second_wape'])})" if facts["second_wape"] is not None else ""
    if facts["wape"] is None:
        sentence = "Nothing was sold in the days tried: no method can be told from another, and the last week is used."
    elif facts["criterion"] == "rmse":
        sentence = (
            f"Most days bring nothing or less, so methods are chosen by RMSE, and {facts['method']} has the least"
        )
        sentence += ": the simple thing is used." if naive_too else "; single days are hardly told apart by anyone."
    elif naive_too:
        sentence = (
            f"No method was less wrong than the same weekday of the last week, {percent(facts['wape'])}{second}: "
        )
        sentence += "the simple thing is used."
    else:
        better = percent(1 - facts["wape"] / facts["naive_wape"], 0)
        sentence = (
            f"{facts['method']} is used: its days were off by {percent(facts['wape'])}, those of the last week again "
            f"by {percent(facts['naive_wape'])}, so it is {better} less wrong."
        )
        if facts["second_wape"] is not None:
            near = "all but as good" if facts["second_wape"] < 1.03 * facts["wape"] else "next"
            sentence += f" {facts['second']} is {near} ({percent(facts['second_wape'])})."
    explained = (
        f"Each method forecast {facts['horizon_days']} days from {facts['origins']} days in the past, from "
        f"{_day(facts['first_origin'])} on, with only what was known then. WAPE: sum of errors over sum of values; "
        "MASE: error over that of last week's same day within the history; bias: mean error over mean value; inside: "
        "share of those days in the band that the other days in the past give; seconds: a forecast took. The best is "
        "chosen by WAPE (by RMSE where most days bring nothing or less), and must beat the same weekday of the last "
        "week." + (f" {facts['method']}: {', '.join(parts)}, equally; fixed beforehand." if parts else "")
    )
    return Told(facts["metric"], table, sentence, explained)


def forecast_errors(run: Run) -> Told:
    """The error of days, weeks and four weeks, beside the last week again and what chance alone leaves.

    Raises
    ------
    NotEnoughData : nothing could be tried, or nothing was sold in the days tried.
    """
    facts = _tried(run)
    table = run.tables["granularity"]
    if table.empty or table["wape"].isna().all():
        raise NotEnoughData("Nothing was sold in the days that methods were tried on: there is no error to tell.")
    table = table.assign(accuracy=1 - table["wape"], best_accuracy=1 - table["floor"])
    day = table.iloc[0]
    sentence = f"Single days are off by {percent(day['wape'])}"
    told = not day["wape"] < FAR_BELOW * day["floor"]
    if told:
        sentence += f"; someone who knew the true demand would be off by {percent(day['floor'])}, for orders come by "
        sentence += "chance."
        sentence += " No forecast of days can be much better." if day["wape"] <= BY_CHANCE * day["floor"] else ""
    else:
        sentence += f", far less than orders by chance would leave ({percent(day['floor'])}): they, or refunds, do not "
        sentence += "come independently here, so that is no floor."
    good = table[table["accuracy"] > GOOD_ACCURACY]
    bar = percent(GOOD_ACCURACY, 0)
    if len(good):
        first = good.iloc[0]
        naive = f"the last week again reaches {percent(1 - first['naive'])}"
        beside = "by the last week again" if facts["method"] == facts["naive"] else naive
        sentence += f" An accuracy above {bar} is reached for {CALLED[first['granularity']]}: "
        sentence += f"{percent(first['accuracy'])}; {beside}."
    else:
        sentence += f" An accuracy above {bar} is not reached."
    if facts["method"] != facts["naive"]:
        even = [CALLED[g] for g in table.loc[table["wape"] > NO_BETTER * table["naive"], "granularity"]]
        sentence += f" For {' and '.join(even)} the method does no better than the last week again." if even else ""
    out = [CALLED[row["granularity"]] for row in table.to_dict("records") if row["best_accuracy"] <= GOOD_ACCURACY]
    if out and told:
        sentence += f" For {' and '.join(out)} nobody could reach it: chance alone leaves less."
    explained = (
        "WAPE of sums of so many days, over the days tried; accuracy is 1 − WAPE. The floor is the error of a "
        "forecaster who knows the true demand: orders that come by chance are Poisson, so the sum of their amounts has "
        "a variance of the sum of the squared amounts (Campbell's theorem), and the mean distance from the mean is "
        "0.80 standard deviations. By chance an error of few tries can lie below it."
    )
    return Told(facts["metric"], table, sentence, explained)


def forecast_split(run: Run, shop: Shop) -> Told:
    """ARIMA(5,1,2) of the first four fifths of the days against the last fifth, beside last week again.

    Raises
    ------
    NotEnoughData : nothing could be tried.
    """
    _tried(run)
    split = run.facts["split"]
    scores = pd.DataFrame(split["scores"])
    arima = scores.set_index("method").loc[ARIMA]
    first, last = run.tables["split"]["day"].iloc[[0, -1]]
    span = Period(first.date(), last.date()).label()
    sentence = f"Of {split['train']} days {ARIMA} forecasts the next {split['test']}, {span}"
    if pd.isna(arima["wape"]):
        sentence += ": nothing was sold on them."
    else:
        naive = scores.set_index("method").loc[run.facts["naive"]]
        sentence += (
            f": off by {amount(run.facts['metric'], arima['mae'], shop.currency)} a day on average, an accuracy of "
            f"{percent(arima['accuracy'])}; the last week again reaches {percent(naive['accuracy'])}."
        )
    chosen = run.facts["method"]
    flattered = ""
    if chosen not in (ARIMA, run.facts["naive"]):
        flattered = f" {chosen} was chosen by a trial on days that overlap those here, which flatters it."
    explained = (
        "statsmodels' ARIMA(train, order=(5, 1, 2)) as it is, with no season and no events, forecasts the last fifth "
        "of the history in one go: a single split, told because it is often asked for. The method in use is chosen by "
        "the trial from many days instead. MAE: mean error of a day; RMSE: root of the mean squared error; accuracy: "
        "1 − WAPE; MASE: mean error over that of last week's same day within the first four fifths, so that it is on "
        "another scale than that of the trial." + flattered
    )
    return Told(run.facts["metric"], run.tables["split"], sentence, explained, {**split, "scores": scores})


def forecast_month_ago(run: Run, shop: Shop) -> Told:
    """What the same way of choosing would have said four weeks ago, and what came.

    Raises
    ------
    NotEnoughData : the history is too short for it.
    """
    _tried(run)
    ago = run.facts["ago"]
    if ago is None:
        raise NotEnoughData("The history is too short to choose a method as it would have been chosen a month ago.")
    told = {
        name: amount(run.facts["metric"], ago[name], shop.currency)
        for name in ("expected", "actual", "low_80", "high_80")
    }
    off = ago["actual"] / ago["expected"] - 1 if ago["expected"] > 0 else None
    inside = "inside" if ago["low_80"] <= ago["actual"] <= ago["high_80"] else "outside"
    sentence = (
        f"As it would have been made on {_day(ago['made_on'])}: {told['expected']} in {ago['days']} days (80 %: "
        f"{told['low_80']} to {told['high_80']}); {told['actual']} came"
        + (f", {signed(percent(off))}" if off is not None else "")
        + f", {inside} the band. {ago['inside_80']} of {ago['days']} days lay inside theirs."
    )
    explained = (
        f"With the orders up to {_day(ago['made_on'])} alone, the method that had been best by then ({ago['method']}), "
        "and bands from what it had been off by until then. Events count as they are written down today."
    )
    return Told(run.facts["metric"], run.tables["month_ago"].drop(columns=["dimension", "member"]), sentence, explained)


def forecast_events(run: Run, shop: Shop) -> Told:
    """What holidays and promotions did to a day, and what those to come add.

    Raises
    ------
    NotEnoughData : no known event was there in the history.
    """
    _tried(run)
    table = run.tables["events"]
    if table.empty:
        raise NotEnoughData(
            "No holiday or promotion is known on the days of the history: write them down on the Events page, and the "
            "forecast expects those to come to be like those before."
        )
    coming = table[table["added"].notna()]
    said = []
    for row in coming.head(2).to_dict("records"):
        adds = row["added"] >= 0
        ends = [row[name] if adds else -row[name] for name in ("added", "added_low", "added_high")]
        about, low, high = (amount(run.facts["metric"], end, shop.currency) for end in (ends[0], *sorted(ends[1:])))
        said.append(f"{row['label']} {'adds' if adds else 'takes'} about {about} ({low} to {high})")
    sentence = f"In the days ahead {' and '.join(said)}." if said else "None of them is in the days ahead."
    sure = table[(table["effect_low"] > 0) | (table["effect_high"] < 0)]
    if len(sure):
        top = sure.loc[sure["effect"].abs().idxmax()]
        sentence += f" {top['label']} moves a day most: {signed(percent(top['effect'], 0))}."
    explained = (
        "By regression of days on level, weekday, season of the year and events, all at once (Poisson "
        "quasi-likelihood); an effect is that of the name, of its kind and of its course from first to last day, drawn "
        "to nothing by as much as chance hides it. Added: on the days of the event and three after it, against the "
        "same days without it. Ranges: 95 %, grey where nothing is inside."
    )
    if run.facts["method"] not in ("Regression on calendar and events", *TOGETHER):
        explained += " The method in use does not know of events; this is what they seem to do."
    return Told(run.facts["metric"], table, sentence, explained)


def _tried(run: Run) -> dict[str, object]:
    if run.facts["untried"]:
        raise NotEnoughData(run.facts["untried"])
    return run.facts


def _day(text: str) -> str:
    return day_label(pd.Timestamp(text).date())
