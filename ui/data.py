"""The one cached door between pages and data: only here answers are kept, only here the warehouse is opened."""

import hashlib
import inspect
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import streamlit as st

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.cells import revenue_cells
from analytics.descriptive.events import known_events
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.profile import shop_profile
from analytics.descriptive.rfm import rfm_groups
from analytics.descriptive.variation import day_dispersions
from analytics.diagnostic.gaps import as_of, order_gaps
from analytics.diagnostic.score_model import score_model
from analytics.diagnostic.scored_orders import order_cells
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive.model import whole_shop
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.margins import category_margins
from analytics.prescriptive.media_response import media_response
from analytics.shop import Shop
from ui.jobs import Job
from warehouse import connection, desk, events, importing, model_runs, rejects, store, uploads
from warehouse.assumptions import assumptions_in_force
from warehouse.engine import DamagedCopyError, Tables, Warehouse
from warehouse.errors import StoreError
from warehouse.events import WrittenEvents
from warehouse.importing import Preview
from warehouse.mapping import Mapping
from warehouse.report import ImportReport

harmless = rejects.harmless
discard_old_uploads = uploads.sweep

SHARED = {
    "daily": (daily_activity, Filters.without_period),
    "dispersions": (day_dispersions, Filters.without_period),
    "cells": (revenue_cells, lambda filters: filters),
    "kpis": (current_kpis, lambda filters: filters),
    "rfm_groups": (rfm_groups, lambda filters: filters),
    "order_cells": (order_cells, lambda filters: filters),
    "score_model": (score_model, lambda filters: filters),
    "gaps": (order_gaps, as_of),
    "margins": (category_margins, lambda filters: filters),
    "media": (media_response, whole_shop),
}
"""Answers that other analyses start from: by the name of the parameter that asks, the analysis and its filters."""

MOST_ANSWERS = 3000

T = TypeVar("T")


def answer(analysis: Callable[..., T], filters: Filters | None = None, **parameters: Hashable) -> T:
    """What an analysis says about the orders in the filters, computed once per data version.

    The analysis names what it needs: a table of the warehouse (``orders``, ``customers``, ``events``…), ``shop``,
    ``filters``, the ``calendar`` of all events, the shop's ``assumptions`` or one of the ``SHARED`` answers; the rest
    are the ``parameters``.

    Raises
    ------
    NotEnoughData : the analysis cannot answer; the card around the call shows why.
    StoreError : the data cannot be read.
    """
    parameters = _written_down(analysis) | parameters
    filters = filters and filters.in_one_order()  # what was seen is found again, however its members were chosen
    asked = (analysis, filters, parameters)
    question = f"{analysis.__module__}.{analysis.__qualname__} {filters!r} {sorted(parameters.items())!r}"
    return _of_one_version(lambda version: _answer(f"{version} {question}", lambda: _computed(version, *asked)))


def asked_anew(analysis: Callable[..., T], filters: Filters, **parameters: object) -> T:
    """As ``answer``, of this run's data version, but nothing is kept; parameters may be anything."""
    parameters = _written_down(analysis) | parameters
    return _of_one_version(lambda version: _computed(version, analysis, filters.in_one_order(), parameters))


def inputs_of(analysis: Callable[..., object], version: str = "") -> str:
    """What tells whether an analysis would see the same: the data version and, where it asks for them, the events.

    Parameters
    ----------
    version : stands for the data version where the analysis does not see all of the data.
    """
    noted = hashlib.sha256(repr(_written_down(analysis)).encode()).hexdigest()[:16]
    return f"{version or _pinned.get() or pin_version()} {noted}"


@st.cache_resource(max_entries=MOST_ANSWERS, show_spinner=False)
def _answer(question: str, _compute: Callable[[], T]) -> T:
    """Answers are shared, not copied at each reading: nobody may change one (a test holds it for every page)."""
    return _compute()


_ready: dict[Callable, tuple[str, object]] = {}


def make_ready(analysis: Callable[..., object], filters: Filters, **parameters: Hashable) -> None:
    """Answer a question of the newest data now, beside the pages, and keep it where ``if_ready`` finds it.

    Raises
    ------
    NotEnoughData, StoreError : as ``answer``.
    """

    def ask() -> tuple[str, object]:
        return pin_version(), answer(analysis, filters, **parameters)

    _ready[analysis] = of_newest_version(ask)


def if_ready(analysis: Callable[..., T]) -> T | None:
    """What ``make_ready`` found of this run's data version; None where it has not been asked, which costs nothing."""
    version, answered = _ready.get(analysis, (None, None))
    return answered if version == _pinned.get() else None


def _computed(version: str, analysis: Callable[..., T], filters: Filters | None, parameters: dict) -> T:
    wanted = _wanted(analysis)
    given = parameters | ({"filters": filters} if "filters" in wanted else {})
    if "calendar" in wanted:
        given["calendar"] = answer(known_events, written=given.pop("written"))
    if "assumptions" not in wanted:
        given.pop("assumptions", None)
    given |= {n: answer(shared, fitting(filters)) for n, (shared, fitting) in SHARED.items() if n in wanted}
    if "shop" in wanted:
        given.setdefault("shop", shop())
    return _with_tables(version, lambda tables: analysis(**given, **_tables_named(wanted, tables)))


@cache
def _wanted(analysis: Callable) -> frozenset[str]:
    """The names of what an analysis takes: looked up at every question, and the same each time."""
    return frozenset(inspect.signature(analysis).parameters)


def _written_down(analysis: Callable) -> dict[str, object]:
    """What people wrote down, where the analysis asks for it: a part of the question, unlike the data.

    Trends are drawn without events where the desk cannot be read; what else lies there says why on the same page.
    Nothing is advised without the assumptions that were stated.
    """
    wanted = _wanted(analysis)
    written: dict[str, object] = {}
    if {"calendar", "written"} & wanted:
        try:
            written["written"] = written_events()
        except StoreError:
            written["written"] = WrittenEvents()
    if {"assumptions", "margins"} & wanted:
        written["assumptions"] = assumptions()
    return written


def shop() -> Shop:
    """The shop whose data are loaded: its settings, its days, its members."""
    return _of_one_version(_shop)


@st.cache_resource(max_entries=8, show_spinner=False)
def _shop(version: str) -> Shop:
    return _with_tables(version, lambda tables: shop_profile(tables.orders, tables.customers, tables.shop))


def rows_version() -> str:
    """As the data version, but the same after a change of nothing but what the shop states about itself."""
    return _of_one_version(_rows_version)


@st.cache_resource(max_entries=8, show_spinner=False)
def _rows_version(version: str) -> str:
    facts = _with_tables(version, lambda tables: tables.shop.to_pandas())
    return store.rows_version_of(dict(zip(facts["key"], facts["value"], strict=True)))


_pinned: ContextVar[str | None] = ContextVar("data version of this run", default=None)


def pin_version() -> str:
    """Take the store's version as that of this whole run, so that all cards speak of the same data; returns it.

    Raises
    ------
    StoreError : the data cannot be read.
    """
    version = warehouse().version()
    _pinned.set(version)
    return version


class _MovedOnError(Exception):
    """The store was changed while a page was being drawn."""


MOST_TRIES = 5
TOO_FAST = "The data are being changed faster than they can be read: reload in a moment."
_whole: ContextVar[bool] = ContextVar("several answers are asked that must be of one version", default=False)


def _of_one_version(ask: Callable[[str], T]) -> T:
    for _ in range(MOST_TRIES):
        if _pinned.get() is None:
            pin_version()
        try:
            return ask(_pinned.get())
        except _MovedOnError:
            if _whole.get():
                raise
            pin_version()
            st.rerun()  # what is drawn already speaks of the older version: draw the page anew (no effect elsewhere)
    raise StoreError(TOO_FAST)


def of_newest_version(make: Callable[[], T]) -> T:
    """What is made of several answers that must all speak of one data version; made anew where that changes meanwhile.

    Raises
    ------
    StoreError : the data cannot be read.
    """
    for _ in range(MOST_TRIES):
        pin_version()
        inside = _whole.set(True)
        try:
            return make()
        except _MovedOnError:
            continue
        finally:
            _whole.reset(inside)
    raise StoreError(TOO_FAST)


def warehouse() -> Warehouse:
    """The warehouse of the database that ``DATABASE_URL`` names."""
    return _warehouse(store.database_path())


@lru_cache(maxsize=8)
def _warehouse(database: Path) -> Warehouse:
    return Warehouse(database)


def fault() -> str | None:
    """Why the database cannot be read, in one sentence; None when it can."""
    try:
        with warehouse().tables():
            return None
    except (StoreError, DamagedCopyError) as error:
        return str(error)


def is_missing() -> bool:
    """Whether there is no database yet."""
    return not store.database_path().exists()


_first_build = threading.Lock()


def build_demo(progress: Callable[[float, str], None]) -> None:
    """Make the demo shop and its database where there is none; a second visitor waits for the first one's build."""
    from db_setup import build_demo

    with _first_build:
        if is_missing():
            build_demo(store.database_path(), progress=progress)


def desk_path() -> Path:
    """Where what people write down about this shop is kept; the demo's notes are none of a shop's own."""
    return desk.desk_path(store.database_path(), is_demo=shop().is_demo)


def models_path() -> Path:
    """Where the runs of this shop's models are kept."""
    return model_runs.models_path(store.database_path(), is_demo=shop().is_demo)


def written_events() -> WrittenEvents:
    """The events that people wrote down about this shop; read again whenever the desk was written to."""
    path = desk_path()
    return _events_at(path, desk.desk_state(path))


@lru_cache(maxsize=8)
def _events_at(path: Path, _state: tuple | None) -> WrittenEvents:
    return events.all_events(path)


def assumptions() -> Assumptions:
    """What this shop assumes of its margins, offers, carriers…; read again whenever the desk was written to."""
    path = desk_path()
    return _assumptions_at(path, desk.desk_state(path))


@lru_cache(maxsize=8)
def _assumptions_at(path: Path, _state: tuple | None) -> Assumptions:
    return assumptions_in_force(path)


def streamed(
    analysis: Callable[..., object], pieces: Iterable[Filters], rows_at_a_time: int, **parameters: Hashable
) -> Iterator[pa.RecordBatch]:
    """The rows that an analysis asks for, for each view after the other, all of this run's data version.

    The analysis returns an expression, which is read some rows at a time: they are never all in memory. Whoever stops
    reading ends the query. One thread at a time may read.

    Returns
    -------
    For each view a batch without rows, so that the columns are known where there is nothing else, then its rows.

    Raises
    ------
    StoreError : the data cannot be read.
    """
    wanted = inspect.signature(analysis).parameters
    with warehouse().tables(_pinned.get()) as tables:
        if tables.version != _pinned.get():
            raise _MovedOnError
        given = parameters | _tables_named(wanted, tables) | {"shop": _shop(tables.version)}
        for filters in pieces:
            expression = analysis(filters=filters, **given)
            engine = expression.get_backend()
            rows = engine.con.sql(engine.compile(expression)).to_arrow_reader(rows_at_a_time)
            yield pa.RecordBatch.from_pylist([], rows.schema)
            yield from rows


def preview_file(path: Path, mapping: Mapping | None = None) -> Preview:
    """What an uploaded file seems to hold; see ``warehouse.importing.preview``."""
    return importing.preview(path, mapping)


def import_file(path: Path, mapping: Mapping, job: Job, *, append: bool, dry_run: bool) -> ImportReport:
    """Import a file, or only say what an import would do; progress goes to the job, which may also cancel it."""
    report = importing.import_orders(
        path,
        store.database_path(),
        mapping,
        append=append,
        dry_run=dry_run,
        progress=lambda share, doing: job.tell(0.9 * share, doing),
        cancelled=job.cancelled,
    )
    job.tell(0.95, "Getting the pages ready")
    fault()  # makes the read copy, so that the next visitor does not wait for it
    return report


def imports() -> pd.DataFrame:
    """The imports so far, newest first: ``id``, ``source_name``, ``imported_at`` and the rows by outcome."""
    columns = "id, source_name, imported_at, rows_read, rows_accepted, rows_rejected, rows_duplicate"
    with connection.reading(store.database_path()) as opened:
        return pd.read_sql_query(f"SELECT {columns} FROM imports ORDER BY id DESC LIMIT 200", opened)


def rejected_rows(import_id: int, most: int = 100) -> pd.DataFrame:
    """The first rejected rows of an import: line, column, reason and the row as it stood, personal data masked."""
    columns = "line_number, column_name, reason, raw_text"
    query = f"SELECT {columns} FROM rejected_rows WHERE import_id = ? ORDER BY rowid LIMIT ?"
    with connection.reading(store.database_path()) as opened:
        return pd.read_sql_query(query, opened, params=(import_id, most))


def rejected_rows_csv(import_id: int) -> bytes:
    """All rejected rows of an import as a CSV file."""
    return "".join(rejects.rejected_rows_csv(store.database_path(), import_id)).encode("utf-8-sig")


def change_settings(**values: object) -> None:
    """Change the shop's own facts.

    Raises
    ------
    ValueError : a value that cannot be; the message says what is expected.
    """
    store.change_settings(store.database_path(), **values)


def has_orders() -> bool:
    """Whether there is anything to analyse."""
    try:
        shop()
    except NotEnoughData:
        return False
    return True


def is_demo() -> bool:
    """Whether the demo shop is in place."""
    return store.settings(store.database_path()).get("is_demo") == "1"


def holds_own_orders() -> bool:
    """Whether the database holds a shop's own orders, not the demo."""
    return not is_missing() and store.holds_own_orders(store.database_path())


def has_previous() -> bool:
    """Whether own orders that were replaced are kept beside the database."""
    return store.previous_path(store.database_path()).exists()


def back_to_demo(job: Job) -> str:
    """Put the demo shop in place; own orders are kept beside and can be brought back."""
    from db_setup import build_demo

    build_demo(store.database_path(), progress=job.tell)
    return "The demo shop is back. Your own orders are kept and can be brought back below."


def restore_previous(job: Job) -> str:
    """Bring back the own orders that were replaced last."""
    job.tell(0.3, "Bringing your orders back")
    store.restore_previous(store.database_path())
    return "Your own orders are back."


def _with_tables(version: str, ask: Callable[[Tables], T]) -> T:
    for attempt in (1, 2):
        try:
            with warehouse().tables(version) as tables:
                if tables.version != version:
                    raise _MovedOnError
                return ask(tables)
        except DamagedCopyError:
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def _tables_named(wanted: Iterable[str], tables: Tables) -> dict:
    return {name: getattr(tables, name) for name in wanted if name != "shop" and hasattr(tables, name)}
