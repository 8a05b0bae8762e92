"""Questions about orders that are compiled once: each view only fills in its own days and members.

Building an Ibis expression and compiling it keeps the interpreter busy for 5 to 12 ms, longer than DuckDB takes to
answer for a shop of some thousand orders, and all visitors share one interpreter. The SQL of a question is the same for
all views but for its days and its members. So it is compiled with stand-ins for these, days and names that no shop
has, and cut there into a template; a view then costs the joining of a few texts.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.filters import Filters, in_period
from analytics.orders import as_orders
from analytics.periods import Period

Question = Callable[..., ir.Table]
"""``question(rows, periods, **shape)``: an expression over the rows in view.

It may compare days with those of the periods, but not calculate with these while it is built: they may be stand-ins.
"""

Template = tuple[str, ...]
"""Pieces of SQL text: the odd ones are stand-ins to be replaced, the even ones stay."""

MOST_TEMPLATES = 500


def collected_within(
    question: Question,
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    periods: dict[str, Period],
    **shape: Hashable,
) -> pd.DataFrame:
    """The answer to a question about the members that the filters keep, in some periods; all days where none is given.

    Parameters
    ----------
    question : a function of a module, so that equal questions are known to be equal.
    orders : see ``as_orders``. Orders of the warehouse in DuckDB are asked by template; any other by an expression.
    shape : what else the question takes, compiled in: a template is kept for each combination.

    Returns
    -------
    The rows of ``question(rows, periods, **shape)``.
    """
    rows = as_orders(orders)
    if not _is_stored_in_duckdb(rows):
        return collected(_expression(question, rows, filters, periods, shape))
    template = _templates.of(question, rows, tuple(filters.members), tuple(periods), shape)
    return rows.get_backend().raw_sql(_filled(template, _literals(filters.members, periods))).df()


def _expression(
    question: Question, rows: ir.Table, filters: Filters, periods: dict[str, Period], shape: dict[str, Hashable]
) -> ir.Table:
    kept = filters.within(rows)
    if periods:
        kept = kept.filter(ibis.or_(*(in_period(kept, period) for period in periods.values())))
    return question(kept, periods, **shape)


def _is_stored_in_duckdb(rows: ir.Table) -> bool:
    """Whether the rows are a table of DuckDB itself, not an expression over one nor a frame that it was lent."""
    table = rows.op()
    return isinstance(table, ops.DatabaseTable) and table.source.name == "duckdb"


class _Templates:
    """The templates used last, shared by all threads; they hold text alone, so no older copy is kept open by them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, Template] = OrderedDict()
        self._lock = threading.Lock()

    def of(
        self,
        question: Question,
        rows: ir.Table,
        narrowed: tuple[str, ...],
        periods: tuple[str, ...],
        shape: dict[str, Hashable],
    ) -> Template:
        """The template for filters that narrow these dimensions; compiled where it is not there yet.

        Others wait meanwhile: compiling is work of the interpreter, which does one thing at a time anyway.
        """
        table = rows.op()
        key = (question, table.name, table.namespace, table.schema, narrowed, periods, tuple(sorted(shape.items())))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = _compiled(question, rows, narrowed, periods, shape)
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
            return self._kept[key]


_templates = _Templates(MOST_TEMPLATES)


def _compiled(
    question: Question, rows: ir.Table, narrowed: tuple[str, ...], periods: tuple[str, ...], shape: dict[str, Hashable]
) -> Template:
    """The question's SQL, cut at the stand-ins.

    One name stands for all members kept of a dimension: a list of one and of many are written alike.

    Raises
    ------
    RuntimeError : a stand-in is not in the SQL as it was expected to be written.
    """
    names = {dimension: (_stand_in_member(dimension),) for dimension in narrowed}
    days = {period: Period(*_stand_in_days(n)) for n, period in enumerate(periods)}
    any_period = Period(date.min, date.max)
    sql = rows.get_backend().compile(_expression(question, rows, Filters(any_period, **names), days, shape))
    stand_ins = list(_literals(names, days))
    pieces = re.split(f"({'|'.join(map(re.escape, stand_ins))})", sql) if stand_ins else [sql]
    if missing := set(stand_ins) - set(pieces[1::2]):
        raise RuntimeError(f"{question.__name__}: {', '.join(sorted(missing))} not found in its SQL: {sql}")
    return tuple(pieces)


def _literals(kept: dict[str, tuple[str, ...]], periods: dict[str, Period]) -> dict[str, str]:
    """Stand-ins as the compiler writes them → what is meant in this view, as SQL."""
    literals = {_quoted(_stand_in_member(d)): ", ".join(map(_quoted, members)) for d, members in kept.items()}
    for n, period in enumerate(periods.values()):
        for stand_in, day in zip(_stand_in_days(n), (period.start, period.end), strict=True):
            literals[f"MAKE_DATE({stand_in.year}, {stand_in.month}, {stand_in.day})"] = f"DATE '{day.isoformat()}'"
    return literals


def _filled(template: Template, literals: dict[str, str]) -> str:
    """One pass: what is filled in is never looked at again, whatever it looks like."""
    return "".join(literals[piece] if odd % 2 else piece for odd, piece in enumerate(template))


def _stand_in_member(dimension: str) -> str:
    return f"stand-in member of {dimension}"


def _stand_in_days(n: int) -> tuple[date, date]:
    """Two days of the year 1 for each period."""
    return date.fromordinal(2 * n + 1), date.fromordinal(2 * n + 2)


def _quoted(text: str) -> str:
    """A text literal of standard SQL: nothing but the quote itself has a meaning in it."""
    return "'" + text.replace("'", "''") + "'"
