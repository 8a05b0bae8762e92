"""Model cards: what a model is, what it learnt from, how good it was and where it ends, as a text of its stored run.

Source of the headings: Mitchell et al. 2019, Model Cards for Model Reporting.
"""

from collections.abc import Mapping, Sequence

from analytics import formats
from analytics.periods import day_label
from analytics.predictive.model import StoredRun

MISSING = "not stated"


def model_card(title: str, run: StoredRun, shop_name: str) -> str:
    """The card of a run as Markdown; all of it comes from what the fit wrote down.

    Parameters
    ----------
    title : the model's name on screen.
    """
    card = run.facts.get("card", {})
    parts = [
        f"# Model card: {title}",
        f"{shop_name}. {_fitted(run)}",
        _section("Asked", _asked(run.question)),
        _section("Data", card.get("data")),
        _section("What is predicted", card.get("target")),
        _section("Features", _listed(card.get("features"))),
        _section("Split", card.get("split")),
        _section("Scores", _scores(card.get("scores", []))),
        _section("Calibration", card.get("calibration")),
        _section("Limits", _listed(card.get("limits"))),
        _section("Fitted with", ", ".join(f"{name} {number}" for name, number in run.packages.items())),
    ]
    return "\n\n".join(parts) + "\n"


def asked_for(question: Mapping[str, object]) -> str:
    """Which members and settings a run answers, in words.

    >>> asked_for({"members": {"region": ["North"]}, "settings": {"horizon_days": 28}})
    'North · horizon days 28'
    >>> asked_for({"members": {}, "settings": {"with_recency": True}})
    'whole shop · with recency'
    """
    members = [", ".join(kept) for kept in question.get("members", {}).values()]
    settings = [_setting(name, value) for name, value in question.get("settings", {}).items() if value is not False]
    return " · ".join([*(members or ["whole shop"]), *settings])


def _setting(name: str, value: object) -> str:
    words = name.replace("_", " ")
    return words if value is True else f"{words} {value}"


def _asked(question: Mapping[str, object]) -> str:
    said = asked_for(question)
    return f"{said[0].upper()}{said[1:]}."


def _fitted(run: StoredRun) -> str:
    return (
        f"Fitted on {day_label(run.fitted_at.date())} at {run.fitted_at:%H:%M} UTC in {run.seconds:.1f} s, of data up "
        f"to {day_label(run.data_until)} (run {run.id}, edition {run.edition})."
    )


def _section(heading: str, text: str | None) -> str:
    return f"## {heading}\n\n{text or MISSING}"


def _listed(lines: Sequence[str] | None) -> str:
    return "\n".join(f"- {line}" for line in lines or ())


def _scores(scores: Sequence[Mapping[str, object]]) -> str:
    """A table with each score beside the simplest thing that could work."""
    if not scores:
        return ""
    rows = [f"| {s['name']} | {_number(s, 'value')}{_between(s)} | {_number(s, 'baseline')} |" for s in scores]
    return "\n".join(["| Score | This model | Simplest alternative |", "|---|---|---|", *rows])


def _between(score: Mapping[str, object]) -> str:
    if score.get("low") is None or score.get("high") is None:
        return ""
    return f" ({_number(score, 'low')} to {_number(score, 'high')})"


def _number(score: Mapping[str, object], which: str) -> str:
    value = score.get(which)
    if value is None:
        return formats.MISSING
    if isinstance(value, str):
        return value
    if score.get("unit") == "share":
        return formats.percent(value)
    if score.get("unit") == "count":
        return f"{value:,.0f}".replace("-", formats.MINUS)
    return f"{value:,.{0 if abs(value) >= 1000 else 3}f}".replace("-", formats.MINUS)
