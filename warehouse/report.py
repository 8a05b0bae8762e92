"""What an import did, in numbers that add up and one sentence."""

import json
from dataclasses import asdict, dataclass

import duckdb

from warehouse.mapping import Mapping

REASONS = 50
"""How many kinds of reasons a report lists."""


@dataclass(frozen=True)
class Reject:
    """One row that was not accepted: the line it stands on, the column to blame, and why."""

    line: int
    column: str | None
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """An import or a dry run; ``accepted + rejected + duplicates == read``."""

    read: int
    accepted: int
    rejected: int
    duplicates: int
    orders: int
    """Accepted orders; refunds are not orders."""
    refunds: int
    customers: int
    """Customers named by what was accepted."""
    revenue: float
    """Of the accepted rows, refunds deducted, in the shop's currency; like the next two."""
    revenue_rejected: float
    """Of the rejected rows, as far as it can be read."""
    revenue_duplicate: float
    first_day: str | None
    last_day: str | None
    last_complete_day: str | None
    reasons: tuple[tuple[str, int], ...]
    """How often each reason occurred, the most frequent first; values quoted in reasons are left out."""
    samples: tuple[Reject, ...]
    preset: str | None
    currency: str | None
    dry_run: bool
    import_id: int | None = None
    """The import's number in the store; None when nothing was stored."""
    currency_assumed: bool = False
    """Neither the file nor the mapping nor the shop says in which currency the amounts are."""

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        counts = (
            f"Of {self.read:,} rows {self.accepted:,} {'would be' if self.dry_run else 'were'} accepted, "
            f"{self.rejected:,} rejected, {self.duplicates:,} {'are' if self.dry_run else 'were'} duplicates"
        )
        if self.dry_run:
            return f"{counts}; this was a dry run, nothing was stored{self._assumption}."
        if self.import_id is None and self.duplicates == self.read:
            return f"{counts}: everything in this file is stored already, so nothing changed."
        if self.import_id is None:
            return f"{counts}: nothing was stored, because no row could be accepted; most often: {self.reasons[0][0]}."
        return f"{counts}: {self.orders:,} orders from {self.first_day} to {self.last_day}{self._assumption}."

    @property
    def _assumption(self) -> str:
        if not self.currency_assumed:
            return ""
        return f"; amounts are taken as {self.currency}: state another with currency in the mapping or on the Data page"

    def to_json(self) -> str:
        """The report as a JSON object."""
        return json.dumps({**asdict(self), "sentence": self.sentence}, indent=2, ensure_ascii=False)


def made_report(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, samples: tuple[Reject, ...], *, dry_run: bool
) -> ImportReport:
    """Count the verdicts on rows and orders."""
    rows = {
        verdict: (count, revenue)
        for verdict, count, revenue in connection.execute(
            "SELECT verdict, count(*), fsum(revenue) FROM verdicts GROUP BY verdict"
        ).fetchall()
    }
    counts = {verdict: rows.get(verdict, (0, 0.0))[0] for verdict in ("accepted", "rejected", "duplicate")}
    orders, refunds, customers, revenue, first_day, last_day = connection.execute(
        "SELECT count(*) FILTER (revenue >= 0), count(*) FILTER (revenue < 0), count(DISTINCT customer_id), "
        "coalesce(fsum(revenue), 0), min(day)::VARCHAR, max(day)::VARCHAR FROM orders WHERE verdict = 'new'"
    ).fetchone()
    reasons = connection.execute(rf"""
        SELECT regexp_replace(regexp_replace(regexp_replace(reason, ': .*$', ''), '\bline \d+', 'line …'),
            '^order .+ (is already|already stands)', 'order … \1') AS kind, count(*)
        FROM verdicts WHERE verdict = 'rejected' GROUP BY kind ORDER BY count(*) DESC, kind LIMIT {REASONS}
    """).fetchall()
    return ImportReport(
        read=sum(counts.values()),
        accepted=counts["accepted"],
        rejected=counts["rejected"],
        duplicates=counts["duplicate"],
        orders=orders,
        refunds=refunds,
        customers=customers,
        revenue=round(revenue, 2),
        revenue_rejected=round(rows.get("rejected", (0, 0.0))[1], 2),
        revenue_duplicate=round(rows.get("duplicate", (0, 0.0))[1], 2),
        first_day=first_day,
        last_day=last_day,
        last_complete_day=None,
        reasons=tuple((kind, count) for kind, count in reasons),
        samples=samples,
        preset=mapping.preset,
        currency=mapping.currency,
        dry_run=dry_run,
    )
