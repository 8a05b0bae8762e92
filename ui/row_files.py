"""Rows as CSV files that may be larger than memory: made while they are sent, some thousand rows at a time."""

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from analytics.descriptive.customer_list import COLUMNS, LONGEST_SEARCH, customers_table
from analytics.descriptive.needs import need_customers
from analytics.descriptive.order_list import month_by_month, orders_in_view
from analytics.descriptive.rfm import rfm_groups
from analytics.filters import COMPARISONS, CUSTOM_PERIOD, Filters
from analytics.periods import PRESETS, Period, preset_period
from analytics.shop import DIMENSIONS, Shop
from ui import data
from ui.customer_choices import DIRECTIONS
from ui.exports import file_name
from ui.sidebar import DEFAULT_PERIOD

ROWS_AT_A_TIME = 10_000
"""About a megabyte of text."""

BYTE_ORDER_MARK = "\ufeff".encode()
"""In front, so that Excel reads names right."""

_SUSPECT = r"^ *[=+\-@\t\r\n＝＋－＠]"
"""What ``harmless`` looks at more closely."""


@dataclass(frozen=True)
class RowFile:
    """A file on its way: its name, and its content piece by piece. Close the pieces if they are not read to the end."""

    name: str
    pieces: Iterator[bytes]


def order_file(asked: Iterable[tuple[str, str]]) -> RowFile:
    """All orders in the view that the parameters of an address ask for.

    Raises
    ------
    ValueError : the parameters cannot be followed; the message says which.
    StoreError : the data cannot be read.
    """
    asked = list(asked)
    return data.of_newest_version(lambda: _order_file(asked))


def _order_file(asked: list[tuple[str, str]]) -> RowFile:
    filters = asked_filters(asked, data.shop())
    batches = data.streamed(orders_in_view, month_by_month(filters), ROWS_AT_A_TIME)
    return RowFile(f"{file_name('Orders', filters)}.csv", _begun(csv_pieces(batches)))


def customer_file(asked: Iterable[tuple[str, str]]) -> RowFile:
    """All customers of the list with their figures, searched and sorted as the parameters of an address ask for.

    They are those of the Customers page: ``search``, ``sort`` and ``order``. Without them all customers in the filters
    come, those who brought most in the view first.

    Raises
    ------
    ValueError, StoreError : as for orders.
    NotEnoughData : this shop's orders name no customers.
    """
    asked = list(asked)
    return data.of_newest_version(lambda: _customer_file(asked))


def _customer_file(asked: list[tuple[str, str]]) -> RowFile:
    shop = data.shop()
    need_customers(shop)
    filters, listed = asked_filters(asked, shop), _asked_list(asked)
    boundaries = data.answer(rfm_groups, filters).boundaries
    batches = data.streamed(customers_table, [filters], ROWS_AT_A_TIME, boundaries=boundaries, **listed)
    return RowFile(f"{file_name('Customers', filters)}.csv", _begun(csv_pieces(batches)))


def asked_filters(asked: Iterable[tuple[str, str]], shop: Shop) -> Filters:
    """The filters that an address asks for, by the same parameters as pages; the others are the pages' own affair.

    A page leaves out with a note what it cannot follow. A file has no place for a note, so here it is refused.

    Raises
    ------
    ValueError : a value that is none of the choices.
    """
    values = defaultdict(list)
    for name, value in asked:
        values[name].append(value)
    labels = {label: name for name, label in COMPARISONS.items()}
    compare = labels[_one_of(labels, values, "compare", COMPARISONS["both"])]
    return Filters(_period(values, shop), compare, **{d: _members(values, d, shop) for d in DIMENSIONS})


def _asked_list(asked: Iterable[tuple[str, str]]) -> dict[str, str | bool]:
    """What is searched for in the list of customers, and its order."""
    values = defaultdict(list)
    for name, value in asked:
        values[name].append(value)
    columns = {label: column for column, label in COLUMNS.items()}
    search = values["search"] or [""]
    if len(search) > 1 or len(search[0]) > LONGEST_SEARCH:
        raise ValueError(f"search: expected one text of at most {LONGEST_SEARCH} characters.")
    return {
        "search": search[0],
        "sort": columns[_one_of(columns, values, "sort", next(iter(columns)))],
        "descending": _one_of(DIRECTIONS, values, "order", DIRECTIONS[0]) == DIRECTIONS[0],
    }


def csv_pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Batches as the text of one CSV file: UTF-8 with a byte-order mark, the heading once."""
    begun = False
    try:
        for batch in batches:
            if not begun:
                yield BYTE_ORDER_MARK + _csv(batch, heading=True)
            elif batch.num_rows:
                yield _csv(batch, heading=False)
            begun = True
    finally:
        batches.close()


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces with the first already made: what stands in the way is known before anything is sent."""
    return _after(next(pieces), pieces)


def _after(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield first
        yield from pieces
    finally:
        pieces.close()


def _csv(batch: pa.RecordBatch, *, heading: bool) -> bytes:
    columns = [_without_formulas(column) for column in batch.columns]
    harmless = pa.RecordBatch.from_arrays(columns, [data.harmless(name) for name in batch.schema.names])
    written = io.BytesIO()
    pyarrow.csv.write_csv(harmless, written, pyarrow.csv.WriteOptions(include_header=heading))
    return written.getvalue()


def _without_formulas(column: pa.Array) -> pa.Array:
    """Texts with an apostrophe before each that a spreadsheet would take for a formula; other columns as they are.

    Nearly no column holds one, so each is only looked through, in the library; members' names once each.
    """
    if pa.types.is_dictionary(column.type):
        return pc.take(_without_formulas(column.dictionary), column.indices)
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if not is_text or not pc.any(pc.match_substring_regex(column, _SUSPECT)).as_py():
        return column
    return pa.array([data.harmless(text) for text in column.to_pylist()], column.type)


def _period(values: Mapping[str, list[str]], shop: Shop) -> Period:
    preset = _one_of([*PRESETS, CUSTOM_PERIOD], values, "period", DEFAULT_PERIOD)
    if preset != CUSTOM_PERIOD or not values["days"]:
        return preset_period(DEFAULT_PERIOD if preset == CUSTOM_PERIOD else preset, shop.first_day, shop.today)
    days = sorted(_day(text, shop) for text in values["days"])
    if len(days) > 2:
        raise ValueError(f"days: expected the first and the last day, got {len(days)} days.")
    return Period(days[0], days[-1])


def _day(text: str, shop: Shop) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"days: expected days such as 2026-10-31, got {_shortened(text)}.") from None
    if not shop.first_day <= day <= shop.last_day:
        raise ValueError(f"days: expected days of {shop.days.label()}, where the data lie, got {day}.")
    return day


def _members(values: Mapping[str, list[str]], dimension: str, shop: Shop) -> tuple[str, ...]:
    for member in values[dimension]:
        if member not in shop.members.get(dimension, ()):
            raise ValueError(f"{dimension}: {_shortened(member)} is not in this shop's data.")
    return tuple(dict.fromkeys(values[dimension]))


def _one_of(known: Iterable[str], values: Mapping[str, list[str]], name: str, default: str) -> str:
    chosen = values[name] or [default]
    if len(chosen) > 1 or chosen[0] not in known:
        raise ValueError(f"{name}: expected one of {', '.join(known)}, got {', '.join(map(_shortened, chosen))}.")
    return chosen[0]


def _shortened(text: str) -> str:
    """Text from an address, in quotation marks and on one line."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
