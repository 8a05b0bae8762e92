"""Orders from a file into the store: a preview, a dry run, and the import, all by the same steps."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.connection import reading, settings
from warehouse.customers import refresh_customers
from warehouse.errors import ImportCancelled, ImportRefused
from warehouse.loading import rejected_rows, store_orders, store_rejected
from warehouse.mapping import Mapping, Need, check_columns, guess_mapping, mapping_text, missing_columns
from warehouse.privacy import customer_key, masker
from warehouse.rejects import write_rejects
from warehouse.replacing import replacing
from warehouse.report import ImportReport, Reject, made_report
from warehouse.settings import put_settings
from warehouse.settling import name_customers, settle
from warehouse.shop import imported_before, shop_facts, with_shop_facts
from warehouse.sources import Source, content_hash, open_source
from warehouse.staging import scratch, stage, told_by_data
from warehouse.validation import validate
from warehouse.writing import writing

SAMPLE_ROWS = 1_000
"""How many rows tell whether a row is an order or a line of one, and how many a preview can show."""

ROWS_FOR_A_FIRST_LOOK = 50_000
"""A preview reads on only when these leave a question open that later rows may answer."""

PREVIEW_ROWS = 20
REJECT_SAMPLES = 20

Progress = Callable[[float, str], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Preview:
    """What a file seems to hold, for the person who imports to correct."""

    columns: tuple[str, ...]
    mapping: Mapping
    preset: str | None
    sample: tuple[tuple[str | None, ...], ...]
    needs: tuple[Need, ...]
    kind: str


def preview(path: Path, mapping: Mapping | None = None) -> Preview:
    """Show a file's columns, its first rows, what they seem to mean, and what has to be asked.

    Raises
    ------
    ImportRefused
        When the file cannot be read as a table, or the mapping names columns that it lacks.
    """
    source = open_source(Path(path))
    sample = _sample(source)
    mapping, needs = _chosen_mapping(source, sample, mapping)
    if not needs:
        with scratch() as connection:
            staged = stage(connection, source, mapping, at_most=ROWS_FOR_A_FIRST_LOOK)
            told, needs = told_by_data(connection, mapping, source.kind)
            if needs and staged >= ROWS_FOR_A_FIRST_LOOK:
                stage(connection, source, mapping)
                told, needs = told_by_data(connection, mapping, source.kind)
            mapping = told
    return Preview(source.columns, mapping, mapping.preset, tuple(sample[:PREVIEW_ROWS]), needs, source.kind)


def _sample(source: Source) -> list[tuple[str | None, ...]]:
    first = next(iter(source.batches()), None)
    if first is None or not first.rows.num_rows:
        raise ImportRefused("The file has column names and no rows: export the orders again, with at least one row.")
    columns = [first.rows.column(f"c{place}").slice(0, SAMPLE_ROWS).to_pylist() for place in range(len(source.columns))]
    return list(zip(*columns, strict=True))


def _chosen_mapping(
    source: Source, sample: list[tuple[str | None, ...]], mapping: Mapping | None
) -> tuple[Mapping, tuple[Need, ...]]:
    if mapping is None:
        guess = guess_mapping(source.columns, sample)
        mapping = guess.mapping
        needs = guess.needs
    else:
        needs = missing_columns(mapping)
    check_columns(mapping, source.columns)
    return mapping, needs


def import_orders(
    source: Path,
    database: Path,
    mapping: Mapping | None = None,
    *,
    dry_run: bool = False,
    append: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    rejects_csv: Path | None = None,
    overwrite_foreign: bool = False,
) -> ImportReport:
    """Import a file of orders: every row is accepted, rejected with a reason, or a duplicate.

    Without ``append`` the file's orders take the place of what was stored (own orders are kept beside); with it
    they are added. Everything is one transaction. When no row can be accepted nothing is stored, so that a wrong file
    replaces nothing; a file that was imported before with the same mapping changes nothing either.

    Parameters
    ----------
    source : the file, in any format that ``open_source`` recognises.
    database : the SQLite store.
    mapping : what the columns mean; guessed from their names when absent.
    dry_run : check everything, store nothing.
    progress : told the share done, 0-1, and what is being done.
    cancelled : asked now and then; a true answer stops the import with ImportCancelled and changes nothing.
    rejects_csv : also write the rejected rows to this file, without personal data.
    overwrite_foreign : move a damaged or foreign file in the database's place aside instead of refusing.

    Returns
    -------
    The report; it adds up: ``accepted + rejected + duplicates == read``.

    Raises
    ------
    ImportRefused
        When the file cannot be read as orders, or when it leaves a question open; the sentence says which.
    StoreError
        When the store cannot be written; it is then as it was.
    """
    job = _Job(Path(source), Path(database), dry_run, append, progress, cancelled, rejects_csv, overwrite_foreign)
    with scratch() as connection:
        return job.run(connection, mapping)


@dataclass(frozen=True)
class _Job:
    path: Path
    database: Path
    dry_run: bool
    append: bool
    progress: Progress | None
    cancelled: Cancelled | None
    rejects_csv: Path | None
    overwrite_foreign: bool

    def run(self, connection: duckdb.DuckDBPyConnection, mapping: Mapping | None) -> ImportReport:
        self._tell(0.0, "Looking at the file")
        source = open_source(self.path)
        mapping, needs = _chosen_mapping(source, _sample(source), mapping)
        _refuse_open_questions(needs, source)
        adding = self.append and self.database.exists()
        shop = shop_facts(self.database, adding=adding, overwrite_foreign=self.overwrite_foreign)
        stage(connection, source, mapping, reading=lambda share: self._tell(0.5 * share, "Reading the file"))
        mapping, needs = told_by_data(connection, mapping, source.kind)
        _refuse_open_questions(needs, source)
        mapping, currency_assumed = with_shop_facts(connection, mapping, shop, adding=adding)
        self._tell(0.5, "Checking the rows")
        validate(connection, mapping, currency=mapping.currency, time_zone=mapping.time_zone)
        name_customers(connection, mapping, customer_key(self.database, create=not self.dry_run))
        results = _Results(connection, source, mapping, currency_assumed, content_hash(self.path))
        return self._finish(results, shop, adding)

    def _finish(self, results: "_Results", shop: dict[str, str], adding: bool) -> ImportReport:
        before = imported_before(self.database, results.fingerprint, mapping_text(results.mapping), adding=adding)
        if self.dry_run or before:
            with reading(self.database) if adding and not before else nullcontext() as store:
                settle(results.connection, results.mapping, store)
            if before:
                results.count_all_as_duplicates()
            report = self._report(results)
        elif adding:
            with writing(self.database, appends_only=True) as store:
                settle(results.connection, results.mapping, store)
                report = self._report(results)
                if report.accepted or report.rejected:
                    report = self._store(results, store, report)
                    refresh_customers(store, only_import=report.import_id)
        else:
            settle(results.connection, results.mapping, None)
            report = self._report(results)
            if report.accepted:
                with replacing(self.database, overwrite_foreign=self.overwrite_foreign) as store:
                    facts = {"currency": results.mapping.currency, "time_zone": results.mapping.time_zone}
                    put_settings(store, {**shop, **facts, "is_demo": "0"})
                    report = self._store(results, store, report)
        if report.import_id is not None:
            report = replace(report, last_complete_day=settings(self.database).get("last_complete_day"))
        self._tell_done()
        return report

    def _report(self, results: "_Results") -> ImportReport:
        self._tell(0.65, "Counting")
        if self.rejects_csv is not None:
            write_rejects(self.rejects_csv, self.path.name, results.rejected())
        samples = tuple(Reject(line, column, reason) for line, _, column, reason in results.rejected(REJECT_SAMPLES))
        report = made_report(results.connection, results.mapping, samples, dry_run=self.dry_run)
        return replace(report, currency_assumed=results.currency_assumed)

    def _store(self, results: "_Results", store: sqlite3.Connection, report: ImportReport) -> ImportReport:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        import_id = store.execute(
            "INSERT INTO imports (source_name, content_hash, rows_read, rows_accepted, rows_rejected, rows_duplicate, "
            "mapping, imported_at) VALUES (?,?,?,?,?,?,?,?)",
            (self.path.name, results.fingerprint, report.read, report.accepted, report.rejected, report.duplicates,
             mapping_text(results.mapping), now),
        ).lastrowid  # fmt: skip
        to_store = max(1, report.accepted + report.orders)
        done = 0

        def stored(rows: int) -> None:
            nonlocal done
            done += rows
            self._tell(0.65 + 0.3 * min(1.0, done / to_store), "Storing the orders")

        store_orders(results.connection, store, import_id, stored)
        store_rejected(store, results.rejected(), import_id, self.path.name, now)
        self._tell(0.95, "Bringing customers up to date")
        return replace(report, import_id=import_id)

    def _tell(self, share: float, doing: str) -> None:
        if self.cancelled is not None and self.cancelled():
            raise ImportCancelled("The import was stopped; nothing of it was stored.")
        if self.progress is not None:
            self.progress(share, doing)

    def _tell_done(self) -> None:
        if self.progress is not None:
            self.progress(1.0, "Done")


@dataclass(frozen=True)
class _Results:
    """The scratch database with every row validated, and what it was made from."""

    connection: duckdb.DuckDBPyConnection
    source: Source
    mapping: Mapping
    currency_assumed: bool
    fingerprint: str

    def rejected(self, at_most: int | None = None) -> Iterator[tuple[int, str, str | None, str]]:
        return rejected_rows(self.connection, masker(self.source, self.mapping), at_most)

    def count_all_as_duplicates(self) -> None:
        self.connection.execute("UPDATE verdicts SET verdict = 'duplicate'")
        self.connection.execute("UPDATE orders SET verdict = 'duplicate'")


def _refuse_open_questions(needs: tuple[Need, ...], source: Source) -> None:
    if not needs:
        return
    need = needs[0]
    if need.answers:
        answers = " or ".join(f"{need.key} = {json.dumps(answer) if need.key == 'decimal_mark' else answer}"
                              for answer in need.answers)  # fmt: skip
        raise ImportRefused(f"The file leaves a question open. {need.question} Answer in the mapping: {answers}.")
    raise ImportRefused(
        f"{need.question} Among {', '.join(map(repr, source.columns[:20]))} it was not recognised: "
        f'name it in the mapping, as in {need.key} = "{source.columns[0]}".'
    )
