"""Model cards say what the run wrote down, and that something is missing where it did not."""

from datetime import UTC, date, datetime

from analytics.predictive.cards import asked_for, model_card
from analytics.predictive.model import StoredRun

CARD = {
    "data": "12,000 orders of 900 customers.",
    "target": "Revenue of each of the next 28 days.",
    "features": ["weekday", "known events"],
    "split": "Eight origins, each with what was known then.",
    "scores": [
        {"name": "WAPE", "value": 0.2031, "low": 0.19, "high": 0.22, "baseline": 0.31, "unit": "share"},
        {"name": "RMSE", "value": 12345.6, "low": None, "high": None, "baseline": None, "unit": "money"},
        {"name": "AUC", "value": 0.7714, "baseline": 0.7, "unit": "ratio"},
    ],
    "calibration": "81 % of days lay in the 80 % band.",
    "limits": ["No promotion is known before it is written down."],
}


def run(card: dict | None = CARD, **changed) -> StoredRun:
    told = {
        "question": {"members": {"region": ["North", "South"]}, "settings": {"horizon_days": 28}},
        "id": 7,
    } | changed
    facts = {"card": card} if card is not None else {}
    return StoredRun(
        facts, {}, edition=2, data_until=date(2026, 3, 31), fitted_at=datetime(2026, 4, 1, 6, 5, tzinfo=UTC),
        seconds=3.21, packages={"numpy": "2.4.6"}, **told,
    )  # fmt: skip


def test_a_card_says_all_that_the_run_wrote_down():
    text = model_card("Revenue forecast", run(), "Corner shop")
    assert text.startswith("# Model card: Revenue forecast\n\nCorner shop. Fitted on 1 Apr 2026 at 06:05 UTC in 3.2 s")
    assert "data up to 31 Mar 2026 (run 7, edition 2)." in text
    assert "## Asked\n\nRegion North, South · 28 days ahead." in text
    for said in (CARD["data"], CARD["target"], CARD["split"], CARD["calibration"], "- weekday\n- known events"):
        assert said in text
    assert "- No promotion is known" in text
    assert "numpy 2.4.6" in text


def test_scores_stand_beside_the_simplest_alternative_with_their_range():
    text = model_card("x", run(), "y")
    assert "| WAPE | 20.3% (19.0% to 22.0%) | 31.0% |" in text.replace(" %", "%").replace("\u202f%", "%")
    assert "| RMSE | 12,346 | – |" in text.replace("—", "–")
    assert "| AUC | 0.771 | 0.700 |" in text


def test_what_a_run_did_not_write_down_is_said_to_be_missing():
    text = model_card("x", run(card=None), "y")
    assert text.count("not stated") == 7
    assert "| Score |" not in text


def test_a_run_that_could_not_be_tried_has_a_card_that_says_little():
    text = model_card("x", StoredRun({"card": None}, {}, question={}, packages={"numpy": "2"}), "y")
    assert text.count("not stated") == 7


def test_members_of_two_dimensions_with_one_name_are_told_apart():
    assert asked_for({"members": {"region": ["North"]}}) != asked_for({"members": {"segment": ["North"]}})


def test_a_question_in_words():
    assert asked_for({"members": {}, "settings": {}}) == "whole shop"
    assert asked_for({"members": {"region": ["A"], "segment": ["B", "C"]}, "settings": {"metric": "orders"}}) == (
        "Region A · Segment B, C · orders"
    )
    assert asked_for({"settings": {"with_recency": False, "horizon_days": 90}}) == "whole shop · 90 days ahead"
