"""Runs of models on disk: read back as they were written, and never trusted where they were not."""

import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive.model import Model, Run, whole_shop
from warehouse import model_runs
from warehouse.errors import StoreError
from warehouse.model_runs import keep_run, kept_tables, latest_runs, newest_run_id, runs_of, stored_run

MODEL = Model("tides", "Tides", 3, fit=lambda: None, matters=whole_shop, kept=("said",))
QUESTION = {"members": {}, "settings": {"horizon_days": 28}}
DAY = date(2026, 3, 1)


def random_run(seed: int = 0, facts: dict | None = None) -> Run:
    random = np.random.default_rng(seed)
    said = pd.DataFrame({"day": pd.date_range("2026-03-02", periods=4), "expected": random.normal(size=4)})
    bulk = pd.DataFrame({"customer": ["a", None, "c"], "orders": [1, 2, 3]})
    return Run(facts if facts is not None else {"seed": seed, "wape": 0.2}, {"said": said, "bulk": bulk})


def kept(path, run=None, **changed) -> int:
    asked = {
        "model": MODEL,
        "question": QUESTION,
        "inputs": "v1",
        "data_until": DAY,
        "orders": 9,
        "seconds": 1.5,
    } | changed
    return keep_run(path, run=run or random_run(), **asked)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shop.models.db"


def test_a_run_comes_back_as_it_was_kept(path):
    run = random_run(
        facts={"wape": 0.25, "said": "naïve ≥ none", "low": float("nan"), "n": np.int64(3), "of": [1, None]}
    )
    found = stored_run(path, kept(path, run))
    assert found.facts == {"wape": 0.25, "said": "naïve ≥ none", "low": None, "n": 3, "of": [1, None]}
    for name, table in run.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], table, check_dtype=False)
    assert (found.inputs, found.data_until, found.seconds, found.question) == ("v1", DAY, 1.5, QUESTION)
    assert found.orders == 9
    assert found.packages["scikit-learn"]
    assert list(found.tables) == ["said", "bulk"]
    assert not found.estimators


def test_without_any_run_there_is_none(path):
    assert newest_run_id(path, MODEL, QUESTION) is None
    assert stored_run(path, 1) is None
    assert runs_of(path, "tides").empty
    assert kept_tables(path, "said", [1, 2]) == {}
    assert kept_tables(path, "said", []) == {}


def test_the_newest_run_is_that_of_the_same_question_and_edition(path):
    kept(path)
    newer = kept(path, random_run(1))
    kept(path, random_run(2), question=QUESTION | {"settings": {"horizon_days": 90}})
    kept(path, random_run(3), model=replace(MODEL, key="winds"))
    assert newest_run_id(path, MODEL, QUESTION) == newer
    assert newest_run_id(path, replace(MODEL, edition=4), QUESTION) is None
    assert newest_run_id(path, MODEL, {"settings": {"horizon_days": 28}, "members": {}}) == newer


def test_filters_that_do_not_matter_ask_the_same_question():
    spring, all_of_it = Filters(Period(DAY, DAY.replace(month=5))), Filters(Period(DAY.replace(year=2025), DAY))
    assert MODEL.question(replace(spring, region=("North",)), {}) == MODEL.question(all_of_it, {})
    by_members = replace(MODEL, matters=Filters.without_period)
    one, other = (by_members.question(replace(spring, region=r), {"b": 1, "a": 2}) for r in (("N", "S"), ("S", "N")))
    assert one == other == {"members": {"region": ["N", "S"]}, "settings": {"a": 2, "b": 1}}


def test_of_older_runs_facts_and_kept_tables_stay(path):
    first, other = kept(path), kept(path, question=QUESTION | {"members": {"region": ["North"]}})
    second = kept(path, random_run(1))
    assert stored_run(path, first) is None, "of what was tidied up no half is taken for the whole"
    assert set(stored_run(path, other).tables) == {"said", "bulk"}
    assert list(runs_of(path, "tides")["id"]) == [second, other, first]
    assert list(runs_of(path, "tides", QUESTION)["id"]) == [second, first]
    assert runs_of(path, "winds").empty
    assert list(kept_tables(path, "said", [second, other, first])) == [first, other, second]
    assert list(kept_tables(path, "bulk", [second, other, first])) == [other, second]
    assert [stored_run(path, n).facts["seed"] for n in (other, second)] == [0, 1]


def test_the_latest_runs_are_one_of_each_question(path):
    assert latest_runs(path).empty
    for question in (QUESTION, {"members": {}}, QUESTION):
        last = kept(path, question=question)
    newer = kept(path, model=replace(MODEL, key="winds", edition=9))
    latest = latest_runs(path)
    assert list(latest["id"]) == [newer, last, 2]
    assert list(latest["question"]) == [QUESTION, QUESTION, {"members": {}}]
    assert list(latest["edition"]) == [9, 3, 3]
    assert set(latest["data_until"]) == {pd.Timestamp(DAY)}


def test_kept_tables_do_not_pile_up_for_ever(path, monkeypatch):
    monkeypatch.setattr(model_runs, "KEPT_ALL", 2)
    monkeypatch.setattr(model_runs, "KEPT_WEEKLY", 2)
    monday = date(2026, 3, 2)
    ids = [kept(path, random_run(n), data_until=monday + timedelta(n)) for n in range(30)]
    assert list(runs_of(path, "tides")["id"]) == ids[::-1]
    mondays = [ids[14], ids[21]]
    assert list(kept_tables(path, "said", ids)) == [*mondays, *ids[-3:]]
    having = runs_of(path, "tides").set_index("id")["has_parts"]
    assert list(having.index[having]) == [*ids[-3:][::-1], *mondays[::-1]]


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(5, max_depth=3, random_state=0),
        HistGradientBoostingClassifier(max_iter=5),
        CalibratedClassifierCV(RandomForestClassifier(5, max_depth=3, random_state=0), method="isotonic", cv=3),
        CalibratedClassifierCV(LogisticRegression(), method="sigmoid", cv=3),
        RandomForestRegressor(5, max_depth=3, random_state=0),
    ],
    ids=lambda e: type(e).__name__,
)
def test_an_estimator_says_the_same_after_it_was_kept(path, estimator):
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 3))
    estimator.fit(rows, (rows[:, 0] + random.normal(size=300) > 0).astype(int))
    run = replace(random_run(), estimators={"best": estimator})
    found = stored_run(path, kept(path, run)).estimators["best"]
    says = "predict_proba" if hasattr(estimator, "predict_proba") else "predict"
    np.testing.assert_allclose(getattr(found, says)(rows), getattr(estimator, says)(rows), rtol=1e-12)


class Thief:
    """What a file could bring in, if it were a pickle."""


def test_an_estimator_of_other_types_is_refused_when_it_is_kept(path):
    with pytest.raises(ValueError, match=r"estimators\['best'\]: expected an estimator of known types, got .*Thief"):
        kept(path, replace(random_run(), estimators={"best": Thief()}))
    assert runs_of(path, "tides").empty


def test_an_estimator_of_other_types_in_the_file_is_not_read(path):
    import skops.io

    fitted = RandomForestClassifier(2, random_state=0).fit([[0.0], [1.0]], [0, 1])
    run_id = kept(path, replace(random_run(), estimators={"best": fitted}))
    foreign = skops.io.dumps(Thief())
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute(
            "UPDATE parts SET content = ?, digest = ? WHERE kind = 'estimator'", (foreign, model_runs._digest(foreign))
        )
    assert stored_run(path, run_id) is None
    with pytest.raises(StoreError, match="made of types that this program does not write"):
        model_runs._read_skops(foreign)


def change(path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as opened, opened:
        assert opened.execute(statement).rowcount


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE parts SET content = substr(content, 1, 100) WHERE name = 'said'",
        "UPDATE parts SET content = zeroblob(length(content)) WHERE name = 'bulk'",
        "UPDATE parts SET content = 'text' WHERE name = 'bulk'",
        "UPDATE runs SET facts = '{\"wape\": 0.01}'",
        "UPDATE runs SET digest = ''",
        "UPDATE runs SET inputs = 'v2'",
        "UPDATE runs SET data_until = '2026-03-02'",
        "UPDATE runs SET question = '[]'",
        "UPDATE parts SET name = name || '2'",
        "DELETE FROM parts WHERE name = 'bulk'",
    ],
)
def test_a_run_that_was_changed_on_disk_is_none(path, statement, caplog):
    run_id = kept(path)
    change(path, statement)
    assert stored_run(path, run_id) is None
    assert "is damaged or was tidied up: it is fitted anew" in caplog.text
    assert stored_run(path, kept(path)).facts["wape"] == 0.2


def test_an_estimator_of_another_scikit_learn_is_none(path, monkeypatch):
    fitted = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    run_id = kept(path, replace(random_run(), estimators={"best": fitted}))
    plain = kept(path, question={})
    monkeypatch.setattr(model_runs, "version", lambda name: "0.1")
    assert stored_run(path, run_id) is None
    assert stored_run(path, plain) is not None


@pytest.mark.parametrize("broken", ["no database", "scrambled"])
def test_a_damaged_file_is_set_aside_and_begun_anew(path, broken, caplog):
    for n in range(20):
        kept(path, random_run(n))
    whole = path.read_bytes()
    path.write_bytes(b"a diary " * 900 if broken == "no database" else whole[:100] + b"\xff" * 4000 + whole[4100:])
    assert newest_run_id(path, MODEL, QUESTION) is None
    assert "set aside" in caplog.text
    assert len(list(path.parent.glob("*.damaged-*"))) == 1
    assert stored_run(path, kept(path)) is not None


def test_another_programs_file_is_left_as_it_is(path):
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not where this program keeps the runs of models"):
        newest_run_id(path, MODEL, QUESTION)
    assert path.read_bytes() == before


def test_a_fit_that_is_killed_while_it_is_written_leaves_the_run_before_it(path):
    first = kept(path)
    child = os.fork()
    if child == 0:
        model_runs._digest = lambda content: os.kill(os.getpid(), signal.SIGKILL) if len(content) > 900 else "x"
        kept(path, random_run(1))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert newest_run_id(path, MODEL, QUESTION) == first
    assert stored_run(path, first) is not None


def test_the_lock_of_a_model_is_held_by_one(path):
    from filelock import Timeout

    with model_runs.fitting_lock(path, MODEL):
        with pytest.raises(Timeout):
            model_runs.fitting_lock(path, MODEL).acquire(timeout=0)
        with model_runs.fitting_lock(path, replace(MODEL, key="winds")).acquire(timeout=0):
            pass
