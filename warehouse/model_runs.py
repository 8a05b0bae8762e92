"""What models learnt and said, kept beside the store: a restart fits nothing anew, and no forecast is forgotten.

A run is written in one transaction: its facts as JSON, its tables as Parquet, its estimators by skops, which stores no
code and reads back none but the types named here. Every part carries its digest; what does not agree with it, or was
left by another edition of the model or of scikit-learn, is taken as not there and fitted anew.
"""

import hashlib
import io
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import orjson
import pandas as pd
from filelock import FileLock

from analytics.predictive.model import Model, Run, StoredRun
from warehouse.beside import Beside
from warehouse.errors import DamagedError, StoreError

APPLICATION_ID = 0x53484D4F
"""Marks a file as ours (``PRAGMA application_id``)."""

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "skops")
"""Whose versions are written down with every run."""

TRUSTED = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
"""Types beyond skops' own list that an estimator may be made of; what a file names besides is not read."""

KEPT_ALL = 60
"""Runs of one question whose kept tables all stay, the newest."""
KEPT_WEEKLY = 150
"""Weeks before them of which one run's kept tables stay: with a run a day, three years."""

TOLD = (
    "model", "edition", "question", "inputs", "data_until", "orders", "fitted_at", "seconds", "packages", "facts",
    "parts",
)  # fmt: skip
"""The columns of a run that its digest covers."""

TABLES = """
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    model       TEXT NOT NULL,
    edition     INTEGER NOT NULL,
    question    TEXT NOT NULL CHECK (json_valid(question)),
    inputs      TEXT NOT NULL,
    data_until  TEXT NOT NULL CHECK (data_until IS date(data_until, '+0 days')),
    orders      INTEGER NOT NULL,
    fitted_at   TEXT NOT NULL,
    seconds     REAL NOT NULL,
    packages    TEXT NOT NULL CHECK (json_valid(packages)),
    facts       BLOB NOT NULL,
    parts       TEXT NOT NULL CHECK (json_valid(parts)),
    digest      TEXT NOT NULL
);

CREATE INDEX idx_runs_question ON runs (model, question, id);

CREATE TABLE parts (
    run_id   INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('table', 'estimator')),
    name     TEXT NOT NULL,
    kept     INTEGER NOT NULL CHECK (kept IN (0, 1)),
    content  BLOB NOT NULL,
    digest   TEXT NOT NULL,
    PRIMARY KEY (run_id, kind, name)
);
"""
"""``question`` is what tells runs of a model apart but for the data, ``inputs`` the version of the data that it saw,
``orders`` how many orders the shop had by then. ``parts`` lists kind, name and digest of each; ``digest`` is that of
all the rest of the row."""

_RUNS = Beside(
    APPLICATION_ID,
    1,
    TABLES,
    holds="the runs of models",
    remedy="put a copy of it back, or move it away; models are then fitted anew, what they said before is lost",
)


class _Parts(Mapping):
    """The tables or estimators of a run by name, each read once, when it is asked for."""

    def __init__(self, contents: dict[str, bytes], read: Any) -> None:
        self._contents, self._read, self._seen = contents, read, {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._seen:
            self._seen[name] = self._read(self._contents[name])
        return self._seen[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)


def models_path(database: Path, *, is_demo: bool) -> Path:
    """Where the runs of a store's models lie; the demo's are none of a shop's own.

    >>> models_path(Path("data/shop.db"), is_demo=True).as_posix()
    'data/shop.demo-models.db'
    """
    return database.with_name(f"{database.stem}.{'demo-' if is_demo else ''}models.db")


P = ParamSpec("P")
T = TypeVar("T")


def _begun_anew(ask: Callable[Concatenate[Path, P], T]) -> Callable[Concatenate[Path, P], T]:
    """Set a damaged file aside, with a word in the log, and ask again: what is in it can be fitted anew."""

    @wraps(ask)
    def asked(path: Path, *given: P.args, **named: P.kwargs) -> T:
        try:
            return ask(path, *given, **named)
        except DamagedError as damage:
            _set_aside(path)
            logging.getLogger("shop").warning("%s It was set aside, and models are fitted anew.", damage)
            return ask(path, *given, **named)

    return asked


@_begun_anew
def keep_run(
    path: Path,
    model: Model,
    question: Mapping[str, Any],
    inputs: str,
    data_until: date,
    orders: int,
    run: Run,
    seconds: float,
) -> int:
    """Write a run down; returns its id.

    Of the runs of the same question before it, facts stay and kept tables, all of the last weeks and then one a week.

    Parameters
    ----------
    orders : how many the shop had up to the last complete day, by which it is known again.

    Raises
    ------
    ValueError : an estimator is made of types that would not be read back.
    StoreError : the file cannot be written.
    """
    parts = [("table", name, name in model.kept, _parquet(table)) for name, table in run.tables.items()]
    parts += [("estimator", name, False, _skops(name, e)) for name, e in run.estimators.items()]
    parts = [(*part, _digest(part[-1])) for part in parts]
    facts = orjson.dumps(run.facts, option=orjson.OPT_SERIALIZE_NUMPY)
    listed = _json([[kind, name, digest] for kind, name, _, _, digest in parts])
    asked, used = _json(question), _json(packages())
    row = (model.key, model.edition, asked, inputs, data_until.isoformat(), int(orders), _now(), float(seconds), used)
    row = (*row, facts, listed)
    with _RUNS.transaction(path) as opened:
        run_id = opened.execute(
            f"INSERT INTO runs ({', '.join(TOLD)}, digest) VALUES ({', '.join('?' * len(TOLD))}, ?)",
            (*row, _digest_of_row(row)),
        ).lastrowid
        opened.executemany(
            "INSERT INTO parts (run_id, kind, name, kept, content, digest) VALUES (?, ?, ?, ?, ?, ?)",
            [(run_id, *part) for part in parts],
        )
        of_question = "SELECT id, data_until FROM runs WHERE model = ? AND question = ? AND id < ? ORDER BY id DESC"
        before = opened.execute(of_question, (model.key, asked, run_id)).fetchall()
        opened.executemany("DELETE FROM parts WHERE run_id = ? AND kept = 0", [(row["id"],) for row in before])
        opened.executemany("DELETE FROM parts WHERE run_id = ?", [(older,) for older in _too_many(before)])
    return run_id


def _too_many(before: list[sqlite3.Row]) -> list[int]:
    """Of the runs before the newest, the newest first, those whose kept tables go."""
    weeks: dict[tuple[int, int], int] = {}
    for row in before[KEPT_ALL:]:
        weeks[date.fromisoformat(row["data_until"]).isocalendar()[:2]] = row["id"]  # the first of each week is the last
    stay = set(list(weeks.values())[:KEPT_WEEKLY])
    return [row["id"] for row in before[KEPT_ALL:] if row["id"] not in stay]


@_begun_anew
def newest_run_id(path: Path, model: Model, question: Mapping[str, Any]) -> int | None:
    """The id of the newest run of a question by this edition of the model; None where there is none."""
    with _RUNS.as_read(path) as opened:
        found = opened.execute(
            "SELECT id FROM runs WHERE model = ? AND edition = ? AND question = ? ORDER BY id DESC LIMIT 1",
            (model.key, model.edition, _json(question)),
        ).fetchone()
    return found and found["id"]


@_begun_anew
def stored_run(path: Path, run_id: int) -> StoredRun | None:
    """A run with all its parts; None where anything of it is missing, damaged or of another scikit-learn."""
    with _RUNS.as_read(path) as opened:
        row = opened.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        parts = opened.execute("SELECT * FROM parts WHERE run_id = ? ORDER BY rowid", (run_id,)).fetchall()
    if row is None or not _is_whole(row, parts):
        return None
    used = orjson.loads(row["packages"])
    estimators = {part["name"]: part["content"] for part in parts if part["kind"] == "estimator"}
    if estimators and used.get("scikit-learn") != version("scikit-learn"):
        return None
    tables = {part["name"]: part["content"] for part in parts if part["kind"] == "table"}
    return StoredRun(
        facts=orjson.loads(row["facts"]),
        tables=_Parts(tables, _read_parquet),
        estimators=_Parts(estimators, _read_skops),
        id=run_id,
        model=row["model"],
        edition=row["edition"],
        question=orjson.loads(row["question"]),
        inputs=row["inputs"],
        data_until=date.fromisoformat(row["data_until"]),
        orders=row["orders"],
        fitted_at=datetime.fromisoformat(row["fitted_at"]),
        seconds=row["seconds"],
        packages=used,
        where=path,
    )


@_begun_anew
def latest_runs(path: Path) -> pd.DataFrame:
    """The newest run of every question, newest first, without its facts.

    Returns
    -------
    One row per model and question: ``id``, ``model``, ``edition``, ``question`` (a dict), ``inputs``, ``data_until``
    (day), ``orders`` (known by then), ``fitted_at`` (instant), ``seconds`` and ``packages`` (a dict).
    """
    return _rows_of_runs(path, "id IN (SELECT max(id) FROM runs GROUP BY model, question)", ())


@_begun_anew
def runs_of(path: Path, model: str, question: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Every run of a model, or of one question to it, newest first; columns as of ``latest_runs`` and ``has_parts``."""
    if question is None:
        found = _rows_of_runs(path, "model = ?", (model,))
    else:
        found = _rows_of_runs(path, "model = ? AND question = ?", (model, _json(question)))
    with _RUNS.as_read(path) as opened:
        having = {row["run_id"] for row in opened.execute("SELECT DISTINCT run_id FROM parts")}
    return found.assign(has_parts=found["id"].isin(having))


@_begun_anew
def kept_tables(path: Path, name: str, run_ids: Sequence[int]) -> dict[int, pd.DataFrame]:
    """A table of each of the runs that still has it, by the id of the run."""
    marks = ", ".join("?" * len(run_ids))
    with _RUNS.as_read(path) as opened:
        rows = opened.execute(
            f"SELECT run_id, content, digest FROM parts WHERE kind = 'table' AND name = ? AND run_id IN ({marks}) "
            "ORDER BY run_id",
            (name, *map(int, run_ids)),
        ).fetchall()
    whole = (row for row in rows if _agrees(row["content"], row["digest"]))
    return {row["run_id"]: _read_parquet(row["content"]) for row in whole}


def _rows_of_runs(path: Path, condition: str, values: tuple) -> pd.DataFrame:
    columns = ["id", *(c for c in TOLD if c not in ("facts", "parts"))]
    with _RUNS.as_read(path) as opened:
        asked = f"SELECT {', '.join(columns)} FROM runs WHERE {condition} ORDER BY id DESC"
        rows = [dict(row) for row in opened.execute(asked, values)]
    runs = pd.DataFrame(rows, columns=columns)
    instants = pd.to_datetime(runs["fitted_at"], format="ISO8601", utc=True)
    runs = runs.assign(data_until=pd.to_datetime(runs["data_until"]), fitted_at=instants)
    return runs.assign(**{column: runs[column].map(orjson.loads) for column in ("question", "packages")})


def packages() -> dict[str, str]:
    """The versions of the packages at hand that a fit rests on."""
    return {name: version(name) for name in PACKAGES}


def fitting_lock(path: Path, model: Model) -> FileLock:
    """Held by whoever fits the model, so that no second process does the same meanwhile; falls with its process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path.with_name(f".{path.stem}.{model.key}.lock"))


def _set_aside(path: Path) -> None:
    with FileLock(path.with_name(f".{path.stem}.aside.lock")):
        try:
            with _RUNS.as_read(path) as opened:
                opened.execute("SELECT count(*) FROM runs").fetchone()
                if opened.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
                    return  # somebody else has done it
        except DamagedError:
            pass
        path.replace(path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}"))
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)


def _parquet(table: pd.DataFrame) -> bytes:
    written = io.BytesIO()
    table.to_parquet(written, index=False, compression="zstd")
    return written.getvalue()


def _read_parquet(content: bytes) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(content))


def _skops(name: str, estimator: object) -> bytes:
    import skops.io

    content = skops.io.dumps(estimator)
    if foreign := set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED):
        raise ValueError(
            f"estimators[{name!r}]: expected an estimator of known types, got {', '.join(sorted(foreign))}"
        )
    return content


def _read_skops(content: bytes) -> object:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return skops.io.loads(content, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise StoreError(
            "A stored model is made of types that this program does not write, and was not read: move the file of "
            "models away, and they are fitted anew."
        ) from error


def _is_whole(row: sqlite3.Row, parts: list[sqlite3.Row]) -> bool:
    """Whether a run is as it was written: its row, which parts it has, and what is in them."""
    listed = [[part["kind"], part["name"], part["digest"]] for part in parts]
    told = tuple(row[column] for column in TOLD)
    if (
        _digest_of_row(told) == row["digest"]
        and _json(listed) == row["parts"]
        and all(_agrees(part["content"], part["digest"]) for part in parts)
    ):
        return True
    logging.getLogger("shop").warning("Run %s of a model is damaged or was tidied up: it is fitted anew.", row["id"])
    return False


def _agrees(content: bytes, digest: str) -> bool:
    return isinstance(content, bytes) and _digest(content) == digest


def _digest_of_row(told: tuple) -> str:
    return _digest(repr(told).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(value: Mapping[str, Any] | list) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
