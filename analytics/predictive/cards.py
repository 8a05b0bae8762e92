"""Model cards: what a model is, what it learnt from, how good it was and where it ends, as a text of its stored run.

Source of the headings: Mitchell et al. 2019, Model Cards for Model Reporting.
"""

from collections.abc import Callable, Mapping, Sequence

from analytics import formats
from analytics.periods import day_label
from analytics.predictive.model import StoredRun
from analytics.shop import DIMENSIONS

MISSING = "not stated"


def model_card(title: str, run: StoredRun, shop_name: str, safe: Callable[[str], str] = str) -> str:
    """The card of a run as Markdown; all of it comes from what the fit wrote down.

    Parameters
    ----------
    title : the model's name on screen.
    safe : what is done to texts that names from the data may stand in, before they become part of the Markdown.
    """
    card = run.facts.get("card") or {}
    parts = [
        f"# Model card: {title}",
        safe(f"{shop_name}. {_fitted(run)}"),
        _section("Asked", safe(_asked(run.question))),
        _section("Data", _said(card.get("data"), safe)),
        _section("What is predicted", _said(card.get("target"), safe)),
        _section("Features", _listed(card.get("features"), safe)),
        _section("Split", _said(card.get("split"), safe)),
        _section("Scores", _scores(card.get("scores", []), safe)),
        _section("Calibration", _said(card.get("calibration"), safe)),
        _section("Limits", _listed(card.get("limits"), safe)),
        _section("Fitted with", ", ".join(f"{name} {number}" for name, number in run.packages.items())),
    ]
    return "\n\n".join(parts) + "\n"


def asked_for(question: Mapping[str, object]) -> str:
    """Which members and settings a run answers, in words.

    >>> asked_for({"members": {"region": ["North"]}, "settings": {"horizon_days": 28, "metric": "orders"}})
    'Region North · 28 days ahead · orders'
    >>> asked_for({"members": {}, "settings": {"with_recency": True}})
    'whole shop · with recency'
    """
    members = [f"{DIMENSIONS.get(d, d)} {', '.join(kept)}" for d, kept in question.get("members", {}).items()]
    settings = [_setting(name, value) for name, value in question.get("settings", {}).items() if value is not False]
    return " · ".join([*(members or ["whole shop"]), *settings])


def _setting(name: str, value: object) -> str:
    if name.startswith("horizon_"):
        return f"{value} {name.removeprefix('horizon_')} ahead"
    words = name.replace("_", " ")
    return words if value is True else str(value) if isinstance(value, str) else f"{words} {value}"


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


def _said(text: str | None, safe: Callable[[str], str]) -> str | None:
    return text and safe(text)


def _listed(lines: Sequence[str] | None, safe: Callable[[str], str]) -> str:
    return "\n".join(f"- {safe(line)}" for line in lines or ())


def _scores(scores: Sequence[Mapping[str, object]], safe: Callable[[str], str]) -> str:
    """A table with each score beside the simplest thing that could work."""
    if not scores:
        return ""
    rows = [f"| {safe(s['name'])} | {_number(s, 'value')}{_between(s)} | {_number(s, 'baseline')} |" for s in scores]
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
